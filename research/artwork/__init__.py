"""Drawn pictures for articles that have none: quiet compositions in the colours of the site.

A picture is made from a seed and a family alone, so the same article always gets the same one.
Everything is cut from plain shapes with a slightly unsteady hand, printed over each other where
the inks allow, and laid on paper with a faint tooth.
"""

from research.artwork.canvas import SCHEMES, Sheet
from research.artwork.choosing import family_for
from research.artwork.drawing import FAMILIES, LAYOUTS, draw_artwork

__all__ = ["FAMILIES", "LAYOUTS", "SCHEMES", "Sheet", "draw_artwork", "family_for"]
