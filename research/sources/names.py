"""Names of people, groups and journals' numbers, as references write them."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from research.sources.records import Author
from research.sources.text import squash

_INITIALS = re.compile(r"(?:[^\W\d_]\.?-?){1,4}\Z")
_SUFFIX = re.compile(r"(?<=[A-Z.])\s+(?P<suffix>Jr\.?|Sr\.?|2nd|3rd|4th|5th)\Z")
#: The way of spelling letters that have no plain one below their accent.
_SPELT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "ß": "ss", "æ": "ae", "œ": "oe", "ł": "l"}
)
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
    ending = _SUFFIX.search(words)
    if ending:
        author = author_of(words[: ending.start()])
        return (
            replace(author, suffix=ending["suffix"]) if author and not author.collective else Author(collective=words)
        )
    family, _, last = words.rpartition(" ")
    if family and _INITIALS.match(last) and last.upper() == last:
        return Author(family=family, initials=initials_of(last))
    return Author(collective=words)


def family_key(family: str) -> str:
    """Return a family name as it is compared: without case, accents and signs, "Müller" and "Mueller" alike."""
    spelt = family.casefold().translate(_SPELT)
    plain = unicodedata.normalize("NFKD", spelt)
    return re.sub(r"[\W\d_]+", "", "".join(sign for sign in plain if not unicodedata.combining(sign)))


def authors_of(texts: Iterable[str]) -> tuple[Author, ...]:
    """Return the authors in their order, blanks left out."""
    return tuple(author for text in texts if (author := author_of(text)))


def issns_in(*texts: str) -> tuple[str, ...]:
    """Return the ISSNs in some texts, such as "20964129 (ISSN)", with their hyphen and without doubles."""
    found = (f"{first}-{last.upper()}" for text in texts for first, last in _ISSN.findall(text))
    return tuple(dict.fromkeys(found))


def pmcid_of(text: str) -> str:
    """Return a PubMed Central number in its form, "PMC5546321"; "" for none."""
    found = re.search(r"\b(?:PMC)?(\d{3,9})(?:\.\d+)?\Z", text.strip(), re.ASCII | re.IGNORECASE)
    return f"PMC{found[1]}" if found else ""


def pages_of(first: str, last: str) -> str:
    """Return pages as printed, "148-153", or the number of an article; "" for none."""
    first, last = squash(first), squash(last)
    return f"{first}-{last}" if first and last and last != first else first


def orcid_of(text: str) -> str:
    """Return an ORCID in its form with hyphens, however it was written; "" for none."""
    found = re.search(r"(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])\Z", text.strip(), re.ASCII)
    return "-".join(found.groups()) if found else ""
