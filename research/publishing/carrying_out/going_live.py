"""Wagtail's act of publishing, on a page that was judged already and told what was read of it."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.actions.publish_revision import PublishRevisionAction
from wagtail.log_actions import get_active_log_context
from wagtail.models import PageLogEntry, Revision
from wagtail.signals import page_published

from common import references
from common.models import User
from common.models.pages import stored_as
from common.prepared import KEY, Prepared
from common.prepared_saves import insert_all

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


def _end_of_history(*order: str) -> Subquery:
    """Return the key of the first revision in an order, of those of the page that a revision is of."""
    of_page = {"base_content_type": OuterRef("base_content_type"), "object_id": OuterRef("object_id")}
    return Subquery(Revision.objects.filter(**of_page).order_by(*order).values("pk")[:1])


#: The newest and the first revision of the page that a revision is of.
ENDS_OF_HISTORY = Prepared(
    lambda pk: (
        Revision.objects.order_by()
        .filter(pk=pk)
        .annotate(newest=_end_of_history("-created_at", "-pk"), oldest=_end_of_history("created_at", "pk"))
        .values_list("newest", "oldest")
    ),
    KEY,
)
LOGGED = (
    *("content_type_id", "page_id", "label", "action", "data", "timestamp", "uuid", "user_id", "revision_id"),
    *("content_changed", "deleted"),
)


def publish_as_judged(page: "ArticlePage", revision: Revision, user: User | None, *, stored: "ArticlePage") -> None:
    """Publish the very object that the guard saw; both indexes of the admin follow through the outbox.

    Args:
        page: what was judged.
        revision: what it was made of.
        user: who asked for it.
        stored: the row as it stands.
    """
    with references.index.later():
        _PublishAsJudged(page, revision, user, stored).execute(skip_permission_checks=True)


class _PublishAsJudged(PublishPageRevisionAction):
    """Wagtail's action on an object that is there already.

    Wagtail's own ``__init__`` builds one from the revision (8.0.1, ``PublishRevisionAction``); without it, what it
    sets is set here. Nobody is asked for a permission. The log gets the lines that Wagtail writes, which otherwise
    asks first whether the page, its type and the revision are there.
    """

    def __init__(self, page: "ArticlePage", revision: Revision, user: User | None, stored: "ArticlePage") -> None:
        self.revision, self.object, self.user, self.stored = revision, page, user, stored
        self.changed, self.log_action, self.previous_revision = True, False, None
        ((newest, oldest),) = ENDS_OF_HISTORY(revision.pk)
        is_newest, self.is_first = newest == revision.pk, oldest == revision.pk
        # The action asks its revision, which would ask by statements of its own.
        vars(revision).update(is_latest_revision=lambda: is_newest, get_previous=self._previous)

    def _previous(self) -> Any:
        if self.is_first:
            raise Revision.DoesNotExist
        return SimpleNamespace(content_object=self.stored)

    def execute(self, skip_permission_checks: bool = False) -> None:
        """Publish, and log it."""
        before = str(self.stored)
        with stored_as(self.stored):
            super().execute(skip_permission_checks=skip_permission_checks)
        if self.object.live:
            self._log(before, str(self.object))

    def _after_publish(self) -> None:
        """Tell who listens, as Wagtail does.

        It also writes the places of comments, as they are stored, and aliases, which articles have none of.
        """
        page_published.send(sender=type(self.object), instance=self.object, revision=self.revision)
        PublishRevisionAction._after_publish(self)

    def _log(self, before: str, now: str) -> None:
        renamed = {} if self.is_first or before == now else {"title": {"old": before, "new": now}}
        lines = [("wagtail.rename", False)] if renamed else []
        context = get_active_log_context()
        user = self.user or context.user
        insert_all(
            PageLogEntry,
            LOGGED,
            (
                (
                    *(self.object.content_type_id, self.object.pk, self.object.get_admin_display_title(), action),
                    *(renamed, timezone.now(), context.uuid, user.pk if user else None, self.revision.pk),
                    *(is_changed, False),
                )
                for action, is_changed in [*lines, ("wagtail.publish", True)]
            ),
        )
