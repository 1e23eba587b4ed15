"""The rounds of one article's review: what a reviewer read before, what was answered, and what changed since."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext
from wagtail.models import TaskState

from common.models import AnyUser, User
from research.content.article import ArticleContent
from research.content.stored import read_canonical
from research.models.reviews.submissions import ReviewReading, Submission
from research.models.signoffs import SignOff
from research.models.workflow import MedicalReviewState
from research.review.dangers import Difference, differences
from research.review.questions import ANSWER_WORDS, given_answers

MOST_ROUNDS = 5
SIGNATURE = "signature"


@dataclass(frozen=True)
class Since:
    """What changed since one version: which it was, and the changes, the dangerous first."""

    words: str
    at: datetime
    key: str
    changes: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class EarlierAnswer:
    """What was answered to one question in an earlier round."""

    by: str
    at: datetime | None
    answer: str
    note: str
    is_mine: bool


@dataclass(frozen=True)
class EarlierRound:
    """One earlier round: who decided it, when, and the words that went to the writer."""

    by: str
    at: datetime | None
    comment: str
    was_sent_back: bool


def note_reading(submission: Submission, user: User, now: datetime) -> None:
    """Record that a reviewer has a version open; the first time counts."""
    ReviewReading.objects.get_or_create(submission=submission, user=user, defaults={"opened_at": now})


def read_before(submission: Submission, user: AnyUser) -> list[ReviewReading]:
    """Return the earlier versions of an article that this reviewer had open, the latest first.

    Versions whose words were removed from the record are left out.
    """
    if not isinstance(user, User):
        return []
    earlier = ReviewReading.objects.filter(
        user=user, submission__subject_uuid=submission.subject_uuid, submission__lt=submission.pk
    ).exclude(submission__content="")
    return list(earlier.select_related("submission").order_by("-submission_id"))


def since(
    submission: Submission, content: ArticleContent, user: AnyUser, latest: SignOff | None, asked: str = ""
) -> tuple[Since | None, list[Since]]:
    """Return what changed since the version that was asked for, and the others to choose from, without changes.

    Args:
        submission: what is under review.
        content: its words.
        user: the reviewer.
        latest: the last signature.
        asked: the number of a version that was read before, or SIGNATURE; without one it is the version read last,
            else the last signature.
    """
    readings = read_before(submission, user)
    choices = [Since(gettext("you read it"), reading.opened_at, str(reading.submission_id)) for reading in readings]
    texts: dict[str, Submission | SignOff] = {str(one.submission_id): one.submission for one in readings}
    if latest is not None and latest.content:
        choices.append(
            Since(
                gettext("%(reviewer_name)s signed it") % {"reviewer_name": latest.reviewer_name},
                latest.signed_at,
                SIGNATURE,
            )
        )
        texts[SIGNATURE] = latest
    chosen = next((choice for choice in choices if choice.key == asked), choices[0] if choices else None)
    if chosen is None:
        return None, []
    before = texts[chosen.key]
    changes = differences(read_canonical(before.content), content) if before.digest != content.digest else []
    return replace(chosen, changes=tuple(changes)), [choice for choice in choices if choice.key != chosen.key]


def earlier_rounds(subject_uuid: UUID, user: AnyUser) -> tuple[list[EarlierRound], dict[str, list[EarlierAnswer]]]:
    """Return the decided rounds, the latest first, and what was answered in them by the key of the question."""
    decided = (TaskState.STATUS_APPROVED, TaskState.STATUS_REJECTED)
    states = (
        MedicalReviewState.objects.filter(subject_uuid=subject_uuid, status__in=decided)
        .select_related("finished_by")
        .prefetch_related("blind_answers__user")
        .order_by("-finished_at")
    )
    rounds: list[EarlierRound] = []
    answers: dict[str, list[EarlierAnswer]] = {}
    for state in states[:MOST_ROUNDS]:
        by = state.finished_by
        sent_back = state.status == TaskState.STATUS_REJECTED
        rounds.append(EarlierRound(_named(by, user), state.finished_at, state.comment, sent_back))
        for key, answer in _answers_in(state, user):
            answers.setdefault(key, []).append(answer)
    return rounds, answers


def _answers_in(state: MedicalReviewState, user: AnyUser) -> Iterator[tuple[str, EarlierAnswer]]:
    """Yield what was answered in a decided round, by the key of the question; where two read it, by both."""
    opened = [one for one in state.blind_answers.all() if one.opened_at]
    given = [(one.user, one.given_at, given_answers(one.answers)) for one in opened]
    for by, at, answers in given or [(state.finished_by, state.finished_at, state.answers)]:
        for answer in answers:
            # Ticks of claims stand with the answers, under keys of their own.
            words = ANSWER_WORDS.get(answer.get("answer", ""), "no answer")
            is_mine = by is not None and by.pk == user.pk
            yield answer.get("key", ""), EarlierAnswer(_named(by, user), at, words, answer.get("note", ""), is_mine)


def _named(by: User | None, user: AnyUser) -> str:
    if by is None:
        return "a removed account"
    return "you" if by.pk == user.pk else by.get_full_name() or by.get_username()
