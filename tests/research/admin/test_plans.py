"""When an article goes live is an editor's to say, during review and after signing; signing asks about a day ahead."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from research.admin.reviewing import plans
from research.content.article import content_of
from research.models import ArticlePage, MedicalReviewState, PublishedArticle, Release, SignOff
from research.publishing import planning
from tests.factories import ANSWERS, all_ticks, approve, edit, submit, unpublish
from tests.research.doors.forms import editor_post

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(second=0, microsecond=0)
SOON, LATER = NOW + timedelta(days=3), NOW + timedelta(days=5)


@pytest.fixture
def state(article, writer):
    return submit(article, writer)


def plan_address(article):
    return reverse("research_plan", args=[article.pk])


def posted(article, **times):
    mark = plans.plan_of(ArticlePage.objects.get(pk=article.pk)).mark
    given = {name: f"{timezone.localtime(time):%Y-%m-%d %H:%M}" for name, time in times.items() if time}
    return {"seen": mark, **given}


def set_by(client, user, article, **times):
    client.force_login(user)
    return client.post(plan_address(article), posted(article, **times))


def signed(client, state, reviewer, **more):
    client.force_login(reviewer)
    answers = {f"{key}-answer": "yes" for key in ANSWERS} | {"stake": "none", "opened": "yes"}
    shown = {"shown_digest": state.submission.digest, "shown_notices": " ".join(state.submission.notices)}
    ticks = {"ticks": all_ticks(state.submission)}
    return client.post(reverse("research_review", args=[state.pk]), answers | shown | ticks | more)


def open_release(article):
    return Release.objects.open().get(article_id=article.pk, kind=Release.Kind.PUBLISH)


@pytest.mark.parametrize("role", ["writer", "reviewer"])
def test_only_editors_open_and_set_the_plan(client, article, request, role):
    user = request.getfixturevalue(role)
    client.force_login(user)

    assert client.get(plan_address(article)).url == reverse("wagtailadmin_home")
    assert set_by(client, user, article, go_live_at=SOON).url == reverse("wagtailadmin_home")
    assert plans.plan_of(ArticlePage.objects.get(pk=article.pk)).go_live_at is None


def test_a_time_set_during_review_holds_after_the_signature(client, article, state, editor, reviewer):
    digest = state.digest

    set_by(client, editor, article, go_live_at=SOON)
    state.refresh_from_db()
    signed(client, state, reviewer)

    assert open_release(article).due_at == SOON
    assert SignOff.objects.get().digest == digest
    assert not PublishedArticle.objects.exists()


def test_setting_a_time_makes_nobody_a_contributor_and_changes_no_word(client, article, state, editor):
    before = content_of(ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()).digest
    revision = ArticlePage.objects.get(pk=article.pk).latest_revision_id

    set_by(client, editor, article, go_live_at=SOON, embargo_until=NOW + timedelta(days=1))

    newest = ArticlePage.objects.get(pk=article.pk)
    assert newest.latest_revision_id == revision
    assert content_of(newest.get_latest_revision_as_object()).digest == before
    assert MedicalReviewState.objects.open().get().status == "in_progress"


def test_the_desk_shows_go_live_and_embargo(client, article, state, editor, reviewer):
    set_by(client, editor, article, go_live_at=LATER, embargo_until=SOON)
    client.force_login(reviewer)

    facts = BeautifulSoup(client.get(reverse("research_review", args=[state.pk])).content, "html.parser")

    words = {row.dt.text: row.dd.get_text(" ", strip=True) for row in facts.select(".cs-facts > div")}
    assert f"{timezone.localtime(LATER):%Y, %H:%M}" in words["Goes live"]
    assert f"{timezone.localtime(SOON):%Y, %H:%M}" in words["Embargo"]


def test_after_signing_the_time_moves_and_the_people_are_told(client, article, state, editor, writer, reviewer):
    set_by(client, editor, article, go_live_at=SOON)
    state.refresh_from_db()
    approve(state, reviewer)

    set_by(client, editor, article, go_live_at=LATER)

    assert open_release(article).due_at == LATER
    assert Release.objects.filter(state=Release.State.CANCELLED).count() == 1
    assert OutboxMessage.objects.filter(key__startswith="rescheduled-").exists()
    planning.run_due(SOON + timedelta(minutes=1))
    assert not PublishedArticle.objects.exists()


def test_an_embargo_set_after_signing_holds_what_was_approved(client, article, state, editor, reviewer):
    set_by(client, editor, article, go_live_at=SOON)
    state.refresh_from_db()
    approve(state, reviewer)

    refused = set_by(client, editor, article, go_live_at=SOON, embargo_until=LATER)
    taken = set_by(client, editor, article, embargo_until=LATER)

    assert "before its embargo ends" in refused.content.decode()
    assert taken.status_code == 302
    assert open_release(article).due_at == LATER


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"go_live_at": NOW - timedelta(days=1)}, "That time has passed"),
        ({"go_live_at": SOON, "embargo_until": LATER}, "before its embargo ends"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(client, article, state, editor, times, words):
    answer = set_by(client, editor, article, **times)

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert plans.plan_of(ArticlePage.objects.get(pk=article.pk)).go_live_at is None


def test_what_is_countersigned_is_never_left_without_a_time(client, article, state, editor, reviewer):
    set_by(client, editor, article, go_live_at=SOON)
    state.refresh_from_db()
    approve(state, reviewer)

    answer = set_by(client, editor, article)

    assert "it would be public at once" in answer.content.decode()
    assert open_release(article).due_at == SOON


def test_a_form_that_was_open_while_somebody_else_set_the_time_sets_nothing(client, article, state, editor):
    stale = posted(article, go_live_at=SOON)
    set_by(client, editor, article, go_live_at=LATER)

    answer = client.post(plan_address(article), stale)

    assert "changed meanwhile" in answer.content.decode()
    assert plans.plan_of(ArticlePage.objects.get(pk=article.pk)).go_live_at == LATER


def test_signing_asks_once_about_a_planned_day_ahead(client, article, writer, reviewer):
    draft = edit(article, writer, planned_for=timezone.localdate() + timedelta(days=4))
    state = submit(draft, writer)

    asked = signed(client, state, reviewer)
    nothing_yet = SignOff.objects.count()
    signed(client, state, reviewer, asked="yes")

    assert "signing publishes it at once" in asked.content.decode()
    assert nothing_yet == 0
    assert SignOff.objects.count() == 1


@pytest.mark.parametrize("days", [0, -3, None])
def test_signing_asks_nothing_where_no_day_is_ahead(client, article, writer, reviewer, days):
    day = None if days is None else timezone.localdate() + timedelta(days=days)
    state = submit(edit(article, writer, planned_for=day), writer)

    signed(client, state, reviewer)

    assert SignOff.objects.count() == 1


def test_signing_asks_nothing_where_a_time_is_set(client, article, writer, editor, reviewer):
    state = submit(edit(article, writer, planned_for=timezone.localdate() + timedelta(days=4)), writer)
    set_by(client, editor, article, go_live_at=SOON)
    state.refresh_from_db()

    signed(client, state, reviewer)

    assert open_release(article).due_at == SOON


def field_of(answer, name):
    """Return a field of the form, and what stands beside it."""
    page = BeautifulSoup(answer.content, "html.parser")
    field = page.select_one(f"[name={name}]")
    return field, field.find_parent(class_="cs-field").get_text(" ", strip=True)


def test_what_is_public_takes_no_embargo(client, public_article, editor):
    answer = set_by(client, editor, public_article, embargo_until=SOON)

    _, beside = field_of(answer, "embargo_until")
    assert answer.status_code == 400
    assert "It is public already, so an embargo would keep nothing back." in beside
    assert "take the article down" in beside
    assert plans.plan_of(ArticlePage.objects.get(pk=public_article.pk)).embargo_until is None


def test_the_editor_takes_none_either(client, public_article, editor):
    client.force_login(editor)
    form = editor_post(public_article.get_latest_revision_as_object())
    form["embargo_until"] = f"{timezone.localtime(SOON):%Y-%m-%d %H:%M}"

    answer = client.post(reverse("wagtailadmin_pages:edit", args=[public_article.pk]), form)

    assert "an embargo would keep nothing back" in answer.content.decode()
    assert ArticlePage.objects.get(pk=public_article.pk).get_latest_revision_as_object().embargo_until is None


def test_the_form_of_what_is_public_shows_the_embargo_as_closed_and_sets_the_time_of_newer_words(
    client, public_article, writer, editor
):
    edit(public_article, writer, summary="Newer words.", embargo_until=NOW - timedelta(days=9), embargo_source="Press")
    client.force_login(editor)
    field, beside = field_of(client.get(plan_address(public_article)), "embargo_until")

    set_by(client, editor, public_article, go_live_at=SOON)

    plan = plans.plan_of(ArticlePage.objects.get(pk=public_article.pk))
    assert field.has_attr("disabled")
    assert "It is public already" in beside
    assert (plan.go_live_at, plan.embargo_until) == (SOON, NOW - timedelta(days=9))
    assert plan.embargo_source == "Press"


def test_an_embargo_of_what_became_public_may_end_earlier_and_not_later(client, public_article, writer, editor):
    edit(public_article, writer, embargo_until=LATER)

    longer = set_by(client, editor, public_article, embargo_until=LATER + timedelta(days=1))
    shorter = set_by(client, editor, public_article, embargo_until=SOON)
    none = {"embargo_until": "", "embargo_source": ""}
    lifted = client.post(plan_address(public_article), posted(public_article) | none)

    assert [answer.status_code for answer in (longer, shorter, lifted)] == [400, 302, 302]
    assert plans.plan_of(ArticlePage.objects.get(pk=public_article.pk)).embargo_until is None


def test_what_was_taken_down_takes_an_embargo_again(client, public_article, editor):
    unpublish(public_article)
    client.force_login(editor)

    field, _ = field_of(client.get(plan_address(public_article)), "embargo_until")
    answer = set_by(client, editor, public_article, embargo_until=SOON)

    assert not field.has_attr("disabled")
    assert answer.status_code == 302
