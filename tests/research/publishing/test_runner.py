"""Each step of the runner alone: what it takes and leaves, and what it writes down when something fails."""

from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core import mail
from django.db import DatabaseError, OperationalError
from wagtail.models import Page, PageLogEntry

from common import clock
from common import faults as common_faults
from common.outbox import deliver_due
from common.prepared import Prepared
from research.models import ArticlePage, PublishedArticle, Release, ReleaseBundle
from research.models.releases import BundleEntry
from research.publishing.carrying_out import runner
from research.publishing.carrying_out.runner import BACK_OFF, MAX_FAULTS, run_due, run_one, run_soon
from research.publishing.ledger import change
from research.review.guard import NotPermitted, Reason, Refusal
from tests.factories import ArticlePageFactory, edit, publish, schedule
from tests.research.publishing.ledger.moments import HOUR, fresh
from tests.research.publishing.ledger.moments import NOON as NOW

pytestmark = pytest.mark.django_db

PLANNED, DUE, HELD, DONE = Release.State.PLANNED, Release.State.DUE, Release.State.HELD, Release.State.DONE


@pytest.fixture(autouse=True)
def _at_one_moment():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def release(article, reviewer):
    return schedule(article, reviewer)


@pytest.fixture
def together(section, reviewer):
    """Two releases of a bundle, and a third that stands alone."""
    articles = [ArticlePageFactory(parent=section, slug=f"a-{number}") for number in range(3)]
    bundled("Conference", articles[:2])
    return [schedule(ArticlePage.objects.get(pk=article.pk), reviewer) for article in articles]


@pytest.fixture
def other_bundle(together, section, reviewer):
    """The release of another bundle, due at the same time."""
    article = ArticlePageFactory(parent=section, slug="b-0")
    bundled("Congress", [article])
    return schedule(ArticlePage.objects.get(pk=article.pk), reviewer)


def bundled(name, articles):
    bundle = ReleaseBundle.objects.create(name=name, due_at=NOW)
    for number, article in enumerate(articles):
        BundleEntry.objects.create(bundle=bundle, article=article, sort_order=number)


def states_noted(release):
    return list(release.changes.values_list("state", flat=True))


def raising(error):
    def fail(*args, **kwargs):
        raise error

    return fail


def test_no_more_are_done_in_a_round_than_it_may(section, reviewer):
    for number in range(3):
        schedule(ArticlePageFactory(parent=section, slug=f"a-{number}"), reviewer)

    assert [run_due(NOW, limit=2), run_due(NOW, limit=2), run_due(NOW)] == [2, 1, 0]


def test_a_round_that_is_to_stop_leaves_the_rest_to_the_next(section, reviewer):
    for number in range(3):
        schedule(ArticlePageFactory(parent=section, slug=f"a-{number}"), reviewer)
    asked = iter([False, True, False])

    assert run_due(NOW, stopping=lambda: next(asked)) == 1
    assert run_due(NOW) == 2


def test_a_refusal_that_cannot_be_noted_keeps_no_other_from_its_turn(section, reviewer, monkeypatch):
    odd, other = (schedule(ArticlePageFactory(parent=section, slug=f"a-{n}"), reviewer) for n in range(2))
    carry_out = runner._carry_out_all

    def refuse_one(pk, now):
        if pk == odd.pk:
            raise NotPermitted([Refusal(Reason.CHANGED, "Other words.")])
        return carry_out(pk, now)

    monkeypatch.setattr(runner, "_carry_out_all", refuse_one)
    monkeypatch.setattr(runner, "_set_aside", raising(ValueError("nobody can be told")))

    assert run_due(NOW) == 1
    assert fresh(other).state == DONE


@pytest.mark.parametrize(("seconds", "done"), [(59, 0), (61, 1)])
def test_each_is_judged_by_the_time_that_it_is_when_its_turn_comes(article, reviewer, monkeypatch, seconds, done):
    edit(article, expire_at=NOW + timedelta(seconds=seconds))
    schedule(ArticlePage.objects.get(pk=article.pk), reviewer)
    since_start = iter([1000.0, 1060.0])
    monkeypatch.setattr(runner, "time", SimpleNamespace(monotonic=lambda: next(since_start)))

    assert run_due(NOW) == done


