"""What the screens of the admin cost: statements, and processor time beside the same screen on few articles.

The editor and the explorer are compared with those of a plain page type with an equal body, as Wagtail has them.
"""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.admin.panels import PublishingPanel
from wagtail.admin.views.pages.listing import IndexView
from wagtail.models import Page

from common.models import User
from research.models import Release, Study
from research.models.pages import ArticlePage
from research.newsroom.permissions import EDITORS, MEDICAL_REVIEWERS, WRITERS
from research.trials.bench import Figure, cost, opened
from research.trials.bench.forms import posted
from research.trials.bench.guard import signed_long_article
from research.trials.bench.releases import stock_page_type
from research.trials.many import add_many, make_many
from research.trials.throwaway import make_article, make_member

MEASURED = "medians of {runs} runs; processor time of server and database together, with {size:,} articles"
SIZE, SHORT_SIZE = 100_000, 10_000
#: What growth is measured from.
FEW = 100
#: Newsrooms have as much in their hands as their people can carry, whatever is public already.
UNDER_REVIEW, DRAFTS = 10, 20
OF_STOCK, GROWTH = 1.2, 1.3
EDITOR_STATEMENTS, SAVE_STATEMENTS, LIST_STATEMENTS = 60, 80, 20
LIST_MILLISECONDS = 100
PEOPLE = {"writer": WRITERS, "reviewer": MEDICAL_REVIEWERS, "editor": EDITORS}
LISTS = (
    *(("dashboard", who, "/admin/") for who in PEOPLE),
    ("board, list", "editor", "/admin/board/?view=list"),
    ("board, month", "editor", "/admin/board/?view=month"),
    ("reviews", "reviewer", "/admin/reviews/"),
    ("reviews", "editor", "/admin/reviews/"),
    ("ledger", "editor", "/admin/research/release/"),
    ("report of studies", "editor", "/admin/reports/studies/"),
    ("report of re-reviews", "editor", "/admin/reports/re-review/"),
    ("report of signatures", "editor", "/admin/reports/signatures/"),
)


@dataclass(frozen=True)
class Cost:
    """What one screen takes."""

    statements: int
    milliseconds: float


class Newsroom:
    """People with their browsers, an article in the works, and a plain page that says as much."""

    def __init__(self) -> None:
        users = {name: make_member(f"bench-{name}", role) for name, role in PEOPLE.items()}
        self.browsers = {name: _signed_in(user) for name, user in users.items()}
        self.article = signed_long_article()
        ArticlePage.objects.filter(pk=self.article.pk).update(owner=users["writer"])
        self.plain = _plain_page(self.article, users["writer"])
        _fill(self.article, users["writer"])

    def get(self, who: str, address: str) -> None:
        """Open a screen."""
        opened(self.browsers[who], address)

    def save(self, page: Page, data: dict[str, Any]) -> None:
        """Save a draft from the editor."""
        answer = self.browsers["editor"].post(_editor(page), data)
        if answer.status_code != 302:
            raise RuntimeError(f"“{page}” was not saved: {answer.status_code}")


def run(runs: int, size: int = SIZE) -> Iterator[Figure]:
    """Yield what each screen costs with so many articles, beside a stock page or beside few articles."""
    first = make_many(FEW)
    newsroom = Newsroom()
    _fill_ledger()
    few = {(name, who): _cost(partial(newsroom.get, who, address), runs) for name, who, address in LISTS}
    add_many(first, size - FEW, after=2 * FEW)  # past the places that the newsroom's own drafts took
    _fill_ledger()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    yield from _beside_stock(newsroom, runs)
    for name, who, address in LISTS:
        found = _cost(partial(newsroom.get, who, address), runs)
        yield _statements(f"{name} ({who})", found, LIST_STATEMENTS)
        yield _time(f"{name} ({who})", found, LIST_MILLISECONDS)
        grown = found.milliseconds / few[name, who].milliseconds
        yield Figure(f"{name} ({who}), beside {FEW} articles", grown, GROWTH, unit="times")


def _beside_stock(newsroom: Newsroom, runs: int) -> Iterator[Figure]:
    page, plain = newsroom.article, newsroom.plain
    ours, stock = (_cost(partial(newsroom.get, "editor", _editor(one)), runs) for one in (page, plain))
    yield from _compared("editor", ours, stock, OF_STOCK, EDITOR_STATEMENTS)
    with _stock_panels():
        same_form = _cost(partial(newsroom.get, "editor", _editor(page)), runs)
    yield _statements("editor, the same form in Wagtail's own panels", same_form)
    found = ours.milliseconds / same_form.milliseconds
    yield Figure("editor, beside the same form in Wagtail's own panels", found, unit="times")
    ours, stock = (_cost_of_saving(newsroom, one, runs) for one in (page, plain))
    yield from _compared("save of a draft", ours, stock, OF_STOCK, SAVE_STATEMENTS)
    for who in ("editor", "writer"):
        ours, stock = (
            _cost(partial(newsroom.get, who, f"/admin/pages/{one.get_parent().pk}/"), runs) for one in (page, plain)
        )
        yield from _compared(f"explorer ({who})", ours, stock, 1, stock.statements)


