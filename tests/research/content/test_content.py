import json
from dataclasses import fields, replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from research.checking.claims import sentence_digest
from research.content.article import ArticleContent, canonical_json, content_of, digest_of
from research.content.stored import UnknownContentVersion, read_canonical
from research.models import AlsoCited, Appraisal, ArticlePage, TopicIndexPage
from tests.factories import (
    AppraisalFactory,
    ArticlePageFactory,
    GlossaryTermFactory,
    ImageFactory,
    JournalFactory,
    PersonFactory,
    StudyFactory,
    TopicFactory,
    blocks,
    edit,
)

pytestmark = pytest.mark.django_db

ALL_SECTIONS = ["what_they_found", "who_should_care", "important_considerations"]

TITLE = "What every block found"


@pytest.fixture
def full_article(section):
    """An article with a value in every field and one of every block."""
    image, term = ImageFactory(), GlossaryTermFactory()
    every_block = [
        blocks.text(),
        blocks.numbers(),
        blocks.figure(image, credit="Own drawing"),
        blocks.fact(),
        blocks.question(),
        blocks.quote(),
        blocks.table(),
        blocks.glossary_term(term),
        blocks.more(),
    ]
    return ArticlePageFactory(
        parent=section,
        body=blocks.body(*every_block),
        lead_image=image,
        lead_image_alternative_text="A drawing",
        seo_title="For search",
        search_description="What search shows",
        also_cited=[AlsoCited(study=StudyFactory())],
        title=TITLE,
        claims=[{"field": "title", "span": [0, len(TITLE)], "digest": sentence_digest(TITLE), "kind": "background"}],
    )


def digest(page):
    return content_of(page).digest


def rewritten(page, kind, **values):
    """Return the page with other values in its first block of a kind."""
    body = [(child.block_type, [(b.block_type, b.value) for b in child.value]) for child in page.body]
    for _, inner in body:
        for number, (name, value) in enumerate(inner):
            if name == kind:
                inner[number] = (name, {**value, **values})
                page.body = body
                return page
    raise LookupError(kind)


def test_the_digest_is_the_hash_of_the_canonical_text(article):
    content = content_of(article)

    assert content.digest == digest_of(content.canonical)
    assert len(content.digest) == 64


def test_a_draft_row_and_its_revision_have_one_digest(full_article):
    row = ArticlePage.objects.get(pk=full_article.pk)

    assert digest(row) == digest(full_article) == digest(full_article.get_latest_revision_as_object())


def test_the_canonical_text_has_one_spelling(full_article):
    version, _, text = content_of(full_article).canonical.partition(":")
    data = json.loads(text)

    assert version == "v1"
    assert text == json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_the_order_of_sections_is_applied_and_changes_nothing(article):
    before = digest(article)

    article.body = [(child.block_type, child.value) for child in reversed(list(article.body))]

    assert [section.slug for section in content_of(article).sections] == ALL_SECTIONS
    assert digest(article) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " Fewer   relapses "),
        ("summary", "Fewer people\nhad a relapse. "),
        ("key_takeaway", '<p data-block-key="k9"> The treatment  <b>may</b> prevent some relapses.</p><p></p>'),
    ],
)
def test_white_space_that_no_reader_sees_changes_nothing(article, field, value):
    before = digest(article)

    setattr(article, field, value)

    assert digest(article) == before


def test_block_keys_change_nothing(article):
    before = digest(article)
    raw = [{**block, "id": None} for block in article.body.raw_data]
    for block in raw:
        block["value"] = [{**inner, "id": f"new-{n}"} for n, inner in enumerate(block["value"])]

    article.body = json.dumps(raw)

    assert digest(article) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "other"),
        ("artwork", "waves"),
        ("planned_for", "2027-01-01"),
        ("embargo_source", "The journal"),
    ],
)
def test_what_is_no_claim_changes_nothing(article, field, value):
    before = digest(article)

    setattr(article, field, value)

    assert digest(article) == before


def test_topics_and_authors_are_no_claims(article):
    before = digest(article)

    article.topics = [TopicFactory()]
    article.authors = [type(article.authors.first())(person=PersonFactory())]

    assert digest(article) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "More relapses"),
        ("summary", "More people had a relapse."),
        ("key_takeaway", "<p>The treatment prevents relapses.</p>"),
        ("lead_image_alternative_text", "Another drawing"),
        ("seo_title", "Other"),
        ("search_description", "Other"),
        ("lead_image", None),
        ("study", None),
        ("also_cited", []),
        ("appraisals", []),
    ],
)
def test_each_claim_of_the_page_changes_the_digest(full_article, field, value):
    before = digest(full_article)

    setattr(full_article, field, value)

    assert digest(full_article) != before


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", {"html": "<p>Other.</p>"}),
        ("numbers", {"denominator": 1000}),
        ("numbers", {"before": 8}),
        ("numbers", {"before": None}),
        ("numbers", {"after": 0}),
        ("numbers", {"after_label": "Other"}),
        ("numbers", {"before_label": "Other"}),
        ("numbers", {"counted": "animals"}),
        ("numbers", {"outcome": "recovered"}),
        ("figure", {"alternative_text": "Other"}),
        ("figure", {"caption": "Other"}),
        ("figure", {"credit": "Other"}),
        ("fact", {"text": "Other"}),
        ("question", {"text": "Other?"}),
        ("quote", {"text": "Other"}),
        ("quote", {"speaker": "Other"}),
        ("quote", {"role": "Other"}),
        ("table", {"table": {"data": [["Other"]], "first_row_is_table_header": True}}),
        ("more", {"summary": "Other"}),
        ("more", {"html": "<p>Other.</p>"}),
    ],
)
def test_each_claim_of_a_block_changes_the_digest(full_article, kind, values):
    before = digest(full_article)

    assert digest(rewritten(full_article, kind, **values)) != before


