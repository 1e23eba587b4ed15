import pytest

from research.reading.figures.icon_arrays import icon_array


def filled(array):
    return sum(is_filled for _x, _y, is_filled in array.icons)


def test_a_hundred_is_ten_rows_of_ten():
    array = icon_array(4, 100, "people with MS")

    assert (array.columns, array.rows, len(array.icons)) == (10, 10, 100)
    assert filled(array) == 4
    assert array.each == ""


@pytest.mark.parametrize(
    ("denominator", "columns", "rows"),
    [(1, 1, 1), (7, 7, 1), (10, 10, 1), (12, 12, 1), (20, 10, 2), (24, 12, 2), (25, 5, 5), (37, 10, 4), (50, 10, 5)],
)
def test_the_grid_suits_the_denominator(denominator, columns, rows):
    array = icon_array(1, denominator, "people")

    assert (array.columns, array.rows, len(array.icons)) == (columns, rows, denominator)


def test_the_filled_icons_come_first_in_reading_order():
    array = icon_array(3, 20, "people")

    assert [is_filled for _x, _y, is_filled in array.icons] == [True] * 3 + [False] * 17
    assert [(y, x) for x, y, _filled in array.icons] == sorted((y, x) for x, y, _filled in array.icons)


def test_every_icon_lies_within_the_drawing():
    for denominator in range(1, 101):
        array = icon_array(0, denominator, "people")

        assert all(0 <= x < array.width and 0 <= y < array.height for x, y, _filled in array.icons)


@pytest.mark.parametrize(
    ("count", "denominator", "icons", "filled_icons", "each"),
    [
        (10, 1000, 100, 1, "Each mark stands for 10 people."),
        (12, 1000, 100, 1, "Each mark stands for about 10 people."),
        (40, 200, 100, 20, "Each mark stands for 2 people."),
        (500, 10_000, 100, 5, "Each mark stands for 100 people."),
    ],
)
def test_a_large_denominator_lets_an_icon_stand_for_several(count, denominator, icons, filled_icons, each):
    array = icon_array(count, denominator, "people")

    assert (len(array.icons), filled(array), array.each) == (icons, filled_icons, each)


@pytest.mark.parametrize("denominator", [101, 137, 1000, 1009, 99_991])
def test_some_and_almost_all_never_look_like_none_and_all(denominator):
    assert filled(icon_array(0, denominator, "people")) == 0
    assert filled(icon_array(1, denominator, "people")) == 1

    almost_all = icon_array(denominator - 1, denominator, "people")
    assert filled(almost_all) == len(almost_all.icons) - 1

    all_of_them = icon_array(denominator, denominator, "people")
    assert filled(all_of_them) == len(all_of_them.icons)


def test_never_more_than_a_hundred_icons_are_drawn():
    assert max(len(icon_array(1, denominator, "people").icons) for denominator in range(1, 2500)) == 100


@pytest.mark.parametrize(
    ("counted", "shape"),
    [
        ("people", "person"),
        ("people with MS", "person"),
        ("women aged 20 to 40", "person"),
        ("young carers", "person"),
        ("lesions in people with MS", "dot"),
        ("cells", "dot"),
        ("mice", "sheath"),
        ("relapses", "sheath"),
        ("studies of people", "sheath"),
        ("", "sheath"),
    ],
)
def test_only_people_are_drawn_as_people(counted, shape):
    assert icon_array(1, 10, counted).shape == shape


def test_the_words_say_the_whole_array():
    assert icon_array(12, 1000, "people with MS").words == "12 in 1,000 people with MS"


@pytest.mark.parametrize(
    ("count", "denominator"), [(5, 4), (-1, 10), (0, 0), (1, -3), (1.5, 10), (True, 10), (3, "10"), (None, 10)]
)
def test_impossible_numbers_are_refused(count, denominator):
    with pytest.raises(ValueError, match=r"whole numbers|not possible"):
        icon_array(count, denominator, "people")


def test_what_has_no_name_is_not_given_one():
    array = icon_array(10, 1000, "other")

    assert array.words == "10 in 1,000"
    assert array.each == "Each mark stands for 10."
