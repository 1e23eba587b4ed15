"""The reviewer's form between two visits: answers and ticks, kept on the server as they are given."""

from collections.abc import Collection, Mapping
from datetime import datetime

from common.models import AnyUser, User
from research.checking.claims import claims_of
from research.content.article import ArticleContent
from research.models.reviews.submissions import ReviewDraft, Submission
from research.review.claims.ticks import Basis

LONGEST_ANSWER = 4000


def draft_of_reviewer(submission: Submission | None, user: AnyUser) -> ReviewDraft | None:
    """Return what a reviewer gave so far for an article, whichever version it was; None where that is nothing."""
    if submission is None or not isinstance(user, User):
        return None
    return ReviewDraft.objects.filter(subject_uuid=submission.subject_uuid, user=user).first()


def keep(
    submission: Submission,
    user: User,
    *,
    content: ArticleContent,
    basis: Basis,
    answers: Mapping[str, str],
    ticked: Collection[str],
    now: datetime,
) -> ReviewDraft:
    """Keep a form as it stands; ticks of sentences that this version does not have stay as they are.

    Args:
        submission: the version that the form was shown with.
        user: the reviewer.
        content: its words.
        basis: what they rest on, as the form showed it.
        answers: the form's fields by name.
        ticked: the keys of the ticked claims.
        now: the time.
    """
    row, _ = ReviewDraft.objects.get_or_create(
        subject_uuid=submission.subject_uuid, user=user, defaults={"kept_at": now}
    )
    here = {claim.key: claim for claim in claims_of(content)}
    others = {key: kept for key, kept in row.ticks.items() if key not in here}
    row.ticks = others | {key: basis.of(claim) for key, claim in here.items() if key in ticked}
    row.answers = {name: value[:LONGEST_ANSWER] for name, value in answers.items() if value}
    row.of_digest, row.kept_at = submission.digest, now
    row.save()
    return row


def close(submission: Submission, user: User) -> None:
    """Let go of the answers once a review is decided; the ticks stay for the next round."""
    ReviewDraft.objects.filter(subject_uuid=submission.subject_uuid, user=user).update(answers={})
