import random
import time

import pytest
from PIL import Image, ImageStat

from research.artwork import FAMILIES, LAYOUTS, SCHEMES, Sheet, draw_artwork, family_for


@pytest.mark.parametrize("family", FAMILIES)
def test_a_seed_always_gives_the_same_picture(family):
    first, second = (draw_artwork("microglia", family, 160, 90) for _ in range(2))

    assert first.mode == "RGB"
    assert first.size == (160, 90)
    assert first.tobytes() == second.tobytes()


def test_other_seeds_and_families_give_other_pictures():
    pictures = {
        draw_artwork(f"article-{number}", family, 96, 54).tobytes() for number in range(12) for family in FAMILIES
    }

    assert len(pictures) == 12 * len(FAMILIES)


@pytest.mark.parametrize(("family", "layout"), [(family, layout) for family in FAMILIES for layout in LAYOUTS[family]])
@pytest.mark.parametrize("scheme", [SCHEMES[0], SCHEMES[6]])
@pytest.mark.parametrize("size", [(640, 360), (400, 400), (240, 420)])
def test_every_layout_draws_something_with_colour_in_any_format(family, layout, scheme, size):
    image = Image.new("RGB", size, scheme.ground)

    layout(Sheet(image, random.Random("seed"), scheme))

    colours = image.getcolors(maxcolors=1 << 20)
    share_of_ground = sum(count for count, colour in colours if colour == scheme.ground) / (size[0] * size[1])
    assert share_of_ground < 0.97
    assert max(ImageStat.Stat(image.convert("HSV")).stddev) > 8


def test_each_family_has_at_least_four_layouts():
    assert set(LAYOUTS) == set(FAMILIES)
    assert all(len(layouts) >= 4 for layouts in LAYOUTS.values())


def test_a_full_size_picture_takes_little_time():
    started = time.perf_counter()

    draw_artwork("time", "waves", 1600, 900)

    assert time.perf_counter() - started < 5  # about a quarter of a second on an idle machine


@pytest.mark.parametrize(
    ("family", "width", "height"),
    [("clouds", 100, 100), ("cells", 0, 100), ("cells", 100, -1), ("cells", 90_000, 90_000)],
)
def test_what_cannot_be_drawn_is_refused(family, width, height):
    with pytest.raises(ValueError, match=r"family|size"):
        draw_artwork("seed", family, width, height)


@pytest.mark.parametrize(
    ("slugs", "family"),
    [
        (["microglia", "inflammation", "brain"], "cells"),
        (["remyelination", "lesions"], "fibres"),
        (["fatigue", "exercise"], "waves"),
        (["vitamin-d", "diet"], "fields"),
        (["relapses", "diagnosis"], "clocks"),
        (["carers", "quality-of-life"], "rings"),
    ],
)
def test_the_topics_choose_the_family(slugs, family):
    assert family_for(slugs, "seed") == family


def test_the_seed_chooses_where_the_topics_do_not():
    chosen = {family_for([], f"article-{number}") for number in range(60)}

    assert chosen == set(FAMILIES)
    assert family_for([], "article-1") == family_for([], "article-1")
