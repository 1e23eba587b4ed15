"""The picture that goes with a shared link: an article's title and rating, drawn, so that both travel together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from research.artwork.fonts import REGULAR, SEMIBOLD, SERIF, letters_of

#: What every service that shows shared links asks for.
SIZE = (1200, 630)
#: Another number where the same facts are drawn in another way.
DRAWING = 1
PAPER, INK, SOFT, LINE, EMPTY = "#fbf9f4", "#1c292f", "#424f57", "#ddd8cb", "#d8d3c5"
WARNING, ON_WARNING = "#99430f", "#ffffff"
EDGE, TITLE_ROOM = 72, 300
TITLE_SIZES = range(68, 35, -4)
MOST_LINES = 5
# In letters of all scripts that a picture is drawn for; others fall back to the article's own picture.
BLANK = frozenset(" \n\t\u00a0\u202f\u2009\u00ad\u200b")

Font = ImageFont.FreeTypeFont


@dataclass(frozen=True)
class ShareFacts:
    """What is drawn: ``rating`` is its words, with ``value`` of ``out_of``; a warning stands above everything."""

    title: str
    publication: str
    section: str
    rating: str = ""
    value: int = 0
    out_of: int = 5
    label: str = ""
    warning: str = ""
    colour: str = "#0b6470"


def is_drawable(facts: ShareFacts) -> bool:
    """True where the fonts have every letter of what is drawn."""
    words = "".join((facts.title, facts.publication, facts.section, facts.rating, facts.label, facts.warning))
    known = letters_of(REGULAR, SEMIBOLD, SERIF)
    return all(letter in BLANK or ord(letter) in known for letter in words)


def draw_share(facts: ShareFacts) -> Image.Image:
    """Return the picture; the same facts give the same pixels."""
    picture = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(picture)
    top = _warning(pen, facts.warning)
    _axon(pen, facts.colour, top)
    pen.text((EDGE, top + 58), facts.section, font=_font(SEMIBOLD, 30), fill=facts.colour, anchor="ls")
    _title(pen, facts.title, top)
    _foot(pen, facts)
    return picture


def _warning(pen: ImageDraw.ImageDraw, words: str) -> int:
    """Draw the band that says what happened to the study; return where the rest begins."""
    if not words:
        return 28
    pen.rectangle((0, 0, SIZE[0], 84), fill=WARNING)
    pen.text((EDGE, 42), words, font=_font(SEMIBOLD, 38), fill=ON_WARNING, anchor="lm")
    return 96


def _axon(pen: ImageDraw.ImageDraw, colour: str, top: int) -> None:
    """Draw the line with its sheath down the edge, as it stands beside headings on the pages."""
    pen.line((28, top, 28, SIZE[1] - 28), fill=LINE, width=4)
    for number in range(3):
        start = top + 24 + number * 150
        pen.rounded_rectangle((18, start, 38, min(start + 96, SIZE[1] - 40)), radius=10, fill=colour)


def _title(pen: ImageDraw.ImageDraw, title: str, top: int) -> None:
    room = TITLE_ROOM if top < 50 else TITLE_ROOM - 40
    for size in TITLE_SIZES:
        font = _font(SERIF, size)
        lines = _wrapped(title, font)
        step = round(size * 1.18)
        if len(lines) <= MOST_LINES and step * len(lines) <= room:
            break
    lines = _cut(lines, max(1, min(MOST_LINES, room // step)))
    for number, line in enumerate(lines):
        pen.text((EDGE, top + 84 + number * step), line, font=font, fill=INK, anchor="la")


def _foot(pen: ImageDraw.ImageDraw, facts: ShareFacts) -> None:
    """Draw the rating in shapes and words, what was studied, and who publishes it."""
    base = SIZE[1] - 150
    if facts.value:
        for step in range(facts.out_of):
            left = EDGE + step * 62
            fill = facts.colour if step < facts.value else EMPTY
            pen.rounded_rectangle((left, base, left + 52, base + 22), radius=11, fill=fill)
        pen.text(
            (EDGE + facts.out_of * 62 + 14, base + 11), facts.rating, font=_font(SEMIBOLD, 32), fill=INK, anchor="lm"
        )
    elif facts.rating:
        pen.text((EDGE, base + 11), facts.rating, font=_font(SEMIBOLD, 32), fill=INK, anchor="lm")
    right = SIZE[0] - EDGE
    pen.line((EDGE, SIZE[1] - 98, right, SIZE[1] - 98), fill=LINE, width=2)
    name = _font(SERIF, 34)
    pen.text((right, SIZE[1] - 58), facts.publication, font=name, fill=INK, anchor="rm")
    room = right - EDGE - 40 - name.getlength(facts.publication)
    label = _font(REGULAR, 28)
    pen.text((EDGE, SIZE[1] - 58), _shortened(facts.label, label, room), font=label, fill=SOFT, anchor="lm")


def _wrapped(words: str, font: Font) -> list[str]:
    room, lines = SIZE[0] - 2 * EDGE, [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(_shortened(word, font, room))
    return [line for line in lines if line]


def _cut(lines: Sequence[str], most: int) -> list[str]:
    kept = list(lines[:most])
    return [*kept[:-1], f"{kept[-1].rstrip(' ,.;:')} …"] if len(lines) > most else kept


def _shortened(words: str, font: Font, room: float) -> str:
    if font.getlength(words) <= room:
        return words
    while words and font.getlength(f"{words}…") > room:
        words = words[:-1]
    return f"{words.rstrip()}…"


@lru_cache(maxsize=40)
def _font(path: Path, size: int) -> Font:
    return ImageFont.truetype(str(path), size)
