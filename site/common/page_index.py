"""An index of Wagtail's own table: the pages with words that are not public, which the newsroom always looks for.

They are few, however many pages there are. It is no model's, so no migration knows it; SQLite drops it with a table
that a migration makes anew, so that it is looked for after each.
"""

from typing import Any

from django.db import connections

TABLE = "wagtailcore_page"
NAME = "pages_on_their_way"


def keep(sender: Any, using: str, **kwargs: Any) -> None:
    """Make the index where it is missing. Connected to ``post_migrate``."""
    connection = connections[using]
    if TABLE in connection.introspection.table_names():
        with connection.cursor() as cursor:
            # As ``BasePageQuerySet.on_their_way`` asks; another condition would not be answered by it.
            cursor.execute(
                f"CREATE INDEX IF NOT EXISTS {NAME} ON {TABLE} (id) WHERE NOT live OR has_unpublished_changes"
            )
