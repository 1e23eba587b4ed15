"""The guard: may these words be public now? One function, asked by every path to "live".

It is enforced under the models by a ``pre_save`` receiver and asked again by every release. A refusal
names its reasons and loses nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from common import clock
from common.models import User
from common.once import once
from common.words import in_the_code_s_words
from research.content.article import ArticleContent, content_of
from research.content.section import section_of
from research.models.people import Person
from research.models.published import PublishedArticle
from research.models.references import Study
from research.models.signoffs import SignOff
from research.models.studies.joined import histories_known_as
from research.newsroom.permissions import can_lift_embargo, lifts_embargo
from research.newsroom.refusals import note_refusal, tell
from research.review.blind import signatures_needed, signatures_of
from research.review.chain import releasing_line, standing_line
from research.sources.records import NoticeKind
from research.sources.standing import unconsidered

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


ONE_OF_TWO = _(
    "Two medical reviewers must sign what is published in this section, and only one has. Submit the article for "
    "review, so that both read it."
)
PUBLIC_ALREADY = _(
    "It is public already, so an embargo would keep nothing back. To hold back newer words, set when they go live; to "
    "take back what readers see, take the article down."
)
ONLY_EDITORS_LIFT = "The embargo still holds: only an editor removes it or lets it end earlier."


# Every ask of the guard reads it; the ORM takes ten times as long to write it.
DRAFTED = """
    SELECT {} FROM wagtailcore_page page
    JOIN wagtailcore_revision newest ON newest.id = page.latest_revision_id WHERE page.id = %s
