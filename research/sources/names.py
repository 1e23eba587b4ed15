"""Names of people, groups and journals' numbers, as references write them."""

import re
from collections.abc import Iterable

from research.sources.records import Author
from research.sources.text import squash

_INITIALS = re.compile(r"(?:[^\W\d_]\.?-?){1,4}\Z")
_ISSN = re.compile(r"(?<![\dXx-])(\d{4})-?(\d{3}[\dXx])(?![\dXx-])", re.ASCII)


def initials_of(given: str) -> str:
    """Return the initials of given names: "Waleed M" is WM, "Jean-Paul" JP, "A. J." and "AJ" are AJ."""
    given = given.strip()
    if given.isalpha() and given.isupper() and len(given) <= 4:
        return given
    return "".join(part[0].upper() for part in re.split(r"[\s.-]+", given) if part[:1].isalpha())


def author_of(text: str) -> Author | None:
    """Return the author written as "Park, Ji Hye", "Park, J. H., Jr" or "Park JH"; None for no words.

    A name without a comma and without initials is a group, or one whose order nobody can tell: it is kept whole.
    """
    words = squash(text).strip(" ,;")
    if not words:
        return None
    family, comma, rest = words.partition(",")
    if comma:
        given, _, suffix = (part.strip() for part in rest.partition(","))
        return Author(family=family.strip(), given=given, initials=initials_of(given), suffix=suffix)
    family, _, last = words.rpartition(" ")
    if family and _INITIALS.match(last) and last.upper() == last:
        return Author(family=family, initials=initials_of(last))
    return Author(collective=words)


def authors_of(texts: Iterable[str]) -> tuple[Author, ...]:
    """Return the authors in their order, blanks left out."""
    return tuple(author for text in texts if (author := author_of(text)))


def issns_in(*texts: str) -> tuple[str, ...]:
    """Return the ISSNs in some texts, such as "20964129 (ISSN)", with their hyphen and without doubles."""
    found = (f"{first}-{last.upper()}" for text in texts for first, last in _ISSN.findall(text))
    return tuple(dict.fromkeys(found))


def orcid_of(text: str) -> str:
    """Return an ORCID in its form with hyphens, however it was written; "" for none."""
    found = re.search(r"(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])\Z", text.strip(), re.ASCII)
    return "-".join(found.groups()) if found else ""
