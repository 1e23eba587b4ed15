"""Fixtures that every part of the suite may use."""

import gc
import os
import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from factory.base import FactoryMetaClass
from hypothesis import settings as hypothesis_settings

from research.newsroom import append_only
from search import missed
from tests import factories
from tests.first_rows import Rows, read_rows, write_rows
from tests.indexes import indexes
from tests.migrated import Template
from tests.page_store import Reader
from tests.scenes import scenes

# The same examples in every run; `pytest --hypothesis-profile=default` looks for new ones.
hypothesis_settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis_settings.load_profile("repeatable")

# On the session: the rows that migrations made, by table.
FIRST_ROWS = pytest.StashKey[Rows]()
# On a test's item: the key to the database, when the test database is emptied after it.
EMPTIED = pytest.StashKey[Any]()


# Where SQL, triggers, locks and transactions are our own.
EVERY_CASE_ON_POSTGRES = (
    "tests/common/",
    "tests/config/",
    "tests/research/doors/",
    "tests/research/models/",
    "tests/research/newsroom/",
    "tests/research/publishing/",
    "tests/research/record/",
    "tests/research/review/test_guard",
    "tests/research/test_audit.py",
    "tests/research/test_periodic.py",
    "tests/search/",
)

# Crawls of many pages, which ask no database anything that other tests do not.
NOT_ON_POSTGRES = (
    "tests/research/admin/test_blindness.py",
    "tests/research/admin/test_languages.py",
    "tests/research/admin/test_titles.py",
    "tests/research/admin/test_wording.py",
    "tests/research/publishing/test_kept_pages.py",
    "tests/research/reading/test_promises.py",
)

STARTED = time.monotonic()
# On the run: the clock it was given, to be stopped.
CLOCK = pytest.StashKey[time_machine.travel]()


def pytest_configure(config: pytest.Config) -> None:
    """Set the clock to TEST_NOW, a moment with its offset, from where it ticks on; ``make test-calendar`` does.

    Wagtail's indexes are left alone where no test asks for them.
    """
    moment = os.environ.get("TEST_NOW")
    if moment:
        config.stash[CLOCK] = time_machine.travel(datetime.fromisoformat(moment), tick=True)
        config.stash[CLOCK].start()
    indexes.leave_alone()
    scenes.factories = [each for each in vars(factories).values() if isinstance(each, FactoryMetaClass)]
    scenes.is_on = not config.getoption("mutate", [])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the clock back."""
    if CLOCK in config.stash:
        config.stash[CLOCK].stop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Start no test any more once TEST_SECONDS are over, counted from the start of the process.

    ``make test-fast`` sets it, and ``.ci/run`` for its last suite. Wagtail's indexes follow what is saved, from the
    module's own fixtures on, in tests that look into them and behind a real server.
    """
    limit = os.environ.get("TEST_SECONDS")
    if limit and time.monotonic() - STARTED > float(limit):
        pytest.skip("the time given by TEST_SECONDS is over; make test and make test-postgres run it")
    serves = "live_server" in getattr(item, "fixturenames", ())
    indexes.followed = serves or item.get_closest_marker("indexed") is not None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs PostgreSQL where there is none; bring rows of migrations back after real transactions.

    SQLite runs everything. PostgreSQL runs what asks a database: every case where we write SQL, triggers, locks or
    transactions of our own, and elsewhere one case of each test, for Django writes what the others would ask; no
    crawls.
    """
    is_postgres = "postgresql" in settings.DATABASES["default"]["ENGINE"]
    if is_postgres:
        chosen = set(_for_postgres(items))
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = [item for item in items if item in chosen]
    for item in items:
        if item.get_closest_marker("postgres") and not is_postgres:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set TEST_DATABASE_URL"))
        if _has_real_transactions(item):
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True), append=False)


def pytest_collection_finish() -> None:
    """Let the collector of garbage leave alone what stays until the end: modules, tests, models."""
    gc.collect()
    gc.freeze()


def _for_postgres(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    seen = set()
    for item in sorted(filter(_asks_a_database, items), key=lambda each: each.nodeid):
        test = item.nodeid.partition("[")[0]
        if test.startswith(NOT_ON_POSTGRES):
            continue
        if test not in seen or test.startswith(EVERY_CASE_ON_POSTGRES) or item.get_closest_marker("postgres"):
            yield item
        seen.add(test)


def _asks_a_database(item: pytest.Item) -> bool:
    marked = any(item.get_closest_marker(name) for name in ("django_db", "postgres"))
    asking = {"db", "transactional_db", "django_db_setup", "migrated", "live_server"}
    return marked or not asking.isdisjoint(getattr(item, "fixturenames", ()))


def _has_real_transactions(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    asked = bool(marker and marker.kwargs.get("transaction"))
    return asked or not {"transactional_db", "live_server"}.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None,
    django_db_createdb: bool,
    django_db_blocker: Any,
    pytestconfig: pytest.Config,
) -> Iterator[Template]:
    """Let the test database be a copy of one that was migrated before; ``--create-db`` migrates anew."""
    cache = pytestconfig.cache
    assert cache is not None
    with django_db_blocker.unblock():
        template = Template(connection, cache.mkdir("migrated"), anew=django_db_createdb)
        template.offer()
    yield template
    template.close()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_db_modify_db_settings: Template,
    django_db_setup: None,
    django_db_blocker: Any,
) -> None:
    """Keep the rows that migrations made, to bring them back after tests that empty the database."""
    with django_db_blocker.unblock():
        django_db_modify_db_settings.keep()
        request.session.stash[FIRST_ROWS] = read_rows()
        scenes.note_first()


@pytest.fixture
def migrated(django_db_setup: None, django_db_modify_db_settings: Template) -> Template:
    """The migrated database, to copy for processes of their own."""
    return django_db_modify_db_settings


@pytest.fixture
def reader(settings: Any, tmp_path: Any) -> Reader:
    """A reader in front of the door, with an empty store of this test's own."""
    settings.PAGE_STORE, settings.PAGE_STORE_DIR = True, tmp_path / "pages"
    return Reader()


