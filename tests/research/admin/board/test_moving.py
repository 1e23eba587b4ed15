"""Moving a card changes the plan and nothing else; who may, and what asks first."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from research.content.article import content_of
from research.models import ArticlePage, BoardFeed, Contribution, PublishedArticle, Release, SignOff
from tests.factories import edit, publish, submit, writer_user

NEW_DAY = date(2026, 12, 9)


def move(client, article, day, **more):
    return client.post(reverse("research_board_move", args=[article.pk]), {"date": day or "", **more})


def plans(article) -> tuple[date | None, date | None]:
    """Return the planned date of the row and of the draft."""
    row = ArticlePage.objects.get(pk=article.pk)
    return row.planned_for, row.get_latest_revision_as_object().planned_for


@pytest.mark.parametrize(
    ("role", "moves"), [("writer", True), ("editor", True), ("admin", True), ("reviewer", False), ("other", False)]
)
def test_who_may_edit_an_article_moves_it(role, moves, client, planned, writer, reviewer, editor, admin):
    people = {"writer": writer, "reviewer": reviewer, "editor": editor, "admin": admin, "other": writer_user()}
    client.force_login(people[role])

    move(client, planned, NEW_DAY)

    assert plans(planned)[1] == (NEW_DAY if moves else date(2026, 12, 1))


def test_who_is_in_no_role_does_not_see_the_board(client, planned, django_user_model):
    stranger = django_user_model.objects.create_user("stranger", "s@example.org", "a long password")
    client.force_login(stranger)

    assert client.get(reverse("research_board")).status_code == 302
    assert move(client, planned, NEW_DAY).status_code == 302
    assert plans(planned)[1] == date(2026, 12, 1)


def test_a_reviewer_does_not_move_what_is_under_review(client, planned, writer, reviewer):
    submit(planned, writer)
    client.force_login(reviewer)

    move(client, planned, NEW_DAY)

    assert plans(planned)[1] == date(2026, 12, 1)


def test_row_and_draft_agree_and_the_next_save_keeps_the_plan(client, planned, editor, writer):
    client.force_login(editor)

    move(client, planned, NEW_DAY)

    assert plans(planned) == (NEW_DAY, NEW_DAY)
    edit(planned, writer, summary="Other words.")
    assert plans(planned)[1] == NEW_DAY


def test_a_move_touches_no_words_and_makes_nobody_a_contributor(client, planned, editor):
    client.force_login(editor)
    page = ArticlePage.objects.get(pk=planned.pk)
    before = content_of(page.get_latest_revision_as_object()).digest
    lines, revisions = Contribution.objects.count(), page.revisions.count()

    move(client, planned, NEW_DAY)

    page.refresh_from_db()
    assert content_of(page.get_latest_revision_as_object()).digest == before
    assert not page.live
    assert (Contribution.objects.count(), page.revisions.count()) == (lines, revisions)


def test_a_plan_moves_on_while_the_words_are_under_review(client, planned, writer):
    state = submit(planned, writer)
    client.force_login(writer)

    move(client, planned, NEW_DAY)

    state.refresh_from_db()
    assert plans(planned) == (NEW_DAY, NEW_DAY)
    assert content_of(state.revision.as_object()).digest == state.digest


def test_moving_the_update_of_a_live_article_leaves_what_readers_see(client, public_article, editor, writer):
    edit(public_article, writer, summary="Words that nobody signed.")
    sealed = PublishedArticle.objects.get(page=public_article)
    client.force_login(editor)

    move(client, public_article, NEW_DAY)

    page = ArticlePage.objects.get(pk=public_article.pk)
    assert plans(page) == (NEW_DAY, NEW_DAY)
    assert page.summary != "Words that nobody signed."
    after = PublishedArticle.objects.get(page=public_article)
    assert (after.digest, after.content) == (sealed.digest, sealed.content)


def test_a_card_goes_back_to_the_tray(client, planned, writer):
    client.force_login(writer)

    response = move(client, planned, None)

    assert plans(planned) == (None, None)
    assert response.url.endswith(f"#article-{planned.pk}")


def test_a_date_that_is_none_is_refused(client, planned, writer):
    client.force_login(writer)

    response = move(client, planned, "2026-02-31")

    assert response.status_code == 400
    assert plans(planned)[1] == date(2026, 12, 1)


def test_a_move_is_in_the_history(client, planned, writer):
    client.force_login(writer)

    move(client, planned, NEW_DAY)

    history = client.get(reverse("wagtailadmin_pages:history", args=[planned.pk])).content.decode()
    assert "Planned for 9 December 2026, before: 1 December 2026" in history


def test_a_card_with_an_approved_go_live_asks_first(client, scheduled, editor):
    client.force_login(editor)

    response = move(client, scheduled.article, NEW_DAY)

    assert response.status_code == 302
    assert reverse("research_board_reschedule", args=[scheduled.article_id]) in response.url
    assert "date=2026-12-09" in response.url
    assert plans(scheduled.article)[1] is None
    scheduled.refresh_from_db()
    assert scheduled.state == Release.State.PLANNED


def test_a_writer_does_not_get_past_the_question(client, scheduled, writer):
    client.force_login(writer)

    move(client, scheduled.article, NEW_DAY)
    client.get(reverse("research_board_reschedule", args=[scheduled.article_id]), {"date": "2027-01-09"})

    scheduled.refresh_from_db()
    assert scheduled.state == Release.State.PLANNED


def test_what_is_being_published_is_not_moved(client, scheduled, editor):
    Release.objects.filter(pk=scheduled.pk).update(state=Release.State.CLAIMED)
    client.force_login(editor)

    move(client, scheduled.article, NEW_DAY)

    assert plans(scheduled.article)[1] is None


def test_the_way_back_leads_only_to_this_site(client, planned, writer):
    client.force_login(writer)

    response = move(client, planned, NEW_DAY, next="https://elsewhere.example/")

    assert response.url.startswith(reverse("research_board"))


def test_moving_signs_and_publishes_nothing(client, planned, writer, reviewer):
    publish(planned, reviewer)
    client.force_login(writer)
    counts = SignOff.objects.count(), Release.objects.count()

    move(client, planned, NEW_DAY + timedelta(days=1))

    assert (SignOff.objects.count(), Release.objects.count()) == counts
    assert not BoardFeed.objects.exists()