def test_the_history_of_the_page_says_what_was_published(release):
    run_due(NOW)

    (entry,) = PageLogEntry.objects.filter(page=release.article_id, action="wagtail.publish")
    assert (entry.revision_id, entry.content_changed) == (release.revision_id, True)


def test_by_a_clock_that_nobody_believes_nothing_is_done_at_once(release, monkeypatch):
    monkeypatch.setattr(clock, "now", raising(clock.ClockNotTrusted("it runs behind")))
    assert run_soon(release.pk) == 0
    assert fresh(release).state == PLANNED

    monkeypatch.undo()
    assert run_soon(release.pk) == 1


# A claim


def test_a_claim_counts_the_attempt_and_hides_the_release_for_longer_each_time(release, monkeypatch):
    monkeypatch.setattr(runner, "_carry_out_all", lambda *_: 0)
    moment = NOW
    for attempts in (1, 2, 3):
        assert run_one(release.pk, moment) == 0
        found = fresh(release)
        assert (found.state, found.attempts) == (DUE, attempts)
        assert found.next_attempt_at == moment + BACK_OFF.after(attempts)
        assert run_one(release.pk, moment) == 0
        assert fresh(release).attempts == attempts
        moment = found.next_attempt_at

    assert states_noted(release) == [PLANNED, DUE]
    assert list(release.changes.values_list("actor", flat=True))[-1] == "the release runner"


def test_those_of_a_bundle_are_claimed_together_and_no_other(together, monkeypatch):
    monkeypatch.setattr(runner, "_carry_out_all", lambda *_: 0)

    run_one(together[0].pk, NOW)

    assert [fresh(release).attempts for release in together] == [1, 1, 0]


def test_the_bundle_of_a_release_is_claimed_and_not_the_first_that_is_due(together, other_bundle):
    assert run_one(other_bundle.pk, NOW) == 1
    assert [fresh(release).state for release in (*together, other_bundle)] == [PLANNED, PLANNED, PLANNED, DONE]


def held_elsewhere(monkeypatch, held):
    """Have the rows of a model be locked by another runner, which would keep those waiting that do not skip them."""
    real = runner.locked

    def locked(rows, *, skip=False):
        if rows.model is held.model and not skip and rows.filter(pk__in=held).exists():
            raise OperationalError("canceling statement due to lock timeout")
        return real(rows.exclude(pk__in=held) if rows.model is held.model else rows, skip=skip)

    monkeypatch.setattr(runner, "locked", locked)
    for name in ("DUE_ALONE", "ALONE_TO_CARRY_OUT"):  # put together anew, with these locks
        usual = getattr(runner, name)
        monkeypatch.setattr(runner, name, Prepared(usual.rows, *usual.kinds))


def test_a_bundle_that_another_runner_holds_is_left_to_it(together, other_bundle, monkeypatch):
    held_elsewhere(monkeypatch, ReleaseBundle.objects.filter(name="Conference"))

    assert run_due(NOW) == 2
    assert [fresh(release).state for release in (*together, other_bundle)] == [PLANNED, PLANNED, DONE, DONE]
    assert [fresh(release).attempts for release in together] == [0, 0, 1]


def test_a_release_that_another_runner_holds_is_left_to_it(together, monkeypatch, caplog):
    held_elsewhere(monkeypatch, Release.objects.filter(pk=together[2].pk))

    assert run_due(NOW) == 2
    assert (fresh(together[2]).state, fresh(together[2]).attempts) == (PLANNED, 0)
    assert "lock timeout" not in caplog.text


# The lease of the search index


