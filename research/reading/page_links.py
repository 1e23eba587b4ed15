"""Links in rich text that readers see: they never tell the address of a page that is not public."""

from collections.abc import Mapping, Sequence

from django.utils import timezone
from wagtail.models import Page
from wagtail.rich_text.pages import PageLinkHandler

from research.models.published import PublishedArticle


class PublicPageLinkHandler(PageLinkHandler):
    """Wagtail's own, but for pages without a public address: of their links only the words are left."""

    @classmethod
    def get_many(cls, attrs_list: Sequence[Mapping[str, str]]) -> list[Page | None]:
        """Return the page of each link, in order; None where it is not public now."""
        pages = super().get_many(attrs_list)
        articles = {page.pk for page in pages if getattr(page, "reviewed", False)}
        public = _public_among(articles) if articles else set()
        return [page if page and page.live and page.pk not in articles - public else None for page in pages]


def _public_among(page_ids: set[int]) -> set[int]:
    rows = PublishedArticle.objects.public_now(timezone.now()).filter(page_id__in=page_ids)
    return set(rows.values_list("page_id", flat=True))
