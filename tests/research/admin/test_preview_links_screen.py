import logging
import re
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.ui.menus.pages import get_page_header_buttons

from common.models import User
from research.models import PreviewLink
from research.reading import previews
from tests.factories import (
    ArticlePageFactory,
    edit,
    editor_user,
    writer_user,
)
from tests.factories.previews import share

pytestmark = pytest.mark.django_db

SOON = timedelta(days=3)


@pytest.fixture
def other_writer(db):
    return writer_user()


def words_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def screen(article):
    return reverse("research_preview_links", args=[article.pk])


def post(client, article, **values):
    digest = BeautifulSoup(client.get(screen(article)).content, "html.parser").find("input", {"name": "digest"})
    given = {"label": "Press office of a journal", "valid_days": "14", "digest": digest["value"] if digest else ""}
    return client.post(screen(article), given | values)


def address_on(response):
    field = BeautifulSoup(response.content, "html.parser").find(id="cs-address-value")
    return field["value"].removeprefix("http://testserver") if field else ""


# Who may


ROLES = [
    # user, sees the screen, makes and revokes, the same under embargo
    ("editor", 200, True, True),
    ("admin", 200, True, True),
    ("writer", 200, True, False),
    ("reviewer", 200, False, False),
    ("other_writer", 302, False, False),
    (None, 302, False, False),
]


@pytest.mark.parametrize(("name", "sees", "_makes", "_embargoed"), ROLES)
def test_who_sees_the_links(client, request, article, name, sees, _makes, _embargoed):
    if name:
        client.force_login(request.getfixturevalue(name))

    assert client.get(screen(article)).status_code == sees


@pytest.mark.parametrize("under_embargo", [False, True], ids=["free", "under embargo"])
@pytest.mark.parametrize(("name", "_sees", "makes", "embargoed"), ROLES)
def test_who_makes_links(client, request, article, name, _sees, makes, embargoed, under_embargo):
    if under_embargo:
        edit(article, embargo_until=timezone.now() + SOON, embargo_source="The journal")
    if name:
        client.force_login(request.getfixturevalue(name))

    response = post(client, article)

    expected = embargoed if under_embargo else makes
    assert PreviewLink.objects.exists() is expected
    assert bool(address_on(response)) is expected


@pytest.mark.parametrize(("name", "_sees", "may", "_embargoed"), ROLES)
def test_who_revokes_links(client, request, article, editor, name, _sees, may, _embargoed):
    link, address = share(article, editor)
    if name:
        client.force_login(request.getfixturevalue(name))

    client.post(reverse("research_revoke_preview_link", args=[article.pk, link.pk]))

    client.logout()
    assert client.get(address).status_code == (404 if may else 200)


@pytest.mark.parametrize(("name", "_sees", "makes", "_embargoed"), ROLES[:4])
def test_the_screen_offers_what_the_user_may_do(client, request, article, editor, name, _sees, makes, _embargoed):
    share(article, editor)
    client.force_login(request.getfixturevalue(name))

    page = BeautifulSoup(client.get(screen(article)).content, "html.parser")

    assert bool(page.find("input", {"name": "label"})) is makes
    assert ("Revoke" in [button.contents[0] for button in page.main.find_all("button")]) is makes


@pytest.mark.parametrize(("name", "sees", "_makes", "_embargoed"), ROLES[:5])
def test_the_header_of_an_article_leads_to_the_screen(request, article, name, sees, _makes, _embargoed):
    buttons = get_page_header_buttons(article, request.getfixturevalue(name), None, "edit")

    assert ("Share a preview" in [button.label for button in buttons]) is (sees == 200)


def test_the_editor_has_the_button(client, article, writer):
    client.force_login(writer)

    page = client.get(reverse("wagtailadmin_pages:edit", args=[article.pk])).content.decode()

    assert screen(article) in page


def test_other_pages_have_no_such_button(section, editor):
    buttons = get_page_header_buttons(section, editor, None, "edit")

    assert "Share a preview" not in [button.label for button in buttons]


def test_an_account_that_was_closed_makes_no_link(article, writer):
    User.objects.filter(pk=writer.pk).update(is_active=False)

    with pytest.raises(PermissionDenied):
        share(article, User.objects.get(pk=writer.pk))


def test_who_is_no_writer_any_more_makes_no_link(article, writer):
    writer.groups.clear()

    with pytest.raises(PermissionDenied):
        share(article, User.objects.get(pk=writer.pk))


def test_a_writer_shares_again_once_the_embargo_is_over(article, writer):
    edit(article, embargo_until=timezone.now() + SOON, embargo_source="The journal")

    with time_machine.travel(timezone.now() + SOON, tick=False):
        link, _ = share(article, writer)

    assert link.pk


