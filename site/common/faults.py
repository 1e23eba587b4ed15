"""Whose fault a failed release is: the article's own, or that of what we run on.

What we run on comes back: a disk that is full, a store, a database or a network that is away. A release that
fails for such a reason is tried again without end. Only a fault of the article itself is given up.
"""

from collections.abc import Iterator

from django.db import InterfaceError, InternalError, OperationalError
from PIL import UnidentifiedImageError

# Among OSError are refused and broken connections, time-outs, full disks and files that cannot be read.
OF_THE_ENVIRONMENT = (OSError, OperationalError, InterfaceError, InternalError, MemoryError)
# An OSError by name only: the file was read, and it is no picture.
OF_THE_ARTICLE = (UnidentifiedImageError,)
# Clients of stores, caches and networks have errors of their own, and not all of them are installed.
CLIENTS = frozenset(
    {"boto3", "botocore", "httpcore", "httpx", "psycopg", "psycopg_pool", "redis", "requests", "s3transfer", "urllib3"}
)


def is_of_environment(error: BaseException) -> bool:
    """Return True when an error, or one it was raised from, is a fault of what we run on."""
    return any(_is_of_environment(cause) for cause in _causes(error))


def _is_of_environment(error: BaseException) -> bool:
    if isinstance(error, OF_THE_ARTICLE):
        return False
    packages = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return isinstance(error, OF_THE_ENVIRONMENT) or not CLIENTS.isdisjoint(packages)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__
