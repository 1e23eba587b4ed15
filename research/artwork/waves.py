"""Waves: horizons, traces, ripples, bands and pulses."""

import math
from collections.abc import Callable

from research.artwork.canvas import Sheet, hills_below, mix, path_across, ribbon, slow_wave


def _horizon(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    sheet.disc(
        sheet.width * rng.uniform(0.2, 0.8),
        sheet.height * rng.uniform(0.22, 0.34),
        sheet.u * rng.uniform(0.1, 0.16),
        s.accent,
    )
    count = rng.randint(5, 7)
    for index in range(count):
        share = index / (count - 1)
        colour = mix(s.second, s.first, share) if not sheet.dark else mix(s.tint, s.first, share)
        base = sheet.height * (0.4 + 0.53 * share**1.1)
        sheet.cut(hills_below(sheet, base, slow_wave(rng, sheet.height * 0.07, 1.0 + share)), colour)


def _trace(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    count = rng.randint(13, 17)
    centre, spread = rng.uniform(0.35, 0.65), rng.uniform(0.12, 0.17)
    hot = rng.randint(count // 3, count - 4)
    for index in range(count):
        base = sheet.height * (0.17 + 0.72 * index / (count - 1))
        swing = slow_wave(rng, sheet.height * 0.085, 4.5)
        top = []
        for step in range(361):
            t = step / 360
            bump = math.exp(-(((t - centre) / spread) ** 2))
            top.append((sheet.width * (0.1 + 0.8 * t), base - abs(swing(t)) * bump * 1.5))
        sheet.cut([*top, (top[-1][0], base + sheet.u * 0.06), (top[0][0], base + sheet.u * 0.06)], s.ground)
        sheet.line(top, sheet.u * (0.012 if index == hot else 0.0075), s.accent if index == hot else s.first)


def _ripples(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    sources = [
        (sheet.width * rng.uniform(0.12, 0.3), sheet.height * rng.uniform(0.6, 0.95), s.first),
        (
            sheet.width * rng.uniform(0.68, 0.9),
            sheet.height * rng.uniform(0.1, 0.45),
            s.second if not sheet.dark else s.accent,
        ),
    ]
    step = sheet.u * 0.105
    for x, y, colour in sources:
        sheet.overprint_hoops(x, y, [(step * index, step * (0.46 - 0.02 * index)) for index in range(1, 16)], colour)
    for x, y, _ in sources:
        sheet.disc(x, y, step * 0.42, s.accent if not sheet.dark else s.line)


def _bands(sheet: Sheet) -> None:
    s, rng = sheet.scheme, sheet.rng
    swing = slow_wave(rng, sheet.height * 0.17, 0.75)
    tilt = sheet.height * rng.uniform(-0.7, 0.7)
    colours = [s.first, s.tint, s.second, s.first, s.accent, s.second, s.tint]
    rng.shuffle(colours)
    y, index = -sheet.height * 0.3, 0
    while y < sheet.height * 1.4:
        thick = sheet.height * rng.uniform(0.05, 0.17)
        growing = slow_wave(rng, sheet.height * 0.02, 0.7)

        def both(t: float, growing: Callable[[float], float] = growing) -> float:
            return swing(t) + growing(t)

        sheet.cut(ribbon(path_across(sheet, y + thick / 2, both, tilt), thick), colours[index % len(colours)])
        y += thick + sheet.height * rng.uniform(0.03, 0.08)
        index += 1


def _pulse(sheet: Sheet) -> None:
    """Draw bars along a line whose height swells and ebbs, like a voice or a step."""
    s, rng = sheet.scheme, sheet.rng
    count = rng.randint(30, 42)
    gap = sheet.width * 0.86 / count
    swell = slow_wave(rng, 1.0, 1.1)
    hot = range(rng.randint(6, count - 12), count)[: rng.randint(4, 7)]
    sheet.line(
        [(sheet.width * 0.04, sheet.height * 0.5), (sheet.width * 0.96, sheet.height * 0.5)], sheet.u * 0.006, s.line
    )
    for index in range(count):
        x = sheet.width * 0.07 + gap * (index + 0.5)
        high = sheet.height * (
            0.035 + 0.3 * abs(swell(index / count)) ** 1.2 * math.sin(math.pi * (index + 1) / (count + 1))
        )
        colour = s.accent if index in hot else s.first if index % 2 else s.second
        sheet.cut(
            ribbon(
                [(x, sheet.height * 0.5 - high), (x, sheet.height * 0.5), (x, sheet.height * 0.5 + high)], gap * 0.62
            ),
            colour,
        )


LAYOUTS = (_horizon, _trace, _ripples, _bands, _pulse)
