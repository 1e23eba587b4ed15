"""What keeps words from being submitted, told to the writer: the field, what to do, and nothing that is there."""

from dataclasses import replace

import pytest

from research.content.article import (
    DETAILS,
    ArticleContent,
    BlockContent,
    Citation,
    ImageContent,
    SectionContent,
)
from research.content.completeness import SUMMARY_MAX_LENGTH, TAKEAWAY_MAX_LENGTH, MissingPart, missing_parts
from research.content.sealing import SECTION_HEADINGS
from tests.factories import AppraisalFactory

FOUND, CARE, LIMITS = SECTION_HEADINGS
WORDS = BlockContent("text", {"html": "<p>Words.</p>"})
CLOSED = replace(WORDS, depth=DETAILS)
PICTURE = BlockContent("figure", {"image": {"hash": "1"}, "alternative_text": "A drawing"})
BAD_FILE = "The file of a picture cannot be read. Choose another picture, or upload this one again."


def section(slug, *blocks):
    return SectionContent(slug, blocks)


@pytest.fixture
def whole():
    """Content that lacks nothing."""
    return ArticleContent(
        title="Fewer relapses",
        summary="s" * SUMMARY_MAX_LENGTH,
        key_takeaway=f"<p>{'t' * TAKEAWAY_MAX_LENGTH}</p>",
        appraisal=AppraisalFactory.build().answers(),
        sections=(section(FOUND, WORDS, PICTURE), section(CARE, WORDS, CLOSED), section(LIMITS, WORDS)),
        study=Citation(title="S"),
    )


def test_content_that_lacks_nothing_is_told_nothing(whole):
    assert missing_parts(whole) == []
    assert missing_parts(replace(whole, lead_image=ImageContent(hash="1"))) == []


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"study": None}, "study", "Choose the study that this article summarises."),
        ({"title": ""}, "title", "Give the article a title."),
        (
            {"title": "Sleep (working title)"},
            "title",
            "Give the article a title of its own: “Sleep (working title)” is a working title.",
        ),
        ({"summary": ""}, "summary", "Write a summary for cards and search."),
        ({"summary": "s" * 281}, "summary", "Shorten the summary to 280 characters; it has 281."),
        ({"key_takeaway": ""}, "key_takeaway", "Write the key takeaway."),
        (
            {"key_takeaway": f"<p>{'t' * 301}</p>"},
            "key_takeaway",
            "Shorten the key takeaway to 300 characters; it has 301.",
        ),
        ({"appraisal": {}}, "appraisals", "Answer the questions on the Ratings tab."),
        ({"lead_image": ImageContent(unreadable=True)}, "lead_image", BAD_FILE),
    ],
)
def test_each_part_that_is_missing_is_told_with_its_field(whole, values, field, words):
    assert missing_parts(replace(whole, **values)) == [MissingPart(field, words)]


MISSING = "Write the section “What they found”."


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((), MISSING),
        ((section(FOUND),), MISSING),
        ((section(FOUND, BlockContent("figure", {"image": {"hash": "1"}, "alternative_text": ""})),), MISSING),
        (
            (section(FOUND, CLOSED),),
            "Say something in “What they found” outside “More detail”: the short reading has only that.",
        ),
        (
            (section(FOUND, WORDS), section(FOUND, WORDS)),
            "The section “What they found” is there twice: merge the two.",
        ),
    ],
)
def test_a_section_has_words_once_and_some_of_them_open(whole, found, words):
    told = missing_parts(replace(whole, sections=(*whole.sections[1:], *found)))

    assert told[0] == MissingPart("body", words)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"image": {"hash": "1"}}, "Give each figure its alternative text."),
        ({"alternative_text": "A drawing", "image": {"unreadable": True}}, BAD_FILE),
        ({"alternative_text": "A drawing"}, None),
    ],
)
def test_a_figure_has_words_and_a_file_that_can_be_read(whole, values, words):
    figure = BlockContent("figure", values)

    told = missing_parts(
        replace(whole, sections=(section(FOUND, WORDS, PICTURE, figure, PICTURE), *whole.sections[1:]))
    )

    assert told == ([MissingPart("body", words)] if words else [])


def test_a_block_that_is_no_figure_needs_no_words_for_a_picture(whole):
    other = BlockContent("fact", {"text": "A fact.", "image": {"unreadable": True}})

    assert missing_parts(replace(whole, sections=(section(FOUND, other), *whole.sections[1:]))) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": "A\u200bB"}, "title"),
        ({"key_takeaway": "<p>A\u200bB</p>"}, "key_takeaway"),
        ({"search_title": "A\u200bB"}, "seo_title"),
        ({"search_description": "A\u200bB"}, "search_description"),
        ({"study": Citation(title="A\u200bB")}, "study"),
        ({"also_cited": (Citation(title="A\u200bB"),)}, "study"),
        ({"lead_image": ImageContent(alternative_text="A\u200bB")}, "lead_image"),
        ({"reasons": {"design": "A\u200bB"}}, "appraisals"),
    ],
)
def test_what_nobody_can_see_is_told_where_the_form_holds_it(whole, values, field):
    told = missing_parts(replace(whole, **values))

    assert told == [MissingPart(field, "Delete what nobody can see: U+200B ZERO WIDTH SPACE after “A”.")]


@pytest.mark.parametrize(
    ("hidden", "told"),
    [
        (1, "U+0008 after “A”."),
        (3, "U+0008 after “A”, U+0008 after “A⟨U+0008⟩”, U+0008 after “A⟨U+0008⟩⟨U+0008⟩”."),
        (5, "U+0008 after “A”, U+0008 after “A⟨U+0008⟩”, U+0008 after “A⟨U+0008⟩⟨U+0008⟩” and 2 more."),
    ],
)
def test_of_many_that_nobody_can_see_three_are_told_and_the_others_counted(whole, hidden, told):
    words = f"A{chr(8) * hidden}"

    assert missing_parts(replace(whole, title=words)) == [MissingPart("title", f"Delete what nobody can see: {told}")]


def test_what_nobody_can_see_is_found_between_the_brackets_of_a_plain_text(whole):
    told = missing_parts(replace(whole, title="Age <x\u202e> 10"))

    assert told == [MissingPart("title", "Delete what nobody can see: U+202E RIGHT-TO-LEFT OVERRIDE after “Age <x”.")]


def test_what_a_script_needs_keeps_nothing_from_being_submitted(whole):
    assert missing_parts(replace(whole, title="❤\ufe0f")) == []


def test_a_question_left_open_says_why(whole):
    answers = {**whole.appraisal, "other_research": ""}

    (told,) = missing_parts(replace(whole, appraisal=answers))

    assert told.field == "appraisals"
    assert "on the Ratings tab, or say there why it stays open." in told.words
    assert missing_parts(replace(whole, appraisal=answers, reasons={"other_research": "No other study."})) == []


def test_all_that_is_missing_is_told_in_the_order_a_writer_works(whole):
    told = missing_parts(ArticleContent(lead_image=ImageContent(unreadable=True), search_title="\u200b"))

    assert [part.field for part in told] == [
        "study", "title", "summary", "key_takeaway", "body", "body", "body", "appraisals", "lead_image", "seo_title",
    ]  # fmt: skip
