"""What the board reads: every article that is on its way, or live and of interest, in ten statements.

The plan of an article is that of its latest draft; a row of the page table is what was first saved, or
what is live.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from wagtail.models import WorkflowState

from common.models import User
from research.admin.board.access import Viewer
from research.models.pages import ArticlePage
from research.models.people import Person
from research.models.published import PublishedArticle
from research.models.references import Study
from research.models.releases import Release
from research.models.signoffs import SignOff
from research.models.topics import Topic


@dataclass(frozen=True)
class Span:
    """The days on view, as moments, and what of the live articles is on view with them.

    Args:
        start: the first moment.
        end: the first moment after it.
        most: so many at most of those that went live in the span, of those due for re-review in it, and of those
            overdue; all when None.
        with_overdue: those whose re-review was due before now, however long ago.
    """

    start: datetime
    end: datetime
    most: int | None = None
    with_overdue: bool = False


@dataclass(frozen=True)
class Draft:
    """What the board needs of an article's latest draft."""

    title: str
    planned_for: date | None
    go_live_at: datetime | None
    embargo_until: datetime | None
    study_id: int | None
    topic_ids: tuple[int, ...]
    author_ids: tuple[int, ...]


@dataclass(frozen=True)
class Facts:
    """Everything read for one article."""

    page: ArticlePage
    draft: Draft
    release: Release | None
    published: PublishedArticle | None
    workflow: WorkflowState | None
    embargo: datetime | None
    topics: dict[str, str]
    people: dict[str, str]
    is_mine: bool


def articles_on_board(span: Span, now: datetime) -> QuerySet[ArticlePage]:
    """Return the articles that are on their way, and the live ones with something to see in the span."""
    gone = PublishedArticle.objects.filter(
        page=OuterRef("pk"), withdrawn_at__gte=OuterRef("latest_revision_created_at")
    )
    # Each found by an index of its own, and none looked for at each article there is.
    wanted = (
        ArticlePage.objects.on_their_way()
        .order_by()
        .values("pk")
        .union(
            *(_first(rows, span.most).values("page") for rows in _live(span, now)),
            Release.objects.open().filter(kind=Release.Kind.PUBLISH).order_by().values("article"),
        )
    )
    return (
        ArticlePage.objects.filter(pk__in=wanted)
        .exclude(Exists(gone))
        .select_related("latest_revision")
        .only(
            *("pk", "path", "depth", "title", "draft_title", "subject_uuid", "live", "owner", "locked"),
            *("locked_by", "has_unpublished_changes", "planned_for", "go_live_at", "embargo_until", "study"),
            *("latest_revision__content", "latest_revision__object_str"),
        )
        .order_by("draft_title", "pk")
    )


def leaves_live_out(span: Span, now: datetime) -> bool:
    """Tell whether more is live than the board shows: what is on its way is bounded by who works, this is not."""
    return span.most is not None and any(rows[span.most : span.most + 1].exists() for rows in _live(span, now))


def _live(span: Span, now: datetime) -> Sequence[QuerySet[PublishedArticle]]:
    """Return the rows that went live in a span, the newest first; those due for re-review in it; and the overdue."""
    shown = PublishedArticle.objects.not_withdrawn()
    recent = shown.filter(published_at__gte=span.start, published_at__lt=span.end)
    ahead = shown.filter(review_due_at__gte=max(span.start, now) if span.with_overdue else span.start)
    rows = [
        recent.order_by("-published_at", "-pk"),
        ahead.filter(review_due_at__lt=span.end).order_by("review_due_at", "pk"),
    ]
    if span.with_overdue:
        rows.append(shown.filter(review_due_at__lt=now).order_by("review_due_at", "pk"))
    return rows


def _first(rows: QuerySet[PublishedArticle], most: int | None) -> QuerySet[PublishedArticle]:
    if most is None:
        return rows.order_by()
    return PublishedArticle.objects.filter(pk__in=rows.values("pk")[:most])


def load_facts(viewer: Viewer, span: Span, now: datetime) -> list[Facts]:
    """Return the facts of every article on the board; the number of statements does not depend on how many."""
    pages = list(articles_on_board(span, now))
    drafts = {page.pk: _draft_of(page) for page in pages}
    releases = _newest_releases(drafts)
    published = _published(drafts)
    workflows = _workflows()
    embargoes = _study_embargoes(drafts.values())
    topics = dict(Topic.objects.values_list("pk", "name"))
    signers = _signers(pages)
    named = _Names()
    accounts = {page.pk: _accounts(page, workflows.get(page.pk), signers) for page in pages}
    named.read(
        {pk for draft in drafts.values() for pk in draft.author_ids},
        {pk for pks in accounts.values() for pk in pks} | {viewer.user.pk},
    )
    me = named.key_of_user(viewer.user.pk)
    found = []
    for page in pages:
        draft = drafts[page.pk]
        people = named.of(draft.author_ids, accounts[page.pk])
        times = [draft.embargo_until, embargoes.get(draft.study_id)]
        found.append(
            Facts(
                page=page,
                draft=draft,
                release=releases.get(page.pk),
                published=published.get(page.pk),
                workflow=workflows.get(page.pk),
                embargo=max((time for time in times if time), default=None),
                topics={str(pk): topics[pk] for pk in draft.topic_ids if pk in topics},
                people=people,
                is_mine=me in people or page.subject_uuid in viewer.subjects,
            )
        )
    return found


