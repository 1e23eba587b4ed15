"""What a page costs that is not kept: beside Wagtail's own, beside a view that only asks, and with more articles."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from common.page_store.shown import Page, being_made
from research.models import PublishedArticle
from research.publishing.lists.listing import choose_related
from research.trials.bench import Figure
from research.trials.bench.servers.references import PAGE_NAME
from research.trials.bench.servers.running import (
    STOCK,
    UNCOMPRESSED,
    Server,
    ask,
    costs,
    make_stock,
    print_by_another,
    reference_variables,
    served,
    served_as_in_production,
)
from research.trials.many import add_many, make_many

SIZE, SHORT_SIZE, FEW = 10_000, 1_000, 100
A_ROUND = 5
MEASURED = (
    f"processor time of server and database, medians of {{runs}} rounds of {A_ROUND} requests by turns, none of a page "
    f"that is kept; {FEW} and {{size:,}} articles"
)
# An article costs a twelfth of Wagtail's, and three times a view of Django that asks ten trivial statements; no page
# costs more for more articles, but for what chance does.
OF_STOCK, OF_ASKING, GROWTH = 1 / 12, 3, 1.15
STATEMENTS, STATEMENTS_OF_A_FEED = 5, 2
ARTICLE = "/section/article-1/"
PAGES = {
    "article": ARTICLE,
    "home": "/",
    "section": "/section/",
    "topic": "/section/topics/topic-1/",
    "A to Z": "/section/topics/",
    "how it was made, as data": "/section/first/made.json",
    "feed": "/section/feed/",
}
#: No page is kept under an address with what it does not know.
PASSED_THROUGH = "?n=1"
UNIT = "µs of CPU"
STOCK_ARTICLE, PRINTED, NEW = ("stock", "article"), ("ours", "printed"), ("ours", "new")
STOCK_PAGES = {"article": "/section/article-50/", "home": "/", "section": "/section/"}


def run(runs: int, size: int) -> Iterator[Figure]:
    """Yield the cost of each page with few articles beside the references, then with many beside itself with few."""
    first = make_many(FEW)
    _settle()
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        ours = stack.enter_context(served_as_in_production(folder))
        page, _ = ask(ours, ARTICLE, 1, UNCOMPRESSED)
        (folder / PAGE_NAME).write_bytes(page)
        references = _references(folder, stack)
        asked = {("ours", name): (ours, f"{address}{PASSED_THROUGH}") for name, address in PAGES.items()}
        few = costs({**asked, **references}, runs, A_ROUND, UNCOMPRESSED)
        yield from _beside(few)
        add_many(first, size - FEW, after=FEW)
        others = _others(2 * (runs + 1) * A_ROUND)
        _settle()
        # Minutes have passed. By how much the machine is slower now, the page of stock shows, which has not grown.
        printed, new = others[::2], others[1::2]
        # As the runner does with what became public.
        print_by_another(folder, printed)
        each_time = {PRINTED: (ours, cycle(printed)), NEW: (ours, cycle(new))}
        many = costs({**asked, **each_time, STOCK_ARTICLE: references[STOCK_ARTICLE]}, runs, A_ROUND, UNCOMPRESSED)
    pace = many[STOCK_ARTICLE] / few[STOCK_ARTICLE]
    for name in PAGES:
        value, before = many["ours", name], few["ours", name] * pace
        called = f"{name}, {size / FEW:.0f} times the articles, {value / before:.2f} times the cost"
        yield Figure(called, value, before * GROWTH, unit=UNIT)
    stock = many[STOCK_ARTICLE]
    for each, called in ((PRINTED, "each time another"), (NEW, "each time one that was never printed")):
        yield Figure(f"article, {called}", many[each], stock * OF_STOCK, many[each] / stock, unit=UNIT)
    yield from _statements()


def _others(number: int) -> list[str]:
    """Return articles of which nothing was printed before, each with what stands beside it."""
    rows = list(PublishedArticle.objects.exclude(address=ARTICLE).order_by("pk")[:number])
    for row in rows:
        _choose_beside(row)
    return [f"{row.address}{PASSED_THROUGH}" for row in rows]


def _choose_beside(row: PublishedArticle) -> None:
    choose_related(row, list(row.topics.values_list("pk", flat=True)), timezone.now())


def _references(folder: Path, stack: ExitStack) -> Mapping[tuple[str, str], tuple[Server, str]]:
    given = reference_variables(folder, "stock")
    make_stock(folder, given, FEW)
    stock = stack.enter_context(served("granian", STOCK, folder, given))
    plain = "research.trials.bench.servers.references:bare_django"
    asking = stack.enter_context(served("granian", plain, folder, reference_variables(folder)))
    pages = {("stock", name): (stock, address) for name, address in STOCK_PAGES.items()}
    return {**pages, ("asking", "article"): (asking, "/asking/")}


def _beside(few: Mapping[tuple[str, str], float]) -> Iterator[Figure]:
    asking = few["asking", "article"]
    yield Figure("a view of Django with the same bytes, after ten trivial statements", asking, unit=UNIT)
    for name in STOCK_PAGES:
        yield Figure(f"{name}, by Wagtail alone", few["stock", name], unit=UNIT)
    for name in PAGES:
        stock, ours = few.get(("stock", name)), few["ours", name]
        goal = few["stock", name] * OF_STOCK if name == "article" else None
        yield Figure(name, ours, goal, ours / stock if stock else None, unit=UNIT)
    yield Figure("article, beside the view that asks", few["ours", "article"], asking * OF_ASKING, unit=UNIT)


def _statements() -> Iterator[Figure]:
    """Yield how many statements each page takes that is made for the store, where nothing changes around it."""
    client = Client()
    with TemporaryDirectory() as folder, override_settings(PAGE_STORE=True, PAGE_STORE_DIR=Path(folder)):
        for name, address in PAGES.items():
            for _ in range(2):
                being = being_made.set(Page())
                with CaptureQueriesContext(connection) as asked:
                    client.get(address)
                being_made.reset(being)
            goal = STATEMENTS_OF_A_FEED if name == "feed" else STATEMENTS
            yield Figure(f"{name}, statements", len(asked), goal, unit="statements")


def _settle() -> None:
    """Choose what stands beside the article, and let search and the database know the rows, as on a site that runs."""
    _choose_beside(PublishedArticle.objects.get(address=ARTICLE))
    call_command("index_search", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
