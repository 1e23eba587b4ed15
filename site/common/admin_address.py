"""Which addresses are the newsroom's: each request asks several times."""

from django.http import HttpRequest
from django.urls import reverse

from common.page_store.settled import settled


@settled()
def admin_home() -> str:
    """Return the address below which the newsroom is."""
    return reverse("wagtailadmin_home")


def is_in_admin(request: HttpRequest) -> bool:
    """Tell whether a request is for a page of the newsroom."""
    return request.path_info.startswith(admin_home())
