"""What is asked of an article's content, without a database: each answer in full, for content as short as it gets."""

from dataclasses import replace
from uuid import UUID

import pytest

from research.content.article import (
    DETAILS,
    ArticleContent,
    BlockContent,
    Citation,
    SectionContent,
    citation_of,
    content_of,
    texts_of,
    words_of,
)
from research.content.sealing import LIMITS
from research.content.stored import read_canonical
from research.models import AlsoCited, ArticlePage, Journal, Study

FIRST, SECOND = UUID(int=1), UUID(int=2)
FOUND, CARE = "what_they_found", "who_should_care"
OPEN, CLOSED = BlockContent("text", {"html": "<p>Open.</p>"}), BlockContent("text", {"html": "<p>More.</p>"}, DETAILS)
NUMBERS = ("numbers", {"denominator": 100, "before": 8, "after": 4, "outcome": "relapsed", "counted": "people"})


def content(*found, **values):
    """Return content whose first section has these blocks."""
    return ArticleContent(sections=(SectionContent(FOUND, found),), **values)


def figure(image):
    return BlockContent("figure", {"image": image} if image else {})


def draft(*found, **values):
    """Return an article in memory, which stands nowhere in the tree, with these blocks in its first section."""
    page = ArticlePage(title="T", content_type_id=1, **values)
    page.body = [(FOUND, [(kind, value) for kind, value in found])] if found else []
    page.appraisals = []
    if not page.also_cited.all():
        page.also_cited = []
    return page


@pytest.mark.parametrize(
    ("volume", "issue", "pages", "place"),
    [
        ("9", "2", "148-153", "9(2):148-153"),
        ("9", "", "148", "9:148"),
        ("9", "2", "", "9(2)"),
        ("", "2", "e12", "(2):e12"),
        ("9", "", "", "9"),
        ("", "", "e12", "e12"),
        ("", "", "", ""),
    ],
)
def test_a_place_in_a_journal_is_written_as_far_as_it_is_known(volume, issue, pages, place):
    assert Citation(volume=volume, issue=issue, pages=pages).place == place


def test_a_section_without_its_details_has_its_other_blocks():
    assert SectionContent(FOUND, (OPEN, CLOSED)).without_details == SectionContent(FOUND, (OPEN,))


@pytest.mark.parametrize(
    ("slug", "found", "short", "has_details"),
    [
        (FOUND, (OPEN, CLOSED), (OPEN,), True),
        (FOUND, (OPEN,), (OPEN,), False),
        (LIMITS, (OPEN, CLOSED), (OPEN, CLOSED), False),
    ],
)
def test_the_short_reading_lacks_all_details_but_those_of_the_limits(slug, found, short, has_details):
    whole = ArticleContent(title="T", sections=(SectionContent(slug, found),))

    assert whole.short_reading == replace(whole, sections=(SectionContent(slug, short),))
    assert whole.has_details is has_details


def test_the_rated_study_is_cited_first():
    study, other, unknown = Citation(study=str(FIRST)), Citation(study=str(SECOND)), Citation(title="No record")

    assert ArticleContent(study=study, also_cited=(other, unknown)).cited == (study, other, unknown)
    assert ArticleContent(study=study, also_cited=(other, unknown)).cited_studies == [FIRST, SECOND]
    assert ArticleContent(also_cited=(other,)).cited == (other,)
    assert ArticleContent().cited_studies == []


def test_pictures_are_those_of_figures_each_once_in_reading_order():
    found = [figure({"hash": "b"}), figure({"hash": "a"}), figure({"hash": "b"}), figure({"unreadable": True})]

    pictures = content(*found, figure(None), BlockContent("text", {"image": {"hash": "c"}})).picture_hashes

    assert pictures == ["b", "a"]


def test_terms_are_those_of_blocks_and_of_words_each_once_in_reading_order():
    def word(uuid):
        return BlockContent("text", {"html": f'<p>a <a id="{uuid}" linktype="term">word</a></p>'})

    block = BlockContent("glossary_term", {"term": str(SECOND)})

    found = content(block, word(FIRST), word(SECOND), BlockContent("glossary_term", {}), BlockContent("fact", {})).terms

    assert found == [str(SECOND), str(FIRST)]


def test_search_finds_every_word_a_space_apart():
    whole = content(OPEN, CLOSED, title="Title", summary="", key_takeaway="<p>Take <b>it</b>.</p>")

    assert whole.plain_text == "Title Take it. Open. More."
    assert replace(whole, sections=()).plain_text == "Title Take it."


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"text": "p < 0.05"}, "p < 0.05"),
        ({"text": "5 > 4"}, "5 > 4"),
        ({"html": "<p>One</p><p>two</p>"}, "One two"),
        ({"text": "", "credit": "Own"}, "Own"),
        ({"rows": [["a", "b"], ["c"]]}, "a b c"),
        ({"rows": (("a", "b"),)}, "a b"),
        ({"text": "x", "image": {"hash": "1"}, "term": "2", "counted": "people", "origin": {"before": "3"}}, "x"),
        ({"before": 7, "header_row": True, "note": None}, ""),
    ],
)
def test_the_words_of_a_block_are_what_a_reader_reads_of_it(values, words):
    assert words_of(SectionContent(FOUND, (BlockContent("any", values),))) == words