@pytest.mark.parametrize(("vendor", "in_database"), [("postgresql", False), ("postgresql", True), ("sqlite", False)])
def test_the_lease_is_needed_where_two_would_deadlock(settings, monkeypatch, vendor, in_database):
    settings.TASKS_IN_DATABASE = in_database
    monkeypatch.setattr(runner, "connection", SimpleNamespace(vendor=vendor))

    assert runner._needs_lease() is (vendor == "postgresql" and not in_database)
    if not runner._needs_lease():
        assert runner._lease_is_free() is True


@pytest.mark.parametrize(("answer", "done"), [(True, 1), (False, 0)])
def test_the_server_is_asked_for_the_lease_and_believed(release, settings, monkeypatch, answer, done):
    settings.TASKS_IN_DATABASE = False
    asked = []

    class Cursor(nullcontext):
        def execute(self, statement, values):
            asked.append((statement, values))

        def fetchone(self):
            return (answer,) if asked else None

    cursor = Cursor()
    cursor.enter_result = cursor
    monkeypatch.setattr(runner, "connection", SimpleNamespace(vendor="postgresql", cursor=lambda: cursor))

    assert run_one(release.pk, NOW) == done
    assert fresh(release).attempts == done
    assert asked[0] == ("SELECT pg_try_advisory_xact_lock(%s)", [runner.INDEX_LEASE])


def test_without_the_lease_nothing_is_claimed(release, monkeypatch):
    monkeypatch.setattr(runner, "_lease_is_free", lambda: False)

    assert run_one(release.pk, NOW) == 0
    assert (fresh(release).state, fresh(release).attempts) == (PLANNED, 0)


def test_a_claim_under_which_nothing_was_tried_is_given_back(together, monkeypatch):
    other = together[2]
    monkeypatch.setattr(runner, "_carry_out_all", lambda *_: 0)
    run_one(other.pk, NOW)
    monkeypatch.undo()
    free = iter([True, False])
    monkeypatch.setattr(runner, "_lease_is_free", lambda: next(free, True))

    assert run_one(together[0].pk, NOW) == 0

    assert [(fresh(r).state, fresh(r).attempts) for r in together] == [(DUE, 0), (DUE, 0), (DUE, 1)]
    assert [fresh(r).next_attempt_at for r in together] == [None, None, NOW + BACK_OFF.first]
    assert run_one(together[0].pk, NOW) == 2


def test_what_is_given_back_is_what_was_claimed_and_not_twice(together, other_bundle, monkeypatch):
    monkeypatch.setattr(runner, "_carry_out_all", lambda *_: 0)
    for pk in (together[0].pk, together[2].pk, other_bundle.pk):
        run_one(pk, NOW)
    change(fresh(together[1]), Release.State.CANCELLED, reason="By hand.")

    for _ in range(2):
        runner._give_back(together[0].pk)

    assert [fresh(release).attempts for release in (*together, other_bundle)] == [0, 1, 1, 1]


# What fails


def test_who_met_another_writer_tries_again_at_once(release, monkeypatch, caplog):
    real, errors, let_go = runner._carry_out_in_one, [OperationalError("deadlock detected")], []

    def once(pk, now):
        if errors:
            raise errors.pop()
        return real(pk, now)

    monkeypatch.setattr(runner, "_carry_out_in_one", once)
    monkeypatch.setattr(common_faults, "let_go_of_broken_connection", lambda: let_go.append(True))

    assert run_one(release.pk, NOW) == 1
    assert "once more: deadlock detected" in caplog.text
    assert (let_go, fresh(release).faults) == ([True], 0)


@pytest.mark.parametrize("in_a_transaction", [True, False])
def test_a_broken_connection_is_let_go_of_outside_a_transaction_only(monkeypatch, in_a_transaction):
    closed = []
    there = SimpleNamespace(
        in_atomic_block=in_a_transaction, close_if_unusable_or_obsolete=lambda: closed.append("closed")
    )
    monkeypatch.setattr(common_faults, "connection", there)

    common_faults.let_go_of_broken_connection()

    assert closed == ([] if in_a_transaction else ["closed"])


