from django.db import migrations

from research.newsroom import append_only


def install(apps, schema_editor):
    append_only.install(schema_editor.connection)


def remove(apps, schema_editor):
    append_only.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("research", "0002_roles_and_workflow")]

    operations = [migrations.RunPython(install, remove)]
