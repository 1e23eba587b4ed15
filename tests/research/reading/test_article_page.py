import json
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from research.models import ArticlePage, TopicIndexPage
from tests.factories import (
    ArticlePageFactory,
    ExplainerFactory,
    GlossaryTermFactory,
    ImageFactory,
    JournalFactory,
    PersonFactory,
    StudyFactory,
    StudyNoticeFactory,
    TopicFactory,
    blocks,
    correct,
    edit,
    publish,
    sign_text_of,
    unpublish,
)

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 7


def soup_of(response):
    return BeautifulSoup(response.content, "html.parser")


def get(client, page):
    return client.get(f"/ms/{page.slug}/")


@pytest.fixture
def full_article(section, reviewer):
    """A public article with every part that a reader may meet."""
    sign_text_of(ExplainerFactory(section=section))
    term = GlossaryTermFactory(term="Microglia")
    sign_text_of(term)
    study = StudyFactory(journal=JournalFactory(name="Brain & Nerve"), title="A trial of a drug")
    publish(ArticlePageFactory(parent=section, title="Another article"))
    page = ArticlePageFactory(
        parent=section,
        title="Fewer relapses",
        slug="fewer-relapses",
        study=study,
        body=blocks.body(blocks.text(), blocks.numbers(), blocks.glossary_term(term)),
        topics=[TopicFactory(name="relapse"), TopicFactory(name="Brain")],
        authors=[PersonFactory(name="Ana Ruiz")],
    )
    page = publish(page, reviewer)
    correct(page, "We said 5; it was 4.")
    return page


def test_articles_stand_in_sections_and_have_no_children():
    assert ArticlePage.allowed_parent_page_models() == [TopicIndexPage]
    assert ArticlePage.allowed_subpage_models() == []


def test_the_parts_come_in_the_order_readers_know(client, full_article):
    text = " ".join(soup_of(get(client, full_article)).main.get_text(" ").split())
    parts = [
        "Fewer relapses",
        "Credibility",
        "5 of 5",
        "Strong",
        "Why this rating",
        "Interest",
        "3 of 3",
        "Key takeaway",
        "What they found",
        "Who should care and why",
        "Important considerations",
        "More details",
        "A trial of a drug",
        "Brain & Nerve",
        "May 2018",
        "Park JH, Halvard I",
        full_article.study.doi,
        full_article.study.pmid,
        "A public research council.",
        "The authors declared none.",
        "Article topics",
        "Brain",
        "relapse",
        "You may also like",
        "Another article",
        "Read more",
        "Understanding MS research",
        "This study appeared in Brain & Nerve .",
        "Who wrote and reviewed this",
        "Medically reviewed",
        "Next review due by",
        "Corrections and notices",
        "We said 5; it was 4.",
    ]

    place = 0
    for part in parts:
        place = text.find(part, place) + 1
        assert place, f"{part} is missing or too early"


def test_the_page_says_who_wrote_and_who_reviewed_it(client, full_article, reviewer):
    words = " ".join(soup_of(get(client, full_article)).find(class_="byline").get_text().split())

    assert "Written by Ana Ruiz." in words
    assert f"Medically reviewed by {reviewer.person.name}, MD, neurologist" in words
    assert "Next review due by" in words


def test_the_labels_stand_under_the_title(client, full_article):
    labels = soup_of(get(client, full_article)).find("dl", class_="labels")

    assert [dd.get_text() for dd in labels.find_all("dd")] == ["Peer reviewed", "Randomised trial", "People"]


def test_the_source_is_linked_by_doi_and_pmid(client, full_article):
    links = {a["href"] for a in soup_of(get(client, full_article)).find(id="details").find_all("a")}

    assert f"https://doi.org/{full_article.study.doi}" in links
    assert f"https://pubmed.ncbi.nlm.nih.gov/{full_article.study.pmid}/" in links


def test_each_topic_is_a_link_in_alphabetical_order(client, full_article):
    section = soup_of(get(client, full_article)).find(attrs={"aria-labelledby": "topics-heading"})

    assert [(a.get_text(strip=True), a["href"]) for a in section.find_all("a")] == [
        ("Brain", "/ms/topics/brain/"),
        ("relapse", "/ms/topics/relapse/"),
    ]