def test_a_fault_of_the_article_is_counted_noted_once_and_given_up(release, monkeypatch, caplog):
    let_go = []
    monkeypatch.setattr(runner, "_carry_out_all", raising(ValueError("a broken table")))
    monkeypatch.setattr(runner, "let_go_of_broken_connection", lambda: let_go.append(True))
    moment = NOW
    for faults in range(1, MAX_FAULTS):
        assert run_one(release.pk, moment) == 0
        found = fresh(release)
        assert (found.state, found.faults, found.attempts) == (PLANNED, faults, faults)
        assert found.reason == "ValueError: a broken table"
        assert found.next_attempt_at == moment + BACK_OFF.after(faults)
        moment = found.next_attempt_at

    assert run_one(release.pk, moment) == 0

    assert (fresh(release).state, fresh(release).faults) == (Release.State.FAILED, MAX_FAULTS)
    assert let_go == [True] * MAX_FAULTS
    assert states_noted(release) == [PLANNED, DUE, PLANNED, Release.State.FAILED]
    assert f"Release {release.pk} failed" in caplog.text


def test_a_fault_of_what_we_run_on_is_not_counted(release, monkeypatch):
    monkeypatch.setattr(runner, "_carry_out_all", raising(ConnectionError("refused")))

    run_one(release.pk, NOW)

    assert (fresh(release).state, fresh(release).faults) == (PLANNED, 0)
    assert fresh(release).next_attempt_at == NOW + BACK_OFF.first


def test_what_fails_before_it_is_claimed_is_an_attempt_too(release, monkeypatch):
    monkeypatch.setattr(runner, "_claim", raising(ConnectionError("refused")))

    run_one(release.pk, NOW)
    run_one(release.pk, NOW)

    assert (fresh(release).attempts, fresh(release).next_attempt_at) == (2, NOW + BACK_OFF.after(2))


def test_a_failure_that_cannot_be_noted_leaves_the_wait_of_the_claim(release, monkeypatch, caplog):
    monkeypatch.setattr(runner, "_carry_out_all", raising(ConnectionError("refused")))
    monkeypatch.setattr(runner, "_waiting_with_bundle", raising(DatabaseError("gone")))

    assert run_one(release.pk, NOW) == 0

    assert (fresh(release).state, fresh(release).next_attempt_at) == (DUE, NOW + BACK_OFF.first)
    assert "could not be noted" in caplog.text


def test_a_failure_is_that_of_the_whole_bundle_and_of_no_other(together, monkeypatch):
    monkeypatch.setattr(runner, "_carry_out_all", raising(ValueError("a broken table")))

    run_one(together[0].pk, NOW)

    assert [fresh(release).faults for release in together] == [1, 1, 0]


def test_a_failure_of_one_that_stands_alone_is_its_own(together, monkeypatch):
    monkeypatch.setattr(runner, "_carry_out_all", raising(ValueError("a broken table")))

    run_one(together[2].pk, NOW)

    assert [fresh(release).faults for release in together] == [0, 0, 1]


def test_one_that_is_given_up_leaves_those_bundled_with_it_their_own_attempts(together, monkeypatch):
    monkeypatch.setattr(runner, "_carry_out_all", raising(ValueError("a broken table")))
    Release.objects.filter(pk=together[0].pk).update(faults=MAX_FAULTS - 1)

    run_one(together[0].pk, NOW)

    assert [fresh(release).faults for release in together] == [MAX_FAULTS, 1, 0]
    assert [fresh(release).state for release in together] == [Release.State.FAILED, PLANNED, PLANNED]


def test_what_was_settled_meanwhile_is_not_touched_by_a_failure(release):
    change(release, Release.State.CANCELLED, reason="By hand.")

    runner._try_again_later(release.pk, ValueError("late"), NOW)
    runner._set_aside(release.pk, "late")

    assert (fresh(release).state, fresh(release).reason, fresh(release).faults) == (
        Release.State.CANCELLED, "By hand.", 0,
    )  # fmt: skip


# What is taken, and carried out


