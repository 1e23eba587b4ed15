"""Articles are printed before a reader asks: what just became public by the runner, all of them by a command."""

from collections.abc import Iterator
from datetime import datetime

from django.core.cache import cache

from common.faults import for_each
from common.printing.ahead import ask
from research.models.published import PublishedArticle
from research.models.releases import Release
from research.models.signoffs import Receipt

#: In one round, a minute; the others wait for the next.
MOST = 200
#: The number of the last receipt whose article was asked for.
LAST = "printed-ahead"


def print_new(now: datetime) -> None:
    """Ask for the articles that changed for readers since the last round; at first, for the newest of all.

    Never in the way of what is due: then it waits a round.
    """
    if Release.objects.due(now).exists():
        return
    last = cache.get(LAST)
    receipts = Receipt.objects.order_by("-sequence" if last is None else "sequence")
    new = receipts if last is None else receipts.filter(sequence__gt=last)
    pages = dict(new.values_list("sequence", "article_id")[:MOST])
    if pages:
        public = PublishedArticle.objects.public_now(now).filter(page_id__in=set(pages.values()))
        for_each(list(public.values_list("address", flat=True)), ask, "The page %s could not be printed")
        cache.set(LAST, max(pages), None)


def print_all(now: datetime) -> Iterator[str]:
    """Ask for every public article; yield the addresses, each once it is printed."""
    # All of them at once: the printing takes minutes, and no cursor need stay open so long.
    addresses = list(PublishedArticle.objects.public_now(now).order_by("pk").values_list("address", flat=True))
    for address in addresses:
        ask(address)
        yield address
