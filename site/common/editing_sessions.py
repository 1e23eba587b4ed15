"""Who else has a page open, without a write when somebody only looks."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from wagtail.admin.models import EditingSession
from wagtail.admin.ui.editing_sessions import EditingSessionsModule
from wagtail.admin.views.pages.edit import EditView
from wagtail.models import Page

# Of a session that is not stored yet: the last number of an integer column, which none will have. The first ping
# of the browser stores it, and tells its own.
NOT_STORED = 2**31 - 1


def write_nothing_when_an_editor_is_opened() -> None:
    """Take the place of Wagtail's own, which stores a session and deletes old ones in each GET of the editor.

    On SQLite, where one may write at a time, opening an article waited for everybody who saved one. The runner
    removes old sessions. Wagtail 8.0.1, ``EditView.get_editing_sessions``; remove when a GET no longer writes.
    """
    EditView.get_editing_sessions = _editing_sessions


def _editing_sessions(view: Any) -> EditingSessionsModule:
    session = EditingSession(pk=NOT_STORED, user=view.request.user, last_seen_at=timezone.now())
    names = (Page._meta.app_label, Page._meta.model_name, view.page.pk, NOT_STORED)
    return EditingSessionsModule(
        session,
        reverse("wagtailadmin_editing_sessions:ping", args=names),
        reverse("wagtailadmin_editing_sessions:release", args=(NOT_STORED,)),
        [],
        view.page.latest_revision_id,
        view.latest_revision_created_at,
    )
