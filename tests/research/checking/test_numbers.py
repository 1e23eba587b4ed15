import pytest

from research.checking.numbers import SourceNumbers, checked_numbers, numbers_in


def texts_of(text):
    return [number.text.strip(" –-") for number in checked_numbers(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Of 3,849 people, 12 of the 53 (22.6%) did.", ["3,849", "12 of the 53", "22.6%"]),
        ("4 in 100, one in five, 3 out of 10", ["4 in 100", "one in five", "3 out of 10"]),
        ("20–30% and 12 to 18 per cent", ["20", "30%", "12", "18 per cent"]),
        ("Twenty-three mice and two hundred cells", ["Twenty-three", "two hundred"]),
        ("two thirds, a quarter and half of them", ["two thirds", "a quarter", "half"]),
        ("1·5 mmol and 0.82", ["1·5", "0.82"]),
        ("5.2 million people", ["5.2 million"]),
    ],
)
def test_numbers_are_read_in_every_form(text, expected):
    assert texts_of(text) == expected


@pytest.mark.parametrize(
    "text",
    ["In 2014 and 1998", "COVID-19", "vitamin D3", "IL-17 and HLA-B27", "phase 3 and type 2", "24 hours a day",
     "eight mice",
     "Fig. 12 and Table 11", "the 20th century", "95% CI", "interferon beta-1a", "one of the three receptors",
     "its back half", "NCT01234567", ""],
)  # fmt: skip
def test_years_names_and_small_counts_are_no_numbers_to_check(text):
    assert texts_of(text) == []


@pytest.mark.parametrize(
    ("source", "draft"),
    [
        ("3,849 people", "3,849 people"),
        ("3,849 people", "about 3,800 people"),
        ("3,849 people", "nearly 4,000 people"),
        ("22.6% improved", "23% improved"),
        ("22.6% improved", "23 in 100 improved"),
        ("12 of 53 improved", "23% improved"),
        ("12/53 improved", "12 of the 53 improved"),
        ("20% improved", "one in five improved"),
        ("80% improved", "20% did not"),
        ("a risk ratio of 0.82", "18% lower"),
        ("a hazard ratio of 1.39", "39% higher"),
        ("0.25 of them", "a quarter of them"),
        ("twenty-three mice", "23 mice"),
        ("n=308 and 304", "308 and 304 people"),
    ],
)
def test_a_number_is_found_exactly_rounded_or_said_in_another_form(source, draft):
    numbers = SourceNumbers([source])

    assert all(numbers.has(number) for number in checked_numbers(draft))


@pytest.mark.parametrize(
    ("source", "draft"),
    [
        ("3,849 people", "3,894 people"),
        ("3,849 people", "4,800 people"),
        ("22.6% improved", "26% improved"),
        ("4 in 100", "4 in 1,000"),
        ("12 of 53 improved", "12 of 35 improved"),
        ("35 of 41", "35/14"),
        ("18 of 41 (44%)", "18 of 410"),
        ("14 and 18 people", "32 people"),
        ("88% improved", "90% improved"),
        ("", "53 people"),
    ],
)
def test_a_wrong_number_is_not_found(source, draft):
    numbers = SourceNumbers([source])

    assert not all(numbers.has(number) for number in checked_numbers(draft))


def test_a_sum_is_an_explanation_and_no_match():
    numbers = SourceNumbers(["14 and 18 people"])
    (number,) = checked_numbers("32 people")

    assert not numbers.has(number)
    assert numbers.explanation_of(number) == "14 + 18"


def test_a_difference_is_explained_the_right_way_round():
    (number,) = checked_numbers("16 people")

    assert SourceNumbers(["28 and 12 people"]).explanation_of(number) == "28 − 12"


@pytest.mark.parametrize(
    "text", ["İ 53 people", "ß 53", "𝟓𝟑 people 53", "53%%%%", "1,2,3,4,5", "0/0 and 5/0", "∞ 1e999", "5 in 0"]
)
def test_odd_signs_break_nothing(text):
    for number in numbers_in(text):
        assert number.text == text[slice(*number.span)]


def test_digits_without_end_take_no_time():
    assert len(numbers_in("12 " * 5_000)) == 5_000
