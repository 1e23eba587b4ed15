"""What the editor asks in the background, and what a preview may do in its frame."""

import re

import pytest
from django.urls import reverse

from research.models import ArticlePage
from tests.factories import edit, reviewer_user, submit

pytestmark = pytest.mark.django_db

SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


def pulse(client, **query):
    return client.get(reverse("research_desk_pulse"), query, headers=SCRIPT)


def test_the_pulse_tells_the_account_its_token_and_the_newest_version(client, writer, article):
    client.force_login(writer)
    edit(article, writer, summary="Newer.")

    answer = pulse(client, page=article.pk).json()

    newest = ArticlePage.objects.get(pk=article.pk).latest_revision
    assert answer["user"] == writer.pk
    assert len(answer["token"]) > 30
    assert answer["revision"] == {
        "id": newest.pk,
        "created_at": newest.created_at.isoformat(),
        "user": writer.pk,
    }


@pytest.mark.parametrize("page", ["", "x", "-1", "0", "9" * 40, "٣", "999999"])
def test_the_pulse_of_no_page_is_a_pulse_all_the_same(client, writer, page):
    client.force_login(writer)

    assert pulse(client, page=page).json()["revision"] is None


def test_who_is_signed_out_gets_no_pulse(client, article):
    assert pulse(client, page=article.pk).status_code == 403


def test_the_strip_is_that_of_the_newest_draft(client, writer, article):
    client.force_login(writer)
    address = reverse("research_desk_strip", args=[article.pk])
    assert 'name="action-submit"' in client.get(address).content.decode()

    edit(article, writer, summary="")

    page = client.get(address).content.decode()
    assert "Write a summary" in page
    assert 'name="action-submit"' not in page


def test_who_may_not_edit_an_article_is_not_told_how_it_stands(client, article):
    client.force_login(reviewer_user())

    assert client.get(reverse("research_desk_strip", args=[article.pk]), headers=SCRIPT).status_code == 403


def test_a_preview_may_stand_in_the_editors_frame_and_a_public_page_in_none(client, writer, public_article):
    client.force_login(writer)

    preview = client.get(reverse("wagtailadmin_pages:view_draft", args=[public_article.pk]))
    public = client.get(public_article.url)

    assert "frame-ancestors 'self'" in preview["Content-Security-Policy"]
    assert "script-src" not in preview["Content-Security-Policy"], "nothing inline runs in a preview"
    assert "wagtail-userbar" in preview.content.decode(), "the checks run from here"
    assert "frame-ancestors 'none'" in public["Content-Security-Policy"]
    assert "wagtail-userbar" not in public.content.decode()


def test_the_editors_menu_says_take_down(client, editor, public_article):
    client.force_login(editor)

    page = client.get(reverse("wagtailadmin_pages:edit", args=[public_article.pk])).content.decode()

    assert "Take down" in page


def test_every_time_in_the_strip_names_its_zone(client, writer, article):
    submit(article, writer)
    client.force_login(writer)

    strip = client.get(reverse("research_desk_strip", args=[article.pk])).content.decode()

    assert re.search(r"Under review since \d+ \w+ \d{4}, \d\d:\d\d [A-Z]", strip)
