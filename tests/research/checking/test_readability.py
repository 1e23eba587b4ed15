import pytest

from research.checking.readability import Level, readability_of, syllables

EASY = "We gave one pill to each of the men in the test group. They took it at night and slept well. "
HARD = "Immunomodulatory intervention considerably ameliorated neuropsychological deterioration. "


@pytest.mark.parametrize(
    ("word", "count"),
    [("the", 1), ("people", 2), ("microglia", 4), ("remyelination", 6), ("disease", 2), ("diseases", 3), ("treated", 2),
     ("called", 1), ("table", 2), ("area", 3), ("science", 2), ("association", 5), ("serious", 3), ("bacteria", 4),
     ("movement", 2), ("organism", 4), ("relapses", 3), ("one", 1), ("inflammation", 4), ("safely", 2)],
)  # fmt: skip
def test_syllables_are_counted_as_they_are_spoken(word, count):
    assert syllables(word) == count


def test_known_figures_of_known_counts():
    sentences = ["The cat sat on the mat and did go out to see it."] * 8  # 13 words of one syllable each

    grades = readability_of(sentences).grades

    assert grades.flesch_kincaid == pytest.approx(0.39 * 13 + 11.8 - 15.59, abs=0.01)
    assert grades.smog == pytest.approx(3.1291)
    assert grades.reading_ease == pytest.approx(206.835 - 1.015 * 13 - 84.6, abs=0.01)
    assert grades.automated == 0.0


def test_levels_are_green_and_red():
    assert readability_of((EASY * 5).split(". ")).level is Level.GREEN
    assert readability_of((HARD * 20).split(". ")).level is Level.RED


@pytest.mark.parametrize("sentences", [[], [""], ["Too short."], ["word " * 300], [EASY] * 2])
def test_a_short_text_is_not_judged(sentences):
    result = readability_of(sentences)

    assert result.is_too_short
    assert result.level is None


def test_the_three_longest_sentences_and_the_hardest_words_are_named():
    long = [f"{'word ' * length}end." for length in (16, 18, 20, 30)]

    result = readability_of([*long, HARD, "Short."])

    assert [len(sentence.split()) for sentence in result.longest_sentences] == [31, 21, 19]
    assert result.hardest_words[:2] == ("Immunomodulatory", "neuropsychological")
    assert "word" not in result.hardest_words
