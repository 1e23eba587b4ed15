"""What every family draws with: inks and papers, the sheet, and shapes that more than one uses."""

import itertools
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

Point = tuple[float, float]
Colour = tuple[int, int, int]

TAU = math.tau


class Scheme(NamedTuple):
    """Inks for one sheet: the paper, a tint near it, two main inks, one accent, one that draws lines."""

    ground: Colour
    tint: Colour
    first: Colour
    second: Colour
    accent: Colour
    line: Colour


def _scheme(*colours: str) -> Scheme:
    red_green_blue = [ImageColor.getrgb(colour)[:3] for colour in colours]
    return Scheme(*red_green_blue)  # type: ignore[arg-type]


PAPER, CREAM, SAND, MIST = "#f3ecdd", "#fbf6ea", "#ead8b9", "#d5e4dd"
TEAL, DEEP, SEA, FOAM = "#0b6470", "#0e434d", "#79b3a5", "#a9cfc3"
OCHRE, HONEY, RUST, BLUSH = "#d9983f", "#efc27f", "#b4541a", "#e8bd9c"
INK = "#1d2a30"

SCHEMES = (
    _scheme(PAPER, SAND, TEAL, SEA, OCHRE, INK),
    _scheme(PAPER, MIST, SEA, OCHRE, RUST, DEEP),
    _scheme(MIST, CREAM, TEAL, FOAM, RUST, DEEP),
    _scheme(MIST, FOAM, DEEP, HONEY, OCHRE, INK),
    _scheme(SAND, CREAM, TEAL, BLUSH, RUST, DEEP),
    _scheme(CREAM, BLUSH, RUST, HONEY, TEAL, INK),
    _scheme(DEEP, "#15545f", SEA, FOAM, HONEY, CREAM),
    _scheme(TEAL, "#17737e", FOAM, CREAM, HONEY, CREAM),
    _scheme(FOAM, MIST, TEAL, CREAM, OCHRE, DEEP),
    _scheme("#f1d19b", "#f7e2ba", RUST, CREAM, TEAL, INK),
)


def _light(colour: Colour) -> int:
    """Return how light a colour looks, 0 to 2550."""
    red, green, blue = colour
    return red * 3 + green * 6 + blue