@pytest.mark.parametrize(
    ("kind", "opening"),
    [
        ("journal", "This study appeared in"),
        ("preprint_server", "This study was put on"),
        ("book_series", "This chapter appeared in"),
    ],
)
def test_the_explainer_opens_as_the_kind_of_source_asks(client, section, kind, opening):
    sign_text_of(ExplainerFactory(section=section))
    study = StudyFactory(journal=JournalFactory(name="<b>Odd</b>", kind=kind))
    page = publish(ArticlePageFactory(parent=section, study=study))

    explainer = soup_of(get(client, page)).find(class_="explainer")

    assert opening in explainer.get_text()
    assert explainer.find("i").get_text() == "<b>Odd</b>"


def test_an_explainer_that_nobody_signed_is_not_shown(client, section):
    ExplainerFactory(section=section)
    page = publish(ArticlePageFactory(parent=section))

    assert "Understanding MS research" not in get(client, page).content.decode()


def test_words_with_markup_in_them_are_printed_as_words(client, section):
    title = "Less than 5 & <script>alert(1)</script>"
    page = publish(ArticlePageFactory(parent=section, title=title, slug="odd", summary="a < b & c"))

    response = client.get("/ms/odd/")

    assert soup_of(response).h1.get_text() == title
    assert "<script>alert(1)" not in response.content.decode()
    assert page.live


def test_structured_data_is_data_and_names_the_reviewer(client, full_article, reviewer):
    script = soup_of(get(client, full_article)).find("script", type="application/ld+json")
    data = json.loads(script.string)

    assert data["@type"] == "MedicalWebPage"
    assert data["reviewedBy"]["name"] == reviewer.person.name
    assert data["mainEntity"]["isBasedOn"]["identifier"] == f"doi:{full_article.study.doi}"
    assert data["mainEntity"]["isBasedOn"]["review"]["reviewRating"]["ratingValue"] == 5


def test_an_edit_does_not_reach_readers(client, full_article):
    before = get(client, full_article).content

    edit(full_article, title="Draft title", summary="Draft summary", seo_title="Draft search title")

    after = get(client, full_article).content.decode()
    assert "Draft" not in after
    assert after == before.decode()


def test_an_edit_of_the_study_does_not_reach_readers(client, full_article):
    full_article.study.title = "A renamed trial"
    full_article.study.save()

    assert "A renamed trial" not in get(client, full_article).content.decode()


def test_raw_changes_of_the_row_do_not_reach_readers(client, full_article):
    ArticlePage.objects.filter(pk=full_article.pk).update(title="Forged", summary="Forged", live=True)

    assert "Forged" not in get(client, full_article).content.decode()


def test_a_draft_has_no_address(client, article):
    assert get(client, article).status_code == 404


def test_an_unknown_address_is_not_found(client, section):
    assert client.get("/ms/unknown/").status_code == 404
    assert client.get("/unknown/unknown/").status_code == 404


def test_an_article_that_was_taken_down_is_gone_and_says_nothing_of_itself(client, full_article):
    unpublish(full_article)

    response = get(client, full_article)

    assert response.status_code == 410
    assert "Fewer relapses" not in response.content.decode()
    assert "withdrawn" in response.content.decode()


def test_a_private_article_is_not_found(client, full_article):
    full_article.view_restrictions.create(restriction_type="login")

    assert get(client, full_article).status_code == 404


@pytest.mark.parametrize("kind", ["retraction", "withdrawal", "removal"])
def test_a_retracted_study_has_its_banner_and_no_rating(client, full_article, kind):
    StudyNoticeFactory(
        study=full_article.study, kind=kind, date=date(2026, 1, 2), reason="Made-up data", link="https://example.org/n"
    )

    page = soup_of(get(client, full_article))

    notice = page.find("header", class_="article-head").find(class_="notice")
    assert "Made-up data" in notice.get_text()
    assert "2 January 2026" in notice.get_text()
    assert notice.a["href"] == "https://example.org/n"
    assert "No rating" in page.find(class_="rating").get_text()
    assert "5 of 5" not in page.find("article", class_="article").get_text()
    assert "reviewRating" not in page.find("script", type="application/ld+json").string


def test_an_expression_of_concern_caps_the_rating_on_the_page(client, full_article):
    StudyNoticeFactory(study=full_article.study, kind="expression_of_concern")

    words = " ".join(soup_of(get(client, full_article)).find(class_="rating").get_text(" ").split())

    assert "2 of 5 Weak" in words


def test_an_article_that_is_due_says_so(client, full_article, settings):
    with time_machine.travel(timezone.now() + timedelta(days=settings.REVIEW_VALID_DAYS + 1)):
        words = get(client, full_article).content.decode()

    assert "and is late" in words


