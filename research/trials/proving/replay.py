"""The failures, one function each: what became of a plain page, and of an article, in words.

Plain pages are this project's own information pages, which nothing guards, and the stock
``publish_scheduled``; both live in the same database as the articles.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models.signals import pre_save
from django.utils import timezone
from wagtail.management.commands.publish_scheduled import Command as StockPublishScheduled
from wagtail.models import GroupApprovalTask, GroupPagePermission, Page, PageLogEntry, Revision, Workflow, WorkflowTask
from wagtail.signals import page_published

from common.models import User
from research.content.article import content_of
from research.models import ArticlePage, PublishedArticle, Release
from research.newsroom.permissions import MEDICAL_REVIEWERS
from research.publishing import planning
from research.review.frozen import Shown
from research.trials.throwaway import (
    ANSWERS,
    NO_STAKE,
    countersign,
    make_article,
    make_plain_page,
    make_reviewer,
    make_writer,
)

TRACKER = "https://github.com/wagtail/wagtail"


@dataclass(frozen=True)
class Outcome:
    """What was tried, and what became of it; ``thread`` is where Wagtail's tracker discusses it."""

    tried: str
    plain: str
    countersign: str
    holds: bool
    thread: str = ""


def outcomes() -> Iterator[Outcome]:
    """Try every failure, in a database that may be thrown away, and yield what happened."""
    for attempt in ATTEMPTS:
        yield attempt()


def approving_ones_own_words() -> Outcome:
    """The writer approves what the writer wrote."""
    user = _publisher("author-and-approver")
    plain = make_plain_page("self-approved")
    _plain_workflow().start(plain, user).current_task_state.specific.approve(user=user)

    writer = make_writer("writer-and-reviewer")
    writer.groups.add(Group.objects.get(name=MEDICAL_REVIEWERS))
    article = make_article("self-approved", by=writer)
    review = _submit(article, writer)
    shown = Shown.of(review.submission)
    refused = _refusal(lambda: review.approve(user=writer, shown=shown, answers=ANSWERS, conflict_statement=NO_STAKE))
    return Outcome(
        "Writer approves their own words",
        _standing(plain),
        f"{_standing(article)}: {refused}",
        not _is_public(article),
        f"{TRACKER}/issues/6995",
    )


def publishing_around_a_review() -> Outcome:
    """Somebody with the publish right publishes what is being reviewed."""
    user = _publisher("in-a-hurry")
    plain = make_plain_page("under-review")
    review = _plain_workflow().start(plain, user)
    plain.get_latest_revision().publish(user=user)
    review.refresh_from_db()

    writer = make_writer("patient-writer")
    article = make_article("under-review", by=writer)
    _submit(article, writer)
    refused = _refusal(lambda: article.get_latest_revision().publish(skip_permission_checks=True))
    return Outcome(
        "Publishing around a review in progress",
        f"{_standing(plain)}, review {review.get_status_display().lower()}",
        f"{_standing(article)}: {refused}",
        not _is_public(article),
    )


def one_failing_item() -> Outcome:
    """Two are due; the first one fails."""
    first, second = (_due(make_plain_page(f"batch-{number}"), number) for number in (1, 2))
    with _failing(first):
        _refusal(StockPublishScheduled().handle, dryrun=False, of=RuntimeError)
    kept = Revision.objects.filter(object_id=str(first.pk), approved_go_live_at__isnull=False).exists()

    failing, next_one = (_signed(f"batch-{number}") for number in (1, 2))
    releases = [_planned(failing), _planned(next_one)]
    with _failing(failing):
        planning.run_due(timezone.now())
    releases[0].refresh_from_db()
    waits = releases[0].state in Release.OPEN_STATES
    return Outcome(
        "Two are due, the first one fails",
        f"first: schedule {'kept' if kept else 'lost'}; second: {_standing(second)}",
        f"first: {'tried again later' if waits else 'lost'}; second: {_standing(next_one)}",
        waits and _is_public(next_one),
        f"{TRACKER}/pull/13879",
    )


def two_runners() -> Outcome:
    """A second runner starts while the first one is in the middle of its list."""
    pages = [_due(make_plain_page(f"twice-{number}"), number) for number in (1, 2)]
    with _once_published(pages[0], lambda: StockPublishScheduled().handle(dryrun=False)):
        StockPublishScheduled().handle(dryrun=False)
    plain = _publications(pages[1])

    articles = [_signed(f"twice-{number}") for number in (1, 2)]
    for article in articles:
        _planned(article)
    with _once_published(articles[0], lambda: planning.run_due(timezone.now())):
        planning.run_due(timezone.now())
    ours = _publications(articles[1])
    return Outcome(
        "Two runners at the same time",
        f"published {_times(plain)}",
        f"published {_times(ours)}",
        ours == 1,
    )