@pytest.mark.parametrize("settled", [Release.State.DONE, Release.State.CANCELLED, Release.State.HELD])
def test_what_was_settled_since_it_was_claimed_is_not_carried_out(release, settled):
    change(release, settled, reason="Meanwhile.")

    assert runner._take(release.pk, NOW) == []
    assert runner._carry_out_in_one(release.pk, NOW) == 0
    assert not PublishedArticle.objects.exists()


def test_what_was_moved_since_it_was_claimed_waits(together):
    Release.objects.filter(pk=together[2].pk).update(due_at=NOW + HOUR)

    assert runner._take(together[2].pk, NOW) == []
    assert {member.pk for member in runner._take(together[0].pk, NOW)} == {r.pk for r in together[:2]}
    assert [fresh(r).state for r in together] == [Release.State.CLAIMED, Release.State.CLAIMED, PLANNED]


def test_the_rows_of_articles_are_held_before_those_of_their_releases_as_who_saves_does(together, monkeypatch):
    held, lock, locked = [], runner.lock, runner.locked

    def note(then):
        def noted(rows, **how):
            held.append((rows.model, sorted(rows.values_list("pk", flat=True))))
            return then(rows, **how)

        return noted

    monkeypatch.setattr(runner, "lock", note(lock))
    monkeypatch.setattr(runner, "locked", note(locked))

    runner._take(together[0].pk, NOW)

    bundle = together[:2]
    assert held == [(Page, [r.article_id for r in bundle]), (Release, [r.pk for r in bundle])]


def test_a_bundle_that_lacks_one_is_held_as_a_whole(together):
    change(together[1], Release.State.CANCELLED, reason="By hand.")

    assert run_one(together[0].pk, NOW) == 0
    assert [fresh(r).state for r in together] == [HELD, Release.State.CANCELLED, PLANNED]


def test_what_goes_live_leaves_a_receipt(release):
    assert run_one(release.pk, NOW) == 1

    row = PublishedArticle.objects.get()
    assert fresh(release).receipt == {"digest": row.digest, "sign_off": row.sign_off_id}
    assert (fresh(release).state, fresh(release).done_at) == (DONE, NOW)
    assert states_noted(release) == [PLANNED, DUE, DONE]


def test_who_asked_may_have_lost_the_right_to_since_and_is_told(release, writer):
    Release.objects.filter(pk=release.pk).update(requested_by=writer)

    assert run_one(release.pk, NOW) == 1

    deliver_due(NOW)
    (letter,) = [sent for sent in mail.outbox if sent.to == [writer.email]]
    assert letter.subject == f"Published: {release.article.title}"


def test_a_version_that_is_gone_is_held(release):
    Release.objects.filter(pk=release.pk).update(revision=None)

    assert run_one(release.pk, NOW) == 0
    assert (fresh(release).state, "no longer exists" in fresh(release).reason) == (HELD, True)


def test_words_that_are_not_those_it_was_planned_for_are_held(release):
    Release.objects.filter(pk=release.pk).update(digest="0" * 64)

    assert run_one(release.pk, NOW) == 0
    assert (fresh(release).state, "changed after this release was planned" in fresh(release).reason) == (HELD, True)
    assert not PublishedArticle.objects.exists()


def test_a_release_without_a_digest_goes_by_the_signature_alone(release):
    Release.objects.filter(pk=release.pk).update(digest="")

    assert run_one(release.pk, NOW) == 1


def test_a_release_is_done_only_when_readers_have_these_very_words(article, section, reviewer, monkeypatch):
    publish(ArticlePageFactory(parent=section, slug="other"))
    publish(article, reviewer)
    edit(ArticlePage.objects.get(pk=article.pk), title="Newer words")
    release = schedule(ArticlePage.objects.get(pk=article.pk), reviewer)
    monkeypatch.setattr(runner, "publish_as_judged", lambda *_, **__: None)

    assert run_one(release.pk, NOW) == 0
    assert (fresh(release).state, fresh(release).reason.partition(":")[0]) == (PLANNED, "NotLive")


