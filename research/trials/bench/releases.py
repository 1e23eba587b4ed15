"""How long a due release takes, beside Wagtail's own ``publish_scheduled`` on the same database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.db.models.signals import post_save
from django.utils import timezone
from modelsearch.signal_handlers import post_save_signal_handler
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.management.commands import publish_scheduled as stock
from wagtail.models import Page, Revision
from wagtail.signal_handlers import update_reference_index_on_save

from common.models import User
from research.blocks import ArticleBody
from research.models import Appraisal, ArticlePage, Release, SignOff, Study
from research.publishing import pictures
from research.publishing.carrying_out.runner import run_due
from research.publishing.freezing import freeze
from research.publishing.planning import plan_release
from research.review.chain import add_line
from research.trials.bench import Figure, cost
from research.trials.throwaway import APPRAISAL, make_section

MEASURED = "processor time of one of {runs} releases that are due at once, server and database together"
#: A release costs half of what Wagtail takes to publish a page with an equal body.
OF_STOCK = 0.5
SLICES = 10
PARAGRAPH = "<p>" + "In this trial, fewer people who took the treatment had a relapse within a year. " * 3 + "</p>"
BODY = [
    ("what_they_found", [("text", {"html": PARAGRAPH})] * 6),
    ("who_should_care", [("text", {"html": PARAGRAPH})] * 3),
    ("important_considerations", [("text", {"html": PARAGRAPH})] * 3),
]


def run(runs: int) -> Iterator[Figure]:
    """Yield the time a due release takes, each way to publish, with so many releases due at once.

    One of each kind goes first, and is not counted. In turns, so that whatever else the machine does falls on all of
    them. Pictures are made when an article is submitted, and small: they are not what is measured.
    """
    section, reviewer = make_section(), User.objects.create(username="bench-reviewer")
    stock_page = stock_page_type()
    with _small_pictures():
        _warm_up(section, reviewer, stock_page, 2 * runs)
        releases = [_release(section, reviewer, number) for number in range(runs)]
        articles = [_signed(section, reviewer, runs + number)[0] for number in range(runs)]
        pages = [_plain(stock_page, section, number) for number in range(runs)]
        yield from _measure(len(releases), articles, pages, stock_page)


def _warm_up(section: Any, reviewer: User, stock_page: type[Page], number: int) -> None:
    _release(section, reviewer, number)
    _run(1)
    _schedule([_plain(stock_page, section, number)])
    stock.Command().handle(dryrun=False)


def _measure(
    runs: int, articles: "list[ArticlePage]", pages: "list[ArticlePage]", stock_page: "ArticlePage"
) -> Iterator[Figure]:
    ours = on_articles = on_pages = 0.0
    publish_scheduled = partial(stock.Command().handle, dryrun=False)
    for some in _slices(runs):
        ours += cost(partial(_run, len(some)))
        _schedule([articles[n] for n in some])
        on_articles += cost(publish_scheduled)
        _schedule([pages[n] for n in some])
        on_pages += cost(publish_scheduled)
    done = Release.objects.filter(state=Release.State.DONE).count()
    live = ArticlePage.objects.live().count() + Page.objects.exact_type(stock_page).live().count()
    if (done, live) != (runs + 1, runs * 3 + 2):
        raise RuntimeError(f"Of {runs + 1} releases {done} are done, and {live} of {runs * 3 + 2} pages are live")

    yield _a_release("stock publish_scheduled, a plain page with an equal body", on_pages / runs)
    yield _a_release("stock publish_scheduled, the same articles", on_articles / runs)
    yield _a_release("run_releases, beside stock on plain pages", ours / runs, on_pages / runs, OF_STOCK)
    yield _a_release("run_releases, beside stock on the same articles", ours / runs, on_articles / runs)


def _a_release(name: str, milliseconds: float, stock_way: float = 0, goal: float = 0) -> Figure:
    ratio = milliseconds / stock_way if stock_way else None
    return Figure(name, milliseconds, stock_way * goal or None, ratio, unit="ms of CPU")


@contextmanager
def _small_pictures() -> Iterator[None]:
    usual = pictures.ARTWORK_SIZE, pictures.WIDTHS
    pictures.ARTWORK_SIZE, pictures.WIDTHS = (32, 18), (8, 16, 32)
    try:
        yield
    finally:
        pictures.ARTWORK_SIZE, pictures.WIDTHS = usual


def _signed(section: Any, reviewer: User, number: int) -> tuple[Any, Revision, SignOff]:
    """Return a draft article, its revision, and the signature of its words."""
    study = Study.objects.create(title=f"Study {number}", doi=f"10.1000/bench.{number}", authors="Park JH\nHalvard I")
    article = ArticlePage(
        title=f"Article {number}",
        slug=f"article-{number}",
        summary="Fewer people had a relapse.",
        key_takeaway=PARAGRAPH,
        body=BODY,
        study=study,
        live=False,
    )
    article.appraisals = [Appraisal(**APPRAISAL)]
    section.add_child(instance=article)
    revision = article.save_revision()
    content = freeze(revision, reviewer).content
    line = add_line(SignOff.Kind.SIGNED, SignOff.Subject.ARTICLE, article.subject_uuid, content, reviewer)
    return article, revision, line


def _release(section: Any, reviewer: User, number: int) -> Release:
    _, revision, line = _signed(section, reviewer, number)
    return plan_release(revision, digest=line.digest)


def _plain(model: Any, section: Any, number: int) -> Any:
    page = model(title=f"Page {number}", slug=f"page-{number}", body=BODY, live=False)
    section.get_parent().add_child(instance=page)
    page.save_revision()
    return page


def _schedule(pages: "list[ArticlePage]") -> None:
    """Set the time that stock Wagtail looks for, past the ledger's receivers."""
    past = timezone.now() - timedelta(seconds=1)
    Revision.objects.filter(pk__in=[page.latest_revision_id for page in pages]).update(approved_go_live_at=past)


def _slices(count: int) -> Iterator[range]:
    size = max(1, count // SLICES)
    for start in range(0, count, size):
        yield range(start, min(start + size, count))


def _run(count: int) -> None:
    done = run_due(timezone.now(), limit=count)
    if done != count:
        raise RuntimeError(f"{done} of {count} releases were carried out")


def stock_page_type() -> Any:
    """Return a plain page type with the same body, kept in both indexes as Wagtail keeps its pages."""

    class StockPage(Page):
        body = StreamField(ArticleBody(), blank=True)

        content_panels = [*Page.content_panels, FieldPanel("body")]

        class Meta:
            app_label = "research"

    for receiver in (post_save_signal_handler, update_reference_index_on_save):
        post_save.connect(receiver, sender=StockPage)
    with connection.schema_editor() as editor:
        editor.create_model(StockPage)
    return StockPage
