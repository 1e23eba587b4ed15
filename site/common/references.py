"""Wagtail's index of references, brought in line once a save of a page.

Each row of a page is saved with it, and after each Wagtail read the whole page anew to find its references: eleven
times for an article that cites ten studies (Wagtail 8.0.1, ``update_reference_index_on_save``).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType

from wagtail.models import Page

# What ``save_revision`` writes into the row: versions are no references, and no words of it change.
BOOKKEEPING = frozenset({"latest_revision", "latest_revision_created_at", "draft_title", "has_unpublished_changes"})


class Follower:
    """Wagtail's module of signal handlers, which cannot be imported before all models are there."""

    handlers: ModuleType | None = None

    @contextmanager
    def once(self, page: Page, fields: Iterable[str] | None = None) -> Iterator[None]:
        """Let the index follow once what a block saves of a page; not at all where somebody else sees to it.

        Args:
            page: what is saved.
            fields: which of its fields; all when None is given.
        """
        wagtail = self.handlers
        if wagtail is None or getattr(wagtail.reference_index_auto_update_disabled, "value", False):
            yield
            return
        with wagtail.disable_reference_index_auto_update():
            yield
        if fields is None or not BOOKKEEPING.issuperset(fields):
            wagtail.update_reference_index_on_save(page)


index = Follower()
