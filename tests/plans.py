"""How a database would answer where tables are too large to be read whole."""

from django.db import connection


def never_whole() -> None:
    """Have PostgreSQL plan, until the transaction ends, as if no table could be read whole; those of tests are small.

    SQLite takes an index wherever one fits.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
