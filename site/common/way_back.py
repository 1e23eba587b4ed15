"""Where a screen leads back to: the address that it was asked with, where that is ours."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request: HttpRequest, default: str) -> str:
    """Return the address that a request names as ``next``; ``default`` without one, or for one of somebody else's.

    Unlike Wagtail's function for it (8.0.1), it leads from an encrypted page to no other.
    """
    address = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else default
