"""Fields: patchwork, seeds, contours, a valley and stems."""

import math

from research.artwork.canvas import Colour, Point, Sheet, hills_below, mix, slow_wave, turn_x, turn_y


def _patchwork(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    columns, rows = rng.choice(((6, 4), (7, 4), (5, 3)))
    lean = rng.uniform(-0.16, 0.16)
    wide, high = sheet.width * 1.35 / columns, sheet.height * 1.35 / rows
    edges_x = [0.0, *sorted((i + rng.uniform(-0.24, 0.24)) * wide for i in range(1, columns)), columns * wide]
    for i in range(columns):
        shift = rng.uniform(-0.3, 0.3) * high
        for j in range(-1, rows + 1):
            box = (edges_x[i], j * high + shift, edges_x[i + 1], (j + 1) * high + shift)
            _patch(sheet, box, lean)
    if rng.random() < 0.7:
        x, y = sheet.width * rng.uniform(0.25, 0.75), sheet.height * rng.uniform(0.3, 0.7)
        sheet.overprint(sheet.round(x, y, sheet.u * rng.uniform(0.12, 0.18), 0.02), s.accent)


def _patch(sheet: Sheet, box: tuple[float, float, float, float], lean: float) -> None:
    s, rng = sheet.scheme, sheet.rng
    left, top, right, bottom = box
    gap = sheet.u * 0.012
    left, top, right, bottom = left + gap, top + gap, right - gap, bottom - gap

    def place(x: float, y: float) -> Point:
        x, y = x - sheet.width * 0.675, y - sheet.height * 0.675
        return turn_x(x, y, lean) + sheet.width / 2, turn_y(x, y, lean) + sheet.height / 2

    colour = sheet.pick(s.first, s.second, s.tint, s.tint, s.second)
    sheet.cut([place(left, top), place(right, top), place(right, bottom), place(left, bottom)], colour)
    marks = {s.first: s.second, s.second: s.first, s.tint: s.second}[colour]
    kind = rng.choice(("plain", "plain", "rows", "columns", "dots"))
    step = sheet.u * rng.choice((0.035, 0.045))
    if kind == "rows":
        for k in range(1, int((bottom - top) / step)):
            sheet.line([place(left + step, top + k * step), place(right - step, top + k * step)], step * 0.22, marks)
    elif kind == "columns":
        for k in range(1, int((right - left) / step)):
            sheet.line([place(left + k * step, top + step), place(left + k * step, bottom - step)], step * 0.22, marks)
    elif kind == "dots":
        for k in range(1, int((right - left) / step / 1.3)):
            for m in range(1, int((bottom - top) / step / 1.3)):
                sheet.disc(*place(left + k * step * 1.3, top + m * step * 1.3), step * 0.2, marks)


def _seeds(sheet: Sheet) -> None:
    """Draw rows of seeds, a few of which have come up."""
    s, rng = sheet.scheme, sheet.rng
    columns = rng.choice((17, 21))
    step = sheet.width / columns
    rows = int(sheet.height / step) + 1
    ax, ay = rng.uniform(0.25, 0.75) * sheet.width, rng.uniform(0.3, 0.7) * sheet.height
    reach = sheet.u * rng.uniform(0.34, 0.46)
    for row in range(rows):
        for column in range(columns):
            x = step * (column + 0.5) + rng.uniform(-0.05, 0.05) * step
            y = step * (row + 0.5) + (sheet.height - rows * step) / 2 + rng.uniform(-0.05, 0.05) * step
            near = max(0.0, 1 - math.hypot(x - ax, y - ay) / reach)
            if near > 0.72:
                sheet.disc(x, y, step * 0.4, s.accent)
            else:
                sheet.disc(x, y, step * (0.15 + 0.26 * near), s.first if near else s.second)


def _contours(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    hills = [(rng.uniform(0.18, 0.42), rng.uniform(0.3, 0.7)), (rng.uniform(0.62, 0.86), rng.uniform(0.25, 0.75))]
    for index, (fx, fy) in enumerate(hills):
        steps = 9 if index == 0 else 6
        state = rng.getstate()
        for ring in range(steps):
            rng.setstate(state)
            radius = sheet.u * (0.66 if index == 0 else 0.42) * (1 - ring / steps)
            colour = mix(s.tint, s.first if index == 0 else s.second, ring / (steps - 1))
            outline = sheet.round(
                sheet.width * fx + ring * sheet.u * 0.012, sheet.height * fy - ring * sheet.u * 0.014, radius, 0.13
            )
            sheet.cut(outline, colour)
            sheet.line([*outline, outline[0]], sheet.u * 0.004, s.ground)
        sheet.disc(
            sheet.width * fx + steps * sheet.u * 0.012,
            sheet.height * fy - steps * sheet.u * 0.014,
            sheet.u * 0.028,
            s.accent,
        )


def _valley(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    x, y, radius = sheet.width * rng.uniform(0.25, 0.75), sheet.height * 0.4, sheet.u * rng.uniform(0.17, 0.24)
    sheet.disc(x, y, radius, s.accent)
    sheet.cut(hills_below(sheet, sheet.height * 0.47, slow_wave(rng, sheet.height * 0.035, 0.6)), s.tint)
    sheet.cut(hills_below(sheet, sheet.height * 0.56, slow_wave(rng, sheet.height * 0.04, 0.6)), s.second)
    base, meet = sheet.height * 0.66, sheet.width * rng.uniform(0.3, 0.7)
    sheet.cut(hills_below(sheet, base, lambda t: 0.0), s.first)
    for index in range(-16, 17):
        far = meet + index * sheet.width * 0.035
        near = meet + index * sheet.width * 0.16
        half = sheet.width * 0.021
        sheet.cut(
            [(far - 1, base), (far + 1, base), (near + half, sheet.height * 1.01), (near - half, sheet.height * 1.01)],
            mix(s.first, s.ground, 0.32),
        )


def _stems(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    count = rng.randint(7, 10)
    gap = sheet.width / count
    bloom = rng.randrange(2, count - 2)
    for index in range(count):
        x, lean = gap * (index + 0.5), rng.uniform(-0.25, 0.25) * gap
        top = sheet.height * rng.uniform(0.2, 0.42)
        path = [
            (x + lean * (t**2), sheet.height * 1.02 + (top - sheet.height * 1.02) * t)
            for t in (i / 60 for i in range(61))
        ]
        sheet.line(path, sheet.u * 0.011, s.line if not sheet.dark else s.second)
        for leaf in range(rng.randint(3, 5)):
            _leaf(
                sheet,
                path[12 + leaf * 10],
                rng.choice((-1, 1)) if leaf else 1,
                gap * rng.uniform(0.34, 0.48),
                sheet.pick(s.first, s.second),
            )
        if index == bloom:
            sheet.disc(*path[-1], gap * 0.3, s.accent)
            sheet.disc(*path[-1], gap * 0.1, s.ground)
        else:
            sheet.disc(*path[-1], gap * rng.uniform(0.1, 0.19), sheet.pick(s.first, s.second, s.tint))


def _leaf(sheet: Sheet, at: Point, side: int, long: float, colour: Colour) -> None:
    angle = -math.pi / 2 + side * sheet.rng.uniform(0.75, 1.05)
    upper = []
    lower = []
    for step in range(25):
        t = step / 24
        along, across = long * t, long * 0.24 * math.sin(math.pi * t) ** 0.85
        upper.append((at[0] + turn_x(along, across, angle), at[1] + turn_y(along, across, angle)))
        lower.append((at[0] + turn_x(along, -across, angle), at[1] + turn_y(along, -across, angle)))
    sheet.cut([*upper, *reversed(lower)], colour)


LAYOUTS = (_patchwork, _seeds, _contours, _valley, _stems)
