"""Who may read an article: resolved to the public row when it changes, and not when the article is read."""

from django.db import transaction
from django.db.models import Q
from wagtail.models import Page, PageViewRestriction

from common.models import OutboxMessage
from common.outbox import register, tell
from common.prepared import TEXTS, Prepared
from research.models.published import PublishedArticle, PublishedArticleQuerySet
from research.publishing import public_pictures, receipts
from research.publishing.ledger import wait_for_releases
from research.publishing.lists.listing import follow as follow_lists

RESTRICTED = Prepared(
    lambda paths: PageViewRestriction.objects.filter(page__path__in=paths).values_list("pk")[:1], TEXTS
)


def is_restricted(path: str, *, step: int) -> bool:
    """Return whether a page of this path, or one above it, is for some readers only."""
    above = [path[:length] for length in range(step, len(path) + 1, step)]
    return bool(RESTRICTED(above))


@transaction.atomic
def follow(path: str) -> int:
    """Resolve the restrictions of all public articles at or below a place in the tree; return how many were others.

    Where they stand, their pages say: a page that is moved shifts the paths of those beside it.
    """
    wait_for_releases()
    rows = list(_others().filter(page__path__startswith=path).defer("content", "search_text"))
    for row in rows:
        PublishedArticle.objects.filter(pk=row.pk).update(restricted=not row.restricted)
        receipts.note(row.page_id)
        follow_lists(row)
        public_pictures.settle_soon(set(public_pictures.names_in(row.pictures)))
    return len(rows)


def follow_page(page_id: int) -> None:
    """Resolve the restrictions at and below a page; one that is gone has nothing below it."""
    for path in Page.objects.filter(pk=page_id).values_list("path", flat=True):
        follow(path)


def follow_soon(page_id: int) -> None:
    """Let the same be done by a message: Wagtail's row is saved in no transaction that could take it back."""
    tell("restriction", {"page": page_id})


@register("restriction")
def _follow_told(message: OutboxMessage) -> None:
    follow_page(message.payload["page"])


def put_right() -> int:
    """Resolve what is not as the restrictions have it, wherever that is; return how many that were."""
    return follow("") if _others().exists() else 0


def _others() -> PublishedArticleQuerySet:
    """Return the public rows that are not as the restrictions in the tree have them."""
    paths = PageViewRestriction.objects.values_list("page__path", flat=True)
    below = Q(pk__in=[])
    for path in paths:
        below |= Q(page__path__startswith=path)
    return PublishedArticle.objects.filter(Q(below, restricted=False) | Q(~below, restricted=True)).order_by("pk")
