"""Fibres: nerve fibres in their sheaths, along, across and under repair."""

import math
from collections.abc import Sequence

from research.artwork.canvas import TAU, Colour, Point, Sheet, path_across, pieces_of, ribbon, slow_wave


def _fibre(sheet: Sheet, path: Sequence[Point], thick: float, colour: Colour, *, long: float, gap: float) -> None:
    sheet.line(path, thick * 0.16, sheet.scheme.line)
    for piece in pieces_of(path, long, gap + thick, -long * sheet.rng.random()):
        sheet.cut(ribbon(piece, thick), colour)


def _bundle(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    count = rng.randint(5, 7)
    swing = slow_wave(rng, sheet.height * 0.09, 0.8)
    tilt = rng.choice((-1, 1)) * sheet.height * rng.uniform(0.1, 0.3)
    colours = [s.first, s.second, s.tint, s.first, s.second, s.first, s.second]
    rng.shuffle(colours)
    colours[rng.randrange(1, count - 1)] = s.accent
    for index in range(count):
        y = sheet.height * (index + 0.5) / count
        thick = sheet.height / count * rng.uniform(0.42, 0.62)
        _fibre(
            sheet,
            path_across(sheet, y, swing, tilt),
            thick,
            colours[index],
            long=sheet.width * rng.uniform(0.1, 0.17),
            gap=thick * 0.3,
        )


def _section(sheet: Sheet) -> None:
    s = sheet.scheme
    for index, (x, y, r) in enumerate(sheet.spread(150, sheet.u * 0.035, sheet.u * 0.15, sheet.u * 0.012, 3200)):
        colour = s.accent if index in (2, 9) else sheet.pick(s.first, s.first, s.second)
        outer = sheet.round(x, y, r, 0.045)
        sheet.cut(outer, colour)
        sheet.cut(sheet.round(x, y, r * 0.82, 0.045), s.ground)
        sheet.cut(sheet.round(x, y, r * 0.7, 0.045), colour)
        sheet.cut(sheet.round(x, y, r * 0.46, 0.05), s.tint)


def _repair(sheet: Sheet) -> None:
    """Draw one thick fibre whose sheaths thin out and come back."""
    s, rng = sheet.scheme, sheet.rng
    for lane in (0.2, 0.82):
        _fibre(
            sheet,
            path_across(sheet, sheet.height * lane, slow_wave(rng, sheet.height * 0.05)),
            sheet.u * 0.05,
            s.tint,
            long=sheet.width * 0.1,
            gap=sheet.u * 0.03,
        )
    path = path_across(sheet, sheet.height * 0.5, slow_wave(rng, sheet.height * 0.1, 0.7))
    sheet.line(path, sheet.u * 0.035, s.line)
    long, gap = sheet.width * 0.1, sheet.u * 0.29
    pieces = list(pieces_of(path, long, gap, -long * rng.uniform(0.2, 0.8)))
    hurt = rng.randint(2, max(3, len(pieces) - 3))
    for index, piece in enumerate(pieces):
        far = abs(index - hurt)
        thick = sheet.u * (0.08 + 0.055 * min(far, 3))
        sheet.cut(ribbon(piece, thick), s.accent if far == 0 else s.second if far == 1 else s.first)


def _crossing(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    strands = [s.first, s.second, s.accent][: rng.choice((2, 3))]
    often = rng.uniform(1.1, 1.7)
    high = sheet.height * 0.26
    paths = []
    for index in range(len(strands)):
        start = index / len(strands) * TAU

        def swing(t: float, start: float = start) -> float:
            return high * math.sin(TAU * often * t + start)

        paths.append(path_across(sheet, sheet.height * 0.5, swing))
    for path in paths:
        sheet.line(path, sheet.u * 0.02, s.line)
    for index, (path, colour) in enumerate(zip(paths, strands, strict=True)):
        for piece in pieces_of(path, sheet.width * 0.09, sheet.u * 0.155, -sheet.width * 0.05 * index):
            sheet.overprint(ribbon(piece, sheet.u * 0.125), colour)


def _slope(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    count, lean = rng.randint(7, 10), rng.choice((-1, 1)) * rng.uniform(0.35, 0.7)
    step = sheet.width * 1.5 / count
    for index in range(count):
        x = -sheet.width * 0.25 + step * (index + 0.5)
        path = [
            (x + lean * (t - 0.5) * sheet.height * 1.2, sheet.height * (1.2 * t - 0.1))
            for t in (i / 200 for i in range(201))
        ]
        colour = s.accent if index == count // 2 else sheet.pick(s.first, s.first, s.second, s.tint)
        _fibre(
            sheet,
            path,
            step * rng.uniform(0.34, 0.46),
            colour,
            long=sheet.height * rng.uniform(0.16, 0.3),
            gap=step * 0.12,
        )


LAYOUTS = (_bundle, _section, _repair, _crossing, _slope)
