"""The form of a study, in the list and in the choosers: its embargo ends at one moment."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from research.models import Study

pytestmark = pytest.mark.django_db

FORM = {
    "title": "A study",
    "kind": "journal_article",
    "authors": "",
    "funding": "",
    "interests": "",
    "url": "",
    "date_as_given": "",
    "embargo_source": "The journal",
}
ADDRESSES = ["research_study_modeladmin_create", "study_chooser:create"]


@pytest.fixture(params=ADDRESSES)
def add(request, client, editor):
    """Post the form, in the list or in a chooser; return the page that answers."""
    client.force_login(editor)

    def send(**values):
        answer = client.post(reverse(request.param), {**FORM, **values})
        is_modal = answer.headers["Content-Type"] == "application/json"
        return answer.json().get("htmlFragment", "") if is_modal else answer.content.decode()

    return send


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2027-03-28 01:30", "There is no 01:30 on 28 March 2027 in Europe/London"),
        ("2027-10-31 01:30", "01:30 comes twice on 31 October 2027"),
    ],
    ids=["skipped", "repeated"],
)
def test_an_embargo_in_the_hour_of_a_clock_change_is_asked_about(add, typed, words):
    assert words in add(embargo_until=typed)

    assert not Study.objects.filter(title="A study").exists()


def test_the_chosen_one_of_two_times_is_kept(add):
    add(**{"embargo_until": "2027-10-31 01:30", "embargo_until-reading": "second"})

    assert Study.objects.get(title="A study").embargo_until == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_a_plain_time_is_kept_as_typed(add):
    add(embargo_until="2027-06-01 12:00")

    assert Study.objects.get(title="A study").embargo_until == datetime(2027, 6, 1, 11, 0, tzinfo=UTC)


def test_a_study_needs_no_embargo(add):
    add(embargo_until="", embargo_source="")

    assert Study.objects.get(title="A study").embargo_until is None


def test_the_choosers_form_offers_the_picker(client, editor):
    client.force_login(editor)

    html = client.get(reverse("study_chooser:choose")).json()["html"]

    assert 'name="embargo_until"' in html
