"""The ratings tab: computed while the questions are answered, each of them asked once, nothing answered unasked."""

import pytest
from django.urls import reverse

from research.editor.answers import suggested_answers
from research.editor.page_forms import without_empty_rows
from research.models import ArticlePage
from research.models.studies.appraisal import Appraisal
from tests.factories import JournalFactory, StudyFactory, StudyNoticeFactory, edit

pytestmark = pytest.mark.django_db

ANSWERS = {
    "design": "randomised_trial",
    "population": "people_outcome",
    "people": "240",
    "registered": "yes",
    "measured_alike": "yes",
    "checking": "peer_reviewed",
}


def live(client, **answers: str) -> str:
    return " ".join(client.post(reverse("research_live_ratings"), answers).content.decode().split())


def test_the_ratings_follow_the_form_and_store_nothing(client, writer, article):
    client.force_login(writer)

    few, more = live(client, design="randomised_trial"), live(client, **ANSWERS)

    assert "points" in few
    assert few != more
    assert "5 questions open" in more
    assert ArticlePage.objects.get().latest_revision_id == article.latest_revision_id


@pytest.mark.parametrize("people", ["many", "-1", "99999999999", ""])
def test_an_answer_that_is_none_counts_as_open(client, writer, people):
    client.force_login(writer)

    response = client.post(reverse("research_live_ratings"), {"design": "no such design", "people": people})

    assert response.status_code == 200
    assert "10 questions open" in response.content.decode()


def test_a_notice_of_the_study_counts(client, writer):
    study = StudyFactory()
    StudyNoticeFactory(study=study, kind="retraction")
    client.force_login(writer)

    assert "retracted" in live(client, **ANSWERS, study=str(study.pk)).lower()


def test_strangers_are_told_nothing(client):
    assert client.post(reverse("research_live_ratings"), ANSWERS).status_code == 302


def test_each_question_stands_once_in_the_form(client, writer, article):
    client.force_login(writer)

    page = client.get(reverse("wagtailadmin_pages:edit", args=[article.pk])).content.decode()

    rendered = page[page.index('id="id_appraisals-0-design-label"') : page.index('id="id_appraisals-0-people-label"')]
    assert rendered.count("What kind of study is it?") == 1


def test_questions_that_were_opened_and_left_alone_are_no_appraisal():
    opened = {"appraisals-TOTAL_FORMS": "1", "appraisals-0-id": "", "appraisals-0-design": ""}

    assert without_empty_rows(opened)["appraisals-0-DELETE"] == "on"
    assert "appraisals-0-DELETE" not in without_empty_rows({**opened, "appraisals-0-design": "opinion"})
    assert "appraisals-0-DELETE" not in without_empty_rows({**opened, "appraisals-0-id": "7"})


def test_what_the_record_answers_is_suggested_with_its_source_and_answers_nothing(client, writer, article):
    study = StudyFactory(
        publication_types=["Randomized Controlled Trial"],
        registrations=["NCT01234567"],
        journal=JournalFactory(name="Brain"),
        pmid="123456",
    )

    found = {answer.field: answer for answer in suggested_answers(study)}

    assert found["design"].value == "randomised_trial"
    assert found["registered"].found_in.startswith("the record names NCT01234567")
    assert found["checking"].value == "peer_reviewed"
    assert "population" not in found
    edit(article, study=study, appraisals=[])
    client.force_login(writer)
    page = client.get(reverse("wagtailadmin_pages:edit", args=[article.pk])).content.decode()
    assert 'data-answer="registered" data-value="yes"' in page
    assert "selected>Randomised trial" not in page


@pytest.mark.parametrize(
    ("kind", "journal_kind", "pmid", "value"),
    [
        ("preprint", "journal", None, "preprint"),
        ("journal_article", "preprint_server", "1", "preprint"),
        ("journal_article", "journal", "1", "peer_reviewed"),
        ("journal_article", "journal", None, None),
        ("report", "journal", "1", None),
    ],
)
def test_whether_others_checked_it_is_suggested_only_where_the_record_says(kind, journal_kind, pmid, value):
    study = StudyFactory(
        kind=kind, journal=JournalFactory(kind=journal_kind), pmid=pmid, doi=None, url="https://x.org/"
    )

    found = [answer.value for answer in suggested_answers(study) if answer.field == "checking"]

    assert found == ([value] if value else [])


def test_animals_without_people_are_suggested_as_who_was_studied():
    study = StudyFactory(mesh_terms=[{"name": "Animals"}, {"name": "Mice"}])

    found = {answer.field: answer.value for answer in suggested_answers(study)}

    assert found["population"] == "animals"
    assert found["design"] == "animal_study"


def test_every_suggested_answer_is_one_that_the_question_takes():
    study = StudyFactory(kind="preprint", mesh_terms=[{"name": "Animals"}], registrations=["NCT01234567"])

    for answer in suggested_answers(study):
        field = Appraisal._meta.get_field(answer.field)
        assert field.clean(answer.value, None) is not None
