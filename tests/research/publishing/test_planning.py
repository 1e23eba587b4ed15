from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone

from common.models import OutboxMessage
from research.models import ArticlePage, PublishedArticle, Release, Submission
from research.publishing import planning, public_row
from research.publishing.planning import MAX_FAULTS, plan_release, run_due
from research.publishing.public_pictures import names_in
from research.review.guard import NotPermitted
from tests.factories import (
    ArticlePageFactory,
    StudyNoticeFactory,
    digest_of_draft,
    edit,
    editor_user,
    publish,
    schedule,
    sign,
    unpublish,
)

pytestmark = pytest.mark.django_db

NOON = timezone.datetime(2027, 3, 1, 12, 0, tzinfo=timezone.get_fixed_timezone(0))
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def run_at(moment):
    """Carry out what is due as the runner does at that moment."""
    with time_machine.travel(moment, tick=False):
        return run_due(timezone.now())


def visible(client, article):
    return client.get(f"/ms/{article.slug}/").status_code == 200


def state_of(release):
    release.refresh_from_db()
    return release.state


def test_a_release_without_a_time_is_due_at_once(article, client):
    release = schedule(article)

    done = run_due(NOON)

    assert done == 1
    assert state_of(release) == Release.State.DONE
    assert visible(client, article)


def test_a_release_waits_for_its_time(article, client):
    edit(article, go_live_at=NOON + HOUR)
    release = schedule(article)

    early, on_time = run_at(NOON + HOUR - timedelta(seconds=1)), run_at(NOON + HOUR)

    assert (early, on_time) == (0, 1)
    assert state_of(release) == Release.State.DONE
    with time_machine.travel(NOON + HOUR):
        assert visible(client, article)


def test_nothing_of_it_is_public_before_its_time(article, client):
    edit(article, go_live_at=NOON + HOUR)
    schedule(article)

    run_due(NOON)

    assert not visible(client, article)
    assert not PublishedArticle.objects.exists()


def test_a_runner_that_was_down_catches_up(article):
    edit(article, go_live_at=NOON + HOUR)
    schedule(article)

    assert run_at(NOON + timedelta(days=3)) == 1
    assert ArticlePage.objects.get(pk=article.pk).live


def test_running_twice_changes_nothing_the_second_time(article):
    release = schedule(article)
    run_due(NOON)
    before = (PublishedArticle.objects.values().get(), release.changes.count(), OutboxMessage.objects.count())

    done = run_due(NOON)

    assert done == 0
    assert (PublishedArticle.objects.values().get(), release.changes.count(), OutboxMessage.objects.count()) == before


def test_the_receipt_names_the_words_and_the_signature(article):
    line = sign(article)
    release = plan_release(ArticlePage.objects.get(pk=article.pk).get_latest_revision(), digest=line.digest)

    run_due(NOON)

    release.refresh_from_db()
    assert release.receipt == {"digest": line.digest, "sign_off": line.pk}
    assert release.done_at == NOON


def test_words_saved_after_the_signature_are_not_released(article, client):
    edit(article, go_live_at=NOON + HOUR)
    schedule(article)
    edit(article, title="Words that nobody signed")

    run_at(NOON + HOUR)

    with time_machine.travel(NOON + HOUR):
        page = client.get("/ms/fewer-relapses/").content.decode()
    assert "Fewer relapses" in page
    assert "Words that nobody signed" not in page


def test_unsigned_words_are_never_planned(article):
    with pytest.raises(NotPermitted):
        plan_release(article.get_latest_revision(), digest=digest_of_draft(article))

    assert not Release.objects.exists()


def test_a_go_live_before_the_end_of_an_embargo_is_refused(article):
    edit(article, embargo_until=NOON + 2 * HOUR, go_live_at=NOON + HOUR)

    with pytest.raises(NotPermitted, match="embargo"):
        schedule(article)


