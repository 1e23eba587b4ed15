import pytest

from research.checking.sentences import TextBlock, blocks_of_html, sentence_spans, split_sentences


@pytest.mark.parametrize(
    "sentence",
    [
        "The U.S. trial was large.",
        "It was given early, i.e. within a week, as a rule.",
        "Hughes et al. used another method in 2020.",
        "See Fig. 2 for all groups.",
        "The risk was 0.9 in both groups.",
        "J. K. Park and A. Smith led the study.",
        "Approx. 5 mg. of the drug were given to mice.",
        "Dr. Lee saw T cells (e.g. CD4) vs. controls.",
        "Further work, cf. Ref. 3, is needed.",
        "D. melanogaster flies lived longer.",
        "It was 5.2% (95% CI 4.1 to 6.3; p = 0.04).",
        "Mr. and Mrs. Jones saw Prof. Lee at St. Mary's.",
    ],
)
def test_an_abbreviation_decimal_or_initial_ends_no_sentence(sentence):
    assert split_sentences(f"They began. {sentence} Then they stopped.") == [
        "They began.",
        sentence,
        "Then they stopped.",
    ]


def test_a_sentence_may_end_in_an_abbreviation_of_the_condition():
    assert split_sentences("The people had MS. They took 10 mg a day.") == [
        "The people had MS.",
        "They took 10 mg a day.",
    ]


def test_questions_and_exclamations_end_sentences():
    assert split_sentences("Does it work? Yes! It may.") == ["Does it work?", "Yes!", "It may."]


def test_headings_and_list_items_end_sentences():
    html = "<h3>What was done</h3><p>They ran</p><ul><li>one scan</li><li>two tests. And more</li></ul>"

    blocks = blocks_of_html(html)

    assert blocks[0] == TextBlock("What was done", is_heading=True)
    assert [block.text for block in blocks[1:]] == ["They ran", "one scan", "two tests. And more"]


def test_raised_figures_never_read_as_part_of_a_number():
    assert blocks_of_html("<p>10<sup>6</sup> cells, CO<sub>2</sub></p>")[0].text == "10⁶ cells, CO₂"


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_nothing_has_no_sentences(text):
    assert sentence_spans(text) == []


def test_spans_cut_out_the_sentences_also_after_letters_of_many_bytes():
    text = " “Naïve” 😀 one.  Second — é. "

    assert [text[start:end] for start, end in sentence_spans(text)] == ["“Naïve” 😀 one.", "Second — é."]
