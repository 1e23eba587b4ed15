"""Two people at one record: each stores what they changed, and nothing over what they were not shown."""

import json
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.own_changes import OwnChangesMixin
from research.admin.ledger_lists import LedgerGroup
from research.admin.records.lists.groups import RECORD_GROUPS
from research.models import BundleEntry, GlossaryTerm, Journal, ReaderReport, ReleaseBundle, Study, Topic
from tests.factories import (
    ArticlePageFactory,
    GlossaryTermFactory,
    JournalFactory,
    PersonFactory,
    StudyFactory,
    TopicFactory,
    correct,
    editor_user,
    publish,
)

pytestmark = pytest.mark.django_db


class Desk:
    """Somebody with the form of a record open, in a browser: it sends what the page has, and lines as browsers do."""

    def __init__(self, user, row):
        self.client, self.url = Client(), reverse(f"research_{row._meta.model_name}_modeladmin_edit", args=[row.pk])
        self.client.force_login(user)
        self.read(self.client.get(self.url))

    def read(self, response):
        page = BeautifulSoup(response.content, "html.parser")
        form = max(page.select("form"), key=lambda one: len(one.select("[name]")))
        self.data = QueryDict(mutable=True)
        for one in form.select("input[name], textarea[name], select[name]"):
            for value in self.values_of(one):
                self.data.appendlist(one["name"], value.replace("\r\n", "\n").replace("\n", "\r\n"))
        self.words = page.get_text(" ", strip=True)

    @staticmethod
    def values_of(one):
        if one.name == "select":
            chosen = one.select("option[selected]") or ([] if one.has_attr("multiple") else one.select("option")[:1])
            return [option.get("value", "") for option in chosen]
        if one.name == "textarea":
            return [(one.string or "").removeprefix("\n")]
        if one.get("type") in ("checkbox", "radio"):
            return [one.get("value", "on")] if one.has_attr("checked") else []
        return [one.get("value", "")] if one.get("type") not in ("submit", "file") else []

    def save(self, **changes):
        """Change some fields, and press Save; return whether it was saved."""
        for name, value in changes.items():
            self.data.setlist(name, value if isinstance(value, list) else [value])
        response = self.client.post(self.url, self.data.urlencode(), content_type="application/x-www-form-urlencoded")
        if response.status_code == 200:
            self.read(response)
        return response.status_code == 302


@pytest.fixture
def at_two_desks(editor):
    """Return two people who opened the form of one record."""
    return lambda row: (Desk(editor, row), Desk(editor_user(), row))


RECORDS = [
    (lambda: StudyFactory(funding="", authors="Park JH\nLee S"), {"funding": "Fund B"}, {"interests": "No"}),
    (lambda: GlossaryTermFactory(synonyms="one\ntwo"), {"plain_words": "Better words"}, {"synonyms": "attack"}),
    (lambda: TopicFactory(name="Sleep"), {"mesh_ui": "D000001"}, {"synonyms": "rest"}),
    (lambda: JournalFactory(), {"issn": "1234-5679"}, {"name": "The Journal of Something"}),
    (lambda: PersonFactory(bio="She writes."), {"bio": "She edits."}, {"interests": "None"}),
]  # fmt: skip


@pytest.mark.parametrize(("make", "first", "second"), RECORDS)
def test_what_one_saves_stays_when_another_saves_something_else(at_two_desks, make, first, second):
    row = make()
    one, other = at_two_desks(row)

    assert other.save(**first)
    assert one.save(**second)

    row.refresh_from_db()
    assert {name: getattr(row, name) for name in first | second} == first | second


def test_what_both_changed_is_refused_once_with_both_and_nothing_that_was_written_is_lost(at_two_desks):
    study = StudyFactory(funding="", volume="1", interests="")
    one, other = at_two_desks(study)
    assert other.save(funding="Fund B", volume="2")

    assert not one.save(funding="Fund A", interests="None declared")

    study.refresh_from_db()
    assert (study.funding, study.volume, study.interests) == ("Fund B", "2", "")
    assert "Stored is now “Fund B”, you wrote “Fund A”. Nothing was saved." in one.words
    assert (one.data["funding"], one.data["interests"]) == ("Fund A", "None declared")

    assert one.save()

    study.refresh_from_db()
    assert (study.funding, study.volume, study.interests) == ("Fund A", "2", "None declared")


def test_whoever_saves_again_is_asked_again_where_it_changed_again(at_two_desks, editor):
    study = StudyFactory(funding="")
    one, other = at_two_desks(study)
    assert other.save(funding="Fund B")
    assert not one.save(funding="Fund A")
    assert Desk(editor, study).save(funding="Fund C")

    assert not one.save()

    assert "Stored is now “Fund C”, you wrote “Fund A”" in one.words


def test_what_both_wrote_alike_is_saved(at_two_desks):
    study = StudyFactory(funding="")
    one, other = at_two_desks(study)

    assert other.save(funding="Fund B")
    assert one.save(funding="Fund B", interests="None declared")


def test_a_form_that_is_not_valid_still_knows_what_was_left_alone(at_two_desks):
    study = StudyFactory(funding="", year=2020)
    one, other = at_two_desks(study)
    assert other.save(funding="Fund B")

    assert not one.save(year="999")
    assert one.save(year="2021")

    study.refresh_from_db()
    assert (study.funding, study.year) == ("Fund B", 2021)


def test_the_parts_of_a_date_are_never_of_two_people(at_two_desks):
    study = StudyFactory(year=2020, month=1, day=2, date_as_given="")
    one, other = at_two_desks(study)
    assert other.save(year="2021", month="5", day="")

    assert not one.save(day="17")

    study.refresh_from_db()
    assert (study.year, study.month, study.day) == (2021, 5, None)


