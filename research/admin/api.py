"""What the admin's own API answers about images and documents."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import path
from wagtail.images import get_permission_policy
from wagtail.images.api.admin.views import ImagesAdminAPIViewSet


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


class PermittedImagesEndpoint(ImagesAdminAPIViewSet):
    """Wagtail's images, of which everybody sees those they may choose or change; Wagtail shows all to all."""

    def get_queryset(self) -> "QuerySet[Any]":
        """Return the images that the user has any right on."""
        allowed = get_permission_policy().instances_user_has_any_permission_for(
            self.request.user, ["choose", "add", "change", "delete"]
        )
        return super().get_queryset().filter(pk__in=allowed.values("pk"))
