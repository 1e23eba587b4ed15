"""Dates in the many ways that sources write them, read without inventing a day or a month."""

import re
from collections.abc import Sequence
from typing import Any

from research.sources.records import PartialDate
from research.sources.text import squash

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_NAMES = {
    "january", "february", "march", "april", "june", "july", "august", "sept", "september", "october", "november",
    "december",
}  # fmt: skip
MONTHS = {name: number for number, name in enumerate(_NAMES, start=1)}
_YEAR = r"(?P<year>1[5-9]\d\d|20\d\d)"
_MONTH = r"(?P<month>[A-Za-z]{3,9}\.?)"
#: "1998", "1998 Feb", "1998 Feb 28" and nothing after it.
_WHOLE = re.compile(rf"{_YEAR}(?:[ /-]{_MONTH}(?:[ /-](?P<day>\d{{1,2}}))?)?\Z")
_FIRST_YEAR = re.compile(rf"(?<!\d){_YEAR}(?!\d)")
#: The span of days "1999 Dec 25-31" leaves its month certain.
_DAY_SPAN = re.compile(rf"{_YEAR} {_MONTH} \d{{1,2}} ?- ?\d{{1,2}}\Z")
#: The way people write: "May 2018", "3 May 2018".
_MONTH_FIRST = re.compile(rf"(?:(?P<day>\d{{1,2}}) )?{_MONTH},? {_YEAR}\Z")
_ISO = re.compile(r"(?P<year>\d{4})(?:[-/](?P<month>\d{1,2})?(?:[-/](?P<day>\d{1,2})?(?:[-/T ].*)?)?)?\Z")
_CITED = re.compile(rf"{_YEAR}(?: {_MONTH}(?: (?P<day>\d{{1,2}}))?)?(?=\s*[;:.])")


def month_number(text: str | None) -> int | None:
    """Return 1 to 12 for a month's name, its first three letters or its number; None for anything else."""
    text = (text or "").strip()
    if text.isascii() and text.isdigit():
        return int(text) if 1 <= int(text[:4]) <= 12 else None
    letters = text.rstrip(".").lower()
    return MONTHS.get(letters[:3]) if letters in MONTHS or letters in _FULL_NAMES else None


def dated(
    year: str | None, month: str | None = "", day: str | None = "", *, as_given: str | None = None
) -> PartialDate:
    """Return a date from its parts as text; a part that is no year, month or day is left out.

    Args:
        as_given: the source's own words; the parts in their order when None.
    """
    words = squash(" ".join(part for part in (year, month, day) if part)) if as_given is None else squash(as_given)
    return _checked(_number(year, 1500, 2100), month_number(month), _number(day, 1, 31), words)


def from_words(text: str | None) -> PartialDate:
    """Return a date written the way of PubMed: "1998 Feb 28", "2018 May - Jun", "1998 Dec-1999 Jan", "1947-1948".

    Of a span, only what both ends share is certain; its year is the first, under which PubMed files the record.
    """
    words = squash(text)
    match = _WHOLE.match(words) or _DAY_SPAN.match(words)
    if match:
        parts = match.groupdict()
        return dated(parts["year"], parts.get("month"), parts.get("day"), as_given=words)
    year = _FIRST_YEAR.search(words)
    return PartialDate(year=int(year["year"]) if year else None, as_given=words)


def from_numbers(text: str | None) -> PartialDate:
    """Return a date written in figures, year first: "2020", "2020-05", "2019///", "2023/01/09/"."""
    words = squash(text)
    match = _ISO.match(words)
    return dated(match["year"], match["month"], match["day"], as_given=words) if match else PartialDate(as_given=words)


def from_any(text: str | None) -> PartialDate:
    """Return a date written in figures, the way of PubMed, or the way of people: "May 2018", "3 May 2018"."""
    words = squash(text)
    match = _MONTH_FIRST.match(words)
    if match:
        return dated(match["year"], match["month"], match["day"], as_given=words)
    date = from_numbers(words)
    return date if date.year else from_words(words)


def from_parts(date_parts: Any) -> PartialDate:
    """Return a date from Crossref's ``date-parts``, such as [[2010, 2]] or [[null]]."""
    first = date_parts[0] if isinstance(date_parts, Sequence) and date_parts else ()
    numbers = [part for part in first if isinstance(part, int)] if isinstance(first, list) else []
    texts = [str(number) for number in numbers[:3]]
    return dated(*texts, as_given="-".join(text.zfill(2) for text in texts)) if texts else PartialDate()


def from_citation(text: str | None) -> PartialDate:
    """Return the date inside a citation such as "Mol Pharmacol. 1998 Feb;53(2):346"; empty when none is found."""
    words = squash(text)
    match = _CITED.search(words)
    if match:
        return dated(match["year"], match["month"], match["day"], as_given=match[0])
    year = _FIRST_YEAR.search(words)
    return PartialDate(year=int(year["year"]), as_given=year["year"]) if year else PartialDate()


def _number(text: str | None, least: int, most: int) -> int | None:
    text = (text or "").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
    return number if least <= number <= most else None


def _checked(year: int | None, month: int | None, day: int | None, words: str) -> PartialDate:
    """Return the parts that hang together: no month without a year, no day without a month or outside it."""
    month = month if year else None
    date = PartialDate(year, month, day if month else None, words)
    return PartialDate(year, month, None, words) if date.day and not date.as_date() else date
