"""Counts what is read, in front of the page store and of Django, so that pages from the store count too.

Of a request only its path is kept, in memory and for half a minute; then the paths of articles, sections and the front
are added to the day's numbers in one statement, and all others are forgotten. No cookie is set, no address and no
program's name is stored. People of the newsroom, programs that say what they are, and pages fetched ahead are left out.
What a killed process had not written yet is lost: numbers of readers are no record.
"""

import logging
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from home.models import HomePage
from home.readership.models import YEAR, DailyViews
from research.models.published import PublishedArticle
from research.models.sections import TopicIndexPage

logger = logging.getLogger("countersign.readership")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

WRITTEN_EVERY_SECONDS = 30.0
#: Of one batch; whoever asks for ever other addresses must not fill the memory.
MOST_PATHS = 5_000
#: Paths that are added up at once, however soon: until then each keeps a text of its own.
MOST_WAITING = 1_000
A_QUERY = 500
#: A page, whole or unchanged since the reader's copy.
READ = ("200", "304")
#: What programs that fetch pages call themselves. A browser's name has none of these in it.
PROGRAM = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|scrape|fetch|monitor|uptime|preview|validator|lighthouse|headless|feed|reader/|"
    r"curl|wget|python|httpx|aiohttp|go-http|java/|okhttp|libwww|perl|ruby|php|node|axios|postman|http-client|"
    r"facebookexternalhit|whatsapp|telegram|slack|discord|embedly|archive",
    re.IGNORECASE,
)
#: Names that are longer are looked at each time, so that nobody fills the memory with them.
LONGEST_NAME = 300
#: Requests for a page that nobody may look at.
AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ")


class ReadershipCounter:
    """Stands before an application and counts the paths that readers opened."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self._opened: deque[str] = deque()
        self._counted: Counter[tuple[date, str]] = Counter()
        self._lock = threading.Lock()
        self._due = time.time() + WRITTEN_EVERY_SECONDS
        # What was opened from one moment to the other is of this day.
        self._since, self._until, self._day = 0.0, 0.0, date.min

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the request on, and count it if it was a reader's and got a page."""
        if not is_of_a_reader(environ):
            return self.application(environ, start_response)

        def counting(status: str, *told: Any) -> Any:
            if status.startswith(READ):
                self.note(environ.get("PATH_INFO", ""))
            return start_response(status, *told)

        return self.application(environ, counting)

    def note(self, path: str) -> None:
        """Note a path, to be counted within half a minute: the counting takes as long as to find a kept page."""
        if not self._since <= time.time() < self._until or len(self._opened) >= MOST_WAITING:
            self._count()
        self._opened.append(path)

    def _count(self) -> None:
        """Count what was noted; once in a while, let a thread write what was counted."""
        with self._lock:
            self._add_up()
            now = time.time()
            is_due = now >= self._due
            if is_due or self._due > now + WRITTEN_EVERY_SECONDS:  # or the clock was set back
                self._due = now + WRITTEN_EVERY_SECONDS
            # A zone begins a day with a minute and never within one.
            self._since, self._until, self._day = now, min((now // 60 + 1) * 60, self._due), timezone.localdate()
        if is_due:
            threading.Thread(target=self._write_and_close, name="readership", daemon=True).start()

    def _add_up(self) -> None:
        while self._opened:
            key = (self._day, self._opened.popleft())
            if key in self._counted or len(self._counted) < MOST_PATHS:
                self._counted[key] += 1

    def write(self) -> int:
        """Write what was counted, and return how many views that were; what cannot be written waits."""
        with self._lock:
            self._add_up()
            counted, self._counted = self._counted, Counter()
        try:
            return write_views(counted)
        except Error:
            logger.exception("Views could not be written; trying again")
            with self._lock:
                self._counted += counted
            return 0

    def _write_and_close(self) -> None:
        try:
            self.write()
        finally:
            connection.close()


def is_of_a_reader(environ: Environ) -> bool:
    """Tell whether a request is a person's who reads: by what it says of itself, which is then forgotten."""
    told = environ.get
    program, cookies = told("HTTP_USER_AGENT", ""), told("HTTP_COOKIE")
    return (
        told("REQUEST_METHOD") == "GET"
        and told("PATH_INFO", "").endswith("/")
        and bool(program)
        and not (_is_a_program(program) if len(program) <= LONGEST_NAME else PROGRAM.search(program))
        and not (cookies and settings.SESSION_COOKIE_NAME in cookies)
        and environ.keys().isdisjoint(AHEAD)
    )


@lru_cache(maxsize=1_000)
def _is_a_program(name: str) -> bool:
    """Tell whether a name is a program's; looking for all those words takes longer than to answer with a kept page."""
    return PROGRAM.search(name) is not None


def write_views(counted: Mapping[tuple[date, str], int]) -> int:
    """Add views to the numbers of their days; return how many were of pages that are counted."""
    pages = _pages_at({path for _, path in counted})
    rows = [(day, pages[path], views) for (day, path), views in counted.items() if path in pages]
    if rows:
        table = connection.ops.quote_name(DailyViews._meta.db_table)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table} (day, page_id, views) VALUES (%s, %s, %s) "  # noqa: S608 - our own table
                f"ON CONFLICT (day, page_id) DO UPDATE SET views = {table}.views + excluded.views",
                rows,
            )
    return sum(views for *_, views in rows)


def _pages_at(paths: set[str]) -> dict[str, int]:
    """Return the pages whose views are counted, by their address."""
    found = {f"/{slug}/": pk for pk, slug in TopicIndexPage.objects.live().values_list("pk", "slug")}
    front = HomePage.objects.live().values_list("pk", flat=True).first()
    if front is not None:
        found["/"] = front
    wanted = sorted(paths - set(found))
    for start in range(0, len(wanted), A_QUERY):
        rows = PublishedArticle.objects.not_withdrawn().filter(address__in=wanted[start : start + A_QUERY])
        found |= dict(rows.values_list("address", "page_id"))
    return found


def forget_old(now: Any) -> None:
    """Delete numbers that no screen shows any more."""
    DailyViews.objects.filter(day__lt=timezone.localdate(now) - timedelta(days=2 * YEAR)).delete()
