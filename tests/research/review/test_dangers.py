"""Changes one by one: the dangerous first, none left out, and what only moved changed no word."""

import json
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.checking.claims import sentence_digest
from research.content.article import ArticleContent, BlockContent, SectionContent
from research.content.canonical import canonical_json, without_empty
from research.content.stored import read_canonical
from research.review.changes import changed_parts
from research.review.dangers import Danger, differences
from tests.research.review.test_changes import DATA, MUTABLE, SEALED, STUDY, content_with, found, text

SENTENCES = (
    "Of 53 people, 4 had a relapse.",
    "It may help some adults.",
    "They did not feel better.",
    "Mice were not asked.",
    "A register has more.",
)


def words_of(differences):
    return [(difference.danger, str(difference.diff)) for difference in differences]


def paragraphs(sentences, breaks=()):
    html = "".join(f"</p><p>{words}" if place in breaks else f" {words}" for place, words in enumerate(sentences))
    return text(f"<p>{html.removeprefix(' ').removeprefix('</p><p>')}</p>")


def is_changed(difference):
    return "<ins>" in difference.diff or "<del>" in difference.diff


@pytest.mark.parametrize(
    ("before", "after", "danger"),
    [
        ("Of 100 people, 4 fell ill.", "Of 100 people, 9 fell ill.", Danger.NUMBER),
        ("Four people fell ill.", "Nine people fell ill.", Danger.NUMBER),
        ("It fell by 4 percent.", "It fell by 4 percentage points.", Danger.NUMBER),
        ("They took 5 mg.", "They took 5 g.", Danger.NUMBER),
        ("It is safe.", "It is not safe.", Danger.NEGATION),
        ("It doesn’t spread.", "It does spread.", Danger.NEGATION),
        ("It may help.", "It does help.", Danger.CERTAINTY),
        ("It is linked to falls.", "It causes falls.", Danger.CERTAINTY),
        ("It helped mice.", "It helped people.", Danger.POPULATION),
        ("It was a long day.", "It was a good day.", Danger.WORDING),
    ],
)
def test_a_change_has_its_kind(before, after, danger):
    (difference,) = differences(found(text(f"<p>{before}</p>")), found(text(f"<p>{after}</p>")))

    assert difference.danger == danger
    assert difference.part == "What they found"


def test_the_dangerous_come_first_whatever_their_place():
    before = ["A fine day.", "It may help.", "It is safe.", "4 fell ill."]
    after = ["A good day.", "It will help.", "It is not safe.", "9 fell ill."]

    dangers = [one.danger for one in differences(found(paragraphs(before)), found(paragraphs(after)))]

    assert dangers == [Danger.NUMBER, Danger.NEGATION, Danger.CERTAINTY, Danger.WORDING]


def test_only_the_sentence_that_changed_is_printed():
    before, after = (
        found(paragraphs(SENTENCES)),
        found(paragraphs([*SENTENCES[:1], "It will help some adults.", *SENTENCES[2:]])),
    )

    assert words_of(differences(before, after)) == [
        (Danger.CERTAINTY, " It <del>may</del><ins>will</ins> help some adults.")
    ]


def test_a_rating_and_its_reason_are_told_of_by_name():
    before = ArticleContent(appraisal={"certainty": "low", "people": 53}, reasons={"people": "Few."})
    after = ArticleContent(appraisal={"certainty": "high", "people": 35}, reasons={"people": "Very few."})

    told = words_of(differences(before, after))

    assert [danger for danger, _ in told] == [Danger.NUMBER, Danger.CERTAINTY, Danger.POPULATION]
    assert "certainty: <del>Low</del><ins>High</ins>" in told[1][1] or "certainty" in told[1][1]


def test_a_citation_is_a_change_of_the_source():
    (difference,) = differences(ArticleContent(study=STUDY), ArticleContent(study=replace(STUDY, pmid="2")))

    assert difference.danger == Danger.CITATION


@given(path=st.sampled_from(MUTABLE), words=st.text("abc not9 may", min_size=1, max_size=6))
def test_every_change_of_a_leaf_is_seen_and_is_seen_once(path, words):
    def change(value):
        if isinstance(value, bool):
            return not value
        return value + 1 if isinstance(value, int) else f"{value}{words}"

    before, after = read_canonical(SEALED), content_with(path, change)

    assert any(is_changed(one) for one in differences(before, after)) == (before.canonical != after.canonical)


@given(st.permutations(SENTENCES), st.permutations(SENTENCES))
def test_sentences_in_another_order_are_no_changed_words(before, after):
    told = differences(found(paragraphs(before)), found(paragraphs(after)))

    assert not any(is_changed(one) for one in told)
    assert bool(told) == (before != after)
    assert {one.danger for one in told} <= {Danger.ORDER}


