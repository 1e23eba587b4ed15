"""What should be public and is not stays in view until it is decided; bundles stand on the board."""

from datetime import UTC, date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from research.admin.reviewing import plans
from research.models import ArticlePage
from research.models.releases import BundleEntry, ReleaseBundle
from research.record import late
from tests.factories import edit, publish, submit, unpublish

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PASSED = (NOW - timedelta(days=2)).replace(second=0, microsecond=0)


@pytest.fixture
def missed(article, writer):
    """An article under review whose go-live passed two days ago."""
    submit(edit(article, writer, go_live_at=PASSED), writer)
    return ArticlePage.objects.get(pk=article.pk)


def board(client, user, **query):
    client.force_login(user)
    return BeautifulSoup(client.get(reverse("research_board"), query).content, "html.parser")


def late_on(board):
    return [line.get_text(" ", strip=True) for line in board.select(".cs-late__list li, .cs-card--late")]


def mails():
    return OutboxMessage.objects.filter(key__startswith="go-live-late-")


@pytest.mark.parametrize("query", [{}, {"date": "2020-01-01"}, {"view": "week"}, {"view": "list"}, {"state": "live"}])
def test_a_go_live_that_passed_unsigned_is_on_every_page_of_the_board(client, missed, editor, query):
    (line,) = late_on(board(client, editor, **query))

    assert line.startswith("Fewer relapses was due ")
    assert "not countersigned" in line


def test_it_is_on_the_dashboards_of_editors_and_of_its_writer(client, missed, editor, writer, reviewer):
    def heading(user):
        client.force_login(user)
        return "Late: not countersigned" in client.get(reverse("wagtailadmin_home")).content.decode()

    assert [heading(user) for user in (editor, writer, reviewer)] == [True, True, False]


def test_it_is_mailed_of_once_a_day_however_often_the_job_runs(missed, editor):
    for _ in range(3):
        late.report(PASSED + timedelta(hours=1))
    once = mails().count()
    late.report(PASSED + timedelta(days=3))
    late.report(PASSED + timedelta(days=3, hours=2))

    assert once == 1
    assert mails().count() == 2


@pytest.mark.parametrize("decided", ["another time", "no time", "signed"])
def test_it_is_late_until_it_is_decided(client, missed, editor, reviewer, decided):
    if decided == "signed":
        publish(missed, reviewer)
    else:
        time = NOW + timedelta(days=1) if decided == "another time" else None
        plans.set_plan(missed.pk, plans.Plan(time), editor)

    assert late.late_go_lives(timezone.now()) == []
    assert late_on(board(client, editor)) == []


def test_what_went_live_on_time_is_not_late_when_it_is_edited_later(article, writer, reviewer):
    draft = edit(article, writer, go_live_at=PASSED)
    live = publish(draft, reviewer)
    edit(live, writer, title="Fewer relapses, said again")

    assert late.late_go_lives(timezone.now()) == []


def test_what_was_taken_down_is_not_late(article, writer, reviewer):
    live = publish(article, reviewer)
    edit(live, writer, go_live_at=PASSED)
    unpublish(live)

    assert late.late_go_lives(timezone.now()) == []


def test_a_time_to_come_is_not_late(article, writer):
    edit(article, writer, go_live_at=NOW + timedelta(hours=1))

    assert late.late_go_lives(NOW) == []
    assert len(late.late_go_lives(NOW + timedelta(hours=2))) == 1


@pytest.fixture
def bundle(article):
    bundle = ReleaseBundle(name="World MS Day", due_at=NOW.astimezone(UTC).replace(hour=12) + timedelta(days=1))
    bundle.entries = [BundleEntry(article=article)]
    bundle.save()
    return bundle


@pytest.mark.parametrize(("role", "opens"), [("writer", False), ("reviewer", False), ("editor", True)])
def test_a_bundle_stands_on_its_day(client, bundle, request, role, opens):
    day = timezone.localtime(bundle.due_at).date()
    page = board(client, request.getfixturevalue(role), date=day.isoformat())

    (cell,) = page.select(f'[data-board-day="{day}"]')

    assert "Bundle: World MS Day" in cell.get_text()
    assert "0 of 1 countersigned" in cell.get_text()
    assert (
        bool(cell.select_one(f'a[href="{reverse("research_releasebundle_modeladmin_edit", args=[bundle.pk])}"]'))
        == opens
    )


def test_a_bundle_that_did_not_go_out_is_late(client, bundle, editor):
    ReleaseBundle.objects.update(due_at=PASSED)

    assert [line.partition(" was due")[0] for line in late_on(board(client, editor, date="2020-01-01"))] == [
        "Bundle: World MS Day"
    ]


def test_an_article_without_a_time_is_only_planned(client, article, writer, editor):
    edit(article, writer, planned_for=date(2020, 1, 1))

    assert late_on(board(client, editor)) == []