def test_another_picture_changes_the_digest(full_article):
    before = digest(full_article)

    assert digest(rewritten(full_article, "figure", image=ImageFactory(file__color="red"))) != before


def test_another_file_under_the_same_picture_changes_the_digest(full_article):
    before = digest(full_article)

    replaced = ImageFactory(file__color="red")
    full_article.lead_image.file, full_article.lead_image.file_hash = replaced.file, replaced.file_hash

    assert digest(full_article) != before


def test_another_glossary_term_changes_the_digest_and_its_words_do_not(full_article):
    before = digest(full_article)
    block = next(inner for child in full_article.body for inner in child.value if inner.block_type == "glossary_term")
    block.value["term"].plain_words = "Other words."

    same = digest(full_article)

    assert same == before
    assert digest(rewritten(full_article, "glossary_term", term=GlossaryTermFactory())) != before


@pytest.mark.parametrize("name", [f.name for f in Appraisal._meta.concrete_fields if f.name not in {"id", "page"}])
def test_each_answer_and_reason_changes_the_digest(article, name):
    field = Appraisal._meta.get_field(name)
    before = digest(article)
    given = getattr(article.appraisals.first(), name)
    values = [key for key, _ in field.choices] if field.choices else [True, "Other words", 12]
    other = next(value for value in values if value != given and isinstance(value, type(given)))

    article.appraisals = [AppraisalFactory.build(**{name: other})]

    assert digest(article) != before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Another title"),
        ("kind", "preprint"),
        ("authors", "Somebody Else"),
        ("authors_complete", False),
        ("year", 2017),
        ("month", None),
        ("doi", "10.1000/other"),
        ("pmid", "1"),
        ("url", "https://example.org/"),
        ("funding", "A company."),
        ("interests", "Shares."),
        ("is_example", True),
    ],
)
def test_each_fact_of_the_citation_changes_the_digest(article, field, value):
    before = digest(article)

    setattr(article.study, field, value)

    assert digest(article) != before


def test_another_journal_changes_the_digest(article):
    before = digest(article)

    article.study.journal = JournalFactory()

    assert digest(article) != before


def test_a_notice_about_the_study_changes_no_words(article):
    before = digest(article)

    article.study.status = "retracted"

    assert digest(article) == before


def test_empty_values_leave_no_trace():
    empty = ArticleContent(title="T", appraisal={"people": None, "design": "", "causal_claim": False}, reasons={})

    assert empty.canonical == 'v1:{"title":"T"}'


def test_a_zero_is_a_number_and_stays():
    assert canonical_json({"people": 0, "before": None}) == '{"people":0}'


def test_the_members_of_a_list_keep_their_place():
    assert canonical_json([["", "7"], ["a", ""]]) == '[["","7"],["a",""]]'


def test_sealed_words_read_back_as_they_were(full_article):
    content = content_of(full_article)

    read = read_canonical(content.canonical)

    assert read == content
    assert read.digest == content.digest


def test_an_empty_article_reads_back_too():
    content = ArticleContent()

    assert read_canonical(content.canonical) == content


@pytest.mark.parametrize("text", ["v0:{}", "v2:{}", "{}", ""])
def test_a_version_nobody_can_read_is_refused(text):
    with pytest.raises(UnknownContentVersion):
        read_canonical(text)


@pytest.mark.parametrize("name", [field.name for field in fields(ArticleContent)])
def test_every_part_of_the_content_is_in_the_canonical_text(full_article, name):
    content = replace(content_of(full_article), translates={"subject": "1", "digest": "2" * 64})

    without = replace(
        content, **{name: type(getattr(content, name))() if name not in {"study", "lead_image"} else None}
    )

    assert without.digest != content.digest


def test_the_words_of_the_three_sections_are_counted(section):
    page = ArticlePageFactory(
        parent=section, body=blocks.body(blocks.text("<p>One two.</p>"), care="three", limits="4")
    )

    assert content_of(page).word_count == 4


def test_search_finds_the_words_and_no_markup(article):
    words = content_of(article).plain_text

    assert "Fewer relapses" in words
    assert "The treatment may prevent some relapses." in words
    assert "<" not in words


def test_an_article_names_the_section_that_it_stands_in_and_its_language(section):
    TopicIndexPage.objects.filter(pk=section.pk).update(language="de")

    content = content_of(ArticlePageFactory(parent=section))

    assert (content.section, content.language) == (str(section.translation_key), "de")


def test_an_article_that_stands_in_no_section_has_no_language(section):
    home = section.get_parent()

    content = content_of(ArticlePageFactory(parent=home))

    assert (content.section, content.language) == (str(home.translation_key), "")


def test_content_costs_no_more_however_many_studies_are_cited(section):
    def cited(number):
        studies = [AlsoCited(study=StudyFactory(journal=JournalFactory())) for _ in range(number)]
        page = ArticlePageFactory(parent=section, slug=f"cites-{number}", also_cited=studies)
        return ArticlePage.objects.get(pk=page.pk)

    pages = [cited(1), cited(4)]
    with CaptureQueriesContext(connection) as for_one:
        content_of(pages[0])

    with CaptureQueriesContext(connection) as for_four:
        content_of(pages[1])

    assert len(for_four) == len(for_one)


def test_a_saved_draft_changes_the_digest_of_the_revision_only(article):
    before = digest(article)

    draft = edit(article, title="Other words")

    assert digest(draft) != before
    assert digest(ArticlePage.objects.get(pk=article.pk)) == before
