"""Rings: those of a tree, overprinted hoops, quarters, chains and arcs."""

import math
import random

from research.artwork.canvas import TAU, Sheet, arc, mix, ribbon, slow_wave


def _tree(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    x, y = sheet.width * rng.uniform(0.25, 0.75), sheet.height * rng.uniform(0.4, 0.62)
    radius, state, index = sheet.u * rng.uniform(0.8, 1.0), rng.getstate(), 0
    bands = random.Random(rng.random())  # noqa: S311 - drawing, not secrets
    rng.setstate(state)
    colours = [s.first, s.tint, s.second, s.tint]
    while radius > sheet.u * 0.05:
        rng.setstate(state)
        colour = s.accent if index == 5 else colours[index % 4]
        sheet.cut(sheet.round(x, y, radius, 0.055, 1.04), colour)
        radius -= sheet.u * bands.uniform(0.022, 0.1)
        x, y = x + sheet.u * 0.004, y - sheet.u * 0.003
        index += 1
    sheet.disc(x, y, sheet.u * 0.03, s.line)


def _over(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    count = rng.choice((2, 3, 4))
    for index in range(count):
        x = sheet.width * (0.5 + (index - (count - 1) / 2) * 0.17) + rng.uniform(-0.03, 0.03) * sheet.width
        y = sheet.height * (0.5 + (0.14 if index % 2 else -0.12))
        radius = sheet.u * rng.uniform(0.26, 0.36)
        colour = (s.first, s.second, s.accent, s.second)[index]
        sheet.overprint_hoops(x, y, [(radius, radius * rng.uniform(0.24, 0.42))], colour)
        if rng.random() < 0.6:
            sheet.overprint(sheet.round(x, y, radius * 0.3, 0.02), s.tint if colour != s.tint else s.second)


def _quarters(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    rows = rng.choice((3, 4))
    side = sheet.height / rows
    columns = math.ceil(sheet.width / side)
    special = (rng.randrange(columns), rng.randrange(rows))
    for column in range(columns):
        for row in range(rows):
            left, top = column * side + (sheet.width - columns * side) / 2, row * side
            corner = rng.randrange(4)
            x, y = left + side * (corner in (1, 2)), top + side * (corner in (2, 3))
            start = (0, math.pi / 2, math.pi, -math.pi / 2)[corner]
            bands = (
                [s.accent, s.ground, s.accent]
                if (column, row) == special
                else [sheet.pick(s.first, s.second), s.ground, sheet.pick(s.first, s.second, s.tint)]
            )
            for share, colour in zip((0.94, 0.64, 0.42), bands, strict=True):
                sheet.cut([(x, y), *arc(x, y, side * share, start, start + math.pi / 2)], colour)


def _chain(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    count = rng.choice((5, 6))
    radius = sheet.width / count * 0.66
    thick = radius * 0.27
    swing = slow_wave(rng, sheet.height * 0.07, 0.8)
    odd = rng.randrange(1, count - 1)
    centres = [
        (sheet.width * (index + 0.5) / count, sheet.height * 0.5 + swing(index / count)) for index in range(count)
    ]
    for index, (x, y) in enumerate(centres):
        colour = s.accent if index == odd else (s.first, s.second)[index % 2]
        sheet.overprint_hoops(x, y, [(min(radius, sheet.u * 0.33), thick)], colour)


def _arcs(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    x, y = sheet.width * rng.choice((0.32, 0.5, 0.68)), sheet.height * 0.5
    count = rng.randint(6, 8)
    step = sheet.u * 0.44 / count
    for index in range(count):
        radius = step * (index + 1.2)
        sheet.hoop(x, y, radius + step * 0.06, step * 0.12, mix(s.ground, s.line, 0.25))
        start = rng.uniform(0, TAU)
        reach = rng.uniform(0.25, 0.85) * TAU
        colour = s.accent if index == count - 3 else sheet.pick(s.first, s.first, s.second)
        sheet.cut(ribbon(arc(x, y, radius, start, start + reach), step * 0.6), colour)
    sheet.disc(x, y, step * 0.55, s.accent)


LAYOUTS = (_tree, _over, _quarters, _chain, _arcs)
