"""The address that Wagtail's admin frame names for documents, although the documents app is not installed."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path


class NoDocumentsEndpoint:
    """Answers that there are no documents.

    ``wagtail_config`` reverses this address on every admin page without asking whether
    wagtail.documents is installed; without an endpoint the whole admin is a 500. Wagtail 8.0.1.
    """

    class model:  # noqa: N801 -- the router asks each endpoint for this name
        """Nothing is an instance of this."""

    @classmethod
    def get_urlpatterns(cls) -> list[Any]:
        """Return the one address."""
        return [path("", cls.listing, name="listing")]

    @staticmethod
    def listing(request: HttpRequest) -> JsonResponse:
        """Return an empty list in the shape of Wagtail's API."""
        return JsonResponse({"meta": {"total_count": 0}, "items": []})