def test_a_link_to_a_public_article_is_a_link_and_any_other_is_words(client, section, article):
    other = publish(ArticlePageFactory(parent=section, slug="other"))
    html = f'<p><a linktype="page" id="{other.pk}">public</a> and <a linktype="page" id="{article.pk}">draft</a></p>'
    page = publish(ArticlePageFactory(parent=section, body=blocks.body(blocks.text(html))))

    found = soup_of(get(client, page)).find(id="what_they_found")

    assert [(a.get_text(), a["href"]) for a in found.find_all("a")] == [("public", "/ms/other/")]
    assert "draft" in found.get_text()


def statements(client, address):
    client.get(address)  # warm what is cached for good
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    assert response.status_code == 200
    return [query["sql"] for query in queries]


def test_an_article_costs_the_same_few_statements_however_long_it_is(client, section):
    other = publish(ArticlePageFactory(parent=section))
    linked = blocks.text(f'<p><a linktype="page" id="{other.pk}">see</a></p>')
    short = ArticlePageFactory(parent=section, slug="short", body=blocks.body(linked), related=[other])
    terms = GlossaryTermFactory.create_batch(4)
    for term in terms:
        sign_text_of(term)
    body = blocks.body(
        *[blocks.glossary_term(term) for term in terms],
        *[blocks.figure(ImageFactory()) for _ in range(3)],
        *[linked, blocks.numbers(), blocks.table()] * 3,
    )
    long = ArticlePageFactory(
        parent=section,
        slug="long",
        body=body,
        topics=TopicFactory.create_batch(9),
        authors=PersonFactory.create_batch(4),
        related=[other, *[publish(ArticlePageFactory(parent=section)) for _ in range(4)]],
    )
    for study in StudyFactory.create_batch(4):
        long.also_cited.add(long.also_cited.model(study=study))
        StudyNoticeFactory(study=study, kind="correction")
    for page in (short, long):
        publish(page)

    few, many = statements(client, "/ms/short/"), statements(client, "/ms/long/")

    assert len(many) == len(few) <= MOST_STATEMENTS


def test_reading_writes_nothing(client, full_article):
    for address in ("/ms/fewer-relapses/", "/ms/", "/ms/topics/", "/ms/topics/brain/", "/", "/search/?q=relapse"):
        for statement in statements(client, address):
            assert statement.lstrip("(").split()[0] in {"SELECT", "WITH"}, statement


def preview_of(client, page):
    return client.get(f"/admin/pages/{page.pk}/view_draft/")


def test_a_preview_shows_the_draft_and_says_that_it_is_one(client, article, writer):
    client.force_login(writer)
    edit(article, writer, title="A later draft")

    response = preview_of(client, article)

    assert "A later draft" in response.content.decode()
    assert "Preview: not public." in response.content.decode()
    assert "Not yet countersigned." in response.content.decode()


def test_a_preview_is_neither_stored_nor_indexed(client, article, writer):
    client.force_login(writer)

    response = preview_of(client, article)

    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in response.content.decode()


def test_a_half_empty_draft_can_be_previewed(client, section, editor):
    page = ArticlePage(title="Just a title", slug="half", live=False)
    section.add_child(instance=page)
    page.save_revision()
    client.force_login(editor)

    response = preview_of(client, page)

    assert response.status_code == 200
    assert "Just a title" in unescape(response.content.decode())


def test_a_preview_with_every_block_renders(client, section, editor):
    term = GlossaryTermFactory()
    sign_text_of(term)
    every = [
        blocks.text(),
        blocks.numbers(),
        blocks.figure(ImageFactory()),
        blocks.fact(),
        blocks.question(),
        blocks.quote(),
        blocks.table(),
        blocks.glossary_term(term),
        blocks.more(),
    ]
    page = ArticlePageFactory(parent=section, body=blocks.body(*every))
    client.force_login(editor)

    found = soup_of(preview_of(client, page)).find(id="what_they_found")

    assert found.find(class_="figure").img["alt"] == "Two bars of unequal height"
    assert len(found.find_all(["figure", "aside", "details", "p"])) >= len(every)


def test_it_says_how_long_it_takes_to_read(client, section, reviewer):
    long = "<p>" + "one two three four five " * 120 + "</p>"
    article = publish(ArticlePageFactory(parent=section, body=blocks.body(blocks.text(long))), reviewer)

    assert "3 minutes to read." in " ".join(client.get(article.url).content.decode().split())
