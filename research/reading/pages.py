"""What the pages have in common that are no article: what their head says, and the signed text they may carry."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext

from common.models import BasePage
from common.prepared import IDENTITY, Prepared
from research.models.explainers import PageText
from research.models.texts import PublishedText
from research.reading import build
from research.reading.shapes import Metadata, PageTextView


def page_metadata(request: HttpRequest, title: str, description: str, number: int = 1) -> Metadata:
    """Return what the head of a page that is no article says about it; ``number`` is that of a page of a list.

    Each page of a list has words that no other has, so each is found under its own address and name.
    """
    address = request.build_absolute_uri(request.path)
    return Metadata(
        title=gettext("%(title)s, page %(number)s") % {"title": title, "number": number} if number > 1 else title,
        description=description or "",
        canonical_url=f"{address}?page={number}" if number > 1 else address,
    )


TEXT_OF_PAGE = Prepared(lambda page: PublishedText.objects.about(PageText, page).order_by("pk")[:1], IDENTITY)


def page_text(page: BasePage) -> PageTextView | None:
    """Return the signed text of a page that is no article; None where there is none."""
    signed = TEXT_OF_PAGE.first(page.translation_key)
    return PageTextView(build.linked(signed.value("text"), {}), signed.signed_at) if signed else None


def signed_at(text: PageTextView | None) -> datetime | None:
    """Return when the signed text of a page was signed; None where there is none."""
    return text.signed_at if text else None
