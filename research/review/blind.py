"""Two reviewers of one version, blind: neither is shown a word of the other before both have answered.

What a reviewer decides is kept in a row that no screen and no mail reads (``BlindAnswer``), and a note at a sentence in
another (``HeldNote``). Once both have answered, they are opened together, and only then does Wagtail's workflow, the
chain of signatures or anybody's mail hear of either. See docs/decisions/0011-two-reviewers.md.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from common.models import AnyUser, User
from common.once import know, once
from research.content.section import section_of
from research.models.reviews.blind import BlindAnswer, HeldNote, RatingGap
from research.models.signoffs import SignOff
from research.newsroom import comments
from research.newsroom.permissions import is_editor
from research.review import signing
from research.review.chain import holds
from research.review.claims import drafts
from research.review.frozen import Shown
from research.rubric import RUBRICS

if TYPE_CHECKING:
    from research.models.pages import ArticlePage
    from research.models.workflow import MedicalReviewState

TWO = 2
BANDS_APART = 2
RATINGS = ("credibility", "interest")
NOT_SHOWN = Shown("")

# Asked by every save of what readers see.
ASKS_TWO = "SELECT two_reviewers FROM research_topicindexpage WHERE page_ptr_id = %s"

audit = logging.getLogger("countersign.audit")


@dataclass(frozen=True)
class Given:
    """What a reviewer sends: the fields of the form, and their own two ratings (values of bands)."""

    shown: Shown = NOT_SHOWN
    answers: Mapping[str, Any] = field(default_factory=dict)
    conflict_statement: str = ""
    comment: str = ""
    ticks: Collection[str] = ()
    ratings: Mapping[str, int | None] = field(default_factory=dict)


def bands_of(rating: str) -> dict[int, str]:
    """Return the words of a rating's bands by their value, the best first."""
    newest = RUBRICS[max(RUBRICS)]
    bands = newest.credibility_bands if rating == "credibility" else newest.interest_bands
    return {band.value: band.word for band in sorted(bands, key=lambda band: -band.value)}


# How many signatures


def signatures_needed(page: "ArticlePage") -> int:
    """Return how many medical reviewers must sign an article before new words of it are public."""
    section = section_of(page)
    return TWO if section and section.asks_two_reviewers else 1


def needed_in(section_id: int) -> int:
    """Return how many must sign what is newly public in the section with this key."""
    with connection.cursor() as cursor:
        cursor.execute(ASKS_TWO, [section_id])
        found = cursor.fetchone()
    return TWO if found and found[0] else 1


def signatures_of(sign_off: SignOff | None, needed: int, now: datetime) -> list[SignOff]:
    """Return the signatures that count for some words: the one that stands, and where two are needed all.

    Of one person the newest counts; one that ended, or whose line does not hold, does not.
    """
    if sign_off is None or needed < TWO:
        return [sign_off] if sign_off else []
    return by_different_people(sign_off.subject_uuid, sign_off.digest, now) or [sign_off]


def by_different_people(subject_uuid: UUID, digest: str, now: datetime) -> list[SignOff]:
    """Return the newest signature of each person that stands for exactly these words at a moment."""
    counted: list[SignOff] = []
    for line in SignOff.objects.all_standing(subject_uuid, digest):
        if line.valid_until > now and not any(_same_person(line, other) for other in counted) and holds(line):
            counted.append(line)
    return counted


def _same_person(line: SignOff, other: SignOff) -> bool:
    same_entry = line.person_id is not None and line.person_id == other.person_id
    return line.reviewer_id == other.reviewer_id or same_entry


# Answers


@once(lambda state: (state.pk, state.submission_id))
def answers_to(state: "MedicalReviewState") -> list[BlindAnswer]:
    """Return what was answered about the version that is under review now, the first one first."""
    found = BlindAnswer.objects.filter(state=state, submission=state.submission_id)
    return list(found.select_related("user").order_by("given_at", "pk"))


def has_answered(state: "MedicalReviewState", user: AnyUser) -> bool:
    """True once a user has answered about the version that is under review now."""
    return any(answer.user_id == user.pk for answer in answers_to(state))


