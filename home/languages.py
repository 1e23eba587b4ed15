"""Which languages the publication and its sections have, for ``common.languages``."""

from collections.abc import Mapping

from django.core.cache import cache
from django.db.models import CharField, Value

from common.languages import PUBLICATION
from common.page_store.changes import version_of
from common.page_store.shown import reads
from home.models import SiteSettings
from research.models.sections import TopicIndexPage

CACHE_KEY = "publication-languages"
KEPT_SECONDS = 60


def languages_of_site() -> Mapping[str, str]:
    """Return the language of each section by its slug, and that of the publication; one statement in a while.

    Other processes of this machine follow a change at once where pages are kept, and within a minute elsewhere.
    """
    reads(SiteSettings, TopicIndexPage)
    key = f"{CACHE_KEY}{version_of(SiteSettings, TopicIndexPage)}"
    found: Mapping[str, str] | None = cache.get(key)
    if found is None:
        publication = SiteSettings.objects.order_by().values_list(
            Value(PUBLICATION, output_field=CharField()), "language"
        )
        sections = TopicIndexPage.objects.order_by().values_list("slug", "language")
        found = dict(publication.union(sections, all=True))
        cache.set(key, found, KEPT_SECONDS)
    return found


def forget(**kwargs: object) -> None:
    """Let the next page ask again."""
    cache.delete(CACHE_KEY)