def test_a_release_without_a_time_is_planned_for_the_end_of_an_embargo(article, client):
    edit(article, embargo_until=NOON + 2 * HOUR)

    release = schedule(article)

    assert release.due_at == NOON + 2 * HOUR
    assert run_at(NOON + HOUR) == 0
    assert run_at(NOON + 2 * HOUR) == 1


def test_a_retraction_before_its_time_holds_the_release(article, client):
    edit(article, go_live_at=NOON + HOUR)
    release = schedule(article)
    StudyNoticeFactory(study=article.study)

    run_at(NOON + HOUR)

    assert state_of(release) == Release.State.HELD
    assert "retracted" in release.reason
    assert not ArticlePage.objects.get(pk=article.pk).live


def test_a_signature_that_runs_out_before_its_time_stops_the_release(article, settings):
    settings.REVIEW_VALID_DAYS = 1
    edit(article, go_live_at=NOON + timedelta(days=2))

    with pytest.raises(NotPermitted):
        schedule(article)


def test_the_editors_hear_of_a_release_that_is_held(article):
    editor = editor_user()
    edit(article, go_live_at=NOON + HOUR)
    schedule(article)
    StudyNoticeFactory(study=article.study)

    run_at(NOON + HOUR)

    mail = OutboxMessage.objects.get(key__startswith="release-held")
    assert mail.payload["to"] == [editor.email]
    assert article.title in mail.payload["subject"]


def test_a_held_release_is_not_tried_again_by_itself(article):
    edit(article, go_live_at=NOON + HOUR)
    release = schedule(article)
    StudyNoticeFactory(study=article.study)
    run_at(NOON + HOUR)

    run_at(NOON + timedelta(days=1))

    assert state_of(release) == Release.State.HELD
    assert OutboxMessage.objects.filter(key__startswith="release-held").count() <= 1


def test_one_release_that_cannot_be_done_never_stops_another(section):
    first, second, third = (ArticlePageFactory(parent=section, go_live_at=NOON + HOUR) for _ in range(3))
    for each in (first, second, third):
        schedule(each)
    StudyNoticeFactory(study=first.study)

    done = run_at(NOON + HOUR)

    assert done == 2
    assert [ArticlePage.objects.get(pk=each.pk).live for each in (first, second, third)] == [False, True, True]


def schedule_one_that_breaks(section):
    """Sign and plan an article of whose frozen pictures one is then lost, so that carrying it out breaks."""
    release = schedule(ArticlePageFactory(parent=section))
    default_storage.delete(min(names_in(Submission.objects.get(digest=release.digest).pictures)))
    return release


@pytest.fixture
def _broken_beyond_repair(monkeypatch):
    def break_down(page, content):
        raise ValueError("nobody can draw this")

    monkeypatch.setattr(public_row, "_pictures", break_down)


def test_a_release_that_breaks_is_tried_again_later_and_the_others_go_on(section):
    broken, sound = schedule_one_that_breaks(section), schedule(ArticlePageFactory(parent=section))

    done = run_due(NOON)

    assert done == 1
    assert (state_of(broken), state_of(sound)) == (Release.State.PLANNED, Release.State.DONE)
    assert broken.attempts == 1
    assert broken.next_attempt_at > NOON


@pytest.mark.usefixtures("_broken_beyond_repair")
def test_waits_grow_and_the_last_failure_gives_up(section):
    release = schedule(ArticlePageFactory(parent=section))
    waits, now = [], NOON

    for _ in range(MAX_FAULTS):
        run_at(now)
        release.refresh_from_db()
        waits.append(release.next_attempt_at - now)
        now = release.next_attempt_at

    assert release.state == Release.State.FAILED
    assert waits[:-1] == sorted(waits[:-1])
    assert waits[0] < waits[-2]


def test_an_article_expires_at_its_time(article, client):
    edit(article, expire_at=NOON + HOUR)
    publish(article)

    run_at(NOON + HOUR)

    page = ArticlePage.objects.get(pk=article.pk)
    assert (page.live, page.expired) == (False, True)
    assert client.get("/ms/fewer-relapses/").status_code == 410


