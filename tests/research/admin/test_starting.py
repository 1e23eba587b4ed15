"""How an article starts: everything a writer would have to add by hand stands there already."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from research.content.article import content_of
from research.content.completeness import missing_parts
from research.content.sealing import SECTION_HEADINGS
from research.models import ArticlePage, ImportJob, Study
from tests.factories import StudyFactory, TopicFactory, TopicIndexPageFactory
from tests.research.doors.forms import editor_post

pytestmark = pytest.mark.django_db

NBIB = (
    b"PMID- 28721047\nTI  - A trial of walking.\nDP  - 2017\nAID - 10.1000/walking [doi]\n"
    b"LA  - eng\nPT  - Journal Article\n"
)


def draft_of(article: ArticlePage) -> ArticlePage:
    return ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()


def edit_address(article: ArticlePage) -> str:
    return reverse("wagtailadmin_pages:edit", args=[article.pk])


def start(client, section) -> ArticlePage:
    client.post(reverse("research_new_article"), {"section": section.pk})
    return ArticlePage.objects.get()


def form_of(article: ArticlePage, **values: str) -> dict[str, str]:
    """Return what the browser would send of the editor's form, with other values."""
    return editor_post(draft_of(article)) | values


def test_a_new_article_has_its_three_sections_open_and_its_writer_named(client, writer, section):
    client.force_login(writer)

    response = client.post(reverse("research_new_article"), {"section": section.pk})

    article = ArticlePage.objects.get()
    draft = draft_of(article)
    assert response["Location"] == edit_address(article)
    assert [child.block_type for child in draft.body] == list(SECTION_HEADINGS)
    assert [[block.block_type for block in child.value] for child in draft.body] == [["text"]] * 3
    assert [author.person.user for author in draft.authors.all()] == [writer]
    assert "Give the article a title of its own" in " ".join(part.words for part in missing_parts(content_of(draft)))


def test_the_form_for_a_new_article_shows_the_sections_too(client, writer, section):
    client.force_login(writer)

    form = client.get(reverse("wagtailadmin_pages:add", args=["research", "articlepage", section.pk])).context["form"]

    assert [child.block_type for child in form["body"].value()] == list(SECTION_HEADINGS)


def test_the_form_for_a_new_article_names_its_writer(client, writer, section):
    client.force_login(writer)
    address = reverse("wagtailadmin_pages:add", args=["research", "articlepage", section.pk])

    form = client.get(address).context["form"]

    rows = form.formsets["authors"].forms
    assert [row["person"].value() for row in rows] == [writer.person.pk]
    sent = {
        **editor_post(ArticlePage(title="Mine", slug="mine", body=ArticlePage().empty_body())),
        "authors-TOTAL_FORMS": "1",
        "authors-INITIAL_FORMS": "1",
        "authors-0-id": "",
        "authors-0-ORDER": "1",
        "authors-0-person": str(writer.person.pk),
    }
    assert client.post(address, sent).status_code == 302
    assert [author.person for author in draft_of(ArticlePage.objects.get()).authors.all()] == [writer.person]


def test_whoever_takes_themselves_out_of_a_new_article_is_no_author(client, writer, section):
    client.force_login(writer)
    address = reverse("wagtailadmin_pages:add", args=["research", "articlepage", section.pk])
    sent = {
        **editor_post(ArticlePage(title="Mine", slug="mine", body=ArticlePage().empty_body())),
        "authors-TOTAL_FORMS": "1",
        "authors-INITIAL_FORMS": "1",
        "authors-0-id": "",
        "authors-0-ORDER": "1",
        "authors-0-person": str(writer.person.pk),
        "authors-0-DELETE": "on",
    }

    assert client.post(address, sent).status_code == 302

    assert not draft_of(ArticlePage.objects.get()).authors.exists()


def test_nobody_starts_an_article_where_they_may_not_write(client, reviewer, section):
    client.force_login(reviewer)

    client.post(reverse("research_new_article"), {"section": section.pk})

    assert not ArticlePage.objects.exists()


def test_the_dashboard_offers_both_ways_to_writers_only(client, writer, reviewer, section):
    client.force_login(writer)
    assert "Start an article" in client.get(reverse("wagtailadmin_home")).content.decode()

    client.force_login(reviewer)
    assert "Start an article" not in client.get(reverse("wagtailadmin_home")).content.decode()


@pytest.mark.parametrize("pasted", ["10.1000/known", "https://doi.org/10.1000/KNOWN", "28721047"])
def test_an_identifier_of_a_study_on_record_opens_its_draft(client, writer, section, pasted):
    study = StudyFactory(doi="10.1000/known", pmid="28721047")
    client.force_login(writer)

    response = client.post(reverse("research_imports"), {"identifiers": pasted, "start": "1"})

    article = ArticlePage.objects.get()
    assert response["Location"] == edit_address(article)
    assert draft_of(article).study == study


