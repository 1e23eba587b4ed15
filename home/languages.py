"""Which languages the publication and its sections have, for ``common.languages``."""

from collections.abc import Mapping

from django.core.cache import cache
from django.db.models import CharField, Value

from common.languages import PUBLICATION
from common.page_store.memory import remembered
from home.models import SiteSettings
from research.models.sections import TopicIndexPage

CACHE_KEY = "publication-languages"


def languages_of_site() -> Mapping[str, str]:
    """Return the language of each section by its slug, and that of the publication; one statement in a while."""
    return remembered(CACHE_KEY, (SiteSettings, TopicIndexPage), _asked)


def _asked() -> Mapping[str, str]:
    publication = SiteSettings.objects.order_by().values_list(Value(PUBLICATION, output_field=CharField()), "language")
    sections = TopicIndexPage.objects.order_by().values_list("slug", "language")
    return dict(publication.union(sections, all=True))


def forget(**kwargs: object) -> None:
    """Let the next page ask again, where no pages are kept: elsewhere a change is seen by itself."""
    cache.delete(CACHE_KEY)
