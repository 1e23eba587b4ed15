"""Clocks: dials, phases, suns and spirals."""

import math

from research.artwork.canvas import TAU, Point, Sheet, arc, point_at, ribbon


def _dial(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    x, y, radius = sheet.width * rng.choice((0.34, 0.5, 0.66)), sheet.height * 0.5, sheet.u * 0.4
    if x != sheet.width * 0.5:
        far = sheet.width - x
        sheet.overprint_hoops(
            far, y, [(radius * share, radius * 0.018) for share in (0.3, 0.55, 0.8, 1.05, 1.3)], s.second
        )
    sheet.overprint(sheet.round(x, y, radius * 1.16, 0.01), s.tint)
    ticks = rng.choice((12, 16, 24))
    until = rng.randint(ticks // 4, ticks * 3 // 4)
    for tick in range(ticks):
        angle = -math.pi / 2 + tick / ticks * TAU
        inner, outer = point_at((x, y), radius * 0.74, angle), point_at((x, y), radius, angle)
        sheet.line([inner, outer], radius * 1.9 / ticks, s.first if tick <= until else s.second)
    hand = -math.pi / 2 + until / ticks * TAU
    sheet.line([(x, y), point_at((x, y), radius * 0.56, hand)], sheet.u * 0.022, s.line)
    sheet.line([(x, y), point_at((x, y), radius * 0.36, hand + rng.uniform(1.4, 3.6))], sheet.u * 0.022, s.line)
    sheet.disc(x, y, sheet.u * 0.032, s.accent)


def _phases(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    count = rng.choice((5, 7))
    gap = sheet.width * 0.94 / count
    radius = min(gap * 0.4, sheet.u * 0.2)
    rise = sheet.height * rng.choice((0.0, 0.16, -0.16))
    for index in range(count):
        x = sheet.width * 0.03 + gap * (index + 0.5)
        y = sheet.height * 0.5 + rise * (math.cos((index / (count - 1) - 0.5) * math.pi) - 0.5)
        share = index / (count - 1)
        sheet.disc(x, y, radius, s.first if index != count // 2 else s.accent)
        if index != count // 2:
            lit = s.second if not sheet.dark else s.tint
            sheet.cut(_moon(x, y, radius * 1.005, share), lit)
    sheet.line(
        [(sheet.width * 0.08, sheet.height * 0.86), (sheet.width * 0.92, sheet.height * 0.86)], sheet.u * 0.006, s.line
    )
    for index in range(count):
        x = sheet.width * 0.03 + gap * (index + 0.5)
        sheet.cut(
            ribbon(
                [
                    (x - radius * 0.3, sheet.height * 0.86),
                    (x, sheet.height * 0.86),
                    (x + radius * 0.3, sheet.height * 0.86),
                ],
                sheet.u * 0.024,
            ),
            s.accent if index == count // 2 else s.first,
        )


def _moon(x: float, y: float, radius: float, share: float) -> list[Point]:
    """Return the lit part of a moon: a thin crescent at 0 and 1, most of it near the middle."""
    full = 1 - 2 * abs(share - 0.5)
    side = 1 if share < 0.5 else -1
    bulge = 1 - 2 * (0.16 + 0.7 * full)
    outer = [point_at((x, y), radius, -math.pi / 2 + step / 60 * math.pi) for step in range(61)]
    inner = [(x + bulge * (px - x), py) for px, py in reversed(outer)]
    return [(x + side * (px - x), py) for px, py in [*outer, *inner]]


def _many(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    columns, rows = rng.choice(((5, 3), (7, 4), (6, 3)))
    wide, high = sheet.width / columns, sheet.height / rows
    radius = min(wide, high) * 0.38
    special = (rng.randrange(columns), rng.randrange(rows))
    begin = rng.uniform(0, TAU)
    for row in range(rows):
        for column in range(columns):
            x, y = wide * (column + 0.5), high * (row + 0.5)
            angle = begin + (row * columns + column) / (columns * rows) * TAU * 1.25
            chosen = (column, row) == special
            face = s.accent if chosen else s.first if (row + column) % 2 else s.second
            sheet.disc(x, y, radius, face)
            sector = [(x, y), *arc(x, y, radius * 1.01, -math.pi / 2, angle)]
            sheet.cut(sector, s.tint if not chosen else s.ground)


def _sun(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    x, y = sheet.width * rng.choice((0.3, 0.5, 0.7)), sheet.height * rng.choice((0.98, 0.82))
    rays = rng.choice((15, 19, 23))
    for ring, (inner, outer) in enumerate(((0.42, 0.62), (0.68, 0.98), (1.04, 1.5))):
        for ray in range(rays):
            angle = math.pi + (ray + 0.5) / rays * math.pi
            half = math.pi / rays * (0.3 + 0.06 * ring)
            near, far = sheet.u * inner, sheet.u * outer * (1 if ray % 2 else 0.94)
            colour = (s.first, s.second, s.tint)[ring]
            if ray == rays // 3 and ring < 2:
                colour = s.accent
            sheet.cut(
                [*arc(x, y, near, angle - half, angle + half), *reversed(arc(x, y, far, angle - half, angle + half))],
                colour,
            )
    sheet.disc(x, y, sheet.u * 0.34, s.accent if rng.random() < 0.6 else s.first)
    sheet.cut(
        [(0, y), (sheet.width, y), (sheet.width, sheet.height), (0, sheet.height)],
        s.first if y < sheet.height * 0.9 else s.ground,
    )


def _spiral(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    x, y = sheet.width * rng.uniform(0.36, 0.64), sheet.height * 0.5
    turns = rng.choice((-1, 1))
    count = 150
    hot = rng.randrange(60, 130)
    for index in range(8, count):
        angle = turns * index * math.pi * (3 - math.sqrt(5))
        far = sheet.u * 0.058 * math.sqrt(index)
        px, py = point_at((x, y), far, angle)
        size = sheet.u * (0.012 + 0.022 * index / count)
        colour = s.accent if abs(index - hot) < 9 else s.first if index % 3 else s.second
        sheet.disc(px, py, size, colour)
    sheet.disc(x, y, sheet.u * 0.085, s.accent)


LAYOUTS = (_dial, _phases, _many, _sun, _spiral)
