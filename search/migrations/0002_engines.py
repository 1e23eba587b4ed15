"""The tables that the words of articles are found in, of the database's own kind."""

from typing import Any

from django.db import migrations

from search.engines import postgres, sqlite


def create(apps: Any, schema_editor: Any) -> None:
    for statement in _engine_of(schema_editor).CREATE:
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    for statement in _engine_of(schema_editor).DROP:
        schema_editor.execute(statement)


def _engine_of(schema_editor: Any) -> Any:
    return postgres if schema_editor.connection.vendor == "postgresql" else sqlite


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
