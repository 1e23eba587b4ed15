"""Countersigning: who may sign which words, and the chain of signatures."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from research.content.article import ArticleContent, content_of
from research.content.canonical import digest_of
from research.content.completeness import missing_parts
from research.content.richtext import normalise_html
from research.models.references import Study, uuids_of
from research.models.signoffs import SignOff
from research.models.texts import PublishedText, SignableText, canonical_values
from research.newsroom.permissions import MEDICAL_REVIEWERS
from research.review import contributions
from research.review.chain import add_line
from research.review.questions import complete_answers

audit = logging.getLogger("countersign.audit")


class IncompleteArticle(PermissionDenied):
    """Parts are missing; the message lists them."""


class MayNotSign(PermissionDenied):
    """This user may not sign these words; ``reasons`` says why, each in a sentence."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__(" ".join(self.reasons))


class WordsChanged(MayNotSign):
    """The words are other ones than were read, so nothing is signed."""


def content_to_sign(page: Any) -> ArticleContent:
    """Return the words that a submission puts before a reviewer.

    Raises:
        IncompleteArticle: parts are missing.
    """
    content = content_of(page)
    missing = missing_parts(content)
    if missing:
        raise IncompleteArticle(" ".join(part.words for part in missing))
    return content


def is_reviewer(user: Any) -> bool:
    """True for an active member of Medical reviewers; being a superuser is not enough."""
    return bool(user and user.is_active and user.groups.filter(name=MEDICAL_REVIEWERS).exists())


def refuse_unless_reviewer(user: Any) -> None:
    """Raise MayNotSign unless the user is a medical reviewer."""
    if not is_reviewer(user):
        raise MayNotSign([NOT_A_REVIEWER])


NOT_A_REVIEWER = "Only a member of Medical reviewers can sign."


def reasons_not_to_sign(user: Any, page: Any) -> list[str]:
    """Return why this user may not sign this article; empty when they may."""
    reasons = _reasons_about(user)
    if user and contributions.has_contributed(user, [page.subject_uuid]):
        reasons.append("You worked on this article. Someone who did not must sign it.")
    if user and any(author.person.user_id == user.pk for author in page.authors.all()):
        reasons.append("You are named as an author of this article.")
    if user and _edited_a_source_since_last_signature(user, page):
        reasons.append("You edited the record of its study, or of one it cites, since it was last signed.")
    return reasons


def reasons_not_to_sign_text(user: Any, text: SignableText) -> list[str]:
    """Return why this user may not sign a shared text; empty when they may."""
    reasons = _reasons_about(user)
    if user and contributions.has_contributed(user, [text.subject_uuid]):
        reasons.append("You worked on this text. Someone who did not must sign it.")
    return reasons


def _reasons_about(user: Any) -> list[str]:
    if not is_reviewer(user):
        return [NOT_A_REVIEWER]
    person = getattr(user, "person", None)
    if person is None or not person.credentials.strip():
        return ["Your credentials are not on record. An editor can add them under People."]
    return []


def _edited_a_source_since_last_signature(user: Any, page: Any) -> bool:
    last = SignOff.objects.latest_for(page.subject_uuid)
    since = last.signed_at if last else None
    cited = {page.study_id, *(row.study_id for row in page.also_cited.all())} - {None}
    subjects = uuids_of(Study.objects.filter(pk__in=cited))
    return contributions.has_contributed(user, subjects, since=since)


@transaction.atomic
def sign_article(
    revision: Any,
    user: Any,
    *,
    submitted_digest: str,
    answers: Mapping[str, Any],
    conflict_statement: str,
    comment: str = "",
    now: datetime | None = None,
) -> SignOff:
    """Add the signature of a reviewer to exactly the words that were submitted.

    Raises:
        MayNotSign: the user may not sign, declared a stake, or the words changed since.
        ValidationError: an item of the form has no complete answer.
        IncompleteArticle: parts are missing.
    """
    page = revision.as_object()
    content = content_to_sign(page)
    if content.digest != submitted_digest or revision.pk != page.latest_revision_id:
        raise MayNotSign(["The article changed after it was submitted. Ask for it to be sent again."])
    reasons = reasons_not_to_sign(user, page)
    if not conflict_statement.strip():
        reasons.append("Declare whether you have a stake in this study.")
    if reasons:
        raise MayNotSign(reasons)
    return add_line(
        SignOff.Kind.SIGNED,
        SignOff.Subject.ARTICLE,
        page.subject_uuid,
        content.canonical,
        user,
        answers=complete_answers(answers),
        conflict_statement=conflict_statement,
        comment=comment,
        notices_considered=notices_of(page.study),
        now=now,
    )


def sealed_values(text: SignableText) -> dict[str, str]:
    """Return a shared text's claims by field, in canonical form."""
    return {field: normalise_html(value) for field, value in text.claims().items()}


def canonical_text(text: SignableText) -> str:
    """Return the canonical form of a shared text as it stands."""
    return canonical_values(sealed_values(text))


@transaction.atomic
def sign_text(
    text: SignableText, user: Any, *, conflict_statement: str, submitted_digest: str | None = None
) -> SignOff:
    """Countersign a shared text; its sealed copy is what readers see from now on.

    Args:
        text: the text with the words that were read.
        submitted_digest: of the words that were read, where a form brings it; otherwise they are those of
            ``text`` in memory.

    Raises:
        WordsChanged: the words on record are other ones than were read.
        MayNotSign: the user may not sign it.
    """
    read = digest_of(canonical_text(text)) if submitted_digest is None else submitted_digest
    text = type(text)._default_manager.select_for_update().get(pk=text.pk)
    if digest_of(canonical_text(text)) != read:
        raise WordsChanged(["The words were changed since you opened this screen. Read them again before you sign."])
    reasons = reasons_not_to_sign_text(user, text)
    if not conflict_statement.strip():
        reasons.append("Declare whether you have a stake in this text.")
    if reasons:
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


def notices_of(study: Any) -> list[int]:
    """Return the identifiers of the notices a signature is made in knowledge of."""
    return sorted(study.notices.values_list("pk", flat=True)) if study else []