def test_every_text_is_told_with_its_field_and_rich_text_as_its_words():
    whole = content(
        BlockContent("table", {"rows": [["a", "5 < 6"]], "people": 7}),
        title="5 > 4",
        key_takeaway="<p>Take <i>it</i></p>",
    )

    told = [(name, text) for name, text in texts_of(whole) if text]

    assert told == [
        ("title", "5 > 4"),
        ("key_takeaway", "Take it"),
        ("sections", FOUND),
        ("sections", "table"),
        ("sections", "a"),
        ("sections", "5 < 6"),
    ]


def test_sealed_words_read_back_equal_however_little_they_hold():
    whole = ArticleContent(
        title="T",
        sections=(SectionContent(FOUND, (BlockContent("question", {}), OPEN)), SectionContent(CARE, ())),
        study=Citation(title="S", authors=("A", "B")),
        also_cited=(Citation(),),
        claims=({"field": "title"},),
    )

    assert read_canonical(whole.canonical) == whole


def test_a_fact_of_a_citation_that_is_not_known_any_more_is_left_out():
    read = read_canonical('v1:{"also_cited":[{"rank":"1","title":"S"}],"study":{"rank":"1","title":"T"}}')

    assert (read.study, read.also_cited) == (Citation(title="T"), (Citation(title="S"),))


def test_a_study_is_cited_with_its_facts():
    journal = Journal(name="  Journal ", kind="peer_reviewed")
    facts = {
        "title": "T", "kind": "article", "authors_complete": True, "doi": "10.1/x", "pmid": "7", "url": "https://x.org/",
        "funding": "F", "interests": "I", "is_example": True, "volume": "9", "issue": "2", "pages": "1-2",
    }  # fmt: skip

    cited = citation_of(Study(subject_uuid=FIRST, journal=journal, authors="A\n B  C\n", year=2018, month=5, **facts))

    assert cited == Citation(
        study=str(FIRST),
        journal="Journal",
        journal_kind="peer_reviewed",
        authors=("A", "B C"),
        date="May 2018",
        **facts,
    )


def test_what_is_not_known_of_a_study_is_cited_as_nothing():
    cited = citation_of(Study(subject_uuid=FIRST, title="T", kind="", doi=None, pmid=None, authors_complete=False))

    assert cited == Citation(study=str(FIRST), title="T")


def test_an_article_of_nothing_but_a_title_has_that_alone():
    assert content_of(draft(claims=None)) == ArticleContent(title="T")


def test_a_draft_reads_back_as_it_is_written():
    whole = content_of(draft(("question", {"text": "So?"}), NUMBERS))

    assert read_canonical(whole.canonical) == whole


def test_also_cited_studies_stand_in_the_order_that_readers_meet():
    page = draft()
    page.also_cited = [
        AlsoCited(study=Study(pk=pk, subject_uuid=FIRST, title=title))
        for pk, title in ((1, "third"), (2, "second"), (3, "first"), (None, "none is chosen"))
    ]
    for row, order in zip(page.also_cited.all(), (2, 1, None, 0), strict=True):
        row.sort_order = order  # as a form does, which leaves the rows as they lie

    whole = content_of(page)

    assert [citation.title for citation in whole.also_cited] == ["first", "second", "third"]
    assert read_canonical(whole.canonical) == whole


def test_words_and_sections_are_kept_in_one_form():
    page = draft(key_takeaway='<p data-block-key="k9"> It  <b>may</b> help.</p><p></p>')
    page.body = [(CARE, [("question", {"text": "Me?"})]), (FOUND, [("question", {"text": "What?"})])]

    whole = content_of(page)

    assert whole.key_takeaway == "<p>It <b>may</b> help.</p>"
    assert [section.slug for section in whole.sections] == [FOUND, CARE]


def origin(place, *quotes, **values):
    """Return the entry of a draft's links that says where a number comes from."""
    return {"field": place, "kind": "origin", "passages": [{"quote": quote} for quote in quotes], **values}


def numbers_of(page):
    """Return, by their place, what the blocks of a page say of where their numbers come from."""
    (section,) = content_of(page).sections
    return {place: block.values["origin"] for place, block in enumerate(section.blocks) if "origin" in block.values}


def test_where_a_number_comes_from_stands_in_its_block():
    links = [
        {"field": f"sections/{FOUND}/1/outcome", "kind": "background", "passages": [{"quote": "No number."}]},
        origin(f"sections/{FOUND}/1/before", "Eight.", "More of it."),
        origin(f"sections/{FOUND}/1/after", "Four."),
        origin(f"sections/{FOUND}/2/before", "Of words."),
        origin(f"sections/{FOUND}/9/before", "Of nothing."),
        origin(f"sections/{FOUND}/0/before"),
    ]
    page = draft(NUMBERS, NUMBERS, ("question", {"text": "So?"}), NUMBERS, claims=links)

    whole = content_of(page)

    assert numbers_of(page) == {1: {"before": {"quote": "Eight."}, "after": {"quote": "Four."}}}
    assert whole.claims == (links[0],)
    assert read_canonical(whole.canonical) == whole


def test_a_link_without_a_field_says_nothing_of_any_number():
    assert numbers_of(draft(NUMBERS, claims=[{"kind": "origin", "passages": [{"quote": "Eight."}]}])) == {}
