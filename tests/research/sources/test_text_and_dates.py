import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.sources import dates
from research.sources.records import PartialDate
from research.sources.text import markup_parts, markup_text, unbracketed


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("10<sup>9</sup> cells", "10⁹ cells"),
        ("H<sub>2</sub>O", "H2O"),
        ("Ca<sup>2+</sup> and the 1<sup>st</sup>", "Ca²⁺ and the 1st"),
        ("10<sup><i>2</i></sup>", "10²"),
        ("x<sup>-3.5</sup>", "x^(-3.5)"),
        ("&lt;scp&gt;GenCo&lt;/scp&gt; &amp; others", "GenCo & others"),
        ("&amp;lt;i&amp;gt;twice&amp;lt;/i&amp;gt;", "twice"),
        ("p < 0.05 and b > 3; a<b and c>d", "p < 0.05 and b > 3; a<b and c>d"),
        ("one\n  two<br/>three", "one two three"),
        ("a\x00b\x0bc", "abc"),
        (None, ""),
    ],
)
def test_markup_becomes_plain_words(written, shown):
    assert markup_text(written) == shown


@given(st.text())
def test_no_text_breaks_the_reading_of_markup(text):
    assert "\x00" not in markup_text(text)
    markup_parts(text)


def test_an_abstract_keeps_its_labels_and_order():
    parts = markup_parts(
        "<jats:title>Abstract</jats:title><jats:sec><jats:title>Aims:</jats:title><jats:p>A.</jats:p>"
        "<jats:p>B.</jats:p></jats:sec><jats:sec><jats:title>Methods</jats:title>C</jats:sec>"
    )

    assert [(part.label, part.text) for part in parts] == [("Aims", "A. B."), ("Methods", "C")]


def test_an_empty_abstract_has_no_part():
    assert markup_parts("<jats:p />") == ()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("[Of reindeer].", ("Of reindeer.", True)),
        ("[A [11C]PIB study]", ("A [11C]PIB study", True)),
        ("[18F]FDG in [mice]", ("[18F]FDG in [mice]", False)),
        ("[Not Available].", ("", False)),
        ("", ("", False)),
    ],
)
def test_brackets_mark_a_translated_title(title, expected):
    assert unbracketed(title) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("1998 Feb 28", (1998, 2, 28)),
        ("1998 Feb", (1998, 2, None)),
        ("1998", (1998, None, None)),
        ("1998 Dec-1999 Jan", (1998, None, None)),
        ("2018 May - Jun", (2018, None, None)),
        ("1947-1948", (1947, None, None)),
        ("2001 Spring", (2001, None, None)),
        ("1976-1977 Winter", (1976, None, None)),
        ("1999 Dec 25-31", (1999, 12, None)),
        ("2019 Feb 30", (2019, 2, None)),
        ("undated", (None, None, None)),
    ],
)
def test_a_date_in_words_has_only_what_it_says(words, expected):
    assert dates.from_words(words) == PartialDate(*expected, as_given=words)


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ("2019///", (2019, None, None)),
        ("2023/01/09/", (2023, 1, 9)),
        ("2019/10//undefined", (2019, 10, None)),
        ("2020-05", (2020, 5, None)),
        ("2020-13-01", (2020, None, None)),
        ("1 Jan 2020", (None, None, None)),
    ],
)
def test_a_date_in_figures_has_only_what_it_says(figures, expected):
    assert dates.from_numbers(figures) == PartialDate(*expected, as_given=figures)


@pytest.mark.parametrize("parts", [None, [], [[None]], [[]], "2020", [["2020"]], {"a": 1}])
def test_date_parts_without_a_year_are_no_date(parts):
    assert dates.from_parts(parts) == PartialDate()


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        ("Mol Pharmacol 1997 Mar;51(3):533", (1997, 3, None)),
        ("Lancet. 2010 Feb 6;375(9713):445. doi: 10.1016/x", (2010, 2, 6)),
        ("BMJ. 2009;338:a2597", (2009, None, None)),
        ("J Ex. 2018 May-Jun;3(1):1", (2018, None, None)),
        ("In press", (None, None, None)),
    ],
)
def test_a_citation_tells_its_date(citation, expected):
    date = dates.from_citation(citation)

    assert (date.year, date.month, date.day) == expected


@given(st.text() | st.from_regex(r"[12][0-9]{3}[ /-]?([A-Za-z]{3}|[0-9]{1,2})?[ /-]?[0-9]{0,2}", fullmatch=True))
def test_a_day_has_a_month_and_a_month_a_year(text):
    for date in (dates.from_words(text), dates.from_numbers(text), dates.from_citation(text)):
        assert date.day is None or date.month is not None
        assert date.month is None or date.year is not None
        assert date.day is None or date.as_date() is not None


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024 Feb", "2024-02-01", "2024-02-29"),
        ("February 2023", "2023-02-01", "2023-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("3 May, 2018", "2018-05-03", "2018-05-03"),
        ("Spring 2018", "2018-01-01", "2018-12-31"),
        ("2018 May - Jun", "2018-01-01", "2018-12-31"),
        ("in press", None, None),
        ("", None, None),
    ],
)
def test_a_partial_date_has_a_first_and_a_last_day(words, first, last):
    date = dates.from_any(words)

    assert [day and day.isoformat() for day in (date.first_day(), date.last_day())] == [first, last]