@pytest.fixture(autouse=True)
def _empty_caches() -> Iterator[None]:
    """Let no test see what another one cached."""
    yield
    for cache in caches.all():
        cache.clear()


@pytest.fixture(autouse=True)
def _nothing_was_missed() -> None:
    """Let no test write what others searched for: it is kept in the process, and written after a minute."""
    missed.forget()


@pytest.fixture(autouse=True)
def _same_names_in_every_order() -> None:
    """Count the factories' names from the same number in each test, one that sorts as its digits do."""
    for each in scenes.factories:
        each.reset_sequence(100, force=True)


@pytest.fixture(autouse=True)
def _scenes(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _same_names_in_every_order: None
) -> Iterator[None]:
    """Let steps that were taken before be written again, where a test changes nothing but rows, in a transaction."""
    if not _asks_a_database(request.node) or _has_real_transactions(request.node):
        yield
        return
    request.getfixturevalue("db")
    replaced = [lambda: bool(monkeypatch._setattr or monkeypatch._setitem)]
    if "settings" in request.fixturenames:
        settings = request.getfixturevalue("settings")
        replaced.append(lambda: bool(settings._to_restore))
    if "django_capture_on_commit_callbacks" not in request.fixturenames:
        scenes.begin(replaced)
    yield
    scenes.end()


@pytest.fixture(autouse=True)
def _empty_append_only_tables(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let pytest-django empty the database after a test with real transactions.

    Nothing but these lines takes the triggers off: the site itself has no way round them.
    """
    if not _has_real_transactions(request.node):
        yield
        return
    request.getfixturevalue("django_db_setup")
    _leave_first_rows_to_us()
    request.getfixturevalue("transactional_db")  # set up before this, so emptied after it
    request.node.stash[EMPTIED] = request.getfixturevalue("django_db_blocker")
    yield
    append_only.remove(connection)


def _leave_first_rows_to_us() -> None:
    """Tell Django that it has rows to bring back after a flush, and that there are none.

    It then makes no content types and permissions of its own. What it would bring back itself, it takes through models,
    whose signals may make a row before its turn; and it looks for it on one connection, while a thread in which
    Playwright's loop has started has another.
    """
    connection._test_serialized_contents = "[]"  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Put the triggers and the rows that migrations made back once the database was emptied.

    After the last test there is no database any more, and nobody who would need them.
    """
    blocker = item.stash.get(EMPTIED, None)
    if blocker is not None:
        _leave_first_rows_to_us()
    try:
        return (yield)
    finally:
        if blocker is not None and nextitem is not None:
            with blocker.unblock():
                append_only.install(connection)
                write_rows(item.session.stash[FIRST_ROWS])
                scenes.note_first()


@pytest.fixture
def site_server(live_server: Any) -> Any:
    """A real server on a real port."""
    return live_server


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the system's Chromium instead of a downloaded one."""
    # Playwright's loop runs in the test's thread, so Django would refuse the ORM there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    arguments = {**browser_type_launch_args, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}
    return {**arguments, "executable_path": executable} if executable else arguments
