"""The runner was away for hours and comes back."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from wagtail.signals import page_published

from common.models import OutboxMessage
from research.models import ArticlePage, PublishedArticle, Release
from research.publishing import alerts
from research.publishing.carrying_out.runner import run_due
from tests.factories import ArticlePageFactory, edit, editor_user, publish, schedule
from tests.research.publishing.ledger.moments import HOUR, NOON, assert_done_once, fresh, publications, run_at

pytestmark = pytest.mark.django_db

BACK = NOON + 3 * HOUR


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def missed(section, reviewer):
    """Releases that were due while the runner was away, planned in another order than their times."""
    minutes = (90, 10, 170, 50, 130)
    articles = [ArticlePageFactory(parent=section, go_live_at=NOON + timedelta(minutes=m)) for m in minutes]
    return sorted((schedule(article, reviewer) for article in articles), key=lambda release: release.due_at)


def test_everything_missed_goes_live_once_and_the_oldest_first(missed):
    order = []
    page_published.connect(receive := lambda instance, **kwargs: order.append(instance.pk), weak=False)

    with publications() as published:
        assert run_at(BACK) == len(missed)
        assert run_at(BACK) == 0
    page_published.disconnect(receive)

    assert order == [release.article_id for release in missed]
    assert set(published.values()) == {1}
    assert_done_once(missed)
    assert PublishedArticle.objects.public_now(BACK).count() == len(missed)


def test_what_lived_and_died_meanwhile_never_flashes_up(article, client):
    edit(article, go_live_at=NOON + HOUR, expire_at=NOON + 2 * HOUR)
    release = schedule(article)

    with publications() as published:
        assert run_at(BACK) == 0

    assert not published
    assert fresh(release).state == Release.State.CANCELLED
    assert not PublishedArticle.objects.exists()
    assert client.get("/ms/fewer-relapses/").status_code == 404


def test_new_words_that_lived_and_died_meanwhile_take_the_old_ones_with_them(article, reviewer):
    publish(article, reviewer)
    edit(article, title="Newer words", go_live_at=NOON + HOUR, expire_at=NOON + 2 * HOUR)
    schedule(article, reviewer)

    run_at(BACK)

    assert not ArticlePage.objects.get(pk=article.pk).live
    assert not PublishedArticle.objects.public_now(BACK).exists()


def test_new_words_that_took_the_expiry_off_survive_it(article, reviewer):
    edit(article, expire_at=NOON + 2 * HOUR)
    publish(article, reviewer)
    edit(article, title="Newer words", go_live_at=NOON + HOUR, expire_at=None)
    newer = schedule(article, reviewer)

    run_at(BACK)

    assert fresh(newer).state == Release.State.DONE
    assert PublishedArticle.objects.public_now(BACK).get().title == "Newer words"


def test_new_words_planned_after_an_expiry_go_live_at_their_time(article, reviewer):
    edit(article, expire_at=NOON + HOUR)
    publish(article, reviewer)
    edit(article, title="Newer words", go_live_at=NOON + 2 * HOUR, expire_at=None)
    newer = schedule(article, reviewer)

    run_at(NOON + HOUR)
    down = ArticlePage.objects.get(pk=article.pk)
    assert not down.live
    newer.revision.refresh_from_db()
    assert newer.revision.approved_go_live_at == NOON + 2 * HOUR

    run_at(NOON + 2 * HOUR)
    assert PublishedArticle.objects.public_now(BACK).get().title == "Newer words"


def details(client):
    return json.loads(client.get("/health/ready").content)["details"]["ledger"]["state"]


def gauge(name):
    return alerts.metrics()[f"countersign_releases_{name}"]


def test_lateness_is_mailed_once_and_red_until_it_is_made_up_for(missed, client):
    editor = editor_user()
    with time_machine.travel(BACK, tick=False):
        assert gauge("late") == len(missed)
        assert details(client) == "red"
        alerts.report(BACK)
        alerts.report(BACK + HOUR)

        mails = OutboxMessage.objects.filter(key__startswith="release-late-")
        assert mails.count() == len(missed)
        assert {tuple(mail.payload["to"]) for mail in mails} == {(editor.email,)}

    run_at(BACK)
    with time_machine.travel(BACK, tick=False):
        assert details(client) == "green"
        assert gauge("late") == 0


def test_nothing_is_late_within_two_minutes(missed):
    due_at = missed[0].due_at

    assert alerts.late_releases(due_at + alerts.LATE_AFTER) == []
    assert alerts.late_releases(due_at + alerts.LATE_AFTER + timedelta(seconds=1)) == [missed[0]]


def test_a_failed_release_is_red_until_another_one_takes_its_place(article, reviewer):
    failed = schedule(article, reviewer)
    Release.objects.filter(pk=failed.pk).update(state=Release.State.FAILED)
    assert alerts.numbers(timezone.now()).is_red

    publish(article, reviewer)

    assert not alerts.numbers(timezone.now()).is_red


def test_a_takedown_that_is_cut_off_leaves_nothing_planned(article, editor, reviewer, client, monkeypatch):
    publish(article, reviewer)
    edit(article, title="Newer words")
    release = schedule(article, reviewer)

    class Killed(BaseException):
        """The process ends."""

    def end(*args, **kwargs):
        raise Killed

    monkeypatch.setattr("wagtail.actions.unpublish.log", end)
    client.force_login(editor)
    with pytest.raises(Killed):
        client.post(reverse("wagtailadmin_pages:unpublish", args=[article.pk]), {})

    assert run_due(timezone.now()) == 0
    release.refresh_from_db()
    assert release.state == Release.State.CANCELLED
    assert client.get("/ms/fewer-relapses/").status_code == 410
