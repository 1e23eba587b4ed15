"""The clock of a full review: it moves on by a signature alone, forward by events, and reminds once a stage."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from research.models import ArticlePage, PublishedArticle, ReaderReport, ReviewClock, StudyNotice, TopicIndexPage
from research.models.published import LONG_OVERDUE_DAYS
from research.publishing.public_row import call_for_review
from research.record import re_reviews
from research.record.consequences import react
from research.record.reader_reports import decide
from tests.factories import StudyNoticeFactory, edit, publish, unpublish

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(article, reviewer):
    return publish(article, reviewer)


def row(live) -> PublishedArticle:
    return PublishedArticle.objects.get(page=live.pk)


def republish(live, reviewer):
    unpublish(live)
    ArticlePage.objects.get(pk=live.pk).get_latest_revision().publish()


def test_a_section_says_how_long_a_signature_is_good(article, reviewer):
    TopicIndexPage.objects.update(review_months=6)

    live = publish(article, reviewer)

    assert (row(live).review_due_at - row(live).reviewed_at).days == 182
    assert row(live).listable_until - row(live).review_due_at == timedelta(days=LONG_OVERDUE_DAYS)


def test_without_one_it_is_good_as_for_the_whole_site(live, settings):
    assert (row(live).review_due_at - row(live).reviewed_at).days == settings.REVIEW_VALID_DAYS


def test_changing_the_section_moves_no_clock_that_runs(live):
    before = row(live).review_due_at

    TopicIndexPage.objects.update(review_months=1)
    ArticlePage.objects.get(pk=live.pk).save()

    assert row(live).review_due_at == before


def test_taking_an_article_down_and_up_moves_nothing(live, reviewer):
    before = row(live).review_due_at

    republish(live, reviewer)

    assert row(live).review_due_at == before


def test_an_upheld_report_makes_it_due_at_once_and_stays_so_down_and_up(live, editor, reviewer):
    report = ReaderReport.objects.create(article=live, digest=row(live).digest, kind="wrong", words="It is 9.")
    report.state, report.decision = ReaderReport.State.UPHELD, "It is."
    report.save()
    decide(report, editor)
    called = row(live).review_due_at

    republish(live, reviewer)

    assert called <= timezone.now()
    assert row(live).review_due_at == called
    assert row(live).listable_until == called + timedelta(days=LONG_OVERDUE_DAYS)
    assert ReviewClock.objects.get(article=live).reason == "A reader’s report was upheld."


@pytest.mark.parametrize(
    ("kind", "moves"),
    [
        (StudyNotice.Kind.CORRECTION, True),
        (StudyNotice.Kind.REPLACEMENT, True),
        (StudyNotice.Kind.REINSTATEMENT, False),
    ],
)
def test_a_source_that_is_corrected_makes_it_due_at_once(live, kind, moves):
    react(StudyNoticeFactory(study=live.study, kind=kind))

    assert (row(live).review_due_at <= timezone.now()) == moves


def test_a_second_call_changes_nothing(live):
    first = timezone.now()
    call_for_review(live.pk, first, "One.")
    call_for_review(live.pk, first + timedelta(days=3), "Two.")

    assert row(live).review_due_at == first
    assert ReviewClock.objects.get().reason == "One."


def test_a_full_review_settles_a_call(live, writer, reviewer):
    call_for_review(live.pk, timezone.now(), "One.")

    publish(edit(live, writer, title="Fewer relapses, read again"), reviewer)

    assert row(live).review_due_at == row(live).sign_off.valid_until


def mails():
    return OutboxMessage.objects.filter(key__startswith="re-review-").order_by("pk")


def stages():
    return [message.key.rpartition("-")[2] for message in mails()]


def test_each_stage_is_told_of_once_however_often_the_job_runs(live, editor):
    due = row(live).review_due_at

    for days in (-61, -60, -59, -14, -13, 0, 1, 30, 31, 150, 300):
        for _ in range(2):
            re_reviews.remind(due + timedelta(days=days))

    assert stages() == ["soon", "near", "due", "overdue", "ending"]
    assert {tuple(message.payload["to"]) for message in mails()} == {(editor.email,)}


def test_a_job_that_slept_tells_of_the_newest_stage_alone(live, editor):
    re_reviews.remind(row(live).review_due_at + timedelta(days=40))

    assert stages() == ["overdue"]


def test_the_owner_is_told_and_the_editors_are_not(live, editor, writer):
    re_reviews.set_owner(live.pk, writer, editor)

    re_reviews.remind(row(live).review_due_at)

    assert [message.payload["to"] for message in mails()] == [[writer.email]]


def test_what_was_withdrawn_is_on_no_clock(live, editor):
    unpublish(live)

    assert re_reviews.remind(row(live).review_due_at) == 0


def test_only_editors_give_it_to_somebody_who_works_here(live, editor, writer, reviewer, django_user_model):
    stranger = django_user_model.objects.create(username="stranger")

    for owner, by in ((writer, writer), (writer, reviewer), (stranger, editor)):
        with pytest.raises(PermissionDenied):
            re_reviews.set_owner(live.pk, owner, by)

    assert not ReviewClock.objects.exists()


def shown(client, user, **filters):
    client.force_login(user)
    answer = client.get(reverse("research_due_report"), filters)
    assert answer.status_code == 200
    return [article.title for article in answer.context["object_list"]]


@pytest.mark.parametrize(("days", "state"), [(-3, "overdue"), (10, "soon"), (200, "in-time")])
@pytest.mark.by_hand
def test_the_report_filters_by_state(client, live, editor, days, state):
    PublishedArticle.objects.update(review_due_at=timezone.now() + timedelta(days=days))

    found = {name: shown(client, editor, state=name) for name in ("overdue", "soon", "in-time")}

    assert found == {name: [live.title] if name == state else [] for name in found}


def test_the_report_filters_by_owner_and_section(client, live, editor, writer):
    nobody = shown(client, editor, owner="nobody")
    re_reviews.set_owner(live.pk, writer, editor)

    assert nobody == [live.title]
    assert shown(client, editor, owner="nobody") == []
    assert shown(client, editor, owner=str(writer.pk)) == [live.title]
    assert shown(client, editor, section=str(live.get_parent().pk)) == [live.title]


def test_the_report_is_exported_with_why(client, live, editor):
    call_for_review(live.pk, timezone.now(), "A reader’s report was upheld.")
    client.force_login(editor)

    answer = client.get(reverse("research_due_report"), {"export": "csv"})
    (line,) = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode()))

    assert line["Called for because"] == "A reader’s report was upheld."
    assert line["State"].startswith("Due today")


@pytest.mark.parametrize(
    ("role", "sees", "gives"), [("writer", 200, 302), ("reviewer", 200, 302), ("editor", 200, 200)]
)
def test_the_newsroom_sees_the_report_and_editors_give_it_away(client, live, request, role, sees, gives):
    client.force_login(request.getfixturevalue(role))

    assert client.get(reverse("research_due_report")).status_code == sees
    assert client.get(reverse("research_review_owner", args=[live.pk])).status_code == gives


def test_an_owner_is_set_on_the_screen(client, live, editor, reviewer):
    client.force_login(editor)

    client.post(reverse("research_review_owner", args=[live.pk]), {"owner": reviewer.pk})

    assert ReviewClock.objects.get(article=live).owner == reviewer