def _compared(name: str, ours: Cost, stock: Cost, times: float, statements: int) -> Iterator[Figure]:
    yield _statements(f"{name}, a plain page with an equal body", stock)
    yield _time(f"{name}, a plain page with an equal body", stock)
    yield _statements(name, ours, statements)
    yield _time(name, ours, stock.milliseconds * times, ours.milliseconds / stock.milliseconds)


def _statements(name: str, found: Cost, goal: float | None = None) -> Figure:
    return Figure(name, found.statements, goal, unit="statements")


def _time(name: str, found: Cost, goal: float | None = None, ratio: float | None = None) -> Figure:
    return Figure(name, found.milliseconds, goal, ratio, unit="ms of CPU")


def _cost(work: Callable[[], Any], runs: int) -> Cost:
    work()
    with CaptureQueriesContext(connection) as asked:
        work()
    return Cost(len(asked), statistics.median(cost(work) for _ in range(runs)))


def _cost_of_saving(newsroom: Newsroom, page: Page, runs: int) -> Cost:
    """Return the cost of saving a draft; what is posted is read before, each time anew."""
    editor = User.objects.get(username="bench-editor")
    newsroom.save(page, posted(page, editor))
    data = posted(page, editor)
    with CaptureQueriesContext(connection) as asked:
        newsroom.save(page, data)
    statements, found = len(asked), []
    for _ in range(runs):
        data = posted(page, editor)
        found.append(cost(partial(newsroom.save, page, data)))
    return Cost(statements, statistics.median(found))


@contextmanager
def _stock_panels() -> Iterator[None]:
    """Draw the editor of articles without what we put between the fields."""
    usual = ArticlePage.edit_handler
    ArticlePage.edit_handler = _without_ours(usual)
    ArticlePage.get_edit_handler.cache_clear()
    try:
        yield
    finally:
        ArticlePage.edit_handler = usual
        ArticlePage.get_edit_handler.cache_clear()


def _without_ours(panel: Any) -> Any:
    left = copy(panel)
    if hasattr(panel, "children"):
        kept = (child for child in panel.children if not _is_ours(child))
        left.children = [_without_ours(child) for child in kept]
    return left


def _is_ours(panel: Any) -> bool:
    return type(panel).__module__.startswith("research.") and not isinstance(panel, PublishingPanel)


def _editor(page: Page) -> str:
    return f"/admin/pages/{page.pk}/edit/"


def _signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def _plain_page(article: ArticlePage, owner: User) -> Page:
    """Return a stock page with the body of an article, among as many as a section's explorer shows at once.

    As in a section, they stand below a page of a type of its own, and those that are not in the works are public.
    """
    model = stock_page_type()
    parent = article.get_parent().get_parent().add_child(instance=model(title="Plain pages", slug="plain-pages"))
    pages = []
    for number in range(IndexView.paginate_by - 1, -1, -1):
        is_live = number > UNDER_REVIEW + DRAFTS
        page = model(title=f"Plain {number}", slug=f"plain-{number}", body=article.body, live=is_live, owner=owner)
        parent.add_child(instance=page)
        page.save_revision(user=owner)
        pages.append(page)
    return pages[-1]


def _fill(article: ArticlePage, writer: User) -> None:
    """Give the newsroom drafts, some of them under review."""
    for number in range(UNDER_REVIEW + DRAFTS):
        draft = make_article(f"in-the-works-{number}", by=writer)
        if number < UNDER_REVIEW:
            draft.get_workflow().start(draft, writer)


def _fill_ledger() -> None:
    """Give each public article the release it had, and a study of its own on record."""
    pages = list(ArticlePage.objects.live().filter(releases__isnull=True).values_list("pk", flat=True))
    now = timezone.now()
    values = {"kind": Release.Kind.PUBLISH, "state": Release.State.DONE, "due_at": now, "done_at": now}
    Release.objects.bulk_create((Release(article_id=pk, **values) for pk in pages), batch_size=1_000)
    Study.objects.bulk_create((Study(title=f"Study of article {pk}") for pk in pages), batch_size=1_000)
