"""Connects the store to the database: the rules of the tables that Wagtail and this app bring."""

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import m2m_changed, post_migrate, post_save
from wagtail.models import Locale, Page, PageViewRestriction, Site

from common import health
from common.models import Image, Rendition
from common.page_store import changes, place, stamps

#: What saving a draft changes of a page, and what the tree does when a page is added below another.
UNSEEN_OF_PAGES = (
    "draft_title",
    "expire_at",
    "expired",
    "go_live_at",
    "has_unpublished_changes",
    "latest_revision_created_at",
    "latest_revision_id",
    "live_revision_id",
    "locked",
    "locked_at",
    "locked_by_id",
    "numchild",
    "owner_id",
)


def start() -> None:
    """Watch every connection, and every row that is saved or deleted."""
    changes.rule(Page, tags_of_page, unseen=UNSEEN_OF_PAGES)
    for model in (Site, PageViewRestriction, Locale, ContentType):
        changes.rule(model)
    # Nobody prints a picture before a row points to it.
    changes.rule(Image, new_rows_unseen=True)
    changes.rule(Rendition, new_rows_unseen=True)
    connection_created.connect(changes.install, dispatch_uid="common.page_store")
    for connection in connections.all(initialized_only=True):
        changes.install(connection)
    post_save.connect(changes.follow_row, dispatch_uid="common.page_store")
    m2m_changed.connect(changes.follow_relation, dispatch_uid="common.page_store")
    post_migrate.connect(_empty, dispatch_uid="common.page_store")
    health.register("page store", detail=detail, gauges=gauges)


def tags_of_page(page: Page) -> Iterable[str] | None:
    """Articles are read from their published rows alone; all other pages stand in the frame of each page."""
    return () if getattr(page.specific_class, "reviewed", False) else None


def _empty(sender: object, **kwargs: object) -> None:
    """Migrations ran: what is kept may be of another release."""
    place.empty()


def detail() -> tuple[str, bool]:
    """Return what the store did since it was made, in words; an error when it cannot be used."""
    if not place.is_on():
        return "pages are not kept", False
    try:
        counted = gauges()
    except OSError as error:
        return f"the page store cannot be used: {error.strerror}", True
    hits, misses = (counted[f"countersign_page_store_{name}_total"] for name in ("hits", "misses"))
    return f"{hits} of {hits + misses} pages came from the store", False


def gauges() -> dict[str, int]:
    """Return about how many pages were found, were not, were kept, and how many purges there were."""
    store = place.store()
    if store is None:
        return {}
    numbers = store.stamps.numbers()
    return {
        "countersign_page_store_hits_total": numbers[stamps.HITS_AT],
        "countersign_page_store_misses_total": numbers[stamps.MISSES_AT],
        "countersign_page_store_kept_total": numbers[stamps.STORED_AT],
        "countersign_page_store_purges_total": numbers[stamps.SEQUENCE_AT],
    }
