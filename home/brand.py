"""How the publication looks: its name, logo, icon and colour, in the public pages and in the newsroom."""

import colorsys
import hashlib
from dataclasses import dataclass

from django.core.cache import cache

CACHE_KEY = "publication-brand"
WHITE, NIGHT = (255, 255, 255), (20, 25, 27)
READABLE = 4.5  # WCAG 2.2, 1.4.3
COMFORTABLE = 7.0  # 1.4.6, for the colour we choose ourselves
STEPS = 100
OUR_COLOUR = "#0b6470"
# Mail programs do not all know webp.
MAIL_LOGO_FILTER = "max-480x96|format-png"
LOGO_FILTER, ICON_FILTER = "max-480x96|format-webp-lossless", "fill-96x96|format-png"

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Brand:
    """What templates print: addresses are "" where nothing was chosen."""

    name: str
    logo_url: str = ""
    icon_url: str = ""
    stylesheet: str = ""
    colours: str = ""
    colour: str = OUR_COLOUR
    licence: str = ""
    licence_url: str = ""

    @property
    def version(self) -> str:
        """Return what makes the stylesheet's address another one when the colours are others."""
        return hashlib.sha256(self.stylesheet.encode()).hexdigest()[:12]


def forget() -> None:
    """Let the next page read the settings again, where no pages are kept: elsewhere a change is seen by itself."""
    cache.delete(CACHE_KEY)


def parsed(colour: str) -> Colour:
    """Return red, green and blue of "#rrggbb".

    Raises:
        ValueError: it is not written so.
    """
    if len(colour) != 7 or not colour.startswith("#"):
        raise ValueError(colour)
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    shares = [part / 255 for part in colour]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def at_night(colour: Colour) -> Colour:
    """Return the colour made lighter until it is comfortable to read on the dark paper."""
    for step in range(STEPS + 1):
        red, green, blue = (round(part + (255 - part) * step / STEPS) for part in colour)
        if contrast((red, green, blue), NIGHT) >= COMFORTABLE:
            break
    return red, green, blue


def colours_of(colour: str) -> str:
    """Return the rules that give public pages a colour, short enough to stand in each; "" for none."""
    if not colour:
        return ""
    night = "#" + bytes(at_night(parsed(colour))).hex()
    return (
        f":root{{--accent:light-dark({colour},{night});--sheath:light-dark({colour},{night})}}\n"
        f"@supports not (color: light-dark(#000, #fff)){{:root{{--accent:{colour};--sheath:{colour}}}}}\n"
    )


def stylesheet_of(colour: str) -> str:
    """Return the stylesheet that gives the newsroom a colour; "" for none."""
    if not colour:
        return ""
    day = parsed(colour)
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in day))
    turn = f"{hue * 360:.1f}"
    return (
        f"{colours_of(colour)}:root{{"
        f"--w-color-primary-hue:{turn};--w-color-primary-saturation:{saturation * 100:.1f}%;"
        f"--w-color-primary-lightness:{min(lightness, 0.18) * 100:.1f}%;"
        f"--w-color-secondary-hue:{turn};--w-color-secondary-saturation:{saturation * 100:.1f}%;"
        f"--w-color-secondary-lightness:{lightness * 100:.1f}%}}\n"
    )
