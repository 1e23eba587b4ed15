"""Whom a request comes from, behind any number of proxies."""

import ipaddress
import logging
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

logger = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# What proxies add and anybody can write. Only the first two are read; the others are taken off, so that no
# library believes them.
FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
FORWARDED_PROTO = "HTTP_X_FORWARDED_PROTO"
CLAIMS = (
    FORWARDED_FOR,
    FORWARDED_PROTO,
    *(
        f"HTTP_{name}"
        for name in (
            "FORWARDED",
            "FORWARDED_FOR",
            "X_FORWARDED",
            "X_FORWARDED_HOST",
            "X_FORWARDED_PORT",
            "X_FORWARDED_SSL",
            "X_REAL_IP",
            "X_CLIENT_IP",
            "X_CLUSTER_CLIENT_IP",
            "CLIENT_IP",
            "TRUE_CLIENT_IP",
            "CF_CONNECTING_IP",
        )
    ),
)


class ClientAddressMiddleware:
    """Make ``REMOTE_ADDR`` the client's address, and let only trusted proxies say anything about a request.

    ``TRUSTED_PROXIES`` names the proxies. What stands behind this middleware (limits, the report form, the log,
    Django's own test for TLS) needs to know nothing of them, and cannot be told a lie by a client.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer to the request as its client sent it."""
        peer = request.META.get("REMOTE_ADDR", "")
        if is_trusted(peer):
            request.META["REMOTE_ADDR"] = client_behind(peer, request.META.get(FORWARDED_FOR, ""))
            kept = request.META.get(FORWARDED_PROTO)
        else:
            kept = None
            if FORWARDED_PROTO in request.META or FORWARDED_FOR in request.META:
                _warn_once(peer)
        for claim in CLAIMS:
            request.META.pop(claim, None)
        if kept is not None:
            request.META[FORWARDED_PROTO] = kept
        return self.get_response(request)


def client_behind(peer: str, forwarded_for: str) -> str:
    """Return the address of a client, as the trusted proxies saw it.

    Each proxy adds the address it was asked from at the right end. Read from there, the first one that is no
    trusted proxy is the client; what stands further left, the client may have written.
    """
    client = peer
    for part in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        address = _parsed(part)
        if address is None:
            break
        client = str(address)
        if not is_trusted(client):
            break
    return client


def is_trusted(address: str) -> bool:
    """Tell whether an address is that of a proxy named by ``TRUSTED_PROXIES``."""
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks(tuple(settings.TRUSTED_PROXIES)))


@lru_cache
def networks(names: tuple[str, ...]) -> tuple[Network, ...]:
    """Return addresses and networks, such as ``10.0.0.0/8``, as networks.

    Raises:
        ValueError: one of them is neither.
    """
    return tuple(ipaddress.ip_network(name, strict=False) for name in names)


def _parsed(text: str) -> Address | None:
    """Return an address without its port; an IPv4 address that is written as an IPv6 one is an IPv4 address."""
    plain = text.removeprefix("[").partition("]")[0] if text.startswith("[") else text
    if plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        address = ipaddress.ip_address(plain)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


@lru_cache(maxsize=100)
def _warn_once(peer: str) -> None:
    logger.warning(
        "%s speaks for others, and TRUSTED_PROXIES does not name it. If it is your proxy, name it there: until then "
        "all who come through it count as one client, and their TLS is not seen.",
        peer,
    )
