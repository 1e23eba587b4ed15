"""The articles of a page of results, as the database has them: what a card prints, and the text that was searched.

They are rows and no models. Of most articles the printed card is still in memory, by these very values, so that
nothing needs to be made of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from common.prepared import KEYS, MOMENT, Prepared, converted
from research.models.published import CARD_FIELDS, PublishedArticle
from research.models.references import Study

STATUS = "study__status"
OF_THE_ARTICLE = tuple(name for name in CARD_FIELDS if name not in (STATUS, "page_id", "title", "address"))

ROWS = Prepared(
    lambda ids, pages, now: (
        PublishedArticle.objects.public_now(now)
        .filter(Q(pk__in=ids) | Q(page_id__in=pages))
        .values_list("pk", "page_id", "title", "address", STATUS, "search_text", *OF_THE_ARTICLE)
    ),
    *(KEYS, KEYS, MOMENT),
    is_as_stored=True,
)


class Row(NamedTuple):
    """One article; ``values`` are those of ``OF_THE_ARTICLE`` as they stand in the database."""

    pk: int
    page_id: int
    title: str
    address: str
    status: str | None
    search_text: str
    values: tuple[Any, ...]

    @property
    def is_withheld(self) -> bool:
        """True of an article on a study that was taken back."""
        return self.status in Study.WITHHELD_STATUSES

    def article(self) -> PublishedArticle:
        """Return the article with what a card prints."""
        found = PublishedArticle(pk=self.pk, page_id=self.page_id, title=self.title, address=self.address)
        for name, value in zip(OF_THE_ARTICLE, self.values, strict=True):
            setattr(found, name, converted(PublishedArticle, name, value))
        if self.status is not None:
            found.study = Study(status=self.status)
        return found


def public_rows(ids: Sequence[int], pages: Sequence[int], now: datetime) -> list[Row]:
    """Return those articles with these keys, or of these pages, that have an address at a moment; one statement."""
    found = ROWS(ids, pages, now)
    return [
        Row(pk, page_id, title, address, status, search_text, tuple(values))
        for pk, page_id, title, address, status, search_text, *values in found
    ]
