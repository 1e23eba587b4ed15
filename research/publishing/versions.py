"""Every version of an article that was public: written when a release is carried out, and never taken back.

``PublishedVersion`` is written here and nowhere else. What a version said stands in the record of what was signed.
"""

import logging
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext

from common.models import AnyUser
from research.content.stored import read_canonical
from research.models.explainers import Correction
from research.models.published import PublishedArticle, PublishedVersion
from research.models.signoffs import SealedContent
from research.models.texts import PublishedText
from research.newsroom.permissions import is_editor
from research.review.changes import changed_parts

audit = logging.getLogger("countersign.audit")

Reason, Withheld = PublishedVersion.Reason, PublishedVersion.Withheld
# What may still become of a version that is withheld for a reason: a heavier one takes its place.
LIGHTER = {reason: ["", *Withheld.values[:place]] for place, reason in enumerate(Withheld.values)}


def number_of(row: PublishedArticle | None, digest: str) -> int:
    """Return the number of the version that these words are, once they are public."""
    latest = _latest(row) if row is not None else None
    if latest is None:
        return 1
    return latest.number if latest.digest == digest else latest.number + 1


def follow(row: PublishedArticle, now: datetime, *, is_first: bool = False) -> None:
    """Keep the words that are public now as a version; words that were the last version already stay that one.

    Call it in the transaction that makes them public. ``is_first`` says that nothing of the article ever was.
    """
    latest = None if is_first else _latest(row)
    if latest is not None and latest.digest == row.digest:
        _back_again(latest, row)
        return
    PublishedVersion.objects.create(
        article=row,
        number=row.version,
        digest=row.digest,
        sign_off_id=row.sign_off_id,
        changed=_changed(latest.digest, row.content) if latest else [],
        reason=_reason(latest, row) if latest else "",
        published_at=now if latest else row.published_at,
    )
    if latest is not None:
        PublishedVersion.objects.filter(pk=latest.pk).update(replaced_at=now)


def _latest(row: PublishedArticle) -> PublishedVersion | None:
    return PublishedVersion.objects.filter(article=row).select_related("sign_off").newest_first().first()


def _back_again(latest: PublishedVersion, row: PublishedArticle) -> None:
    """The newest signature of the same words is theirs; what was only taken down is up again."""
    came_back = latest.withheld in (Withheld.WITHDRAWN, Withheld.REVOKED)
    values = {"sign_off_id": row.sign_off_id, "withheld": "" if came_back else latest.withheld}
    if any(getattr(latest, name) != value for name, value in values.items()):
        PublishedVersion.objects.filter(pk=latest.pk).update(**values)


def _changed(digest: str, words: str) -> list[str]:
    before = words_of(digest)
    if not before:
        return []
    return [change.part for change in changed_parts(read_canonical(before), read_canonical(words))]


def words_of(digest: str) -> str:
    """Return the canonical words of a version; "" where they were removed from the record."""
    return SealedContent.objects.filter(pk=digest).values_list("canonical", flat=True).first() or ""


def _reason(before: PublishedVersion, row: PublishedArticle) -> str:
    """Return why a version came as far as the record says so; "" where it does not, until an editor says it."""
    corrections = PublishedText.objects.about(Correction, row.subject_uuid)
    if corrections.filter(signed_at__gte=before.published_at).exists():
        return Reason.CORRECTION
    if set(row.sign_off.notices_considered) - set(before.sign_off.notices_considered):
        return Reason.STUDY
    return Reason.REVIEW if before.sign_off.valid_until <= row.sign_off.signed_at else ""


def withhold(subject_uuid: UUID, digest: str, why: str) -> None:
    """Keep the words of every version of them from readers, once another version took its place."""
    _withhold(PublishedVersion.objects.filter(article__subject_uuid=subject_uuid, digest=digest), why)


def withhold_latest(row: PublishedArticle, why: str) -> None:
    """Do the same with the version that is, or was last, public."""
    _withhold(PublishedVersion.objects.filter(article=row, number=row.version), why)


def withhold_removed(digest: str) -> None:
    """Do the same with all versions of words that are removed from the record."""
    _withhold(PublishedVersion.objects.filter(digest=digest), Withheld.REMOVED)


def _withhold(versions: QuerySet[PublishedVersion], why: str) -> None:
    versions.filter(withheld__in=LIGHTER[why]).update(withheld=why)


def withhold_for_safety(version: PublishedVersion, user: AnyUser) -> bool:
    """Take a version from readers for good: its words could lead to harm. False when they had lost it already.

    Of the words that are public now it holds from the moment that others take their place.

    Raises:
        PermissionDenied: not an editor.
    """
    _refuse_all_but_editors(user)
    taken = PublishedVersion.objects.filter(pk=version.pk, withheld__in=LIGHTER[Withheld.SAFETY])
    if not taken.update(withheld=Withheld.SAFETY):
        return False
    audit.warning("version withheld for safety: %s, by %s", version, user.get_username())
    return True


def say_why(version: PublishedVersion, reason: str, user: AnyUser) -> None:
    """Say why a version came, in words of the list; "" says nothing.

    Raises:
        PermissionDenied: not an editor, or a reason that is none.
    """
    _refuse_all_but_editors(user)
    if reason and reason not in Reason.values:
        raise PermissionDenied(gettext("Choose a reason of the list."))
    if version.reason != reason:
        PublishedVersion.objects.filter(pk=version.pk).update(reason=reason)
        audit.info("reason of %s: %s instead of %s, by %s", version, reason, version.reason, user.get_username())


def _refuse_all_but_editors(user: AnyUser) -> None:
    if not is_editor(user):
        raise PermissionDenied(gettext("Editors decide what readers get of earlier versions."))