def test_several_of_a_list_are_one_value(at_two_desks):
    wider = [TopicFactory(name=name) for name in ("Cells", "Brain")]
    topic = TopicFactory(name="Glia")
    one, other = at_two_desks(topic)
    assert other.save(parents=[str(wider[0].pk)])

    assert one.save(synonyms="glue")
    assert list(topic.parents.all()) == [wider[0]]
    assert not other.save(parents=[str(wider[1].pk)], synonyms="putty")

    assert "Stored is now “glue”, you wrote “putty”" in other.words


def test_rich_text_that_was_left_alone_is_left_alone(at_two_desks, section, reviewer):
    correction = correct(publish(ArticlePageFactory(parent=section), reviewer), "It was <b>12</b> people.")
    one, other = at_two_desks(correction)
    blocks = {"entityMap": {}, "blocks": [{"key": "a", "text": "It was 13 people.", "type": "unstyled", "depth": 0,
              "inlineStyleRanges": [], "entityRanges": []}]}  # fmt: skip
    assert other.save(text=json.dumps(blocks))

    assert one.save(date="2026-03-09")

    correction.refresh_from_db()
    assert "It was 13 people." in correction.text
    assert correction.date.isoformat() == "2026-03-09"


@pytest.mark.parametrize(
    "stored", ["Plain text", "<p>It&#x27;s 12.</p>", "<p>a <i>b <b>c</b></i></p>", "<p>a</p>\n<p>b</p>"]
)
def test_what_the_editor_makes_of_rich_text_is_no_change(at_two_desks, section, reviewer, stored):
    correction = correct(publish(ArticlePageFactory(parent=section), reviewer), "It was 12.")
    rows = type(correction).objects.filter(pk=correction.pk)
    rows.update(text=stored)
    one, _ = at_two_desks(correction)
    rows.update(text="<p>It was 13 people.</p>")

    assert one.save(date="2026-03-09")

    correction.refresh_from_db()
    assert correction.text == "<p>It was 13 people.</p>"


def test_an_answer_is_not_put_to_the_outcome_of_another(at_two_desks, section, reviewer):
    page = publish(ArticlePageFactory(parent=section), reviewer)
    report = ReaderReport.objects.create(article=page, words="Wrong number", email="r@example.org")
    one, other = at_two_desks(report)
    assert other.save(state="upheld", decision="It is wrong")

    assert not one.save(answer="We looked; it is right.")

    report.refresh_from_db()
    assert (report.state, report.answer) == ("upheld", "")


@pytest.mark.parametrize(
    "said", ["", "[]", "{", '{"funding": 3}', '{"funding": ["a"]}', "[" * 99_999, '{"x": "\\u0000"}']
)
def test_a_form_that_says_nothing_that_we_wrote_is_answered(editor, said):
    study = StudyFactory(funding="")
    desk = Desk(editor, study)
    Study.objects.filter(pk=study.pk).update(funding="Fund B")

    assert desk.save(filled_with=said, funding="Fund A") in (True, False)


def test_a_form_that_was_cut_off_empties_nothing_and_shows_what_is_stored(editor):
    study = StudyFactory(authors="Park JH\nHalvard I", funding="A charity.", title="Old")
    desk = Desk(editor, study)
    names = list(desk.data)
    for name in names[names.index("authors") :]:
        del desk.data[name]

    assert not desk.save(title="New")
    study.refresh_from_db()
    assert (study.title, study.authors, study.funding) == ("Old", "Park JH\nHalvard I", "A charity.")
    assert "without" in desk.words

    assert desk.save()
    study.refresh_from_db()
    assert (study.title, study.authors.split(), study.funding) == ("New", ["Park", "JH", "Halvard", "I"], "A charity.")


def test_the_numbers_of_a_study_are_never_of_two_people(editor):
    study = StudyFactory(doi="10.1000/one", pmid="1")
    first, second = Desk(editor, study), Desk(editor, study)
    assert first.save(doi="10.1000/two")
    assert not second.save(pmid="3")


@pytest.mark.parametrize("change", ["add", "remove"])
def test_rows_that_another_changed_are_refused_each_time_and_said(change, section, reviewer, editor):
    pages = [ArticlePageFactory(parent=section, slug=f"a{number}") for number in range(3)]
    bundle = ReleaseBundle.objects.create(name="Spring", due_at=timezone.now() + timedelta(days=3))
    for page in pages[:2]:
        BundleEntry.objects.create(bundle=bundle, article=page)
    desk = Desk(editor, bundle)
    if change == "add":
        BundleEntry.objects.create(bundle=bundle, article=pages[2])
    else:
        BundleEntry.objects.filter(article=pages[1]).delete()
    stands = list(BundleEntry.objects.values_list("article", flat=True))

    for _ in range(2):
        assert not desk.save(name="Summer")
        assert "Somebody changed the rows of “Entries”" in desk.words
    bundle.refresh_from_db()
    assert (bundle.name, list(BundleEntry.objects.values_list("article", flat=True))) == ("Spring", stands)


def test_a_record_that_is_gone_is_not_found(editor):
    study = StudyFactory()
    desk = Desk(editor, study)
    study.delete()

    assert desk.client.post(desk.url, desk.data).status_code == 404


def test_no_list_has_a_form_that_stores_what_its_sender_left_alone():
    groups = [group() for group in (*RECORD_GROUPS, LedgerGroup)]
    views = {one.model: one.edit_view_class for group in groups for one in group.modeladmin_instances}

    assert {Study, Topic, GlossaryTerm, Journal, ReleaseBundle} <= set(views)
    assert [model for model, view in views.items() if not issubclass(view, OwnChangesMixin)] == []