"""
DRAFTED_EMBARGO = {
    "sqlite": DRAFTED.format("JSON_EXTRACT(newest.content, '$.embargo_until')"),
    "postgresql": DRAFTED.format("newest.content ->> 'embargo_until'"),
}


# What notices that ask for a new signature say of a study.
WHAT_HAPPENED = {
    NoticeKind.RETRACTION: "was retracted",
    NoticeKind.WITHDRAWAL: "was withdrawn",
    NoticeKind.REMOVAL: "was removed",
    NoticeKind.PARTIAL_RETRACTION: "was retracted in part",
    NoticeKind.MARKED_RETRACTED: "is marked as retracted in its title",
    NoticeKind.MARKED_WITHDRAWN: "is marked as withdrawn in its title",
    NoticeKind.REPLACEMENT: "was retracted and republished",
    NoticeKind.CORRECTED_REPUBLISHED: "was corrected and republished",
}


class Reason(StrEnum):
    """Why words may not be public."""

    UNSIGNED = "unsigned"
    SUPERSEDED = "superseded"
    EXPIRED = "sign_off_expired"
    EMBARGO = "embargo"
    RETRACTED = "retracted"
    AUTHOR = "signed_by_author"
    ALIAS = "alias"
    CHANGED = "changed"
    BUNDLE = "bundle"
    SECTION = "section_not_public"
    CLOCK = "clock"
    SECOND = "second_signature"


@dataclass(frozen=True)
class Refusal:
    """One reason, with the words that tell a person what to do."""

    reason: Reason
    words: str


@dataclass(frozen=True)
class Permit:
    """These words may be public: the digest and the signature that stands for it."""

    digest: str
    sign_off: SignOff
    content: ArticleContent


@dataclass(frozen=True)
class _Standing:
    """A permit that stands while the release it was given for is carried out."""

    page: "ArticlePage"
    given: Permit

    def is_for(self, page: "ArticlePage", digest: str) -> bool:
        """True of the very object that was judged, as long as it says what it said."""
        return page is self.page and digest == self.given.digest


_standing: ContextVar[_Standing | None] = ContextVar("standing", default=None)


class NotPermitted(PermissionDenied):
    """The guard refused; ``refusals`` says why, each with what to do."""

    def __init__(self, refusals: list[Refusal]) -> None:
        self.refusals = refusals
        super().__init__(" ".join(refusal.words for refusal in refusals))


def permit(page: "ArticlePage", *, now: datetime | None = None) -> Permit:
    """Return the permit for an article, as it stands in memory, to be public at a moment.

    Raises:
        NotPermitted: with every reason that holds.
    """
    return _permit(page, now or _believed_now(), content_of(page))


@in_the_code_s_words
def _permit(page: "ArticlePage", now: datetime, content: ArticleContent) -> Permit:
    digest = content.digest
    standing = _standing.get()
    if standing is not None and standing.is_for(page, digest):
        return standing.given
    sign_off = releasing_line(page.subject_uuid, digest)
    needed = signatures_needed(page)
    counted = signatures_of(sign_off, needed, now)
    refusals = [
        *(_about_signature(sign_off, now) if sign_off else [_without_signature(page.subject_uuid, digest)]),
        *_about_second(counted, needed),
        *_about_authors(page, counted),
        *_about_source(page, content, counted, now),
        *_about_section(page),
    ]
    if refusals or sign_off is None:
        raise NotPermitted(refusals)
    return Permit(digest, sign_off, content)


def _believed_now() -> datetime:
    """Return the time; an embargo does not end by a clock that nobody believes."""
    try:
        return clock.now()
    except clock.ClockNotTrusted as error:
        raise NotPermitted([Refusal(Reason.CLOCK, str(error))]) from error


def demand(page: "ArticlePage", *, now: datetime | None = None) -> Permit:
    """Return the permit, or refuse for good: one audit line, and words for whoever asked.

    Raises:
        NotPermitted: with every reason that holds.
    """
    try:
        return permit(page, now=now)
    except NotPermitted as refused:
        note_refusal(page, refused.refusals)
        raise


@contextmanager
def standing_permit(page: "ArticlePage", given: Permit) -> Iterator[None]:
    """Let a permit stand for its article while a block makes exactly its words public.

    For a release: whoever changes what may be public waits for it, so what the guard would read again of the
    signatures, the notices and the place is what it read. The sealed row is judged all the same.
    """
    token = _standing.set(_Standing(page, given))
    try:
        yield
    finally:
        _standing.reset(token)


def standing_for(page: "ArticlePage") -> Permit | None:
    """Return the permit that stands for this very object, if one does."""
    standing = _standing.get()
    return standing.given if standing is not None and standing.page is page else None


def refusals_for(
    page: "ArticlePage", *, now: datetime | None = None, content: ArticleContent | None = None
) -> list[Refusal]:
    """Return why an article may not be public at a moment; empty when it may.

    Args:
        page: the article as it stands in memory.
        now: the moment.
        content: its claims, where whoever shows the reasons has them; nothing is made public by this answer.
    """
    try:
        _permit(page, now or _believed_now(), content or content_of(page))
    except NotPermitted as refused:
        return refused.refusals
    return []


def _without_signature(subject_uuid: UUID, digest: str) -> Refusal:
    """Return why no signature lets words go live: a newer one was given to other words, or there is none."""
    if standing_line(subject_uuid, digest) is None:
        words = "No medical reviewer has countersigned exactly these words. Submit the article for review."
        return Refusal(Reason.UNSIGNED, words)
    words = (
        "Newer words of this article were countersigned since, so these older ones do not go live again. "
        "Submit them for review if they are right after all."
    )
    return Refusal(Reason.SUPERSEDED, words)


def _about_signature(sign_off: SignOff, now: datetime) -> list[Refusal]:
    if sign_off.valid_until <= now:
        return [
            Refusal(
                Reason.EXPIRED,
                f"The signature was valid until {date_format(sign_off.valid_until, 'j F Y')}. "
                "Submit the article for review again.",
            )
        ]
    return []


def _about_second(counted: Sequence[SignOff], needed: int) -> list[Refusal]:
    """Refuse words that one reviewer signed where the section asks for two."""
    if not counted or len(counted) >= needed:
        return []
    return [Refusal(Reason.SECOND, str(ONE_OF_TWO))]


def _about_authors(page: "ArticlePage", counted: Sequence[SignOff]) -> list[Refusal]:
    """Refuse a byline that names who signed: authors are no claim, so they can change after the signature."""
    authors = [author.person_id for author in page.authors.all()] if counted else []
    if not authors:
        return []
    named = Person.objects.filter(pk__in=authors)
    for line in counted:
        if any(person.was_account_of(line.reviewer_id) for person in named):
            words = f"{line.reviewer_name} countersigned these words and cannot be named as an author of them."
            return [Refusal(Reason.AUTHOR, words)]
    return []


def refuse_signer_as_author(page: "ArticlePage", sign_off: SignOff) -> None:
    """Refuse to write a byline beside a signature of the same person; no claim changes when authors do.

    Raises:
        NotPermitted: who signed is among the authors.
    """
    if not page.authors.all():
        return
    counted = signatures_of(sign_off, signatures_needed(page), timezone.now())
    refusals = _about_authors(page, counted)
    if refusals:
        note_refusal(page, refusals)
        raise NotPermitted(refusals)


def _about_source(
    page: "ArticlePage", content: ArticleContent, counted: Sequence[SignOff], now: datetime
) -> list[Refusal]:
    refusals = []
    embargo = embargo_of(page)
    if embargo and embargo > now:
        until = date_format(timezone.localtime(embargo), "j F Y, H:i e")
        refusals.append(Refusal(Reason.EMBARGO, f"Under embargo until {until}."))
    considered = set.intersection(*(set(line.notices_considered) for line in counted)) if counted else set()
    for history in histories_known_as(content.cited_studies).values():
        unknown = unconsidered(history.notices, considered)
        if not unknown:
            continue
        is_own = history.study_id == page.study_id
        which = "The study" if is_own else f"“{Study.objects.get(pk=history.study_id)}”, which is also cited,"
        what = WHAT_HAPPENED[NoticeKind(unknown[-1].kind)]
        words = f"{which} {what}. Only a signature made in knowledge of that notice lets the article go live."
        refusals.append(Refusal(Reason.RETRACTED, words))
    return refusals


def _about_section(page: "ArticlePage") -> list[Refusal]:
    section = section_of(page)
    if section is None or section.is_live:
        return []
    return [Refusal(Reason.SECTION, f"Its section “{section.title}” is not published. Publish the section first.")]


def embargo_of(page: "ArticlePage") -> datetime | None:
    """Return the time before which nothing may be public: the latest of article, study and studies also cited.

    The article's own counts as its newest draft has it: an embargo that is moved holds what was approved before.
    """
    also_cited = {row.study_id for row in page.also_cited.all()}
    times = [page.embargo_until, page.study.embargo_until if page.study else None]
    times += embargoes_of_studies(frozenset(also_cited))
    drafted = drafted_embargo(page) if page.pk else None
    times += [parse_datetime(drafted)] if drafted else []
    return max((time for time in times if time), default=None)


@once(lambda studies: studies)
def embargoes_of_studies(studies: frozenset[int]) -> list[datetime | None]:
    """Return until when each of some studies is under embargo."""
    return list(Study.objects.filter(pk__in=studies).values_list("embargo_until", flat=True)) if studies else []


@once(lambda page: page.pk)
def drafted_embargo(page: "ArticlePage") -> str | None:
    """Return until when an article's newest draft keeps it, as the draft has it."""
    with connection.cursor() as cursor:
        cursor.execute(DRAFTED_EMBARGO[connection.vendor], [page.pk])
        found = cursor.fetchone()
    return found[0] if found else None


