import string
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.checking.folding import DASHES, DOUBLE_QUOTES, INVISIBLE, LIGATURES, SINGLE_QUOTES, fold, fold_with_places
from research.checking.passages import SHORTEST_QUOTE, SourceKind, SourceText, find_passage

# How one sign may be written in another copy of the same text.
SPELLINGS = {
    " ": [" ", "  ", "\n", "\t", "\u00a0", "\u2009", "&nbsp;", "&#160;", " \u200b ", "\r\n"],
    "'": ["'", *SINGLE_QUOTES, "&rsquo;", "&#39;", "&apos;"],
    '"': ['"', *DOUBLE_QUOTES, "&quot;", "&ldquo;"],
    "-": ["-", *DASHES, "&ndash;", "&#8722;"],
    "<": ["<", "&lt;", "&amp;lt;", "&#60;", "&#x3C;"],
    "&": ["&", "&amp;", "&#38;"],
    "fi": ["fi", "ﬁ"],
    "ffl": ["ffl", "ﬄ"],
    "é": ["é", "e\u0301", "&eacute;"],
    "a": ["a", "a\u00ad", "\u200ba"],
}
PIECES = st.sampled_from([*SPELLINGS, *string.ascii_letters, *string.digits, ".", "(", "%", "=", "β", "≥", "µ"])


def spelled(data, pieces):
    return "".join(data.draw(st.sampled_from(SPELLINGS[piece])) if piece in SPELLINGS else piece for piece in pieces)


@given(st.data(), st.lists(PIECES, min_size=30, max_size=80))
def test_a_quote_is_found_however_spaces_quotes_dashes_ligatures_and_entities_are_written(data, pieces):
    middle = pieces[4:-4]
    quote, source = spelled(data, middle), SourceText(SourceKind.ABSTRACT, (("", spelled(data, pieces)),))
    if len(fold(quote)) < SHORTEST_QUOTE:
        return

    passage = find_passage(quote, source)

    assert fold(passage.quote) == fold(quote)
    assert passage.quote in source.text
    assert passage.stands_in([source])


@given(st.text(max_size=200), st.integers(0, 200), st.integers(1, 60))
def test_places_lead_back_to_characters_that_fold_to_the_same(text, start, length):
    folded = fold_with_places(text)
    end = min(start + length, len(folded.text))
    if start >= end:
        return

    first, last = folded.span_in_source(start, end)

    assert 0 <= first < last <= len(text)
    assert folded.text[start:end].strip() in fold_with_places(text[first:last]).text


@given(st.text(alphabet=string.ascii_letters + string.digits + " .,;()%", max_size=120))
def test_plain_words_are_left_as_they_are(text):
    assert fold(text) == " ".join(text.split(" ")).strip() or "  " in text


@pytest.mark.parametrize(
    ("one", "other"),
    [("10⁶ cells", "106 cells"), ("p < 0.05", "p > 0.05"), ("Not so", "not so"), ("0.5 mg", "05 mg"), ("1.5", "15")],
)
def test_what_changes_a_meaning_is_never_folded(one, other):
    assert fold(one) != fold(other)


def test_an_entity_without_its_semicolon_is_text():
    assert fold("&notin and &lt here") == "&notin and &lt here"


def test_the_place_of_a_quote_leaves_out_what_was_dropped_before_it():
    text = "Soft\u00adhyphens and “quotes”"

    first, last = fold_with_places(text).span_in_source(4, 11)

    assert text[first:last] == "hyphens"


def test_a_hundred_thousand_marks_are_folded_in_a_moment():
    text = "&amp;" * 100_000

    assert len(fold(text)) == 100_000


def test_every_ligature_and_invisible_sign_is_named():
    assert fold("".join(LIGATURES)) == "fffiflffifflstst"
    assert fold(f"a{INVISIBLE}b") == "ab"


def test_html_of_a_source_is_no_part_of_the_normalisation():
    assert fold(escape("<b>bold</b>")) == "<b>bold</b>"
