"""What to write next, on its screens: who sees it, one click to a draft, a reason to dismiss."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from research.models import ArticlePage, SavedSearch, Study, StudySuggestion
from research.sources.records import AbstractPart, Author, Journal, PartialDate, Source, SourceRecord
from research.sources.stored import dump_records
from tests.factories import ArticlePageFactory, StudyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def suggestion(section):
    record = SourceRecord(
        Source.PUBMED,
        doi="10.1000/next",
        pmid="91",
        title="A trial nobody has seen",
        journal=Journal("J Tests"),
        date=PartialDate(2027, 2, None, "2027 Feb"),
        authors=(Author("Park", "Jin", "J"),),
        abstract=(AbstractPart("We randomised 240 patients."),),
    )
    search = SavedSearch.objects.create(section=section, name="Trials in MS", query="ms")
    return StudySuggestion.objects.create(
        search=search,
        section=section,
        doi=record.doi,
        pmid=record.pmid,
        record=dump_records([record]),
        title=record.title,
        journal="J Tests",
        people=240,
        found_at=timezone.now(),
    )


@pytest.mark.parametrize("role", ["writer", "reviewer", "editor", "admin"])
@pytest.mark.parametrize("view", ["month", "week", "list"])
def test_suggestions_stand_on_every_view_of_the_board(role, view, client, suggestion, request):
    client.force_login(request.getfixturevalue(role))

    page = client.get(reverse("research_board"), {"view": view}).content.decode()

    assert "A trial nobody has seen" in page
    assert "240 people" in page
    assert (reverse("research_next_start", args=[suggestion.pk]) in page) == (role != "reviewer")


@pytest.mark.parametrize("role", ["writer", "reviewer", "editor"])
def test_everyone_in_a_role_sees_all_suggestions_and_searches(role, client, suggestion, request):
    client.force_login(request.getfixturevalue(role))

    page = client.get(reverse("research_next")).content.decode()

    assert "A trial nobody has seen" in page
    assert "Trials in MS" in page


def test_one_click_puts_the_study_on_record_and_opens_its_draft(client, suggestion, writer):
    client.force_login(writer)

    response = client.post(reverse("research_next_start", args=[suggestion.pk]))

    study = Study.objects.get()
    article = study.articles.get()
    assert response.url == reverse("wagtailadmin_pages:edit", args=[article.pk])
    assert (study.title, study.pmid) == ("A trial nobody has seen", "91")
    assert (article.owner, article.get_parent().pk) == (writer, suggestion.section_id)
    assert [author.person.user for author in article.authors.all()] == [writer]
    assert not StudySuggestion.objects.unseen().exists()


def test_a_second_click_opens_what_the_first_one_made(client, suggestion, writer, editor):
    client.force_login(writer)
    first = client.post(reverse("research_next_start", args=[suggestion.pk]))
    client.force_login(editor)

    second = client.post(reverse("research_next_start", args=[suggestion.pk]))

    assert second.url == first.url
    assert ArticlePage.objects.count() == 1


def test_a_study_that_has_an_article_meanwhile_gets_no_second_by_accident(client, suggestion, section, writer):
    client.force_login(writer)
    study = StudyFactory(doi="10.1000/next", pmid=None)
    ArticlePageFactory(parent=section, by=writer, study=study)

    response = client.post(reverse("research_next_start", args=[suggestion.pk]))

    assert response.url == reverse("research_start_article", args=[study.pk])
    assert ArticlePage.objects.count() == 1


def test_dismissing_asks_for_a_reason(client, suggestion, writer):
    client.force_login(writer)
    address = reverse("research_next_dismiss", args=[suggestion.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, {"reason": " … "}).status_code == 400
    assert client.post(address, {"reason": "Only in mice"}).url == reverse("research_next")

    page = client.get(reverse("research_next")).content.decode()
    assert "Only in mice" in page
    assert not StudySuggestion.objects.unseen().exists()


def test_a_dismissal_can_be_taken_back(client, suggestion, editor):
    client.force_login(editor)
    client.post(reverse("research_next_dismiss", args=[suggestion.pk]), {"reason": "Only in mice"})

    client.post(reverse("research_next_again", args=[suggestion.pk]))

    assert StudySuggestion.objects.unseen().get() == suggestion


@pytest.mark.parametrize("name", ["start", "dismiss", "again"])
def test_reviewers_decide_nothing(name, client, suggestion, reviewer):
    client.force_login(reviewer)

    response = client.post(reverse(f"research_next_{name}", args=[suggestion.pk]), {"reason": "No"})

    assert response.status_code == 302
    assert response.url == reverse("wagtailadmin_home")
    assert StudySuggestion.objects.get().state == "open"
    assert not Study.objects.exists()


def test_nothing_is_started_by_following_a_link(client, suggestion, writer):
    client.force_login(writer)

    assert client.get(reverse("research_next_start", args=[suggestion.pk])).status_code == 405


def test_asking_without_a_contact_says_so(client, suggestion, editor):
    client.force_login(editor)

    response = client.post(reverse("research_next_ask", args=[suggestion.search_id]), follow=True)

    assert "SOURCES_CONTACT" in response.content.decode()


def test_editors_save_a_search(client, section, editor):
    client.force_login(editor)
    address = reverse("research_savedsearch_modeladmin_create")

    fields = {"section": section.pk, "name": "Trials", "source": "pubmed", "is_active": "on"}
    refused = client.post(address, {**fields, "query": "()"})
    saved = client.post(address, {**fields, "query": "multiple  sclerosis\nAND trial[pt]"})

    assert "Say what to search for." in refused.content.decode()
    assert saved.status_code == 302
    assert SavedSearch.objects.get().query == "multiple sclerosis AND trial[pt]"


def test_the_board_costs_no_more_with_many_suggestions(client, suggestion, writer, django_assert_max_num_queries):
    client.force_login(writer)
    client.get(reverse("research_board"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("research_board"))
    for number in range(12):
        StudySuggestion.objects.create(
            search=suggestion.search,
            section=suggestion.section,
            pmid=str(200 + number),
            record=suggestion.record,
            title=f"Trial {number}",
            found_at=timezone.now(),
        )

    with django_assert_max_num_queries(len(one)):
        client.get(reverse("research_board"))
