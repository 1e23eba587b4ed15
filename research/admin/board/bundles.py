"""Bundles on the board: one card for what goes live together, beside the cards of its articles."""

from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext

from research.admin.board.access import Viewer
from research.admin.board.marks import Item, Lane, Mark, MarkKind
from research.admin.board.queries import Span
from research.models.releases import Release, ReleaseBundle


def load_bundles(viewer: Viewer, span: Span, now: datetime) -> list[Item]:
    """Return the bundles that have not gone out and are due in the span, or late; no title of an article is in them."""
    approved = Q(releases__state__in=Release.OPEN_STATES, releases__kind=Release.Kind.PUBLISH)
    bundles = (
        ReleaseBundle.objects.waiting()
        .filter(Q(due_at__gte=span.start, due_at__lt=span.end) | Q(due_at__lte=now), entries__isnull=False)
        .annotate(
            articles=Count("entries", distinct=True), ready=Count("releases__article", filter=approved, distinct=True)
        )
        .order_by("due_at", "pk")
    )
    may_open = viewer.user.has_perm("research.change_releasebundle")
    return [_item(bundle, now, may_open=may_open) for bundle in bundles]


def _item(bundle: ReleaseBundle, now: datetime, *, may_open: bool) -> Item:
    articles, ready = bundle.articles, bundle.ready  # type: ignore[attr-defined]
    is_late = bundle.due_at <= now
    is_ready = articles > 0 and ready >= articles
    kind = MarkKind.GO_LIVE if is_ready and not is_late else MarkKind.DUE
    return Item(
        page_id=0,
        uid=f"bundle-{bundle.pk}",
        title=gettext("Bundle: %(name)s") % {"name": bundle.name},
        lane=Lane.HELD if is_late else Lane.SCHEDULED,
        marks=[Mark.at_moment(kind, bundle.due_at, words=gettext("Late") if is_late else "")],
        note=gettext("%(ready)s of %(articles)s countersigned") % {"ready": ready, "articles": articles},
        late_since=bundle.due_at if is_late else None,
        url=reverse("research_releasebundle_modeladmin_edit", args=[bundle.pk]) if may_open else "",
    )
