"""What is read of who opened a screen: as Django and Wagtail read it, in one statement."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from wagtail.permission_policies.collections import CollectionPermissionPolicy
from wagtail.permission_policies.pages import PagePermissionPolicy

from common.models import Image, User
from common.once import reading
from research.admin.who import get_to_know
from research.newsroom.permissions import roles_of
from tests.factories import admin_user

pytestmark = pytest.mark.django_db
POLICIES = {"page": PagePermissionPolicy(), "collection": CollectionPermissionPolicy(Image)}


def placed(user):
    return {
        (place, row.pk, row.permission.codename, getattr(row, place))
        for place, policy in POLICIES.items()
        for row in policy.get_cached_permissions_for_user(user)
    }


@pytest.mark.parametrize("who", ["writer", "reviewer", "editor", "admin"])
def test_rights_and_roles_are_those_that_django_and_wagtail_find(who, request, django_assert_num_queries):
    user = admin_user() if who == "admin" else request.getfixturevalue(who)
    user.user_permissions.add(Permission.objects.order_by("-pk")[0])
    assert connection.features.supports_json_field  # Django asks the database for this once
    alone, told = User.objects.get(pk=user.pk), User.objects.get(pk=user.pk)
    expected = alone.get_all_permissions(), placed(alone), roles_of(alone), getattr(alone, "person", None)

    with reading():
        with django_assert_num_queries(1):
            get_to_know(told, is_reading=True)
        with django_assert_num_queries(0):
            found = told.get_all_permissions(), placed(told), roles_of(told), getattr(told, "person", None)

    assert found == expected
    assert who == "admin" or placed(told) or who == "reviewer"


def test_an_account_that_was_ended_has_no_rights(editor):
    editor.is_active = False

    get_to_know(editor, is_reading=True)

    assert not editor.get_all_permissions()
    assert not placed(editor)


def test_a_right_that_was_taken_is_gone_at_the_next_request(editor):
    client = Client()
    client.force_login(editor)
    assert client.get("/admin/board/").status_code == 200

    editor.groups.clear()

    assert client.get("/admin/board/").status_code == 302