@given(st.randoms(use_true_random=False))
def test_blocks_and_sources_in_another_order_are_no_changed_words(random):
    data = deepcopy(DATA)
    for section in data["sections"]:
        random.shuffle(section["blocks"])
    random.shuffle(data["sections"])
    random.shuffle(data["claims"])
    before, after = read_canonical(SEALED), read_canonical(f"v1:{canonical_json(without_empty(data))}")

    told = differences(before, after)

    assert not any(is_changed(one) for one in told)
    assert bool(told) == (before.canonical != after.canonical)


def test_a_block_that_went_to_another_section_is_no_changed_word():
    block, other = text("<p>It is a small study.</p>"), text("<p>It fell.</p>")
    before = ArticleContent(sections=(SectionContent("what_they_found", (block, other)),))
    after = ArticleContent(
        sections=(SectionContent("what_they_found", (other,)), SectionContent("important_considerations", (block,)))
    )

    told = [one for one in differences(before, after) if one.part != "Order of the sections"]

    assert not any(is_changed(one) for one in told)
    assert [one.diff for one in told] == [
        '<span class="cs-moved">Moved: “It is a small study.” (from “What they found”)</span>'
    ]


def test_a_block_that_moved_and_was_edited_shows_its_edit_alone():
    first, second = text("<p>It may help some people a little.</p>"), text("<p>The day was long and they waited.</p>")
    edited = text("<p>It will help some people a little.</p>")

    told = differences(found(first, second), found(second, edited))

    assert [one.danger for one in told] == [Danger.CERTAINTY, Danger.ORDER]
    assert "<del>may</del><ins>will</ins>" in told[0].diff


SWAPPED = [
    (
        BlockContent("numbers", {"before": 7, "after": 4, "denominator": 100}),
        BlockContent("numbers", {"before": 4, "after": 7, "denominator": 100}),
    ),
    (
        BlockContent("table", {"table": {"rows": [["Group", "Ill"], ["Drug", "4"], ["Placebo", "7"]]}}),
        BlockContent("table", {"table": {"rows": [["Group", "Ill"], ["Drug", "7"], ["Placebo", "4"]]}}),
    ),
    (
        BlockContent("table", {"table": {"rows": [["Drug", "Placebo"], ["4", "7"]]}}),
        BlockContent("table", {"table": {"rows": [["Drug", "Placebo"], ["7", "4"]]}}),
    ),
    (text("<p>It was 4% vs. 7% of all.</p>"), text("<p>It was 7% vs. 4% of all.</p>")),
    (text("<ul><li>4</li><li>7</li></ul>"), text("<ul><li>7</li><li>4</li></ul>")),
]


@pytest.mark.parametrize(("before", "after"), SWAPPED)
def test_swapped_numbers_are_changed_numbers_and_no_order(before, after):
    told = differences(found(before), found(after))

    assert told[0].danger == Danger.NUMBER
    assert is_changed(told[0])


def test_what_moved_is_told_where_whole_parts_are_shown():
    (change,) = changed_parts(found(paragraphs(SENTENCES)), found(paragraphs([*SENTENCES[1:], SENTENCES[0]])))

    assert change.moved == (f"“{SENTENCES[0]}”",)
    assert "<ins>" not in change.diff


def test_every_difference_of_two_versions_is_read_from_their_canonical_form_alone():
    data = json.loads(canonical_json(DATA))

    assert differences(read_canonical(SEALED), read_canonical(f"v1:{canonical_json(data)}")) == []


def linked(sentence, **more):
    """Return an article whose title is one sentence, with what it rests on."""
    claim = {"field": "title", "span": [0, len(sentence)], "digest": sentence_digest(sentence), "kind": "supported"}
    return ArticleContent(title=sentence, claims=({**claim, **more},))


def test_a_sentence_that_lost_its_source_is_told_of_by_its_words():
    before = linked("It fell.", passages=[{"quote": "fell in both", "locator": "p. 3"}])

    (difference,) = differences(before, ArticleContent(title="It fell."))

    assert difference.danger == Danger.CITATION
    assert difference.diff == "<del>“It fell.” is from the source: “fell in both”</del>"


def test_a_sentence_that_rests_on_another_passage_shows_both():
    before, after = (linked("It fell.", passages=[{"quote": words, "locator": "p. 3"}]) for words in ("fell", "rose"))

    (difference,) = differences(before, after)

    assert "<del>fell</del><ins>rose</ins>" in difference.diff
