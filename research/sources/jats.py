"""The full text of an article in JATS, as Europe PMC and publishers give it: its paragraphs with their headings."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from research.sources.mathml import local_name
from research.sources.text import element_text

LARGEST_FILE = 10_000_000
#: What is no sentence of the article: pictures, formulas without words, notes to the printer.
_SKIPPED = {"graphic", "media", "object-id", "label", "xref", "fn-group", "ref-list", "supplementary-material"}
_INTERNAL_SUBSET = re.compile(rb"<!DOCTYPE[^>\[]*\[")
_LICENCE = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)/([\d.]+)|publicdomain/zero/([\d.]+))", re.IGNORECASE)


class FullTextUnreadable(ValueError):
    """A file is not the full text of an article; the message says why."""


def read_full_text(data: bytes) -> tuple[list[tuple[str, str]], str]:
    """Return the paragraphs of an article's body as (heading, text), and its licence, "" where it names none.

    Raises:
        FullTextUnreadable: it is no JATS, or it is larger than any article, or it holds no text.
    """
    if len(data) > LARGEST_FILE:
        raise FullTextUnreadable("This file is larger than any article's full text.")
    if _INTERNAL_SUBSET.search(data[:4096]):
        raise FullTextUnreadable("This file defines entities of its own, which no article needs.")
    try:
        root = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise FullTextUnreadable(f"This is not XML that can be read: {error}") from error
    body = next((element for element in root.iter() if local_name(element) == "body"), None)
    if body is None or local_name(root) not in ("article", "pmc-articleset"):
        raise FullTextUnreadable("No full text was found: a JATS file has an article with a body.")
    parts = list(_paragraphs(body, ""))
    if not parts:
        raise FullTextUnreadable("The body of this article holds no text.")
    return parts, licence_of(root)


def licence_of(root: Element) -> str:
    """Return the Creative Commons licence that a JATS file names, such as "CC BY 4.0"; "" for none and for others."""
    for element in root.iter():
        if local_name(element) in ("license", "license_ref", "ext-link"):
            words = " ".join([*element.attrib.values(), element.text or ""])
            found = _LICENCE.search(words)
            if found:
                return f"CC0 {found[3]}" if found[3] else f"CC {found[1].upper()} {found[2]}"
    return ""


def paragraphs_of(pasted: str) -> list[tuple[str, str]]:
    """Return the paragraphs of a pasted text, parted by blank lines, each on one line."""
    return [("", words) for part in re.split(r"\n\s*\n", pasted) if (words := " ".join(part.split()))]


def _paragraphs(element: Element, heading: str) -> Iterator[tuple[str, str]]:
    for child in element:
        name = local_name(child)
        if name == "sec":
            title = next((element_text(one) for one in child if local_name(one) == "title"), "")
            yield from _paragraphs(child, title or heading)
        elif name in ("p", "tr"):
            words = "; ".join(_cells(child)) if name == "tr" else element_text(child)
            if words:
                yield heading, words
        elif name not in _SKIPPED and name != "title":
            yield from _paragraphs(child, heading)


def _cells(row: Element) -> Iterator[str]:
    for cell in row:
        if words := element_text(cell):
            yield words
