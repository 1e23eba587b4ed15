"""A notice recorded by hand stands before readers at once, so no word of it is typed freely, and it stays."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from research.models import StudyNotice
from tests.factories import StudyFactory, StudyNoticeFactory, admin_user, editor_user

pytestmark = pytest.mark.django_db

CREATE = "research_studynotice_modeladmin_create"
EDIT = "research_studynotice_modeladmin_edit"


@pytest.fixture
def editor(client):
    user = editor_user()
    client.force_login(user)
    return user


def post(client, address, study, **changes):
    given = {"study": study.pk, "kind": "correction", "date": "", "date_as_given": "", "part": "", "link": ""}
    response = client.post(address, given | {"source": "The journal"} | changes)
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


def test_who_says_so_is_chosen_from_a_list(client, editor):
    told = post(client, reverse(CREATE), StudyFactory(), source="The journal: zorbulin heals MS")

    assert "is not one of the available choices" in told
    assert not StudyNotice.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("March 2025", "March 2025"),
        ("2025 Mar", "March 2025"),
        ("2025-03", "March 2025"),
        ("2025", "2025"),
        ("zorbulin heals 2025", "2025"),
    ],
)
def test_a_date_is_read_and_written_anew(client, editor, typed, kept):
    post(client, reverse(CREATE), StudyFactory(), date_as_given=typed)

    assert StudyNotice.objects.get().date_as_given == kept


@pytest.mark.parametrize("typed", ["zorbulin heals", "3 March 2025", "2025-03-03"])
def test_words_and_whole_days_are_refused(client, editor, typed):
    told = post(client, reverse(CREATE), StudyFactory(), date_as_given=typed)

    assert "Write a year, or a month and a year" in told
    assert not StudyNotice.objects.exists()


def test_a_link_is_an_address_of_the_web(client, editor):
    told = post(client, reverse(CREATE), StudyFactory(), link="javascript:alert(1)")

    assert "Enter a valid URL" in told
    assert not StudyNotice.objects.exists()


def test_what_a_source_reported_stays_as_it_was(client, editor):
    kept = {"source": "Retraction Watch; PubMed", "date_as_given": "2018 May - Jun"}
    notice = StudyNoticeFactory(kind="correction", date=None, **kept)

    post(client, reverse(EDIT, args=[notice.pk]), notice.study, link="https://example.org/notice", **kept)

    notice.refresh_from_db()
    assert {name: getattr(notice, name) for name in kept} == kept
    assert notice.link == "https://example.org/notice"


@pytest.mark.parametrize("person", [editor_user, admin_user])
def test_a_notice_is_not_deleted_and_the_screen_says_why(client, public_article, person):
    notice = StudyNoticeFactory(study=public_article.study)
    client.force_login(person())
    listed = client.get(reverse("research_studynotice_modeladmin_index")).content.decode()
    edited = client.get(reverse(EDIT, args=[notice.pk])).content.decode()
    address = reverse("research_studynotice_modeladmin_delete", args=[notice.pk])

    told = client.post(address, follow=True).content.decode()

    assert address not in listed + edited
    assert "A notice about a study is kept" in told
    client.logout()
    assert "This study was retracted" in client.get(public_article.url).content.decode()


@pytest.mark.parametrize(("which", "day"), [("again", "2021-01-01"), ("again", ""), ("back", "2023-01-01")])
@pytest.mark.parametrize("person", [editor_user, admin_user])
def test_nobody_lifts_a_retraction_by_another_date(client, public_article, person, which, day):
    study = public_article.study
    StudyNoticeFactory(study=study, date=date(2020, 1, 1))
    notices = {
        "back": StudyNoticeFactory(study=study, kind="reinstatement", date=date(2021, 6, 1), link="https://j.example/"),
        "again": StudyNoticeFactory(study=study, date=date(2022, 1, 1)),
    }
    notice = notices[which]
    client.force_login(person())

    told = post(client, reverse(EDIT, args=[notice.pk]), study, kind=notice.kind, date=day, link=notice.link)

    assert "With this date a notice that stands would count as lifted" in told
    client.logout()
    assert "This study was retracted" in client.get(public_article.url).content.decode()