@dataclass
class Sheet:
    """A sheet being drawn on; lengths are in pixels of the large drawing, ``u`` is its shorter side."""

    image: Image.Image
    rng: random.Random
    scheme: Scheme

    def __post_init__(self) -> None:
        self.width, self.height = self.image.size
        self.u = float(min(self.image.size))
        self.draw = ImageDraw.Draw(self.image)

    @property
    def dark(self) -> bool:
        """True on a dark paper, where inks cover instead of mixing."""
        return _light(self.scheme.ground) < 1200

    def cut(self, outline: Sequence[Point], colour: Colour) -> None:
        """Lay a shape on the sheet."""
        self.draw.polygon(list(outline), fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Lay a round on the sheet, a little off the compass."""
        self.cut(self.round(x, y, radius, 0.012), colour)

    def hoop(self, x: float, y: float, radius: float, thick: float, colour: Colour) -> None:
        """Draw a circle as a band of even thickness inside ``radius``."""
        if radius > 0:
            box = (x - radius, y - radius, x + radius, y + radius)
            self.draw.ellipse(box, outline=colour, width=max(1, round(min(thick, radius))))

    def line(self, path: Sequence[Point], thick: float, colour: Colour) -> None:
        """Draw a line with round ends."""
        width = max(1, round(thick))
        self.draw.line(list(path), fill=colour, width=width, joint="curve")
        for x, y in (path[0], path[-1]):
            self.draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=colour)

    def overprint(self, outline: Sequence[Point], colour: Colour) -> None:
        """Print a shape over what is there: the inks mix, as in two-colour printing."""
        left, top = (max(0, math.floor(min(p[axis] for p in outline))) for axis in (0, 1))
        right = min(self.width, math.ceil(max(p[0] for p in outline)) + 1)
        bottom = min(self.height, math.ceil(max(p[1] for p in outline)) + 1)
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (right - left, bottom - top), 0)
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in outline], fill=255)
        self._print((left, top, right, bottom), mask, colour)

    def overprint_hoops(self, x: float, y: float, hoops: Iterable[tuple[float, float]], colour: Colour) -> None:
        """Print circles (radius, thickness) around one centre over what is there."""
        mask = Image.new("L", self.image.size, 0)
        draw = ImageDraw.Draw(mask)
        for radius, thick in hoops:
            outer = radius + thick / 2
            draw.ellipse((x - outer, y - outer, x + outer, y + outer), outline=255, width=max(1, round(thick)))
        self._print((0, 0, self.width, self.height), mask, colour)

    def _print(self, box: tuple[int, int, int, int], mask: Image.Image, colour: Colour) -> None:
        under = self.image.crop(box)
        ink = Image.new("RGB", under.size, colour)
        # A light ink would vanish when multiplied: it is laid on top instead, nearly covering.
        covers = self.dark or _light(colour) > _light(self.scheme.ground) - 90
        mixed = Image.blend(under, ink, 0.76 if self.dark else 0.88) if covers else ImageChops.multiply(under, ink)
        self.image.paste(mixed, box, mask)

    def round(self, x: float, y: float, radius: float, wobble: float, stretch: float = 1.0) -> list[Point]:
        """Return the outline of a soft round: a circle with a few slow waves in its radius."""
        rng = self.rng
        waves = [(k, rng.uniform(-1, 1) * wobble / k**1.15 * 2, rng.uniform(0, TAU)) for k in (2, 3, 4, 5)]
        turn = rng.uniform(0, TAU) if stretch != 1 else 0.0
        points = []
        for step in range(120):
            angle = step / 120 * TAU
            reach = radius * (1 + sum(size * math.sin(k * angle + start) for k, size, start in waves))
            along, across = reach * math.cos(angle) * stretch, reach * math.sin(angle) / stretch
            points.append((x + turn_x(along, across, turn), y + turn_y(along, across, turn)))
        return points

    def pick(self, *colours: Colour) -> Colour:
        """Return one of the colours."""
        return self.rng.choice(colours)

    def spread(
        self, count: int, least: float, most: float, gap: float, tries: int = 900
    ) -> list[tuple[float, float, float]]:
        """Return up to ``count`` rounds (x, y, radius) that do not touch, large ones first."""
        placed: list[tuple[float, float, float]] = []
        for attempt in range(tries):
            if len(placed) >= count:
                break
            radius = most - (most - least) * (attempt / tries) ** 0.5
            x = self.rng.uniform(-radius * 0.3, self.width + radius * 0.3)
            y = self.rng.uniform(-radius * 0.3, self.height + radius * 0.3)
            if all(math.hypot(x - a, y - b) > radius + r + gap for a, b, r in placed):
                placed.append((x, y, radius))
        return placed


def turn_x(x: float, y: float, angle: float) -> float:
    """Return where a turn by ``angle`` (radians) around the origin takes x."""
    return x * math.cos(angle) - y * math.sin(angle)


def turn_y(x: float, y: float, angle: float) -> float:
    """Return where a turn by ``angle`` (radians) around the origin takes y."""
    return x * math.sin(angle) + y * math.cos(angle)


def slow_wave(rng: random.Random, size: float, calm: float = 1.0) -> Callable[[float], float]:
    """Return a slow, never repeating wave of about ``size`` over 0 to 1."""
    parts = [(rng.uniform(0.5, 1.0) * calm * k, size / k**1.3, rng.uniform(0, TAU)) for k in (1, 2, 3)]
    return lambda t: sum(high * math.sin(TAU * often * t + start) for often, high, start in parts)


def ribbon(path: Sequence[Point], thick: float) -> list[Point]:
    """Return the outline of a band along a path, with round ends."""
    upper, lower = [], []
    last = len(path) - 1
    for index, (x, y) in enumerate(path):
        (ax, ay), (bx, by) = path[max(0, index - 1)], path[min(last, index + 1)]
        angle = math.atan2(by - ay, bx - ax)
        nx, ny = -math.sin(angle) * thick / 2, math.cos(angle) * thick / 2
        upper.append((x + nx, y + ny))
        lower.append((x - nx, y - ny))
    start = math.atan2(path[1][1] - path[0][1], path[1][0] - path[0][0])
    end = math.atan2(path[last][1] - path[last - 1][1], path[last][0] - path[last - 1][0])
    cap_end = [point_at(path[last], thick / 2, end + math.pi / 2 - step / 12 * math.pi) for step in range(1, 12)]
    cap_start = [point_at(path[0], thick / 2, start - math.pi / 2 - step / 12 * math.pi) for step in range(1, 12)]
    return [*upper, *cap_end, *reversed(lower), *cap_start]


def point_at(centre: Point, radius: float, angle: float) -> Point:
    """Return the point at an angle (radians) on a circle."""
    return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)


def arc(x: float, y: float, radius: float, start: float, end: float) -> list[Point]:
    """Return a path along a circle between two angles (radians)."""
    steps = max(8, int(abs(end - start) / TAU * 160))
    return [point_at((x, y), radius, start + (end - start) * step / steps) for step in range(steps + 1)]


def _lengths(path: Sequence[Point]) -> list[float]:
    lengths = [0.0]
    for (ax, ay), (bx, by) in itertools.pairwise(path):
        lengths.append(lengths[-1] + math.hypot(bx - ax, by - ay))
    return lengths


def pieces_of(path: Sequence[Point], long: float, gap: float, offset: float) -> Iterable[list[Point]]:
    """Yield pieces of a path ``long`` each with ``gap`` between them: sheaths on a fibre.

    The round ends of a ribbon reach into the gap by half its thickness each.
    """
    lengths = _lengths(path)
    start = offset
    while start < lengths[-1]:
        piece = [p for p, at in zip(path, lengths, strict=True) if start <= at <= start + long]
        if len(piece) > 2:
            yield piece
        start += long + gap


def path_across(sheet: Sheet, y: float, swing: Callable[[float], float], tilt: float = 0.0) -> list[Point]:
    """Return a path from beyond the left edge to beyond the right one."""
    steps = 420
    low, wide = -0.08, 1.16
    return [
        (sheet.width * (low + wide * t), y + swing(t) + (t - 0.5) * tilt)
        for t in (step / steps for step in range(steps + 1))
    ]


def hills_below(sheet: Sheet, base: float, swing: Callable[[float], float]) -> list[Point]:
    """Return the outline of what lies under a wavy line, down to the lower edge."""
    top = [(sheet.width * t, base + swing(t)) for t in (step / 240 for step in range(241))]
    return [*top, (sheet.width, sheet.height * 1.02), (0, sheet.height * 1.02)]


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Return the colour that lies ``share`` of the way from a to b."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def with_tooth(image: Image.Image, rng: random.Random) -> Image.Image:
    """Return the image on paper with a faint tooth: soft, below what one notices as noise."""
    width, height = image.size
    small = max(1, width // 2), max(1, height // 2)
    tooth = Image.frombytes("L", small, rng.randbytes(small[0] * small[1]))
    tooth = tooth.filter(ImageFilter.GaussianBlur(0.8)).resize(image.size, Image.Resampling.BICUBIC)
    tooth = tooth.point([min(255, 247 + (value - 96) // 16) for value in range(256)])
    return ImageChops.multiply(image, Image.merge("RGB", (tooth, tooth, tooth)))
