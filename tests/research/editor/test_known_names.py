"""What readers know by a name is renamed by an editor, who says so twice; it is recorded."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text

from research.models import TopicIndexPage
from tests.factories import TopicIndexPageFactory, admin_user, editor_user, writer_user
from tests.research.doors.forms import loaded_version

pytestmark = pytest.mark.django_db

NAMES = {"title": "Other research", "condition_name": "another condition", "condition_short_name": "Other"}
TOLD = "Readers know it as"


@pytest.fixture
def section(db):
    return TopicIndexPageFactory(
        title="MS research", slug="ms", condition_name="multiple sclerosis", condition_short_name="MS"
    )


def post(client, section, user, **changes):
    client.force_login(user)
    values = {name: getattr(section, name) for name in (*NAMES, "slug", "seo_title", "search_description", "language")}
    data = nested_form_data(
        values
        | {"condition_mesh_ui": "", "review_months": "", "go_live_at": "", "expire_at": "", "form_end": "end"}
        | {"intro": rich_text(section.intro), "comments": inline_formset([]), "action-publish": "action-publish"}
        | loaded_version(section)
        | changes
    )
    response = client.post(reverse("wagtailadmin_pages:edit", args=[section.pk]), data)
    return response.status_code, BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make_user", [editor_user, admin_user])
def test_a_section_is_renamed_only_with_the_tick_and_it_is_recorded(client, section, caplog, name, make_user):
    before, user = getattr(section, name), make_user()

    status, told = post(client, section, user, **{name: NAMES[name]})
    kept = getattr(TopicIndexPage.objects.get(), name)
    confirmed, _ = post(client, section, user, **{name: NAMES[name], "confirm_rename": "on"})

    assert (status, kept) == (200, before)
    assert f"{TOLD} “{before}”. Tick this to rename it everywhere." in told
    assert confirmed == 302
    assert getattr(TopicIndexPage.objects.get(), name) == NAMES[name]
    assert f"section renamed from '{before}' to '{NAMES[name]}' by {user.get_username()}" in caplog.text


def test_the_tick_is_not_needed_for_anything_else(client, section):
    status, _ = post(client, section, editor_user(), search_description="Studies, explained.")

    assert status == 302


def test_a_writer_does_not_rename_a_section_with_the_tick_either(client, section):
    post(client, section, writer_user(), title="Other research", confirm_rename="on")

    assert section.get_latest_revision_as_object().title == "MS research"
    assert TopicIndexPage.objects.get().title == "MS research"


def test_a_section_that_was_never_public_has_no_such_box(client, section):
    TopicIndexPage.objects.update(live=False, first_published_at=None)
    client.force_login(editor_user())

    page = client.get(reverse("wagtailadmin_pages:edit", args=[section.pk])).content.decode()

    assert "condition_short_name" in page
    assert "confirm_rename" not in page


def test_the_box_stands_in_the_form_of_a_public_section(client, section):
    client.force_login(editor_user())

    page = client.get(reverse("wagtailadmin_pages:edit", args=[section.pk])).content.decode()

    assert 'name="confirm_rename"' in page
    assert "Rename it everywhere" in page