def test_an_expired_article_is_gone_before_the_runner_comes(article, client):
    edit(article, expire_at=NOON + HOUR)
    publish(article)

    with time_machine.travel(NOON + HOUR):
        assert client.get("/ms/fewer-relapses/").status_code == 410


def test_expiry_is_carried_out_before_publication(section):
    old = ArticlePageFactory(parent=section, expire_at=NOON + 2 * HOUR)
    publish(old)
    new = ArticlePageFactory(parent=section, go_live_at=NOON + HOUR)
    schedule(new)

    run_at(NOON + 3 * HOUR)

    done = Release.objects.filter(state=Release.State.DONE, done_at=NOON + 3 * HOUR)
    changes = [(c.release.article_id, c.state) for r in done for c in r.changes.all()]
    assert (old.pk, Release.State.DONE) in changes
    assert list(Release.objects.due(NOON)) == []
    order = [r.article_id for r in sorted(done, key=lambda r: r.changes.filter(state="done").first().pk)]
    assert order == [old.pk, new.pk]


def test_what_should_have_lived_and_died_meanwhile_never_flashes_up(article):
    edit(article, go_live_at=NOON + HOUR, expire_at=NOON + 2 * HOUR)
    release = schedule(article)

    run_at(NOON + 3 * HOUR)

    assert state_of(release) == Release.State.CANCELLED
    assert not PublishedArticle.objects.exists()
    assert ArticlePage.objects.get(pk=article.pk).first_published_at is None


def test_a_newer_release_takes_the_place_of_the_older_one(article):
    edit(article, go_live_at=NOON + HOUR)
    older = schedule(article)
    edit(article, title="Newer words", go_live_at=NOON + 2 * HOUR)
    newer = schedule(article)

    run_at(NOON + HOUR)

    assert (state_of(older), state_of(newer)) == (Release.State.CANCELLED, Release.State.PLANNED)
    assert not ArticlePage.objects.get(pk=article.pk).live


def test_taking_an_article_down_cancels_what_is_planned_for_it(public_article):
    edit(public_article, title="Newer words", go_live_at=NOON + HOUR)
    release = schedule(public_article)

    unpublish(public_article)
    run_at(NOON + HOUR)

    assert state_of(release) == Release.State.CANCELLED
    assert not ArticlePage.objects.get(pk=public_article.pk).live


def test_a_schedule_that_an_editor_took_off_publishes_nothing(article, editor, client):
    edit(article, go_live_at=NOON + HOUR)
    release = schedule(article)
    client.force_login(editor)

    client.post(f"/admin/pages/{article.pk}/revisions/{release.revision_id}/unschedule/")
    client.logout()
    run_at(NOON + HOUR)

    assert state_of(release) == Release.State.CANCELLED
    assert not ArticlePage.objects.get(pk=article.pk).live


def test_an_expiry_that_was_taken_off_with_the_next_release_never_happens(article):
    edit(article, expire_at=NOON + 2 * HOUR)
    publish(article)
    edit(article, title="Newer words", expire_at=None)
    publish(article)

    run_at(NOON + 3 * HOUR)

    assert ArticlePage.objects.get(pk=article.pk).live


def test_every_change_of_a_release_is_noted_with_its_actor(article, editor):
    release = planning.plan_release(
        ArticlePage.objects.get(pk=article.pk).get_latest_revision(), digest=sign(article).digest, user=editor
    )

    run_due(NOON)

    changes = [(change.state, change.actor) for change in release.changes.all()]
    assert changes[0] == (Release.State.PLANNED, editor.username)
    assert changes[-1] == (Release.State.DONE, planning.SYSTEM)


def test_an_article_has_one_open_release_of_a_kind(article):
    edit(article, go_live_at=NOON + HOUR)
    schedule(article)
    schedule(article)

    assert Release.objects.open().filter(article_id=article.pk).count() == 1
