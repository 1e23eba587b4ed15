"""Something happens to an article while its release is being carried out, by somebody else, on another connection.

Neither sees what the other has not committed: a release that had asked everything before must not end by making
public what just lost its signature, its place or its rating.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction

from common import tree
from research import receivers
from research.admin.board.moving import move_plan
from research.admin.reviewing.plans import CannotPlan, Plan, set_plan
from research.models import ArticlePage, Credit, PublishedArticle, Release, SignOff, StudyNotice
from research.models.pages import ArticleAuthor
from research.publishing import ledger, public_row
from research.publishing.carrying_out import runner
from research.record.erasure.erasing import REMOVED_AUTHOR, erase_person
from research.sources.records import NoticeKind
from tests.factories import (
    ArticlePageFactory,
    PersonFactory,
    StudyNoticeFactory,
    TopicIndexPageFactory,
    edit,
    publish,
    schedule,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

# How long a release waits, all done and not committed, for what happens meanwhile: that waits for the release.
SECONDS = 1


@pytest.fixture
def release(article, reviewer):
    return schedule(article, reviewer)


def released_while(monkeypatch, release, happens, *, step="announce_published"):
    """Carry out a release on a connection of its own, and have something happen before a step, the one to its commit.

    Another step is taken after that.
    """
    ready, done, go_on = Event(), Event(), getattr(runner, step)

    def before_the_step(*args, **kwargs):
        ready.set()
        done.wait(SECONDS)
        return go_on(*args, **kwargs)

    monkeypatch.setattr(runner, step, before_the_step)

    def carry_out():
        try:
            return runner.run_one(release.pk, timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(carry_out)
        assert ready.wait(30)
        happens()
        done.set()
        assert running.result() == 1
    assert Release.objects.get(pk=release.pk).state == Release.State.DONE
    return PublishedArticle.objects.get(page_id=release.article_id)


def test_a_signature_that_is_revoked_meanwhile_leaves_nothing_public(monkeypatch, release, reviewer):
    line = SignOff.objects.get()

    row = released_while(monkeypatch, release, lambda: public_row.revoke(line, reviewer, "The dose is wrong."))

    assert row.withdrawn_at is not None
    assert not PublishedArticle.objects.public_now(timezone.now()).exists()
    assert not ArticlePage.objects.get(pk=release.article_id).live


def test_a_notice_that_arrives_meanwhile_withholds_the_rating(monkeypatch, release):
    study = release.article.study

    row = released_while(monkeypatch, release, lambda: StudyNoticeFactory(study=study, kind=NoticeKind.RETRACTION))

    assert StudyNotice.objects.count() == 1
    assert row.rating_withheld


def test_a_place_that_is_restricted_meanwhile_restricts_the_article(monkeypatch, release, section):
    row = released_while(
        monkeypatch,
        release,
        lambda: PageViewRestriction.objects.create(page=section, restriction_type=PageViewRestriction.LOGIN),
    )

    assert row.restricted


def test_a_call_for_review_meanwhile_is_heard(monkeypatch, release):
    now = timezone.now()

    row = released_while(
        monkeypatch, release, lambda: public_row.call_for_review(release.article_id, now, "A report was upheld.")
    )

    assert row.review_due_at == now


def test_somebody_who_is_erased_meanwhile_is_named_no_more(monkeypatch, article, reviewer, writer, admin):
    edit(article, writer, authors=[ArticleAuthor(person=writer.person)])
    release = schedule(ArticlePage.objects.get(pk=article.pk), reviewer)

    row = released_while(monkeypatch, release, lambda: erase_person(user=writer, by=admin, reason="They asked us to."))

    assert row.authors == [REMOVED_AUTHOR]


def revocation(release, reviewer):
    public_row.revoke(SignOff.objects.get(), reviewer, "The dose is wrong.")


def retraction(release, reviewer):
    StudyNoticeFactory(study=release.article.study, kind=NoticeKind.RETRACTION)


@pytest.mark.parametrize("happens", [revocation, retraction])
def test_a_release_waits_for_what_is_not_committed_and_is_refused(release, reviewer, happens):
    has_happened = Event()

    def let_it_happen():
        try:
            with transaction.atomic():
                happens(release, reviewer)
                has_happened.set()
                time.sleep(SECONDS)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(let_it_happen)
        assert has_happened.wait(30)
        assert runner.run_one(release.pk, timezone.now()) == 0
        running.result()

    assert Release.objects.get(pk=release.pk).state == Release.State.HELD
    assert not PublishedArticle.objects.exists()


def test_a_release_that_waits_for_a_takedown_does_not_undo_it(article, editor, reviewer, monkeypatch):
    publish(article, reviewer)
    edit(article, title="Newer words")
    release = schedule(article, reviewer)
    withdraw, waiting = public_row.withdraw, []

    def carry_out():
        try:
            return runner.run_due(timezone.now())
        finally:
            connection.close()

    def withdraw_while_it_waits(page):
        if not waiting:
            waiting.append(pool.submit(carry_out))
            time.sleep(SECONDS)
        withdraw(page)

    monkeypatch.setattr(public_row, "withdraw", withdraw_while_it_waits)
    browser = Client()
    browser.force_login(editor)
    with ThreadPoolExecutor(1) as pool:
        browser.post(reverse("wagtailadmin_pages:unpublish", args=[article.pk]), {})
        waiting[0].result(30)

    release.refresh_from_db()
    assert release.state == Release.State.CANCELLED
    assert Client().get("/ms/fewer-relapses/").status_code == 410


def test_a_day_that_is_planned_meanwhile_is_not_lost(monkeypatch, release, editor):
    day = timezone.localdate() + timedelta(days=9)

    released_while(monkeypatch, release, lambda: move_plan(release.article_id, day, editor), step="demand")

    page = ArticlePage.objects.get(pk=release.article_id)
    assert (page.live, page.planned_for) == (True, day)


def test_an_embargo_that_is_set_meanwhile_waits_and_is_too_late(monkeypatch, release, editor):
    later = timezone.now() + timedelta(days=9)

    def set_embargo():
        with pytest.raises(CannotPlan, match="It is public already"):
            set_plan(release.article_id, Plan(go_live_at=later, embargo_until=later), editor)

    released_while(monkeypatch, release, set_embargo, step="demand")

    assert list(Release.objects.values_list("state", flat=True)) == [Release.State.DONE]


def ends_of(*works):
    """Do pieces of work on a connection each, and return what they raised."""

    def closing(work):
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [running.exception(30) for running in [pool.submit(closing, work) for work in works]]


@pytest.fixture
def half_released(article, monkeypatch):
    """Return what a release does with its locks, in its order; between the two, somebody else begins."""
    has, waits = Event(), Event()
    wait = ledger.wait_for_releases

    def waiting():
        waits.set()
        wait()

    monkeypatch.setattr(tree, "_first", [waiting])
    monkeypatch.setattr(receivers, "wait_for_releases", waiting)

    @transaction.atomic
    def release(then):
        ledger.take_part_in_releases()
        has.set()
        waits.wait(10)
        then()

    return release, lambda: has.wait(10)


def test_a_page_that_is_put_elsewhere_waits_for_a_release(half_released, article, section, admin):
    release, has_begun = half_released
    other = ArticlePageFactory(parent=section, slug="another")

    def reorder():
        browser = Client()
        browser.force_login(admin)
        has_begun()
        browser.post(reverse("wagtailadmin_pages:set_page_position", args=[other.pk]) + "?position=0")

    assert ends_of(lambda: release(lambda: ledger.lock(Page.objects.filter(pk=article.pk))), reorder) == [None, None]
    assert list(section.get_children().values_list("pk", flat=True)) == [other.pk, article.pk]


def several(action, page):
    return reverse("wagtail_bulk_action", args=["wagtailcore", "page", action]) + f"?id={page.pk}"


@pytest.mark.parametrize("action", ["delete", "move"])
def test_several_pages_that_are_put_elsewhere_or_deleted_wait_for_a_release(
    half_released, article, section, admin, action
):
    release, has_begun = half_released
    other = ArticlePageFactory(parent=section, slug="another")
    elsewhere = TopicIndexPageFactory(parent=section.get_parent(), title="Other", slug="other")
    states = []

    def act():
        browser = Client()
        browser.force_login(admin)
        has_begun()
        browser.post(several(action, other), {"chooser": str(elsewhere.pk)})

    def goes_on():
        ledger.lock(Page.objects.filter(pk=article.pk))
        states.append(Page.objects.filter(pk=other.pk).child_of(section).exists())

    assert ends_of(lambda: release(goes_on), act) == [None, None]
    assert states == [True]
    assert not Page.objects.filter(pk=other.pk).child_of(section).exists()


def test_a_record_that_gets_another_key_waits_for_a_release(half_released, public_article):
    release, has_begun = half_released
    person, row = PersonFactory(name="New Author"), PublishedArticle.objects.get()
    credit = Credit(article=row, person=person, part=Credit.Part.WROTE, published_at=row.published_at)

    def save():
        has_begun()
        person.orcid = "0000-0002-1825-0097"
        person.save()

    assert ends_of(lambda: release(credit.save), save) == [None, None]
