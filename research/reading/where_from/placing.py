"""Puts what sentences rest on into sealed HTML, each right after its sentence."""

import re
from collections.abc import Iterator, Sequence
from html import unescape

from django.template.loader import render_to_string

from research.reading.where_from.quoting import WhereFrom

BLOCK = re.compile(r"(<(/?)(?:p|h2|h3|h4|ul|ol|li|br)\b[^>]*>)")
PIECE = re.compile(r"<[^>]*>|&[^;\s]{1,32};|.", re.DOTALL)
CLOSING = re.compile(r"</(?:a|b|strong|i|em|sup|sub)>")
TEMPLATE = "research/includes/where_from.html"


def with_sources(html: str, places: Sequence[WhereFrom]) -> str:
    """Return sealed rich text with a disclosure after each sentence that rests on something.

    Args:
        html: canonical rich text.
        places: by the last character of each sentence in the plain words of the field, in order.

    A paragraph with a disclosure becomes a ``div`` in the role of one, since a ``p`` cannot hold it.
    """
    if not places:
        return html
    ends = list(places)
    written: list[str] = []
    offset = 0
    for part in _parts(html):
        if part.startswith("<") and BLOCK.fullmatch(part):
            written.append(part)
            continue
        marks: dict[int, str] = {}
        length = _length(part)
        while ends and length and ends[0].end <= offset + length:
            place = ends.pop(0)
            marks[place.end - offset] = marks.get(place.end - offset, "") + _printed(place)
        written.append(_marked(part, marks))
        if marks:
            _open_paragraph(written)
        offset += length + 1 if length else 0
    return "".join(_closed_paragraphs(written))


def _parts(html: str) -> Iterator[str]:
    position = 0
    for tag in BLOCK.finditer(html):
        yield html[position : tag.start()]
        yield tag.group()
        position = tag.end()
    yield html[position:]


def _printed(place: WhereFrom) -> str:
    return render_to_string(TEMPLATE, {"place": place, "inline": True}).strip()


def _characters(part: str) -> Iterator[int]:
    """Yield, for each plain character as sentences count them, where it ends in the HTML."""
    pending_space = 0
    started = False
    for found in PIECE.finditer(part):
        if found.group().startswith("<"):
            continue
        for character in unescape(found.group()):
            if character.isspace():
                pending_space = found.end()
                continue
            if pending_space and started:
                yield pending_space
            pending_space, started = 0, True
            yield found.end()


def _length(part: str) -> int:
    return sum(1 for _ in _characters(part))


def _marked(part: str, marks: dict[int, str]) -> str:
    """Return a paragraph's HTML with marks after so many of its plain characters, past the tags that close there."""
    if not marks:
        return part
    at: list[tuple[int, str]] = []
    for count, end in enumerate(_characters(part), start=1):
        if count in marks:
            at.append((_past_closing_tags(part, end), marks[count]))
    pieces, position = [], 0
    for end, mark in at:
        pieces += [part[position:end], mark]
        position = end
    return "".join([*pieces, part[position:]])


def _past_closing_tags(part: str, end: int) -> int:
    while closing := CLOSING.match(part, end):
        end = closing.end()
    link_end = part.find("</a>", end)
    is_in_link = link_end >= 0 and part.rfind("<a ", 0, end) > part.rfind("</a>", 0, end)
    return link_end + len("</a>") if is_in_link else end


def _open_paragraph(written: list[str]) -> None:
    if len(written) > 1 and written[-2] == "<p>":
        written[-2] = '<div class="paragraph" role="paragraph">'


def _closed_paragraphs(written: list[str]) -> Iterator[str]:
    is_open = False
    for part in written:
        if part.startswith('<div class="paragraph"') and part.endswith('role="paragraph">'):
            is_open = True
        if part == "</p>" and is_open:
            is_open = False
            yield "</div>"
        else:
            yield part