def test_the_same_words_of_another_article_are_no_release_of_this_one(article, section, reviewer, monkeypatch):
    publish(article, reviewer)
    public = ArticlePage.objects.get(pk=article.pk)
    twin = ArticlePageFactory(parent=section, slug="twin", study=article.study, body=public.body, lead_image=None)
    edit(twin, **{name: getattr(public, name) for name in ("title", "summary", "key_takeaway")})
    release = schedule(ArticlePage.objects.get(pk=twin.pk), reviewer)
    assert PublishedArticle.objects.get().digest == release.digest
    monkeypatch.setattr(runner, "publish_as_judged", lambda *_, **__: None)

    assert run_one(release.pk, NOW) == 0
    assert fresh(release).reason.startswith("NotLive")


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_what_is_past_its_expiry_is_not_published(article, reviewer, seconds):
    edit(article, expire_at=NOW + timedelta(seconds=1))
    release = schedule(article, reviewer)

    done = run_one(release.pk, NOW + timedelta(seconds=1 + seconds))

    assert (done, fresh(release).state) == ((1, DONE) if seconds < 0 else (0, Release.State.CANCELLED))
    if seconds >= 0:
        assert fresh(release).reason == "Its expiry time has passed."


def test_what_passed_its_expiry_takes_the_words_before_it_down(article, reviewer):
    publish(article, reviewer)
    edit(ArticlePage.objects.get(pk=article.pk), title="Newer words", expire_at=NOW + HOUR)
    release = schedule(ArticlePage.objects.get(pk=article.pk), reviewer)

    assert run_one(release.pk, NOW + HOUR) == 0
    assert not ArticlePage.objects.get(pk=article.pk).live


def test_an_expiry_in_a_bundle_holds_the_bundle(together):
    article = together[0].article
    edit(ArticlePage.objects.get(pk=article.pk), expire_at=NOW + HOUR)
    newest = ArticlePage.objects.get(pk=article.pk).get_latest_revision()
    Release.objects.filter(pk=together[0].pk).update(revision=newest)

    assert run_one(together[0].pk, NOW + HOUR) == 0
    assert [fresh(r).state for r in together] == [HELD, HELD, PLANNED]
    assert "past its expiry time" in fresh(together[0]).reason


def test_an_expiry_takes_down_what_is_public_and_nothing_else(article, reviewer):
    edit(article, expire_at=NOW + HOUR)
    schedule(article, reviewer)
    expiry = Release.objects.get(kind=Release.Kind.UNPUBLISH)
    Release.objects.filter(pk=expiry.pk).update(due_at=NOW)
    assert runner._carry_out(fresh(expiry), NOW) == 1
    assert (fresh(expiry).state, fresh(expiry).receipt) == (Release.State.CANCELLED, {})
    assert fresh(expiry).reason == "The article was not public when it was to expire."

    assert run_due(NOW) == 1
    expiry = Release.objects.get(kind=Release.Kind.UNPUBLISH, state=PLANNED)
    assert runner._carry_out(fresh(expiry), NOW) == 1
    assert (fresh(expiry).state, fresh(expiry).receipt) == (DONE, {"expired": True})
    page = ArticlePage.objects.get(pk=article.pk)
    assert (page.live, page.expired) == (False, True)


def test_an_expiry_leaves_what_was_signed_for_later_on_wagtails_screens(article, reviewer):
    edit(article, expire_at=NOW)
    publish(article, reviewer, at=NOW - HOUR)
    edit(ArticlePage.objects.get(pk=article.pk), title="Newer words", go_live_at=NOW + HOUR, expire_at=None)
    later = schedule(ArticlePage.objects.get(pk=article.pk), reviewer)

    assert run_due(NOW) == 1

    assert not ArticlePage.objects.get(pk=article.pk).live
    scheduled = article.revisions.exclude(approved_go_live_at=None).values_list("pk", "approved_go_live_at")
    assert list(scheduled) == [(later.revision_id, NOW + HOUR)]
