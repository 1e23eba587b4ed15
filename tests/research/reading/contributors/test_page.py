"""The page of a contributor: what stands there, for whom it is there, and what it costs."""

import json
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.models import User
from research.audit import check_seals
from research.models import ArticleAuthor, Credit, Person, PublishedArticle
from research.publishing import public_pictures
from research.reading.contributors import page
from research.record.erasure.erasing import REMOVED_AUTHOR, erase_person
from tests.factories import (
    ArticlePageFactory,
    ImageFactory,
    PersonFactory,
    StudyNoticeFactory,
    edit,
    publish,
    reviewer_user,
    unpublish,
)

pytestmark = pytest.mark.django_db

NAME = "Wilhelmina Ottoline"


@pytest.fixture
def author():
    return PersonFactory(name=NAME, credentials="PhD", bio="Writes on <b>cells</b>.", orcid="0000-0002-1825-0097")


@pytest.fixture
def public(section, author, reviewer):
    """An article by the author, countersigned by the reviewer."""
    return publish(ArticlePageFactory(parent=section, title="Fewer relapses", slug="fewer", authors=[author]), reviewer)


def page_of(client, person):
    return BeautifulSoup(client.get(person.address).content, "html.parser")


def titles(soup):
    return [title.get_text(strip=True) for title in soup.select(".card-title")]


def test_article_and_made_lead_to_those_who_wrote_and_reviewed_it(client, public, author, reviewer):
    row = PublishedArticle.objects.get()

    for address in (row.address, f"{row.address}made/"):
        hrefs = {link["href"] for link in BeautifulSoup(client.get(address).content, "html.parser").select(".byline a")}
        assert {author.address, reviewer.person.address} <= hrefs


def test_the_structured_data_leads_there_too(client, public, author, reviewer):
    row = PublishedArticle.objects.get()
    soup = BeautifulSoup(client.get(row.address).content, "html.parser")
    data = json.loads(soup.select_one('script[type="application/ld+json"]').string)

    assert data["reviewedBy"]["url"].endswith(reviewer.person.address)
    assert data["mainEntity"]["author"][0]["url"].endswith(author.address)


def test_the_page_says_who_it_is_and_what_they_wrote(client, public, author):
    Person.objects.filter(pk=author.pk).update(interests="Shares in <i>nothing</i>.")

    soup = page_of(client, author)

    words = soup.main.get_text(" ", strip=True)
    assert all(part in words for part in (NAME, "PhD", "Writes on <b>cells</b>.", "Shares in <i>nothing</i>."))
    assert soup.select_one(".contributor-orcid a")["href"] == "https://orcid.org/0000-0002-1825-0097"
    assert titles(soup) == ["Fewer relapses"]
    assert soup.select_one(".contributor-part").get_text(strip=True) == "Wrote it"


def test_the_page_of_a_reviewer_shows_what_was_declared_for_each_article(client, public, reviewer):
    statement = PublishedArticle.objects.get().sign_off.conflict_statement
    assert statement

    work = page_of(client, reviewer.person).select_one(".contributor-work")

    assert work.select_one(".contributor-part").get_text(strip=True) == "Medically reviewed it"
    assert work.select_one(".contributor-declared").get_text(strip=True) == f"Declared before signing: {statement}"


def test_a_person_of_drafts_has_no_page(client, section, author, writer):
    ArticlePageFactory(parent=section, by=writer, authors=[author])

    assert [client.get(path).status_code for path in (author.address, "/contributors/999999/")] == [404, 404]


def test_a_retracted_article_names_them_and_is_not_offered(client, public, author):
    StudyNoticeFactory(study=public.study)

    soup = page_of(client, author)

    assert titles(soup) == []
    assert "No article of theirs is offered" in soup.main.get_text()


def test_the_page_goes_with_the_last_article(client, public, author):
    unpublish(public)

    assert client.get(author.address).status_code == 404


