"""Cells: neighbours, colonies, a branching microglia, division, a view through a lens."""

import math

from PIL import Image, ImageDraw

from research.artwork.canvas import TAU, Colour, Point, Sheet, point_at


def _cell(sheet: Sheet, x: float, y: float, radius: float, body: Colour, core: Colour) -> None:
    rng = sheet.rng
    sheet.overprint(sheet.round(x, y, radius, 0.07, rng.uniform(0.93, 1.09)), body)
    angle, off = rng.uniform(0, TAU), radius * rng.uniform(0.08, 0.28)
    cx, cy = point_at((x, y), off, angle)
    sheet.cut(sheet.round(cx, cy, radius * rng.uniform(0.3, 0.4), 0.06), core)
    if radius > sheet.u * 0.1:
        for _ in range(rng.randint(3, 6)):
            px, py = point_at((x, y), radius * rng.uniform(0.6, 0.78), rng.uniform(0, TAU))
            sheet.disc(px, py, radius * rng.uniform(0.03, 0.055), core)


def _neighbours(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    side = rng.choice((0.3, 0.68))
    x, y, radius = sheet.width * side, sheet.height * rng.uniform(0.48, 0.58), sheet.u * 0.37
    sheet.overprint(sheet.round(x, y, radius * 1.34, 0.06), s.tint)
    _cell(sheet, x, y, radius, s.first, s.accent)
    for cx, cy, r in sheet.spread(26, sheet.u * 0.045, sheet.u * 0.17, sheet.u * 0.035):
        if math.hypot(cx - x, cy - y) > radius * 1.42 + r:
            _cell(sheet, cx, cy, r, sheet.pick(s.second, s.second, s.tint), sheet.pick(s.first, s.line))


def _colony(sheet: Sheet) -> None:
    s = sheet.scheme
    for index, (x, y, r) in enumerate(sheet.spread(90, sheet.u * 0.05, sheet.u * 0.2, sheet.u * 0.014, 2600)):
        body = s.accent if index == 3 else sheet.pick(s.first, s.second, s.second, s.tint, s.tint)
        core = s.ground if body in (s.first, s.accent) else sheet.pick(s.first, s.line)
        _cell(sheet, x, y, r, body, core)


def _branching(sheet: Sheet) -> None:
    """Draw a resting microglia: a small body with fine branches, and the round cells it visits."""
    s, rng = sheet.scheme, sheet.rng
    x, y = sheet.width * rng.uniform(0.38, 0.62), sheet.height * rng.uniform(0.45, 0.55)
    for cx, cy, r in sheet.spread(9, sheet.u * 0.07, sheet.u * 0.15, sheet.u * 0.16):
        if math.hypot(cx - x, cy - y) > sheet.u * 0.34:
            _cell(sheet, cx, cy, r, sheet.pick(s.tint, s.second), sheet.pick(s.second, s.first))
    arms = rng.randint(6, 8)
    for arm in range(arms):
        _branch(sheet, (x, y), arm / arms * TAU + rng.uniform(-0.25, 0.25), sheet.u * 0.3, sheet.u * 0.05, 4)
    sheet.cut(sheet.round(x, y, sheet.u * 0.125, 0.12, 1.12), s.first)
    sheet.cut(sheet.round(x + sheet.u * 0.015, y, sheet.u * 0.052, 0.06), s.accent)


def _branch(sheet: Sheet, start: Point, angle: float, long: float, thick: float, depth: int) -> None:
    rng = sheet.rng
    bend = rng.uniform(-0.45, 0.45)
    path = [start]
    for step in range(14):
        path.append(point_at(path[-1], long / 14, angle + bend * step / 14))
    for index, point in enumerate(path):
        width = thick * (1 - 0.42 * index / len(path))
        sheet.draw.ellipse(
            (point[0] - width / 2, point[1] - width / 2, point[0] + width / 2, point[1] + width / 2),
            fill=sheet.scheme.first,
        )
        if index:
            sheet.draw.line([path[index - 1], point], fill=sheet.scheme.first, width=max(1, round(width)))
    if depth > 1:
        for turn in (rng.uniform(-0.75, -0.3), rng.uniform(0.3, 0.75)):
            _branch(sheet, path[-1], angle + bend + turn, long * rng.uniform(0.55, 0.72), thick * 0.58, depth - 1)
    else:
        sheet.disc(*path[-1], thick * 0.7, sheet.scheme.first)


def _dividing(sheet: Sheet) -> None:
    s = sheet.scheme
    count = sheet.rng.choice((4, 5))
    gap = sheet.width / count
    radius = min(gap * 0.3, sheet.u * 0.24)
    for index in range(count):
        x, y = gap * (index + 0.5), sheet.height * 0.5
        apart = radius * 0.92 * index / (count - 1)
        bodies = [(x, y)] if not index else [(x, y - apart), (x, y + apart)]
        size = radius * (1 - 0.24 * index / (count - 1))
        sheet.overprint(sheet.round(x, y, radius * 1.5, 0.04), s.tint)
        for cx, cy in bodies:
            sheet.cut(sheet.round(cx, cy, size, 0.03), s.first if index < count - 1 else s.second)
        for cx, cy in bodies:
            sheet.cut(sheet.round(cx, cy, size * 0.36, 0.05), s.accent)


def _lens(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    x, y, radius = sheet.width * rng.choice((0.36, 0.5, 0.64)), sheet.height * 0.5, sheet.u * 0.43
    inside = Sheet(Image.new("RGB", sheet.image.size, s.tint), rng, s)
    for index, (cx, cy, r) in enumerate(inside.spread(120, sheet.u * 0.04, sheet.u * 0.12, sheet.u * 0.012, 2600)):
        _cell(
            inside,
            cx,
            cy,
            r,
            s.accent if index % 11 == 2 else inside.pick(s.first, s.second),
            inside.pick(s.ground, s.line),
        )
    mask = Image.new("L", sheet.image.size, 0)
    ImageDraw.Draw(mask).polygon(sheet.round(x, y, radius, 0.006), fill=255)
    for cx, cy, r in sheet.spread(14, sheet.u * 0.012, sheet.u * 0.03, sheet.u * 0.12):
        sheet.disc(cx, cy, r, s.second)
    sheet.disc(x, y, radius * 1.07, s.line if not sheet.dark else s.first)
    sheet.image.paste(inside.image, (0, 0), mask)


LAYOUTS = (_neighbours, _colony, _branching, _dividing, _lens)
