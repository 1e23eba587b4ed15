"""Days that calendars and zones run out of: the board shows the nearest it can, and plans nothing there."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from wagtail.users.models import UserProfile

from research.editor.clock import ClockDateTimeField
from research.models import ArticlePage
from tests.research.doors.forms import editor_post

FAR_DAYS = ["0001-01-01", "9999-12-31"]


@pytest.mark.parametrize("zone", ["", "Pacific/Auckland", "America/Los_Angeles"])
@pytest.mark.parametrize("view", ["month", "week", "list"])
@pytest.mark.parametrize(("asked", "shown"), [("0001-01-01", "1900-01-01"), ("9999-12-31", "2200-12-31")])
def test_the_board_shows_the_nearest_day_it_can(client, planned, editor, asked, shown, view, zone):
    UserProfile.objects.update_or_create(user=editor, defaults={"current_time_zone": zone})
    client.force_login(editor)

    answer = client.get(reverse("research_board"), {"date": asked, "view": view})

    assert answer.status_code == 200
    assert answer.context["page"].day.isoformat() == shown


@pytest.mark.parametrize("odd", ["2026-13-01", "2026-02-30", "tomorrow", "10000-01-01"])
def test_what_is_no_day_is_today(client, editor, odd):
    client.force_login(editor)

    answer = client.get(reverse("research_board"), {"date": odd})

    assert answer.context["page"].day == answer.context["this_day"]


@pytest.mark.parametrize("day", FAR_DAYS)
def test_nothing_is_planned_for_a_far_day(client, planned, writer, day):
    client.force_login(writer)

    answer = client.post(reverse("research_board_move", args=[planned.pk]), {"date": day})

    assert answer.status_code == 400
    assert "Choose a year from 1900 to 2200." in answer.content.decode()
    assert planned.get_latest_revision_as_object().planned_for == date(2026, 12, 1)


@pytest.mark.parametrize("day", FAR_DAYS)
def test_a_go_live_is_asked_for_on_a_far_day(client, scheduled, editor, day):
    client.force_login(editor)

    answer = client.get(reverse("research_board_reschedule", args=[scheduled.article_id]), {"date": day})

    assert answer.status_code == 200


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "Europe/London"])
@pytest.mark.parametrize("day", FAR_DAYS)
def test_a_time_on_a_far_day_is_refused_with_words(zone, day):
    field = ClockDateTimeField(zone=ZoneInfo(zone))

    for time in ("00:00", "23:59"):
        with pytest.raises(ValidationError, match="Choose a year from 1900 to 2200"):
            field.clean(f"{day} {time}")
    assert field.clean("2200-12-31 12:00").astimezone(UTC).year in (2200, 2201)
    assert field.clean("2027-01-01 12:00") == datetime(2027, 1, 1, 12, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize("day", FAR_DAYS)
def test_the_editor_refuses_a_far_time_and_shows_its_form_again(client, article, writer, day):
    client.force_login(writer)
    draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()

    answer = client.post(
        reverse("wagtailadmin_pages:edit", args=[article.pk]), {**editor_post(draft), "embargo_until": f"{day} 23:59"}
    )

    assert "Choose a year from 1900 to 2200." in answer.content.decode()
