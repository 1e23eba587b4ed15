"""Countersigning: who may sign which words, and the chain of signatures."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import Revision

from common.models import AnyUser, User
from research.content.article import ArticleContent, content_of
from research.content.canonical import digest_of
from research.content.completeness import missing_parts
from research.content.invisible import hidden_in
from research.content.richtext import normalise_html, text_of
from research.content.stored import read_canonical
from research.models.reviews.submissions import Submission
from research.models.signoffs import SignOff
from research.models.studies.joined import uuids_by_study
from research.models.texts import PublishedText, SignableText, canonical_values
from research.newsroom.permissions import MEDICAL_REVIEWERS, has_role
from research.review import contributions
from research.review.chain import add_line
from research.review.claims.ticks import complete_ticks
from research.review.frozen import Shown, since_frozen
from research.review.questions import complete_answers

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

DAYS_A_MONTH = 365 / 12

audit = logging.getLogger("countersign.audit")


class IncompleteArticle(PermissionDenied):
    """Parts are missing, or words hold what nobody can see; the message lists them."""


class MayNotSign(PermissionDenied):
    """This user may not sign these words; ``reasons`` says why, each in a sentence."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


class WordsChanged(MayNotSign):
    """The words are other ones than were read, so nothing is signed."""


def content_to_sign(page: "ArticlePage") -> ArticleContent:
    """Return the words that a submission puts before a reviewer.

    Raises:
        IncompleteArticle: parts are missing, or words hold what nobody can see.
    """
    content = content_of(page)
    missing = missing_parts(content)
    if missing:
        raise IncompleteArticle(" ".join(part.words for part in missing))
    return content


def is_reviewer(user: AnyUser | None) -> bool:
    """True for an active member of Medical reviewers; being a superuser is not enough."""
    return user is not None and has_role(user, MEDICAL_REVIEWERS)


def refuse_unless_reviewer(user: AnyUser | None) -> None:
    """Raise MayNotSign unless the user is a medical reviewer."""
    if not is_reviewer(user):
        raise MayNotSign([str(NOT_A_REVIEWER)])


NOT_A_REVIEWER = _("Only a member of Medical reviewers can sign.")


def reasons_not_to_sign(
    user: AnyUser | None, page: "ArticlePage", *, content: ArticleContent | None = None
) -> list[str]:
    """Return why this user may not sign this article; empty when they may.

    ``content`` is what the article says, where it was built already.
    """
    (reasons,) = reasons_not_to_sign_each(user, [(page, content)])
    return reasons


def reasons_not_to_sign_each(
    user: AnyUser | None, articles: "Sequence[tuple[ArticlePage, ArticleContent | None]]"
) -> list[list[str]]:
    """Return why this user may not sign each of some articles; the same few statements, however many they are."""
    about_user = _reasons_about(user)
    if not isinstance(user, User):
        return [about_user for _ in articles]
    pages = [page for page, _ in articles]
    records = _records_behind(pages)
    pictures = [_pictures_of(content or content_of(page)) for page, content in articles]
    signed = SignOff.objects.latest_times({page.subject_uuid for page in pages})
    worked = contributions.latest_times(user, {page.subject_uuid for page in pages}.union(*records, *pictures))
    return [
        [*about_user, *_reasons_about_work(user, page, behind, shown, worked, signed.get(page.subject_uuid))]
        for page, behind, shown in zip(pages, records, pictures, strict=True)
    ]


def _reasons_about_work(
    user: User,
    page: "ArticlePage",
    records: Iterable[UUID],
    pictures: Iterable[UUID],
    worked: Mapping[UUID, datetime],
    since: datetime | None,
) -> Iterator[str]:
    def has_worked_on(subjects: Iterable[UUID]) -> bool:
        return any(subject in worked and (since is None or worked[subject] > since) for subject in subjects)

    if page.subject_uuid in worked:
        where = (
            gettext("this article, or on the one it was copied from") if page.copied_from else gettext("this article")
        )
        yield gettext("You worked on %(where)s. Someone who did not must sign it.") % {"where": where}
    if any(author.person.was_account_of(user.pk) for author in page.authors.all()):
        yield gettext("You are named as an author of this article.")
    if has_worked_on(records):
        yield gettext("You edited the record of its study, or of one it cites, since it was last signed.")
    if has_worked_on(pictures):
        yield gettext("You uploaded a picture of this article since it was last signed.")