def alias_of_a_scheduled_page() -> Outcome:
    """A draft has an alias, and is scheduled for tomorrow."""
    tomorrow = timezone.now() + timedelta(days=1)
    plain = make_plain_page("embargoed", go_live_at=tomorrow)
    alias = plain.create_alias(update_slug="embargoed-alias")
    plain.get_latest_revision().publish(skip_permission_checks=True)

    article = _signed("embargoed", go_live_at=tomorrow)
    refused = _refusal(lambda: article.create_alias(update_slug="embargoed-alias"))
    article.get_latest_revision().publish(skip_permission_checks=True)
    aliases = ArticlePage.objects.filter(alias_of=article.pk).exists()
    return Outcome(
        "Alias of a page that is scheduled",
        f"the page: {_standing(plain)}; its alias: {_standing(alias)}",
        f"the article: {_standing(article)}; its alias: {refused}",
        not aliases and not _is_public(article),
        f"{TRACKER}/issues/11344",
    )


ATTEMPTS: tuple[Callable[[], Outcome], ...] = (
    approving_ones_own_words,
    publishing_around_a_review,
    one_failing_item,
    two_runners,
    alias_of_a_scheduled_page,
)


def _publisher(name: str) -> User:
    """Return an account that may edit and publish everything, as Wagtail's moderators may."""
    user = User.objects.create_user(name)
    group, _ = Group.objects.get_or_create(name="Plain publishers")
    for right in ("add_page", "change_page", "publish_page"):
        GroupPagePermission.objects.get_or_create(
            group=group, page=Page.objects.get(depth=1), permission=Permission.objects.get(codename=right)
        )
    user.groups.add(group)
    return user


def _plain_workflow() -> Workflow:
    workflow, made = Workflow.objects.get_or_create(name="A stock approval")
    if made:
        task = GroupApprovalTask.objects.create(name="Approval")
        task.groups.set(Group.objects.filter(name="Plain publishers"))
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    return workflow


def _submit(article: ArticlePage, user: User) -> Any:
    return article.get_workflow().start(article, user).current_task_state.specific


def _signed(name: str, **values: Any) -> ArticlePage:
    article = make_article(name, by=make_writer(f"writer-of-{name}"), **values)
    countersign(article, make_reviewer(f"reviewer-of-{name}"))
    return article


def _planned(article: ArticlePage) -> Release:
    revision = article.get_latest_revision()
    return planning.plan_release(revision, digest=content_of(article).digest)


def _due(page: Page, number: int) -> Page:
    """Schedule a plain page for a moment ago, in order."""
    page.revisions.update(approved_go_live_at=timezone.now() - timedelta(minutes=10 - number))
    return page


@contextmanager
def _failing(page: Page) -> Iterator[None]:
    """Let every save of a page fail, as a conflict or a lost connection would."""

    def fail(instance: Any, **kwargs: Any) -> None:
        if instance.pk == page.pk:
            raise RuntimeError("The database is away.")

    with _connected(pre_save, fail, type(page)):
        yield


@contextmanager
def _once_published(page: Page, then: Callable[[], Any]) -> Iterator[None]:
    """Do something in the middle of a run: when a page was published, for the first time."""
    done: list[int] = []

    def interrupt(instance: Any, **kwargs: Any) -> None:
        if instance.pk == page.pk and not done:
            done.append(instance.pk)
            then()

    with _connected(page_published, interrupt, type(page)):
        yield


@contextmanager
def _connected(signal: Any, receiver: Callable[..., None], sender: type) -> Iterator[None]:
    signal.connect(receiver, sender=sender)
    try:
        yield
    finally:
        signal.disconnect(receiver, sender=sender)


def _refusal(attempt: Callable[..., Any], *, of: Any = (PermissionDenied, ValidationError), **kwargs: Any) -> str:
    """Return the words of a refusal; "" when nothing was refused."""
    try:
        attempt(**kwargs)
    except of as refused:
        return f"refused, “{' '.join(getattr(refused, 'messages', [str(refused)]))}”"
    return ""


def _is_public(page: Page) -> bool:
    return PublishedArticle.objects.not_withdrawn().filter(page_id=page.pk).exists()


def _standing(page: Page) -> str:
    return "live" if Page.objects.get(pk=page.pk).live else "not public"


def _publications(page: Page) -> int:
    return PageLogEntry.objects.filter(
        page=page.pk, action__in=("wagtail.publish", "wagtail.publish.scheduled")
    ).count()


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