def test_a_new_byline_takes_the_place_of_the_old(client, public, author, reviewer):
    other = PersonFactory(name="Somebody Else")
    edit(public, authors=[ArticleAuthor(person=other)], title="Other words")
    publish(public, reviewer)

    assert client.get(author.address).status_code == 404
    assert titles(page_of(client, other)) == ["Other words"]


def test_a_draft_with_another_author_changes_nothing_for_readers(client, public, author):
    edit(public, authors=[ArticleAuthor(person=PersonFactory(name="Not Yet"))])

    assert titles(page_of(client, author)) == ["Fewer relapses"]


def test_somebody_who_is_named_in_public_is_not_deleted(public, author, reviewer):
    for person in (author, reviewer.person):
        with pytest.raises(ProtectedError):
            person.delete()


# Erased people


@pytest.mark.parametrize("who", ["author", "reviewer"])
def test_an_erased_person_has_no_page_no_link_and_no_list(client, public, author, reviewer, admin, who):
    person = {"author": author, "reviewer": reviewer.person}[who]
    name, address = person.name, person.address
    row = PublishedArticle.objects.get()

    erase_person(person=person, by=admin, reason="They asked for it.")

    gone = client.get(address)
    assert (gone.status_code, name in gone.content.decode()) == (410, False)
    assert "removed at their request" in gone.content.decode()
    for place in (row.address, f"{row.address}made/", f"{row.address}made.json", "/sitemap-pages.xml"):
        html = client.get(place).content.decode()
        assert (address in html, name in html) == (False, False)
    assert not Credit.objects.filter(person=person).exists()


@pytest.mark.parametrize("who", ["author", "reviewer"])
def test_no_later_release_brings_an_erased_person_back(client, public, author, reviewer, admin, who):
    person = {"author": author, "reviewer": reviewer.person}[who]
    erase_person(person=person, by=admin, reason="They asked for it.")
    edit(public, title="Other words")

    publish(public, reviewer_user())

    assert not Credit.objects.filter(person=person).exists()
    assert client.get(person.address).status_code == 410
    row = PublishedArticle.objects.get()
    assert row.author_ids == [None if who == "author" else author.pk]
    assert row.authors == [REMOVED_AUTHOR if who == "author" else NAME]


def test_the_signatures_of_an_erased_account_name_nobody_though_its_record_is_anothers(client, public, reviewer, admin):
    person = reviewer.person
    Person.objects.filter(pk=person.pk).update(user=None)

    erase_person(user=User.objects.get(pk=reviewer.pk), by=admin, reason="They asked for it.")

    assert not Credit.objects.filter(person=person).exists()
    assert person.address not in client.get(PublishedArticle.objects.get().address).content.decode()


# Photos


def copies_of(person):
    person.refresh_from_db()
    names = public_pictures.names_in({"": person.photo_sizes}) if person.photo_sizes else set()
    return {public_pictures.public_name(name) for name in names}