def is_past_embargo(page: "ArticlePage", now: datetime) -> bool:
    """Return whether readers see an article, so that no embargo can keep it back."""
    return PublishedArticle.objects.public_now(now).filter(subject_uuid=page.subject_uuid).exists()


def sets_embargo_too_late(page: "ArticlePage", before: datetime | None, after: datetime | None, now: datetime) -> bool:
    """Return whether an embargo is set, or made longer, for what is public."""
    is_longer = after is not None and after > now and (before is None or after > before)
    return is_longer and is_past_embargo(page, now)


def refuse_to_lift_embargo(page: "ArticlePage", user: User) -> None:
    """Keep an embargo that still holds, unless an editor lifts it.

    Raises:
        PermissionDenied: the draft has none, or an earlier one, and the user is no editor.
    """
    if can_lift_embargo(user):
        return
    kept = type(page).objects.filter(pk=page.pk)
    found = kept.values_list("embargo_until", "latest_revision__content__embargo_until").first() or (None, None)
    times = [found[0], parse_datetime(found[1]) if found[1] else None]
    before = max((time for time in times if time), default=None)
    if lifts_embargo(before, page.embargo_until, timezone.now()):
        tell(ONLY_EDITORS_LIFT)
        raise PermissionDenied(ONLY_EDITORS_LIFT)