def reasons_not_to_sign_text(user: AnyUser | None, text: SignableText) -> list[str]:
    """Return why this user may not sign a shared text; empty when they may."""
    (reasons,) = reasons_not_to_sign_texts(user, [text])
    return reasons


def reasons_not_to_sign_texts(user: AnyUser | None, texts: Sequence[SignableText]) -> list[list[str]]:
    """Return why this user may not sign each of some shared texts; the same few statements, however many they are."""
    about_user = _reasons_about(user)
    subjects = {text.subject_uuid for text in texts}
    worked = contributions.latest_times(user, subjects) if isinstance(user, User) else {}
    of_work = gettext("You worked on this text. Someone who did not must sign it.")
    return [[*about_user, of_work] if text.subject_uuid in worked else [*about_user] for text in texts]


def _reasons_about(user: AnyUser | None) -> list[str]:
    if not is_reviewer(user):
        return [str(NOT_A_REVIEWER)]
    person = getattr(user, "person", None)
    if person is None or not person.credentials.strip():
        return [
            gettext(
                "Your credentials are not on record. You add them under Your credentials, or an administrator does."
            )
        ]
    return []


def _records_behind(pages: "Iterable[ArticlePage]") -> list[set[UUID]]:
    """Return the subjects whose sealed fields each article prints: studies, those joined to them, their journals."""
    cited = [{page.study_id, *(row.study_id for row in page.also_cited.all())} - {None} for page in pages]
    known = uuids_by_study(set().union(*cited))
    return [set().union(*(known[study] for study in studies)) for studies in cited]


def _pictures_of(content: ArticleContent) -> list[UUID]:
    """Return the subjects of the pictures that an article prints."""
    hashes = [*content.picture_hashes, *([content.lead_image.hash] if content.lead_image else [])]
    return [contributions.subject_of_picture(hashed) for hashed in hashes]


@transaction.atomic
def sign_article(
    submission: Submission,
    user: AnyUser | None,
    *,
    shown: Shown,
    answers: Mapping[str, Any],
    conflict_statement: str,
    comment: str = "",
    ticks: Collection[str] = (),
    now: datetime | None = None,
) -> SignOff:
    """Add the signature of a reviewer to exactly the words that were frozen and shown.

    Args:
        submission: the frozen version.
        shown: what the form was shown with.
        ticks: the keys of the claims that were ticked.

    Raises:
        WordsChanged: another version was shown, or the article or its records changed since.
        MayNotSign: the user may not sign, or declared nothing.
        ValidationError: an item of the form has no complete answer, or a claim that must be ticked is not.
        IncompleteArticle: parts are missing.
    """
    ready = ready_to_sign(
        submission, user, shown=shown, answers=answers, conflict_statement=conflict_statement, ticks=ticks
    )
    return add_line(
        SignOff.Kind.SIGNED,
        SignOff.Subject.ARTICLE,
        submission.subject_uuid,
        submission.content,
        ready.user,
        answers=ready.answers,
        conflict_statement=conflict_statement,
        comment=comment,
        notices_considered=submission.notices,
        pictures=submission.file_hashes(),
        valid_for=valid_for(ready.page),
        now=now,
    )


@dataclass(frozen=True)
class Ready:
    """All that a signature needs is there: the article, who signs, and the answers as they are kept."""

    page: "ArticlePage"
    user: User
    answers: list[Any]


def ready_to_sign(
    submission: Submission,
    user: AnyUser | None,
    *,
    shown: Shown,
    answers: Mapping[str, Any],
    conflict_statement: str,
    ticks: Collection[str] = (),
) -> Ready:
    """Return what a signature is made of, and sign nothing.

    Raises:
        WordsChanged, MayNotSign, ValidationError, IncompleteArticle: as ``sign_article``.
    """
    page, content = refuse_unless_as_shown(submission, shown)
    reasons = reasons_not_to_sign(user, page, content=content)
    if not conflict_statement.strip():
        reasons.append(gettext("Declare whether you have a stake in this study."))
    if reasons or not isinstance(user, User):
        raise MayNotSign(reasons)
    given = [*complete_answers(answers), *complete_ticks(read_canonical(submission.content), ticks)]
    return Ready(page, user, given)


