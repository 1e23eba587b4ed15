"""How often one client may do something; one count for all processes."""

from allauth.core.internal import ratelimit
from django.core.cache import cache, caches
from django.http import HttpRequest
from django.utils.connection import ConnectionProxy


def install() -> None:
    """Let allauth's limits, which these are, count where all processes see it.

    It knows the default cache only, and that one may belong to a single process. Remove when allauth takes the
    name of a cache: https://codeberg.org/allauth/django-allauth, ``allauth/core/internal/ratelimit.py``.
    """
    ratelimit.cache = ConnectionProxy(caches, "limits")


def is_within(request: HttpRequest, action: str, rate: str) -> bool:
    """Count an act of a client and return whether the limit still allows it; a GET counts as nothing.

    Args:
        action: what is counted.
        rate: such as ``5/h/ip``: five an hour from one address, or one network of IPv6. The address itself is
            forgotten when the time is over.
    """
    return ratelimit.consume(request, app="countersign", action=action, config={action: rate}) is not None


def may_read(request: HttpRequest, what: str, *, a_minute: int) -> bool:
    """Count a client's reading and return whether it is within so many a minute.

    Reading writes nothing to the database: it is counted in the cache, which each process may have for itself.
    """
    key = f"read:{what}:{ratelimit.get_ip(request)}"
    cache.add(key, 0, 60)
    try:
        return cache.incr(key) <= a_minute
    except ValueError:  # the minute ended in between
        return True
