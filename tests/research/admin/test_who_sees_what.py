"""Screens and answers of Wagtail's that ask nobody who may see them."""

import pytest
from django.urls import reverse
from wagtail_modeladmin.options import ModelAdmin

from research.admin.ledger_lists import LedgerGroup
from research.admin.records.lists.groups import NoticesGroup, PeopleGroup, SharedTextsGroup, StudiesGroup
from research.models import ReleaseBundle
from tests.factories import ImageFactory

pytestmark = [pytest.mark.django_db, pytest.mark.indexed]

GROUPS = [StudiesGroup, SharedTextsGroup, NoticesGroup, PeopleGroup, LedgerGroup]
LISTS: list[type[ModelAdmin]] = [item for group in GROUPS for item in group.items]


@pytest.fixture
def bundle():
    return ReleaseBundle.objects.create(name="Conference", due_at="2027-03-01T12:00Z")


def history_of(row):
    return reverse(f"research_{row._meta.model_name}_modeladmin_history", args=[row.pk])


def test_the_history_of_a_bundle_is_for_those_who_see_bundles(client, bundle, editor, writer, reviewer):
    answers = {}
    for user in (editor, writer, reviewer):
        client.force_login(user)
        answers[user] = [client.get(reverse("research_releasebundle_modeladmin_index")), client.get(history_of(bundle))]

    assert [answer.status_code for user in (editor, writer) for answer in answers[user]] == [200] * 4
    listed, history = answers[reviewer]
    assert (listed.status_code, history.status_code) == (302, 302)
    assert history["Location"] == reverse("wagtailadmin_home")


@pytest.mark.parametrize("group", GROUPS)
def test_every_history_asks_for_the_right_to_the_list(group, rf, django_user_model):
    nobody = django_user_model.objects.create_user("nobody")

    views = {type(made).__name__: made.history_view_class for made in group().modeladmin_instances}

    assert views
    for name, view in views.items():
        made = next(made for made in group().modeladmin_instances if type(made).__name__ == name)
        opened = view.__new__(view)
        opened.permission_helper = made.permission_helper
        assert not opened.check_action_permitted(nobody), name


@pytest.mark.parametrize("role", ["reviewer", "writer", "editor", "admin"])
def test_the_admin_api_shows_the_images_that_one_may_choose(client, request, role):
    image = ImageFactory()
    client.force_login(request.getfixturevalue(role))

    listed = client.get("/admin/api/main/images/").json()["meta"]["total_count"]
    opened = client.get(f"/admin/api/main/images/{image.pk}/").status_code

    assert (listed, opened) == ((0, 404) if role == "reviewer" else (1, 200))