def _draft_of(page: ArticlePage) -> Draft:
    content = page.latest_revision.content if page.latest_revision else None
    if content is None:
        return Draft(
            page.draft_title or page.title,
            page.planned_for,
            page.go_live_at,
            page.embargo_until,
            page.study_id,
            (),
            (),
        )
    return Draft(
        title=content.get("title") or page.draft_title,
        planned_for=parse_date(content.get("planned_for") or ""),
        go_live_at=_moment(content.get("go_live_at")),
        embargo_until=_moment(content.get("embargo_until")),
        study_id=content.get("study"),
        topic_ids=tuple(content.get("topics") or ()),
        author_ids=tuple(author["person"] for author in content.get("authors") or () if author.get("person")),
    )


def _moment(text: str | None) -> datetime | None:
    moment = parse_datetime(text) if text else None
    if moment is not None and timezone.is_naive(moment):
        return timezone.make_aware(moment, timezone.get_default_timezone())
    return moment


def _newest_releases(page_ids: Iterable[int]) -> dict[int, Release]:
    """Return what is open, or failed, of the newest line of each article."""
    states = (*Release.OPEN_STATES, *Release.STUCK_STATES)
    releases = Release.objects.unreplaced().filter(
        kind=Release.Kind.PUBLISH, state__in=states, article__in=list(page_ids)
    )
    return {release.article_id: release for release in releases.select_related("bundle")}


def _published(page_ids: Iterable[int]) -> dict[int, PublishedArticle]:
    rows = PublishedArticle.objects.not_withdrawn().filter(page__in=list(page_ids))
    return {row.page_id: row for row in rows.only("pk", "page", "published_at", "updated_at", "review_due_at")}


def _workflows() -> dict[int, WorkflowState]:
    """Return the reviews that are open or were sent back, by article."""
    states = WorkflowState.objects.filter(
        status__in=(WorkflowState.STATUS_IN_PROGRESS, WorkflowState.STATUS_NEEDS_CHANGES)
    ).select_related("current_task_state__medicalreviewstate")
    # An open one comes last, and wins over an older one that was sent back.
    return {int(state.object_id): state for state in states.order_by("-status", "pk") if state.object_id.isdigit()}


def _study_embargoes(drafts: Iterable[Draft]) -> dict[int | None, datetime]:
    studies = Study.objects.filter(pk__in={draft.study_id for draft in drafts}, embargo_until__isnull=False)
    return {pk: until for pk, until in studies.values_list("pk", "embargo_until") if until}


def _signers(pages: Iterable[ArticlePage]) -> dict[Any, set[int]]:
    lines = SignOff.objects.filter(
        subject_uuid__in=[page.subject_uuid for page in pages], kind=SignOff.Kind.SIGNED
    ).values_list("subject_uuid", "reviewer_id")
    signers: dict[Any, set[int]] = {}
    for subject, reviewer in lines:
        signers.setdefault(subject, set()).add(reviewer)
    return signers


def _accounts(page: ArticlePage, workflow: WorkflowState | None, signers: dict[Any, set[int]]) -> set[int]:
    """Return who started the article, submitted it, was asked to review it, or signed it."""
    accounts = {page.owner_id, *signers.get(page.subject_uuid, ())}
    if workflow is not None:
        state = workflow.current_task_state
        review = getattr(state, "medicalreviewstate", None)
        accounts |= {workflow.requested_by_id, state and state.finished_by_id, review and review.assigned_to_id}
        accounts.add(review.second_to_id if review else None)
    return {pk for pk in accounts if pk}


class _Names:
    """People of the record and accounts, each under one key: an account belongs to its person."""

    def __init__(self) -> None:
        self.persons: dict[int, str] = {}
        self.person_of_user: dict[int, int] = {}
        self.users: dict[int, str] = {}

    def read(self, person_ids: set[int], user_ids: set[int]) -> None:
        """Read the names of these people and accounts."""
        persons = Person.objects.filter(Q(pk__in=person_ids) | Q(user__in=user_ids))
        for pk, name, user_id in persons.values_list("pk", "name", F("user_id")):
            self.persons[pk] = name
            if user_id:
                self.person_of_user[user_id] = pk
        for user in User.objects.filter(pk__in=user_ids).only("pk", "username", "first_name", "last_name"):
            self.users[user.pk] = user.get_full_name() or user.get_username()

    def key_of_user(self, pk: int) -> str:
        """Return the key of an account, which is that of its person where there is one."""
        return f"person-{self.person_of_user[pk]}" if pk in self.person_of_user else f"user-{pk}"

    def of(self, person_ids: Iterable[int], user_ids: Iterable[int]) -> dict[str, str]:
        """Return the names by key."""
        found = {f"person-{pk}": self.persons[pk] for pk in person_ids if pk in self.persons}
        for pk in user_ids:
            if pk in self.users:
                person = self.person_of_user.get(pk)
                found[self.key_of_user(pk)] = self.persons[person] if person else self.users[pk]
        return found
