"""Whose titles a person may not know: articles under embargo that they neither plan, write nor review.

One rule. The board, the dashboard, the ledger's lists, the explorer, the admin's search, choosers, API and
history ask it; so does every address of the admin that names a page.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from wagtail.models import Page, WorkflowState
from wagtail.permission_policies.pages import PagePermissionPolicy

from common.admin_address import is_in_admin
from common.models import AnyUser, User
from common.once import once
from common.one_statement import read_each
from research.models.pages import AlsoCited, ArticleAuthor, ArticlePage
from research.models.people import Person
from research.models.references import Study
from research.models.signoffs import Contribution, SignOff
from research.newsroom.permissions import MEDICAL_REVIEWERS, has_role, is_editor

AnyPage = TypeVar("AnyPage", bound=Page)

WITHHELD_TITLE = "An article under embargo"


@dataclass(frozen=True)
class Hidden:
    """What the rule asks about an article under embargo."""

    subject: UUID
    owner: int | None
    authors: tuple[int, ...]


@once(lambda user, *, now=None: (user.pk, now))
def withheld_from(user: AnyUser, *, now: datetime | None = None) -> set[int]:
    """Return the ids of articles whose titles a person may not know at a moment; none for editors.

    Who wrote, planned, submitted or signed an article knows it. Medical reviewers know what is under review.
    """
    if not isinstance(user, User):
        raise PermissionDenied(gettext("Sign in first."))
    if is_editor(user):
        return set()
    hidden = dict(_under_embargo(now or timezone.now()))
    if not hidden:
        return set()
    return set(hidden) - set(_known_to(user, hidden, reviews=has_role(user, MEDICAL_REVIEWERS)))


def _under_embargo(now: datetime) -> Iterator[tuple[int, Hidden]]:
    """Yield what is not public and under an embargo, by the row or by the draft, its own or that of a study."""
    held = Study.objects.filter(embargo_until__gt=now).order_by()
    draft = [f"latest_revision__content__{name}" for name in ("embargo_until", "study", "also_cited", "authors")]
    rows = ArticlePage.objects.on_their_way().order_by()
    columns = ("pk", "subject_uuid", "owner", "embargo_until", "study", *draft)
    asked: dict[str, QuerySet[Any, Any]] = {
        "studies": held.values("pk"),
        "cited": AlsoCited.objects.filter(study__in=held).values("page"),
        "drafts": rows.values(*columns),
    }
    read = read_each(asked)
    studies, cited = {row["pk"] for row in read["studies"]}, {row["page"] for row in read["cited"]}
    for pk, subject, owner, until, study, drafted_until, drafted_study, drafted_cited, authors in (
        (row[column] for column in columns) for row in read["drafts"]
    ):
        sources = {study, drafted_study, *(row.get("study") for row in drafted_cited or ())}
        times = (until, _moment(drafted_until))
        if pk in cited or studies & sources or any(time and time > now for time in times):
            people = tuple(row["person"] for row in authors or () if row.get("person"))
            yield pk, Hidden(subject, owner, people)


def _moment(text: str | None) -> datetime | None:
    moment = parse_datetime(text) if text else None
    if moment is not None and timezone.is_naive(moment):
        return timezone.make_aware(moment, timezone.get_default_timezone())
    return moment


def _known_to(user: User, hidden: dict[int, Hidden], *, reviews: bool) -> Iterator[int]:
    subjects = {article.subject for article in hidden.values()}
    in_review = _workflows(hidden).filter(status=WorkflowState.STATUS_IN_PROGRESS)
    asked: dict[str, QuerySet[Any, Any]] = {
        "touched": Contribution.objects.filter(user_id=user.pk, subject_uuid__in=subjects).values("subject_uuid"),
        "signed": SignOff.objects.filter(reviewer_id=user.pk, subject_uuid__in=subjects).values("subject_uuid"),
        "persons": Person.objects.filter(user=user).values("pk"),
        "named": ArticleAuthor.objects.filter(page__in=hidden, person__user=user).values("page"),
        "submitted": _workflows(hidden).filter(_takes_part(user)).values("object_id"),
        "in review": (in_review if reviews else in_review.none()).values("object_id"),
    }
    found = {name: {value for row in rows for value in row.values()} for name, rows in read_each(asked).items()}
    touched, reviewed = found["touched"] | found["signed"], found["submitted"] | found["in review"]
    for pk, article in hidden.items():
        is_author = pk in found["named"] or not found["persons"].isdisjoint(article.authors)
        if article.owner == user.pk or article.subject in touched or is_author or str(pk) in reviewed:
            yield pk


def _workflows(hidden: dict[int, Hidden]) -> QuerySet[WorkflowState]:
    """Return the reviews of these articles that are open or were sent back."""
    states = (WorkflowState.STATUS_IN_PROGRESS, WorkflowState.STATUS_NEEDS_CHANGES)
    return WorkflowState.objects.filter(status__in=states, object_id__in=[str(pk) for pk in hidden])


def _takes_part(user: User) -> Q:
    """Who submitted, was asked, or answered."""
    task = "current_task_state"
    review = f"{task}__medicalreviewstate"
    assigned = Q(**{f"{review}__assigned_to": user.pk}) | Q(**{f"{review}__second_to": user.pk})
    return Q(requested_by=user.pk) | Q(**{f"{task}__finished_by": user.pk}) | assigned


class DiscreetPagePolicy(PagePermissionPolicy):
    """Wagtail's policy, except that nobody finds the pages whose titles they may not know.

    The explorer, the admin's search and API, and the history of the site list what this returns.
    """

    def explorable_root_instance(self, user: User) -> Page | None:
        """Return Wagtail's answer; where one page of a person's stands above all others of theirs, it is known."""
        if not hasattr(user, self._explorable_root_instance_cache_name):
            pages = [*self.instances_with_direct_explore_permission(user)]
            top = min(pages, key=lambda page: len(page.path), default=None)
            if top is not None and all(page.path.startswith(top.path) for page in pages):
                setattr(user, self._explorable_root_instance_cache_name, top)
        return super().explorable_root_instance(user)

    def explorable_instances(self, user: User) -> QuerySet[Page]:
        """Return the pages that a person may find in the admin."""
        found = super().explorable_instances(user)
        withheld = withheld_from(user)
        return found.exclude(pk__in=withheld) if withheld else found


def leave_out_withheld(pages: QuerySet[AnyPage], request: HttpRequest) -> QuerySet[AnyPage]:
    """Return pages, of a chooser for example, without those whose titles the person may not know."""
    withheld = withheld_from(request.user)
    return pages.exclude(pk__in=withheld) if withheld else pages


class WithheldPagesMiddleware:
    """Answers the address of a page whose title a person may not know as one that they may not open."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: list[Any], kwargs: dict[str, Any]) -> None:
        """Let everything pass but such a page.

        Raises:
            PermissionDenied: the address is about one.
        """
        if not is_in_admin(request) or not request.user.is_authenticated:
            return
        named = _pages_named_in(request.resolver_match, kwargs)
        if named and named & withheld_from(request.user):
            raise PermissionDenied


def _pages_named_in(match: ResolverMatch | None, kwargs: dict[str, Any]) -> set[int]:
    """Return the numbers in an address that are those of pages, and not of studies or releases."""
    about_pages = match is not None and "page" in f"{match.view_name} {kwargs.get('model_name', '')}"
    numbers = {name: str(value) for name, value in kwargs.items() if str(value).isdecimal()}
    return {int(value) for name, value in numbers.items() if about_pages or "page" in name}
