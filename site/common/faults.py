"""Whose fault it is that something failed: its own, or that of what we run on.

What we run on comes back: a disk that is full, a store, a database or a network that is away. A release that
fails for such a reason is tried again without end. Only a fault of the article itself is given up.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from django.db import Error, InterfaceError, InternalError, OperationalError, connection
from PIL import UnidentifiedImageError

# Among OSError are refused and broken connections, time-outs, full disks and files that cannot be read.
OF_THE_ENVIRONMENT = (OSError, OperationalError, InterfaceError, InternalError, MemoryError)
# An OSError by name only: the file was read, and it is no picture.
OF_THE_ARTICLE = (UnidentifiedImageError,)
# Clients of stores, caches and networks have errors of their own, and not all of them are installed.
CLIENTS = frozenset(
    {"boto3", "botocore", "httpcore", "httpx", "psycopg", "psycopg_pool", "redis", "requests", "s3transfer", "urllib3"}
)

OF_THE_DATABASE = (OperationalError, InterfaceError, InternalError)
# The class of PostgreSQL's errors "program limit exceeded".
PROGRAM_LIMIT = "54"
#: After so many rows in a row that the database failed, it is the database and not the rows.
MOST_IN_A_ROW = 3

logger = logging.getLogger(__name__)

Row = TypeVar("Row")
Result = TypeVar("Result")


def for_each(
    rows: Iterable[Row], work: Callable[[Row], object], said: str, *, unless: tuple[type[Exception], ...] = ()
) -> list[Exception]:
    """Do a piece of work for each row; one that fails is logged, and the others go on.

    Call it outside of a transaction: a row that fails would spoil that of all.

    Args:
        rows: read as the work goes on; what is raised by reading them is raised.
        work: opens a transaction where a row needs one.
        said: what the log says of one that failed, ``%s`` for the row.
        unless: what ends it all at once, since the others would fail alike.

    Returns:
        What was raised, one error a row that failed.

    Raises:
        OperationalError, InterfaceError, InternalError: the last of MOST_IN_A_ROW rows that the database failed; what
            comes after them was not tried.
    """
    errors: list[Exception] = []
    in_a_row = 0
    for row in rows:
        try:
            work(row)
        except unless:
            raise
        except Exception as error:
            logger.exception(said, getattr(row, "pk", row))
            errors.append(error)
            in_a_row = in_a_row + 1 if isinstance(error, OF_THE_DATABASE) else 0
            if in_a_row >= MOST_IN_A_ROW:
                raise
        else:
            in_a_row = 0
    return errors


def twice(work: Callable[[], Result], said: str, *about: object) -> Result:
    """Do a piece of work that is one transaction; where the database failed it, do it once more at once.

    A lost deadlock is over by then, and a connection that the server ended is opened anew. What fails again is raised.

    Args:
        said: what the log says of the first failure; ``about`` is filled into it, and then the error.
    """
    try:
        return work()
    except OF_THE_DATABASE as error:
        logger.warning(said, *about, error)
        let_go_of_broken_connection()
        return work()


def let_go_of_broken_connection() -> None:
    """Have the next statement open a connection anew when the server ended this one."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def is_of_environment(error: BaseException) -> bool:
    """Return True when an error, or one it was raised from, is a fault of what we run on."""
    return any(_is_of_environment(cause) for cause in _causes(error))


def _is_of_environment(error: BaseException) -> bool:
    if isinstance(error, OF_THE_ARTICLE) or _is_too_much(error):
        return False
    packages = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return isinstance(error, OF_THE_ENVIRONMENT) or not CLIENTS.isdisjoint(packages)


def _is_too_much(error: BaseException) -> bool:
    """Tell what PostgreSQL calls too large or too complex, as an operational error: it would be so again."""
    return str(getattr(error.__cause__, "sqlstate", "")).startswith(PROGRAM_LIMIT)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        # Django names what the database said better than its client, whose errors are all of one package.
        error = None if isinstance(error, Error) else error.__cause__