def valid_for(page: "ArticlePage") -> timedelta | None:
    """Return how long a signature is good in the section of an article; None where that is as for the whole site."""
    months = getattr(page.get_parent().specific, "review_months", None)
    return timedelta(days=round(months * DAYS_A_MONTH)) if months else None


def refuse_unless_as_shown(submission: Submission, shown: Shown) -> "tuple[ArticlePage, ArticleContent]":
    """Return the article and what it says, when what was frozen, what was shown and what is there now are the same.

    Raises:
        WordsChanged: they are not; the message says what changed.
        IncompleteArticle: parts are missing.
    """
    # Read anew: an object that was held for a while knows nothing of a newer draft.
    revision = Revision.objects.filter(pk=submission.revision_id).first()
    if not submission.is_untouched() or revision is None:
        raise WordsChanged(
            [gettext("The submitted version is not on record any more as it was. Ask for it to be sent again.")]
        )
    if shown.digest != submission.digest or set(shown.notices) != set(submission.notices):
        raise WordsChanged([gettext("This form was opened for another version. Read the one below before you sign.")])
    page = revision.as_object()
    content = content_to_sign(page)
    since = since_frozen(submission, page, content=content)
    if content.digest != submission.digest or since.blocks:
        changed = str(since)
        raise WordsChanged(
            [
                gettext("Changed since the article was submitted: %(changed)s. Take the new version into review.")
                % {"changed": changed}
            ]
        )
    return page, content


def sealed_values(text: SignableText) -> dict[str, str]:
    """Return a shared text's claims by field, in canonical form."""
    return {field: normalise_html(value) for field, value in text.claims().items()}


def canonical_text(text: SignableText) -> str:
    """Return the canonical form of a shared text as it stands."""
    return canonical_values(sealed_values(text))


@transaction.atomic
def sign_text(
    text: SignableText, user: AnyUser | None, *, conflict_statement: str, submitted_digest: str | None = None
) -> SignOff:
    """Countersign a shared text; its sealed copy is what readers see from now on.

    Args:
        text: the text with the words that were read.
        submitted_digest: of the words that were read, where a form brings it; otherwise they are those of
            ``text`` in memory.

    Raises:
        WordsChanged: the words on record are other ones than were read.
        IncompleteArticle: the words hold what nobody can see.
        MayNotSign: the user may not sign it.
    """
    read = digest_of(canonical_text(text)) if submitted_digest is None else submitted_digest
    text = type(text)._default_manager.select_for_update().get(pk=text.pk)
    if digest_of(canonical_text(text)) != read:
        raise WordsChanged(
            [gettext("The words were changed since you opened this screen. Read them again before you sign.")]
        )
    hidden = [
        str(found) for value in sealed_values(text).values() for found in hidden_in(text_of(value)) if not found.needed
    ]
    if hidden:
        raise IncompleteArticle(gettext("Delete what nobody can see: %(hidden)s.") % {"hidden": ", ".join(hidden)})
    reasons = reasons_not_to_sign_text(user, text)
    if not conflict_statement.strip():
        reasons.append(gettext("Declare whether you have a stake in this text."))
    if reasons or not isinstance(user, User):
        raise MayNotSign(reasons)
    line = add_line(
        SignOff.Kind.SIGNED,
        text.subject_type,
        text.subject_uuid,
        canonical_text(text),
        user,
        conflict_statement=conflict_statement,
    )
    PublishedText.objects.update_or_create(
        subject_uuid=text.subject_uuid,
        defaults={
            "subject_type": text.subject_type,
            "digest": line.digest,
            "sign_off_sequence": line.sequence,
            "values": sealed_values(text),
            "signed_at": line.signed_at,
        },
    )
    return line