def test_a_second_article_on_a_study_is_asked_about_first(client, writer, section, article):
    client.force_login(writer)

    response = client.post(reverse("research_imports"), {"identifiers": article.study.doi, "start": "1"})

    assert response["Location"] == reverse("research_start_article", args=[article.study_id])
    assert ArticlePage.objects.count() == 1


def test_an_import_ends_with_its_studies_and_a_way_to_an_article(client, writer, section):
    client.force_login(writer)
    client.post(reverse("research_imports"), {"start": "1", "file": SimpleUploadedFile("one.nbib", NBIB)})
    job = ImportJob.objects.get()
    client.post(reverse("research_start_import", args=[job.pk]))

    page = client.get(reverse("research_import", args=[job.pk])).content.decode()

    study = Study.objects.get(pmid="28721047")
    assert reverse("research_study_record", args=[study.pk]) in page
    assert reverse("research_start_article", args=[study.pk]) in page
    assert f'name="section" value="{section.pk}"' in page


def test_one_study_is_imported_and_its_article_started_at_once(client, writer, section):
    client.force_login(writer)
    client.post(reverse("research_imports"), {"start": "1", "file": SimpleUploadedFile("one.nbib", NBIB)})
    job = ImportJob.objects.get()
    assert "Import it and start an article" in client.get(reverse("research_import", args=[job.pk])).content.decode()

    address = reverse("research_start_import", args=[job.pk])
    response = client.post(address, {"article": "1"})
    client.post(address, {"article": "1"})

    article = ArticlePage.objects.get()
    assert response["Location"] == edit_address(article)
    assert draft_of(article).study == Study.objects.get(pmid="28721047")


def test_with_several_sections_the_import_asks_where(client, writer, section):
    TopicIndexPageFactory(title="Lupus", slug="lupus", parent=section.get_parent())
    StudyFactory(doi="10.1000/known")
    client.force_login(writer)

    response = client.post(reverse("research_imports"), {"identifiers": "10.1000/known", "start": "1"})

    assert response["Location"] == reverse("research_start_article", args=[Study.objects.get().pk])


def test_the_address_follows_the_title_until_one_is_typed(client, writer, section):
    client.force_login(writer)
    article = start(client, section)
    assert article.slug == "new-article-working-title"

    client.post(edit_address(article), form_of(article, title="Walking helps"))
    assert draft_of(article).slug == "walking-helps"

    client.post(edit_address(article), form_of(article, title="Walking helps more", slug="by-hand"))
    assert draft_of(article).slug == "by-hand"


def test_a_row_with_nothing_chosen_holds_up_no_save(client, writer, section):
    client.force_login(writer)
    article = start(client, section)
    rows = {"authors-TOTAL_FORMS": "2", "also_cited-TOTAL_FORMS": "1", "related_picks-TOTAL_FORMS": "1"}
    empty = {"authors-1-person": "", "also_cited-0-study": "", "related_picks-0-article": ""}

    client.post(edit_address(article), form_of(article, summary="Saved all the same.", **rows, **empty))

    assert draft_of(article).summary == "Saved all the same."


def test_suggested_topics_stand_where_topics_are_chosen(client, writer, section):
    TopicFactory(name="Walking")
    study = StudyFactory(title="A trial of walking")
    client.force_login(writer)
    client.post(reverse("research_start_article", args=[study.pk]), {"section": section.pk})
    article = ArticlePage.objects.get()

    page = client.get(edit_address(article)).content.decode()

    assert "data-topics-suggest" in page
    assert list(draft_of(article).topics.all()) == [], "suggested, never assigned"


def test_a_title_that_another_article_has_holds_up_no_save(client, writer, section, article):
    client.force_login(writer)
    client.post(reverse("research_new_article"), {"section": section.pk})
    second = ArticlePage.objects.latest("pk")

    client.post(edit_address(second), form_of(second, title=article.title, slug=article.slug))

    assert (draft_of(second).title, draft_of(second).slug) == (article.title, f"{article.slug}-2")


def test_a_submission_with_empty_sections_names_each_of_them(client, writer, section):
    client.force_login(writer)
    article = start(client, section)

    data = form_of(article, title="A title") | {"action-submit": "1"}
    page = client.post(edit_address(article), data).content.decode()

    for heading in SECTION_HEADINGS.values():
        assert f"Write the section “{heading}”." in page