@once(lambda state: (state.pk, state.submission_id))
def open_gap(state: "MedicalReviewState") -> RatingGap | None:
    """Return the ratings that an editor has to decide about, for the version that is under review now."""
    return RatingGap.objects.filter(state=state, submission=state.submission_id, decided_at__isnull=True).first()


def answers_to_each(states: "Iterable[MedicalReviewState]") -> dict[str, QuerySet[Any, Any]]:
    """Return what is asked about reviews that two read, for all of them together; ``know_answers`` takes it."""
    two = [state.pk for state in states if state.two_reviewers]
    answers = BlindAnswer.objects.filter(state__in=two)
    return {
        "answers": answers.order_by("given_at", "pk"),
        "answered by": User.objects.filter(pk__in=answers.values("user")),
        "gaps": RatingGap.objects.filter(state__in=two, decided_at__isnull=True),
    }


def know_answers(states: "Iterable[MedicalReviewState]", read: Mapping[str, list[Any]]) -> None:
    """Let the reviews of a list know what was answered about each, where a request only reads."""
    users = {user.pk: user for user in read["answered by"]}
    for answer in read["answers"]:
        answer.user = users[answer.user_id]
    for state in states:
        of_state = (state.pk, state.submission_id)
        know(answers_to, [one for one in read["answers"] if (one.state_id, one.submission_id) == of_state], state)
        gaps = (one for one in read["gaps"] if (one.state_id, one.submission_id) == of_state)
        know(open_gap, next(gaps, None), state)


def take(state: "MedicalReviewState", user: AnyUser | None, decision: str, given: Given) -> BlindAnswer:
    """Keep what one of two reviewers answered; nobody is shown it before the other has answered.

    Raises:
        MayNotSign: the user may not sign, or has answered, or both places are taken.
        WordsChanged, IncompleteArticle: as for a signature.
        ValidationError: something is not answered.
    """
    submission = state._frozen()
    if not isinstance(user, User):
        raise signing.MayNotSign([str(signing.NOT_A_REVIEWER)])
    before = answers_to(state)
    if any(answer.user_id == user.pk for answer in before):
        raise signing.MayNotSign(
            [gettext("You have answered already. It counts once the other reviewer has answered, too.")]
        )
    if len(before) >= TWO:
        raise signing.MayNotSign([gettext("Two reviewers have answered. An editor decides what comes of it.")])
    if decision == BlindAnswer.Decision.SIGN:
        signing.ready_to_sign(
            submission,
            user,
            shown=given.shown,
            answers=given.answers,
            conflict_statement=given.conflict_statement,
            ticks=given.ticks,
        )
        _refuse_without_ratings(given)
    else:
        reasons = signing.reasons_not_to_sign(user, state.revision.as_object())
        if reasons:
            raise signing.MayNotSign(reasons)
    answer = BlindAnswer.objects.create(
        state=state,
        submission=submission,
        user=user,
        decision=decision,
        answers=dict(given.answers),
        ticks=list(given.ticks),
        conflict_statement=given.conflict_statement,
        comment=given.comment,
        credibility=given.ratings.get("credibility"),
        interest=given.ratings.get("interest"),
        given_at=timezone.now(),
    )
    audit.info("blind answer kept: review %s, words %s, by account %s", state.pk, submission.digest, user.pk)
    return answer


def _refuse_without_ratings(given: Given) -> None:
    problems = {
        rating: gettext("Say how you would rate it yourself.")
        for rating in RATINGS
        if given.ratings.get(rating) not in bands_of(rating)
    }
    if problems:
        raise ValidationError(problems)


def drop_who_may_not_sign(state: "MedicalReviewState", answers: Sequence[BlindAnswer]) -> list[BlindAnswer]:
    """Delete the answers of people who may not sign any more, and return them: somebody else has to answer."""
    page = state.revision.as_object()
    dropped = [answer for answer in answers if signing.reasons_not_to_sign(answer.user, page)]
    BlindAnswer.objects.filter(pk__in=[answer.pk for answer in dropped]).delete()
    return dropped


