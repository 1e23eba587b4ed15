"""Finds doors that the table lacks: what the installed Wagtail has that could make a page live."""

import re
from pathlib import Path

import wagtail
from django.core.management import get_commands
from wagtail.actions import action_registry
from wagtail.admin import action_menu
from wagtail.admin.api.views import PagesAdminAPIViewSet
from wagtail.admin.views.bulk_action.registry import bulk_action_registry
from wagtail.admin.views.pages.bulk_actions.page_bulk_action import PageBulkAction

from research.models import ArticlePage
from tests.research.doors.doors import DOORS

# What calls publish, or writes live or live_revision, in Wagtail 8.0: the file, and the doors of the
# table that go through it. A file that is not here is a door that nobody has tried yet.
KNOWN = {
    "actions/convert_alias.py": {"convert_alias"},
    "actions/copy_for_translation.py": {"translation_copy"},
    "actions/copy_page.py": {"copy_keep_live", "page_copy_method", "copy_view_publish_copies"},
    "actions/create.py": {"create_view_publish"},
    "actions/create_alias.py": {"alias_creation", "copy_view_alias"},
    "actions/create_page.py": {"create_view_publish"},
    "actions/edit.py": {"edit_page_action_publish"},
    "actions/publish_revision.py": {"publish_page_revision_action"},
    "actions/unpublish.py": set(),
    "admin/views/generic/mixins.py": {"edit_view_publish"},
    "admin/views/pages/bulk_actions/publish.py": {
        "bulk_publish",
        "bulk_publish_section_with_descendants",
    },
    "admin/views/pages/create.py": {"create_view_publish"},
    "admin/views/pages/edit.py": {"edit_view_publish", "edit_view_autosave", "revert_view_publish"},
    "admin/views/pages/revisions.py": {"revert_view_publish"},
    "management/commands/publish_scheduled.py": {"publish_scheduled_command"},
    "models/draft_state.py": {"revision_publish"},
    "models/pages.py": {"page_save", "alias_by_raw_sql_then_update", "revision_publish"},
    "models/revisions.py": {"revision_publish"},
    "workflows.py": {"workflow_finish_of_wagtail"},
}
WRITES_LIVE = re.compile(
    r"\.publish\(|\blive_revision\s*=[^=]|\.live\s*=[^=]|\blive=True|[\"']live[\"']:|keep_live=True"
)
NOT_CODE = ("tests/", "/tests/", "/test/", "test/", "migrations/", "/tests.py")
# Files in which the pattern is about reading, filtering or describing.
ONLY_READ = {
    "admin/api/serializers.py",
    "admin/views/generic/models.py",
    "query.py",
}

ADMIN_API_DOORS = {
    "convert_alias": "convert_alias",
    "copy": "admin_api_actions",
    "copy_for_translation": "translation_copy",
    "create_alias": "alias_creation",
    "delete": None,
    "move": "move",
    "publish": "admin_api_actions",
    "revert_to_page_revision": "admin_api_actions",
    "unpublish": None,
}
ACTION_DOORS = ADMIN_API_DOORS | {
    "create": "create_view_publish",
    "edit": "edit_page_action_publish",
    "revert": "revert_to_revision_action",
}
BULK_DOORS = {"delete": None, "move": "move", "publish": "bulk_publish", "unpublish": None}
COMMAND_DOORS = {
    "publish_scheduled": "publish_scheduled_command",
    "publish_scheduled_pages": "publish_scheduled_pages_command",
    "run_releases": "run_releases_command",
}


def names() -> set[str]:
    return {door.name for door in DOORS}


def test_every_file_of_wagtail_that_makes_pages_live_has_its_door():
    root = Path(wagtail.__file__).parent
    found = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if not any(part in str(path.relative_to(root)) for part in NOT_CODE)
        and any(
            WRITES_LIVE.search(line)
            for line in path.read_text(encoding="utf-8").splitlines()
            if not line.strip().startswith("#") and "filter(" not in line
        )
    }

    assert found - ONLY_READ - set(KNOWN) == set(), "doors that the table lacks"


def test_every_known_file_names_doors_that_exist():
    assert set().union(*KNOWN.values()) - names() == set()


def test_every_action_of_the_admin_api_has_its_door():
    assert set(PagesAdminAPIViewSet.actions) - set(ADMIN_API_DOORS) == set()
    assert {door for door in ADMIN_API_DOORS.values() if door} - names() == set()


def test_every_bulk_action_on_pages_has_its_door():
    actions = bulk_action_registry.get_bulk_actions_for_model("wagtailcore", "page")

    assert all(issubclass(action, PageBulkAction) for action in actions)
    assert {action.action_type for action in actions} - set(BULK_DOORS) == set()
    assert {door for door in BULK_DOORS.values() if door} - names() == set()


def test_every_registered_action_of_articles_has_its_door():
    registered = set(action_registry.get_actions_for_model(ArticlePage))

    assert registered - set(ACTION_DOORS) == set()
    assert {door for door in ACTION_DOORS.values() if door} - names() == set()


def test_every_command_that_publishes_has_its_door():
    publishing = {name for name in get_commands() if "publish" in name or "release" in name}

    assert publishing - set(COMMAND_DOORS) == set()
    assert set(COMMAND_DOORS.values()) - names() == set()


def test_every_item_of_the_editors_menu_is_tried():
    known = {
        "action-publish",
        "action-submit",
        "action-unpublish",
        "action-restart-workflow",
        "action-cancel-workflow",
        "action-page-locked",
        "action-save-draft",
        "action-review",
        "action-delete",
        None,
    }
    built = [
        item
        for item in vars(action_menu).values()
        if isinstance(item, type) and issubclass(item, action_menu.ActionMenuItem)
    ]

    assert {getattr(item, "name", None) for item in built} - known - {""} == set()