def test_a_photo_is_public_while_the_person_has_a_page(
    client, public, author, admin, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        author.photo = ImageFactory(title="Her")
        author.save()
    copies = copies_of(author)
    assert copies
    assert all(default_storage.exists(name) for name in copies)
    image = page_of(client, author).select_one(".contributor-photo img")
    assert image["src"].partition("media/")[2] in copies

    with django_capture_on_commit_callbacks(execute=True):
        erase_person(person=author, by=admin, reason="They asked for it.")

    assert not any(default_storage.exists(name) for name in copies)


def test_a_photo_of_somebody_without_a_public_article_is_not_public(author, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        author.photo = ImageFactory(title="Her")
        author.save()

    assert copies_of(author) == set()


def test_a_sweep_leaves_the_photo_and_a_takedown_takes_it(public, author, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        author.photo = ImageFactory(title="Her")
        author.save()
    copies = copies_of(author)
    public_pictures.sweep(timezone.now())
    assert all(default_storage.exists(name) for name in copies)

    with django_capture_on_commit_callbacks(execute=True):
        unpublish(public)

    public_pictures.sweep(timezone.now())
    assert not any(default_storage.exists(name) for name in copies)


# Pages, and what they cost


def many(section, author, reviewer, number):
    now = timezone.now()
    for at in range(number):
        article = ArticlePageFactory(parent=section, title=f"Number {at}", slug=f"number-{at}", authors=[author])
        publish(article, reviewer, at=now - timedelta(days=number - at))


def test_long_work_stands_on_pages_newest_first(client, section, author, reviewer, monkeypatch):
    monkeypatch.setattr(page, "PER_PAGE", 2)
    many(section, author, reviewer, 3)

    first, second = (BeautifulSoup(client.get(f"{author.address}{q}").content, "html.parser") for q in ("", "?page=2"))

    assert titles(first) == ["Number 2", "Number 1"]
    assert titles(second) == ["Number 0"]
    assert first.select_one('.pagination a[rel="next"]')["href"] == f"{author.address}?page=2"
    assert second.select_one('.pagination a[rel="prev"]')["href"] == author.address
    assert [client.get(f"{author.address}?page={odd}").status_code for odd in ("3", "0", "x", "-1", "9999999")] == [
        404
    ] * 5


def test_the_list_is_read_along_its_index_and_costs_the_same_with_ten_thousand(client, public, author, reviewer):
    client.get(author.address)
    with CaptureQueriesContext(connection) as few:
        client.get(author.address)
    row = PublishedArticle.objects.get()
    Credit.objects.bulk_create(
        Credit(
            article=row, person=PersonFactory(), part="wrote", published_at=row.published_at, until=row.listable_until
        )
        for _ in range(30)
    )
    with CaptureQueriesContext(connection) as more:
        client.get(author.address)

    assert len(few) == len(more)
    statement = next(query["sql"] for query in more if 'FROM "research_credit"' in query["sql"][:200])
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            plan = [line[3] for line in cursor.fetchall()]
        assert plan == [plan[0]]
        assert "COVERING INDEX credits_newest_first" in plan[0]


def test_only_reviewers_own_and_administrators_change_what_a_reviewer_declares(client, reviewer, editor, admin):
    address = reverse("research_person_modeladmin_edit", args=[reviewer.person.pk])
    form = {"name": reviewer.person.name, "credentials": reviewer.person.credentials, "role": reviewer.person.role,
            "user": reviewer.pk, "orcid": "", "photo": "", "bio": "", "interests": "None at all."}  # fmt: skip

    for user in (editor, admin):
        client.force_login(user)
        client.post(address, form)
        reviewer.person.refresh_from_db()
        assert bool(reviewer.person.interests) == (user == admin)


def test_the_page_is_kept_and_ends_with_what_it_shows(
    reader, public, author, reviewer, admin, django_capture_on_commit_callbacks
):
    reader.get(author.address)
    assert reader.is_kept(author.address)

    with django_capture_on_commit_callbacks(execute=True):
        author.bio = "Writes on nerves."
        author.save()
    assert b"Writes on nerves." in reader.get(author.address).body

    with django_capture_on_commit_callbacks(execute=True):
        StudyNoticeFactory(study=public.study)
    assert b"Fewer relapses" not in reader.get(author.address).body

    with django_capture_on_commit_callbacks(execute=True):
        erase_person(person=author, by=admin, reason="They asked for it.")
    assert reader.get(author.address).status.startswith("410")


def test_who_is_renamed_is_named_so_on_every_byline(client, public, author):
    namesake = PersonFactory(name=NAME)
    other = publish(ArticlePageFactory(parent=public.get_parent().specific, slug="other", authors=[namesake, author]))
    author.name = "Wilhelmina Laterly"

    author.save()

    rows = PublishedArticle.objects.order_by("pk")
    assert [row.authors for row in rows] == [["Wilhelmina Laterly"], [NAME, "Wilhelmina Laterly"]]
    assert "Wilhelmina Laterly" in client.get(other.url).content.decode()
    assert list(check_seals()) == []
