"""Differences are of what is printed: every change of a claim leaves a mark, and nothing else does."""

import json
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.checking.claims import sentence_digest
from research.content.article import ArticleContent, BlockContent, Citation, SectionContent
from research.content.canonical import canonical_json, without_empty
from research.content.stored import read_canonical
from research.review.changes import VALUE_WORDS, changed_parts, difference, difference_of_html
from tests.research.content import test_old_seals

STUDY = Citation(
    study="6a1b1d50-6a3f-4df0-8f0b-1d2f0e3c4b5a",
    title="A trial",
    journal="A journal",
    journal_kind="journal",
    kind="article",
    authors=("Park JH",),
    authors_complete=True,
    date="2018",
    doi="10.1000/1",
    pmid="1",
    url="https://example.org/1",
    funding="A fund",
    interests="None",
)
OTHER = {
    "journal_kind": "preprint_server",
    "kind": "preprint",
    "authors": ("Park JH", "Halvard I"),
    "authors_complete": False,
    "is_example": True,
}
SEALED = (Path(test_old_seals.__file__).parent / "seals" / "v1.txt").read_bytes().decode()
DATA = json.loads(SEALED.partition(":")[2])


def leaves_of(value, path=()):
    """Yield the path of every leaf of canonical JSON."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield path
    for key, member in members:
        yield from leaves_of(member, (*path, key))


LEAVES = sorted(leaves_of(DATA), key=str)
# Which sections there are is given: another name for one cannot be printed at all.
MUTABLE = [path for path in LEAVES if path[-1] != "slug"]
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=6)


def content_with(path, change):
    """Return the sealed content with one leaf changed."""
    data = deepcopy(DATA)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = change(place[path[-1]])
    return read_canonical(f"v1:{canonical_json(without_empty(data))}")


def _is_kind_of_block(path):
    """True for what every block has: without it there is no block."""
    return path[-1] == "kind" and path[-3:-2] == ("blocks",)


def has_changed_words(changes):
    return any("<ins>" in change.diff or "<del>" in change.diff for change in changes)


def is_marked(changes):
    return has_changed_words(changes) or any(change.moved for change in changes)


@given(path=st.sampled_from(MUTABLE), words=WORDS, at_the_end=st.booleans())
def test_every_change_of_a_leaf_leaves_a_mark(path, words, at_the_end):
    def change(value):
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            return value + 1
        return f"{value}{words}" if at_the_end else f"{words}{value}"

    before, after = read_canonical(SEALED), content_with(path, change)

    assert is_marked(changed_parts(before, after)) == (before.canonical != after.canonical)


@pytest.mark.parametrize(
    "path", [path for path in MUTABLE if not _is_kind_of_block(path)], ids=lambda path: "/".join(map(str, path))
)
def test_a_leaf_that_is_taken_away_leaves_a_mark(path):
    empty = content_with(path, lambda value: False if isinstance(value, bool) else None)

    changes = changed_parts(read_canonical(SEALED), empty)

    assert is_marked(changes)
    assert all("<ins></ins>" not in change.diff and "<del></del>" not in change.diff for change in changes)


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_members_are_written_leaves_none(random):
    def shuffled(value):
        if isinstance(value, dict):
            keys = list(value)
            random.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(member) for member in value] if isinstance(value, list) else value

    again = read_canonical(f"v1:{json.dumps(shuffled(DATA), ensure_ascii=False)}")

    assert changed_parts(read_canonical(SEALED), again) == []


@pytest.mark.parametrize("name", [field.name for field in fields(ArticleContent)])
def test_a_part_that_is_taken_away_leaves_a_mark(name):
    empty = ArticleContent()

    changes = changed_parts(read_canonical(SEALED), replace(read_canonical(SEALED), **{name: getattr(empty, name)}))

    assert is_marked(changes)


@pytest.mark.parametrize("field", [field.name for field in fields(Citation)])
def test_no_change_of_a_citation_is_without_words(field):
    changed = replace(STUDY, **{field: OTHER.get(field, "something else")})

    (change,) = changed_parts(ArticleContent(study=STUDY), ArticleContent(study=changed))

    assert change.part == "More details"
    assert "<ins>" in change.diff or "<del>" in change.diff


SENTENCE = "Fewer had one."
TWICE = ArticleContent(
    title=SENTENCE,
    summary=f"{SENTENCE} Many did not. {SENTENCE}",
    sections=(SectionContent("what_they_found", (BlockContent("fact", {"text": SENTENCE}),)),),
)
PASSAGE = st.fixed_dictionaries(
    {"quote": st.sampled_from(["a quote of it", "another quote"])},
    optional={
        "source": st.sampled_from(["a" * 64, "b" * 64]),
        "locator": st.sampled_from(["p. 7", "abstract:RESULTS@1-5"]),
        "study": st.sampled_from([STUDY.study, "7b2c2e61-7b40-4e01-9f1c-2e3f1e4d5c00"]),
        "licence": st.sampled_from(["CC BY 4.0", "CC BY-NC 4.0"]),
    },
)
LINK = st.fixed_dictionaries(
    {
        "field": st.sampled_from(["title", "summary", "sections/what_they_found/0/text", "nowhere"]),
        "span": st.sampled_from([[0, 14], [29, 43], [15, 28], [0, 99], [-14, 43], [0], []]),
        "digest": st.sampled_from([sentence_digest(SENTENCE), sentence_digest("Many did not."), "c" * 32]),
        "kind": st.sampled_from(["supported", "background", "explanation", "question"]),
    },
    optional={"note": st.sampled_from(["A book.", "yes"]), "passages": st.lists(PASSAGE, min_size=1, max_size=2)},
)


@given(before=st.lists(LINK, max_size=2), after=st.lists(LINK, max_size=2))
def test_every_change_of_a_claim_leaves_a_mark(before, after):
    """Also of which of several equal sentences it is."""
    old, new = replace(TWICE, claims=tuple(before)), replace(TWICE, claims=tuple(after))

    assert is_marked(changed_parts(old, new)) == (old.canonical != new.canonical)


@pytest.mark.parametrize("field", ["summary", "sections/what_they_found/0/text"])
def test_a_claim_that_moves_to_the_same_words_elsewhere_leaves_a_mark(field):
    link = {
        "field": "title",
        "span": [0, 14],
        "digest": sentence_digest(SENTENCE),
        "kind": "background",
        "note": "A book.",
    }

    (change,) = changed_parts(replace(TWICE, claims=(link,)), replace(TWICE, claims=({**link, "field": field},)))

    assert change.part == "What sentences rest on"
    assert is_marked([change])


def test_no_two_answers_read_alike():
    """A change from one to the other would leave no mark."""
    for words in VALUE_WORDS.values():
        assert len(set(words.values())) == len(words), words
        assert not [key for key, word in words.items() if key in words.values() and key != word]


def test_equal_words_are_no_change():
    assert changed_parts(ArticleContent(study=STUDY), ArticleContent(study=replace(STUDY))) == []


def found(*blocks):
    return ArticleContent(sections=(SectionContent("what_they_found", blocks),))


def text(html, depth=""):
    return BlockContent("text", {"html": html}, depth)


SMALL_AND_GRAVE = [
    (text("<p>10<sup>6</sup> cells</p>"), text("<p>106 cells</p>")),
    (text("<p>CO<sub>2</sub></p>"), text("<p>CO<sup>2</sup></p>")),
    (text('<p><a href="https://a.org">so</a></p>'), text('<p><a href="https://b.org">so</a></p>')),
    (text('<p><a id="4" linktype="page">so</a></p>'), text('<p><a id="5" linktype="page">so</a></p>')),
    (text("<p>p &lt; 0.05</p>"), text("<p>p  0.05</p>")),
    (text("<p>It <b>may</b> help</p>"), text("<p>It may help</p>")),
    (text("<p>One. Two.</p>"), text("<p>One.</p><p>Two.</p>")),
    (text("<p>10 mg</p>"), text("<p>10\u00a0mg</p>")),
    (text("<p>10mg</p>"), text("<p>1\u200b0mg</p>")),
    (text("<p>A limit.</p>"), text("<p>A limit.</p>", "details")),
    (text("<p>A limit.</p>"), BlockContent("more", {"html": "<p>A limit.</p>"}, "details")),
    (BlockContent("fact", {"text": "p < 0.05"}), BlockContent("fact", {"text": "p > 0.05"})),
    (BlockContent("fact", {"text": "a <b> c"}), BlockContent("fact", {"text": "a  c"})),
    (BlockContent("numbers", {"denominator": 100}), BlockContent("numbers", {"denominator": 10})),
    (BlockContent("numbers", {"counted": "people"}), BlockContent("numbers", {"counted": "animals"})),
    (BlockContent("numbers", {"after": 4, "before": 0}), BlockContent("numbers", {"after": 4})),
    (BlockContent("figure", {"image": {"hash": "a" * 64}}), BlockContent("figure", {"image": {"hash": "b" * 64}})),
    (BlockContent("glossary_term", {"term": "a"}), BlockContent("glossary_term", {"term": "b"})),
    (
        BlockContent("table", {"table": {"rows": [["a", "b"]], "header_row": True}}),
        BlockContent("table", {"table": {"rows": [["a", "b"]]}}),
    ),
    (
        BlockContent("table", {"table": {"rows": [["a", "b"]]}}),
        BlockContent("table", {"table": {"rows": [["a"], ["b"]]}}),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), SMALL_AND_GRAVE)
def test_small_and_grave_changes_leave_a_mark_both_ways(before, after):
    assert is_marked(changed_parts(found(before), found(after)))
    assert is_marked(changed_parts(found(after), found(before)))


def test_another_order_of_blocks_and_of_sources_leaves_a_mark():
    first, second = text("<p>One.</p>"), text("<p>Two.</p>")
    other = replace(STUDY, title="Another")

    assert is_marked(changed_parts(found(first, second), found(second, first)))
    assert is_marked(
        changed_parts(ArticleContent(also_cited=(STUDY, other)), ArticleContent(also_cited=(other, STUDY)))
    )


def test_a_difference_reads_as_words():
    assert difference("4 in 100 people", "9 in 100 people") == "<del>4</del><ins>9</ins> in 100 people"
    assert difference_of_html("<p>It may help.</p>", "<p>It <b>may</b> help.</p>") == (
        " It <ins>[bold]</ins>may<ins>[end of bold]</ins> help."
    )
    assert difference("a <b>", "a <i>") == "a <del>&lt;b&gt;</del><ins>&lt;i&gt;</ins>"