def open_all(state: "MedicalReviewState", answers: Iterable[BlindAnswer], now: datetime) -> None:
    """Open the answers of both, and put their notes beside the text."""
    answers = list(answers)
    BlindAnswer.objects.filter(pk__in=[answer.pk for answer in answers]).update(opened_at=now)
    for answer in answers:
        drafts.close(answer.submission, answer.user)
    show_notes(state)


def gap_between(answers: Sequence[BlindAnswer]) -> dict[str, list[int]]:
    """Return each rating in which two reviewers are two bands apart or more, with both values; none for no gap."""
    apart = {}
    for rating in RATINGS:
        values = [getattr(answer, rating) for answer in answers]
        given = [value for value in values if value is not None]
        if len(given) == TWO and max(given) - min(given) >= BANDS_APART:
            apart[rating] = given
    return apart


def note_gap(state: "MedicalReviewState", ratings: dict[str, list[int]], now: datetime) -> RatingGap:
    """Record that an editor has to decide about the ratings; what nobody decided before is of other answers."""
    RatingGap.objects.filter(state=state, submission=state.submission_id, decided_at__isnull=True).delete()
    submission = state._frozen()
    return RatingGap.objects.create(
        subject_uuid=submission.subject_uuid, state=state, submission=submission, ratings=ratings, found_at=now
    )


def decide(state: "MedicalReviewState", user: User, decision: str, reason: str) -> RatingGap:
    """Record what an editor decides about two ratings that are far apart, and why.

    Raises:
        PermissionDenied: no editor, one of the two reviewers, no reason, no such decision, or it is decided.
    """
    if not is_editor(user):
        raise PermissionDenied(gettext("Only editors decide about ratings that are far apart."))
    gap = open_gap(state)
    if gap is None:
        raise PermissionDenied(gettext("This was decided before, or a new version was taken into review since."))
    if has_answered(state, user):
        raise PermissionDenied(gettext("You are one of the two reviewers: another editor decides."))
    if not reason.strip():
        raise PermissionDenied(gettext("Say why: the reason is kept with the review."))
    if decision not in RatingGap.Decision.values:
        raise PermissionDenied(gettext("Choose what becomes of the article."))
    gap.decision, gap.reason = decision, reason.strip()
    gap.decided_by, gap.decided_at = user, timezone.now()
    gap.save()
    audit.info("rating gap decided: review %s, %s, by account %s", state.pk, decision, user.pk)
    return gap


def words_to_the_writer(answers: Iterable[BlindAnswer]) -> str:
    """Return what both reviewers said, each under their name; for an article that goes back."""
    said = [(answer.user.get_full_name() or answer.user.get_username(), answer.comment.strip()) for answer in answers]
    return "\n\n".join(f"{name}:\n{words}" for name, words in said if words)


# Notes at a sentence


def hold_note(page: "ArticlePage", user: User, path: str, text: str, quote: str = "") -> HeldNote:
    """Keep a reviewer's note at a place of an article until both have answered.

    Raises:
        LookupError: the article has no such place, or not any more.
    """
    if not any(place.path == path for place in comments.places_of(page)):
        raise LookupError(path)
    return HeldNote.objects.create(
        page_id=page.pk, user=user, contentpath=path, quote=quote, text=text, made_at=timezone.now()
    )


def notes_held(page: "ArticlePage", user: AnyUser) -> list[HeldNote]:
    """Return a reviewer's own notes that nobody else sees yet, oldest first."""
    return list(HeldNote.objects.filter(page_id=page.pk, user=user.pk))


def show_notes(state: "MedicalReviewState") -> None:
    """Make comments of the notes that were held, each its author's; one whose place is gone stands at the title."""
    page = state.revision.as_object()
    for note in HeldNote.objects.filter(page_id=page.pk).select_related("user"):
        try:
            comments.add_comment(page, note.user, note.contentpath, note.text, note.quote)
        except LookupError:
            comments.add_comment(page, note.user, "title", note.text)
        note.delete()
