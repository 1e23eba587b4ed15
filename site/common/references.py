"""Wagtail's indexes of a page's words and references, brought in line once a save of a page, or soon after it.

Each row of a page is saved with it, and after each Wagtail read the whole page anew to find its references: eleven
times for an article that cites ten studies (Wagtail 8.0.1, ``update_reference_index_on_save``). The search of the
admin was written for each save, also for one of bookkeeping alone. Readers' search is another, and follows at once.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType

from django.apps import apps
from django.db import transaction
from django.db.models.signals import post_delete
from django_tasks import task_backends
from django_tasks.backends.immediate import ImmediateBackend
from modelsearch.index import insert_or_update_object
from wagtail.models import COMMENTS_RELATION_NAME, Page, ReferenceIndex

from common import child_rows
from common.models.outbox import OutboxMessage
from common.outbox import register, tell

# What ``save_revision`` writes into the row: versions are no references, and no words of it change.
BOOKKEEPING = frozenset({"latest_revision", "latest_revision_created_at", "draft_title", "has_unpublished_changes"})
# It also writes the comments, where there are any in memory.
COMMENTS = frozenset({COMMENTS_RELATION_NAME})

_later: ContextVar[bool] = ContextVar("later", default=False)


class Follower:
    """Wagtail's modules of signal handlers, which cannot be imported before all models are there."""

    handlers: ModuleType | None = None
    search: ModuleType | None = None

    @contextmanager
    def once(self, page: Page, fields: Iterable[str] | None = None) -> Iterator[None]:
        """Let the indexes follow once what a block saves of a page; that of references not where it is switched off.

        Args:
            page: what is saved.
            fields: which of its fields; all when None is given.
        """
        wagtail = self.handlers
        if wagtail is None or getattr(wagtail.reference_index_auto_update_disabled, "value", False):
            yield
            if fields is None or not (BOOKKEEPING | COMMENTS).issuperset(fields):
                self._follow_words(page)
            return
        has_comments = bool(child_rows.in_memory(page).get(COMMENTS_RELATION_NAME))
        with wagtail.disable_reference_index_auto_update():
            yield
        if fields is not None and (BOOKKEEPING if has_comments else BOOKKEEPING | COMMENTS).issuperset(fields):
            return
        if _later.get():
            tell("page-indexes", {"page": page.pk})
        elif fields is None and _is_done_at_once():
            self._follow_as_saved(page)
        else:
            self.follow(page)

    def follow(self, page: Page) -> None:
        """Bring both indexes in line with a page."""
        self._follow_words(page)
        if self.handlers is not None:
            self.handlers.update_reference_index_on_save(page)

    def _follow_as_saved(self, page: Page) -> None:
        """Do what Wagtail's tasks do with a page that was just saved whole: each of them reads it all again."""
        insert_or_update_object(page)
        if ReferenceIndex.is_indexed(type(page)):
            with transaction.atomic():
                ReferenceIndex.create_or_update_for_object(page)

    def _follow_words(self, page: Page) -> None:
        if self.search is not None:
            self.search.post_save_signal_handler(page)

    @contextmanager
    def later(self) -> Iterator[None]:
        """Leave the indexes of what a block saves to the outbox: nobody waits for them."""
        token = _later.set(True)
        try:
            yield
        finally:
            _later.reset(token)


def _is_done_at_once() -> bool:
    """True where Wagtail's tasks are not queued: a queue is read by another process, and costs this one a row."""
    return isinstance(task_backends["default"], ImmediateBackend)


index = Follower()


def install(handlers: ModuleType, search: ModuleType) -> None:
    """Take over from Wagtail what follows a save of the site's pages; a deletion is followed at once as before."""
    index.handlers, index.search = handlers, search
    for model in apps.get_models():
        # Wagtail follows neither for a model that sees to itself.
        if issubclass(model, Page) and not getattr(model, "search_auto_update", True):
            post_delete.connect(search.post_delete_signal_handler, sender=model)


@register("page-indexes")
def follow_page(message: OutboxMessage) -> None:
    """Bring both indexes in line with a page as it is now; one that is gone has none."""
    page = Page.objects.filter(pk=message.payload["page"]).specific().first()
    if page is not None:
        index.follow(page)
