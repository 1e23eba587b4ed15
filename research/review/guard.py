"""The guard: may these words be public now? One function, asked by every path to "live".

It is enforced under the models by a ``pre_save`` receiver and asked again by every release. A refusal
names its reasons and loses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from common import clock
from common.models import User
from common.once import once
from common.words import in_the_code_s_words
from research.content.article import ArticleContent, content_of
from research.content.canonical import digest_of
from research.models.people import Person
from research.models.published import PublishedArticle
from research.models.references import Study, histories_known_as
from research.models.signoffs import SignOff
from research.models.texts import PublishedText
from research.newsroom.permissions import can_lift_embargo, lifts_embargo
from research.newsroom.refusals import note_refusal, tell
from research.review.blind import by_different_people, needed_in, signatures_needed, signatures_of
from research.review.chain import releasing_line, standing_line
from research.sources.records import NoticeKind
from research.sources.standing import unconsidered

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


ONE_OF_TWO = _(
    "Two medical reviewers must sign what is published in this section, and only one has. Submit the article for "
    "review, so that both read it."
)
ONLY_EDITORS_LIFT = "The embargo still holds: only an editor removes it or lets it end earlier."


# Where a page in memory keeps the line that permitted it last.
LINE = "_permitting_line"
# Every ask of the guard reads these; the ORM takes ten times as long to write them.
ABOVE = "SELECT title, live FROM wagtailcore_page WHERE path = %s"
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
    # Three levels ask of the same object: what was read of the line before need not be read again if it is still the
    # one that decides, which is asked each time.
    sign_off = releasing_line(page.subject_uuid, digest, known=getattr(page, LINE, None))
    counted = signatures_of(page, sign_off, now)
    refusals = [
        *(_about_signature(sign_off, now) if sign_off else [_without_signature(page.subject_uuid, digest)]),
        *_about_second(page, counted),
        *_about_authors(page, counted),
        *_about_source(page, content, counted, now),
        *_about_section(page),
    ]
    if refusals or sign_off is None:
        raise NotPermitted(refusals)
    setattr(page, LINE, sign_off)
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


def _about_second(page: "ArticlePage", counted: Sequence[SignOff]) -> list[Refusal]:
    """Refuse words that one reviewer signed where the section asks for two."""
    if not counted or len(counted) >= signatures_needed(page):
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
    refusals = _about_authors(page, signatures_of(page, sign_off, timezone.now()))
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
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, [page.path[: -Page.steplen]])
        title, is_live = cursor.fetchone() or ("", True)
    if is_live:
        return []
    return [Refusal(Reason.SECTION, f"Its section “{title}” is not published. Publish the section first.")]


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


def guard_save(
    sender: type, instance: Model, raw: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """Refuse a save that would make unsigned words live. Connected to ``pre_save`` for every sender.

    A page row is judged as it would be after the save: bookkeeping writes of a live page carry draft
    values in memory that are not written.

    Raises:
        NotPermitted: the row would be live without a permit, or it is an alias of an article.
    """
    if not isinstance(instance, Page) or not _is_reviewed(instance):
        return
    if raw:
        _keep_fixture_from_publishing(instance)
        return
    refuse_alias(instance)
    if update_fields is not None and not _would_change_what_is_public(instance, update_fields):
        return
    page = _would_be(instance, update_fields)
    if page is not None and page.live and _goes_live_or_changes(page):
        demand(page)


def refuse_alias(page: Page) -> None:
    """Refuse an article that is the alias of another: the words of two subjects would have one signature.

    Raises:
        NotPermitted: it is one.
    """
    if not page.alias_of_id:
        return
    refused = Refusal(Reason.ALIAS, "Articles have no aliases: link to the article, or copy it.")
    note_refusal(_identified(page), [refused])
    raise NotPermitted([refused])


def _is_reviewed(instance: Page) -> bool:
    """True for a page whose words need a signature.

    A fixture may bring pages before their content types. What such a row says of itself makes nothing
    public: readers get sealed rows only, and those are guarded on their own.
    """
    try:
        return getattr(instance.specific_class, "reviewed", False)
    except ContentType.DoesNotExist:
        return False


def guard_sealed(sender: type, instance: PublishedArticle | PublishedText, raw: bool = False, **kwargs: Any) -> None:
    """Refuse to write sealed words that no standing signature covers, fixtures included.

    Connected to ``pre_save`` of what readers see: ``PublishedArticle`` and ``PublishedText``. Words that readers
    see already stay by their own signature; any others need the newest one.

    Raises:
        NotPermitted: the digest is not that of the words, or nobody's signature stands for it.
    """
    if getattr(instance, "withdrawn_at", None) is not None:
        return
    stays = raw or _is_shown(instance)
    line_of = standing_line if stays else partial(releasing_line, known=_line_at_hand(instance))
    is_sealed = instance.digest == digest_of(instance.sealed_words())
    line = line_of(instance.subject_uuid, instance.digest) if is_sealed else None
    if line is None:
        raise NotPermitted([Refusal(Reason.UNSIGNED, "These words are not the ones that were signed.")])
    if not stays and isinstance(instance, PublishedArticle):
        needed, now = needed_in(instance.section_id), timezone.now()
        is_enough = needed == 1 and line.valid_until > now
        if not is_enough and len(by_different_people(instance.subject_uuid, instance.digest, now)) < needed:
            raise NotPermitted([Refusal(Reason.SECOND, str(ONE_OF_TWO))])


def _line_at_hand(instance: PublishedArticle | PublishedText) -> SignOff | None:
    """Return the line that a row was written by, where it was read already."""
    line: SignOff | None = vars(instance)["_state"].fields_cache.get("sign_off")
    return line


def _is_shown(instance: PublishedArticle | PublishedText) -> bool:
    """True when readers see these very words now."""
    words = {"subject_uuid": instance.subject_uuid, "digest": instance.digest}
    if isinstance(instance, PublishedArticle):
        return PublishedArticle.objects.not_withdrawn().filter(**words).exists()
    return PublishedText.objects.filter(**words).exists()


def _keep_fixture_from_publishing(instance: Page) -> None:
    """Load a page row of a fixture as a draft, unless these readers see it already.

    Fixtures arrive in pieces that cannot be judged.
    """
    if type(instance) is Page and instance.live:
        public = PublishedArticle.objects.not_withdrawn().filter(page_id=instance.pk)
        instance.live = public.exists()


def _identified(instance: Page) -> Page:
    """Return the specific page, for the audit line; a page that is not saved yet is its own."""
    return instance.specific if type(instance) is Page else instance


def _would_change_what_is_public(instance: Page, update_fields: frozenset[str]) -> bool:
    claims = instance.specific_class.claim_fields | {"live"}
    attnames = {field.attname for field in instance._meta.concrete_fields if field.name in claims}
    return not update_fields.isdisjoint(claims | attnames)


def _would_be(instance: Page, update_fields: frozenset[str] | None) -> "ArticlePage | None":
    """Return the specific article as it would be once this save is done."""
    specific_class = instance.specific_class
    if update_fields is None and isinstance(instance, specific_class):
        return instance
    page = specific_class.objects.filter(pk=instance.pk).first()
    if page is None:
        return None
    for field in instance._meta.concrete_fields:
        if update_fields is None or {field.name, field.attname} & update_fields:
            setattr(page, field.attname, getattr(instance, field.attname))
    return page


def _goes_live_or_changes(page: "ArticlePage") -> bool:
    """False for a live row whose words stay what readers already see: nothing new becomes public.

    An article that is public keeps its row when its signature expires or is overdue; lists and
    banners deal with that. New words, or going live, always need a permit.
    """
    published = PublishedArticle.objects.not_withdrawn().filter(page_id=page.pk)
    was_live = type(page).objects.filter(pk=page.pk, live=True).exists()
    return not (was_live and published.filter(digest=content_of(page).digest).exists())
