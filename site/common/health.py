"""Is the process alive, and may it be sent readers?"""

from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from common.installation import static_files_are_collected

NOT_MIGRATED = "migrations are not applied"

_migrated: set[str] = set()

#: What an app says of itself: its words, and whether they are bad news.
Detail = Callable[[], tuple[str, bool]]
#: Gauges of an app by metric name.
Gauges = Callable[[], dict[str, int]]

_details: dict[str, Detail] = {}
_gauges: list[Gauges] = []


def register(name: str, *, detail: Detail, gauges: Gauges) -> None:
    """Let an app add a line to the health page and gauges to the metrics."""
    _details[name] = detail
    _gauges.append(gauges)


def details() -> dict[str, dict[str, str]]:
    """Return every registered line: its words, and "red" or "green".

    Red does not take a process out of service: it calls a person.
    """
    found = {name: detail() for name, detail in _details.items()}
    return {name: {"state": "red" if bad else "green", "says": words} for name, (words, bad) in found.items()}


def metrics_text() -> str:
    """Return all gauges in the Prometheus text format."""
    gauges = {name: value for function in _gauges for name, value in function().items()}
    return "".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in sorted(gauges.items()))


def problems() -> list[str]:
    """Return why this process should get no requests yet, in words; nothing when it should."""
    found = database_problems()
    if not found and not static_files_are_collected():
        return ["the static files are not collected: run manage.py collectstatic, then start again"]
    return found


def database_problems() -> list[str]:
    """Return what is wrong with the database, in words; nothing when it answers and has every migration.

    Comparing the migrations is slow, so a database found up to date is not compared again by this process.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if DEFAULT_DB_ALIAS not in _migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return [NOT_MIGRATED]
            _migrated.add(DEFAULT_DB_ALIAS)
    except Exception:  # noqa: BLE001 - a driver raises what it likes when the server is gone
        return ["the database does not answer"]
    return []
