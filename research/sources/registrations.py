"""Numbers under which trials and reviews were registered before they began."""

import re
from collections.abc import Iterable

from research.sources.text import squash

#: The databases of `DataBankList` that register studies; the others hold sequences and structures.
REGISTRIES = {
    "clinicaltrials.gov", "isrctn", "eudract", "anzctr", "chictr", "cris", "ctri", "drks", "irct", "japiccti", "jrct",
    "lbctr", "ntr", "ntrr", "pactr", "per", "rebec", "repec", "rpcec", "slctr", "tctr", "umin-ctr", "umin ctr",
    "jma-iia", "euctr", "ctis", "prospero",
}  # fmt: skip
_NUMBER = re.compile(
    r"\b(?:NCT\d{8}|ISRCTN\d{5,8}|ACTRN\d{14}|ChiCTR-?[A-Z]*-?\d{8,10}|DRKS\d{8}|EudraCT[ :-]*(?:number |no\.? )?"
    r"\d{4}-\d{6}-\d{2}|IRCT\d{8,}[A-Z]?\d*|UMIN\d{9}|jRCTs?\d{9,10}|CTRI/\d{4}/\d{2,3}/\d{6}|PACTR\d{15,16}|"
    r"NTR\d{3,5}|KCT\d{7}|TCTR\d{11}|RBR-[a-z0-9]{6,7}|CRD\d{11})\b"
)


def registrations_in(*texts: str) -> tuple[str, ...]:
    """Return the numbers of registrations that texts name, such as "NCT01234567", each once, in their order."""
    found = (squash(match[0]) for text in texts for match in _NUMBER.finditer(text))
    return tuple(dict.fromkeys(found))


def registered_as(entries: Iterable[tuple[str, str]], *texts: str) -> tuple[str, ...]:
    """Return what a record lists as (database, number), where it is a registry, and what its texts name besides."""
    listed = [number.strip() for name, number in entries if name.strip().casefold() in REGISTRIES and number.strip()]
    return tuple(dict.fromkeys([*listed, *registrations_in(*texts)]))