def test_the_embargo_of_the_study_counts(article, writer):
    article.study.embargo_until = timezone.now() + SOON
    article.study.embargo_source = "The press office"
    article.study.save()

    with pytest.raises(PermissionDenied, match="only an editor"):
        share(article, writer)


def test_a_link_of_another_article_is_not_revoked_through_this_one(client, section, article, writer, editor):
    foreign, _ = share(ArticlePageFactory(parent=section, by=editor), editor)
    client.force_login(writer)

    response = client.post(reverse("research_revoke_preview_link", args=[article.pk, foreign.pk]))

    assert response.status_code == 404
    assert PreviewLink.objects.get().revoked_at is None


# The form


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"label": " "}, "required"),
        ({"label": "x" * 121}, "at most 120"),
        ({"valid_days": "365"}, "Select a valid choice"),
        ({"valid_days": "-1"}, "Select a valid choice"),
        ({"digest": "0" * 64}, "changed since you opened"),
        ({"digest": ""}, "changed since you opened"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(client, article, writer, values, shown):
    client.force_login(writer)

    response = post(client, article, **values)

    assert response.status_code == 400
    assert shown in words_of(response)
    assert not PreviewLink.objects.exists()


def test_a_draft_that_changed_is_looked_at_again_and_then_shared(client, article, writer):
    client.force_login(writer)
    page = BeautifulSoup(client.get(screen(article)).content, "html.parser")
    seen = page.find("input", {"name": "digest"})["value"]
    edit(article, title="Other words")

    refused = client.post(screen(article), {"label": "Author", "valid_days": "7", "digest": seen})
    form = BeautifulSoup(refused.content, "html.parser").find("form", class_="cs-share")
    again = {field["name"]: field["value"] for field in form.find_all("input") if field.get("name")}

    assert address_on(client.post(screen(article), again | {"valid_days": "7"}))


def test_a_link_lasts_fourteen_days_unless_told_otherwise(client, article, writer):
    client.force_login(writer)
    page = BeautifulSoup(client.get(screen(article)).content, "html.parser")

    chosen = page.find("select", {"name": "valid_days"}).find("option", selected=True)

    assert chosen["value"] == "14"


def test_the_address_is_shown_once_and_kept_nowhere(client, article, writer):
    client.force_login(writer)

    response = post(client, article)

    secret = re.search(r"/preview/([^.]+)\.", address_on(response)).group(1)
    row = PreviewLink.objects.values().get()
    assert "no-store" in response["Cache-Control"]
    assert secret not in str(row)
    assert secret not in str(dict(client.session.items()))
    assert secret not in client.get(screen(article)).content.decode()


def test_the_list_says_who_opened_what_and_when(client, article, writer, editor):
    _, address = share(article, writer, label="Dr Halvard")
    client.get(address)
    client.get(address)
    edit(article, title="Other words")
    share(article, editor, label="Nobody yet")
    client.force_login(editor)

    table = BeautifulSoup(client.get(screen(article)).content, "html.parser").find(class_="cs-listing")
    rows = [" ".join(row.get_text(" ").split()) for row in table.tbody.find_all("tr")]

    assert "Nobody yet" in rows[0]
    assert "Not yet" in rows[0]
    assert "Dr Halvard" in rows[1]
    assert "2 times" in rows[1]
    assert "other words now" in rows[1]
    assert "other words now" not in rows[0]


def test_a_long_list_costs_no_more_statements(client, article, writer, django_assert_max_num_queries):
    share(article, writer)
    client.force_login(writer)
    client.get(screen(article))
    with CaptureQueriesContext(connection) as one_link:
        client.get(screen(article))

    for _ in range(9):
        share(article, writer)

    with django_assert_max_num_queries(len(one_link)):
        client.get(screen(article))


def test_making_and_revoking_leave_a_line_each_without_the_secret(client, article, editor, caplog):
    with caplog.at_level(logging.INFO, logger="countersign.audit"):
        link, address = share(article, editor, label="One\nfaked line")
        previews.revoke_link(link, editor, timezone.now())
        previews.revoke_link(link, editor, timezone.now())

    made, revoked = [record.getMessage() for record in caplog.records]
    assert made.startswith(f"preview link made: link {link.pk}, article {article.subject_uuid}")
    assert f"by {editor.username}" in made
    assert revoked.startswith(f"preview link revoked: link {link.pk}")
    assert "\n" not in made
    assert address.split("/")[2].split(".")[0] not in made


def test_editors_are_asked_by_group_or_as_superusers(article, admin):
    assert previews.reasons_not_to_share(admin, article, timezone.now()) == []
    assert previews.reasons_not_to_share(editor_user(), article, timezone.now()) == []
