"""Removing signed words from the record: two people decide, a stone stays, and every proof still verifies."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.admin.models import FormState
from wagtail.models import Page, Revision

from common.media import ready_name
from common.models import OutboxMessage, PictureMaster, User
from common.outbox import register, tell_soon
from common.printing.stored import forget_soon
from research.content.article import content_of
from research.content.stored import read_canonical
from research.models.pages import ArticlePage
from research.models.people import Person
from research.models.published import PublishedArticle
from research.models.reports import FindingDismissal
from research.models.reviews.submissions import Submission
from research.models.secret_links import PreviewLink
from research.models.signoffs import ContentRemovalRequest, Erasure, SealedContent, SignOff
from research.newsroom.permissions import is_editor
from research.newsroom.scrubbing import scrub
from research.publishing.public_pictures import names_in, settle_soon
from research.publishing.public_row import revoke
from research.publishing.versions import withhold_removed
from research.reading.sharing.picture import delete_of

audit = logging.getLogger("countersign.audit")

REMOVED_TITLE = "Removed"
REASON_OF_LINE = "The words were removed from the record."


def ask(digest: str, reason: str, user: User) -> ContentRemovalRequest:
    """Ask for signed words to be removed; somebody else decides.

    Raises:
        PermissionDenied: not an editor, no reason, or there are no such words.
    """
    _refuse_all_but_editors(user)
    if not reason.strip():
        raise PermissionDenied(gettext("Say why: the reason stays in the place of the words."))
    if not SealedContent.objects.filter(pk=digest, removed_at__isnull=True).exists():
        raise PermissionDenied(gettext("No words of this digest are in the record, or they were removed before."))
    asked, _ = ContentRemovalRequest.objects.get_or_create(
        digest=digest,
        closed_at=None,
        defaults={"reason": reason.strip(), "asked_by": user, "asked_at": timezone.now()},
    )
    return asked


def decline(request: ContentRemovalRequest, user: User) -> None:
    """Close a request and keep the words.

    Raises:
        PermissionDenied: not an editor.
    """
    _refuse_all_but_editors(user)
    ContentRemovalRequest.objects.filter(pk=request.pk, closed_at__isnull=True).update(closed_at=timezone.now())


def remove(request: ContentRemovalRequest, user: User) -> Erasure:
    """Remove the words that somebody else asked to be removed; what is public of them comes down at once.

    Raises:
        PermissionDenied: not an editor, the one who asked, or it was decided before.
    """
    _refuse_all_but_editors(user)
    with transaction.atomic():
        asked = ContentRemovalRequest.objects.select_for_update().get(pk=request.pk)
        if asked.closed_at:
            raise PermissionDenied(gettext("This was decided before."))
        if asked.asked_by_id == user.pk:
            raise PermissionDenied(gettext("Two people decide: somebody else confirms what you asked for."))
        now = timezone.now()
        for line in _standing_lines(asked.digest):
            revoke(line, user, REASON_OF_LINE)
        _delete_pictures(asked.digest)
        _delete_shared_pictures(asked.digest)
        forget_soon()
        withhold_removed(asked.digest)
        counts = {
            "public": sum(_empty_row(row) for row in PublishedArticle.objects.filter(digest=asked.digest)),
            "submissions": _empty_submissions(asked.digest),
            "previews": PreviewLink.objects.filter(digest=asked.digest).delete()[0],
            "revisions": sum(_empty_revisions(asked.digest)),
            "copies": sum(_empty_copies(asked.digest)),
        }
        _bring_rows_to_their_drafts(asked.digest)
        SealedContent.objects.filter(pk=asked.digest, removed_at__isnull=True).update(
            canonical="",
            removed_at=now,
            removed_reason=asked.reason,
            removed_by=asked.asked_by_id,
            removed_with=user.pk,
        )
        ContentRemovalRequest.objects.filter(pk=asked.pk).update(closed_at=now)
        record = Erasure.objects.create(
            kind=Erasure.Kind.CONTENT,
            digest=asked.digest,
            reason=asked.reason,
            by_id=asked.asked_by_id,
            with_id=user.pk,
            counts=counts,
            at=now,
        )
    audit.warning("signed words removed: %s, by accounts %s and %s", asked.digest, asked.asked_by_id, user.pk)
    if not connection.in_atomic_block:
        scrub(connection)
    return record


def _refuse_all_but_editors(user: User) -> None:
    if not is_editor(user):
        raise PermissionDenied(gettext("Editors decide about the removal of signed words."))


def _standing_lines(digest: str) -> Iterator[SignOff]:
    subjects = SignOff.objects.filter(digest=digest).order_by().values_list("subject_uuid", flat=True).distinct()
    for subject in list(subjects):
        line = SignOff.objects.standing(subject, digest)
        if line is not None:
            yield line


def _empty_row(row: PublishedArticle) -> int:
    """Leave of a withdrawn row what its address needs to say that it is gone."""
    emptied: dict[str, Any] = {
        "title": REMOVED_TITLE,
        "content": "",
        "summary": "",
        "search_text": "",
        "lead_alternative_text": "",
        "labels": [],
        "pictures": {},
    }
    for name, value in emptied.items():
        setattr(row, name, value)
    row.save(update_fields=list(emptied))
    return 1


def _empty_submissions(digest: str) -> int:
    """Take the words out of what was frozen with them; who read it, and when, stays."""
    return Submission.objects.filter(digest=digest).update(content="", pictures={}, terms={})


def _delete_pictures(digest: str) -> None:
    """Delete the files of the pictures that these words alone show; those of a shared master stay with the others.

    A contributor's photo may be of that master, too.
    """
    rows, frozen = PublishedArticle.objects, Submission.objects
    ours = _names_in(rows.filter(digest=digest)) | _names_in(frozen.filter(digest=digest))
    photos = Person.objects.exclude(photo_sizes={}).values_list("photo_sizes", flat=True)
    gone = ours - _names_in(rows.exclude(digest=digest)) - _names_in(frozen.exclude(digest=digest))
    gone -= {name for sizes in photos for name in names_in({"": sizes})}
    for master in PictureMaster.objects.exclude(sizes={}):
        if names_in({"": master.sizes}) & gone:
            # The library still has it: whoever shows it next gets files of their own.
            PictureMaster.objects.filter(pk=master.pk).update(sizes={})
    # A release that came to nothing may have left copies that no row names.
    settle_soon(gone)
    delete_files_soon(gone)


def _delete_shared_pictures(digest: str) -> None:
    """Delete the pictures of shared links that may be drawn of these words."""
    subjects = SignOff.objects.filter(digest=digest).order_by().values_list("subject_uuid", flat=True).distinct()
    for subject in list(subjects):
        tell_soon("delete-shared-picture", {"subject": str(subject)})


@register("delete-shared-picture")
def deliver_deletion_of_shared(message: OutboxMessage) -> None:
    """Delete the pictures of shared links that a message names the article of."""
    delete_of(UUID(message.payload["subject"]))


def delete_files_soon(names: Iterable[str]) -> None:
    """Delete files once this transaction is done, again until the store takes it, with copies that wait for a release.

    Those that are gone already are no fault.
    """
    wanted = sorted(set(names))
    if wanted:
        tell_soon("delete-files", {"names": wanted})


@register("delete-files")
def deliver_deletion(message: OutboxMessage) -> None:
    """Delete the files that a message names. No file gets a name that another one had."""
    names = message.payload["names"]
    for name in [*names, *map(ready_name, names)]:
        default_storage.delete(name)


def _names_in(records: QuerySet[Any]) -> set[str]:
    found = records.order_by().values_list("pictures", flat=True)
    return {name for stored in found.iterator() for name in names_in(stored)}


def _empty_revisions(digest: str) -> Iterator[int]:
    """Take the claims out of old revisions with these words. The newest draft is its writers' to change."""
    subjects = set(SignOff.objects.filter(digest=digest).order_by().values_list("subject_uuid", flat=True))
    latest = set(Page.objects.filter(latest_revision__isnull=False).values_list("latest_revision_id", flat=True))
    for subject in subjects:
        for revision in Revision.page_revisions.filter(content__subject_uuid=str(subject)):
            page = revision.as_object()
            if revision.pk in latest or content_of(page).digest != digest:
                continue
            for name in (type(page).claim_fields | {"claims_set_aside"}) & revision.content.keys():
                revision.content[name] = _nothing_like(revision.content[name])
            revision.content["title"] = revision.content["draft_title"] = REMOVED_TITLE
            yield Revision.objects.filter(pk=revision.pk).update(content=revision.content, object_str=REMOVED_TITLE)


def _empty_copies(digest: str) -> Iterator[int]:
    """Take the words out of what the newsroom noted of them: sentences of findings, forms that were being filled in."""
    subjects = (
        SignOff.objects.filter(digest=digest, subject_type=SignOff.Subject.ARTICLE).order_by().values("subject_uuid")
    )
    if not subjects:
        return
    words = read_canonical(SealedContent.objects.get(pk=digest).canonical).plain_text
    for told in FindingDismissal.objects.filter(subject_uuid__in=subjects).exclude(sentence=""):
        if told.sentence in words:
            yield FindingDismissal.objects.filter(pk=told.pk).update(sentence="")
    for page in ArticlePage.objects.filter(subject_uuid__in=subjects):
        yield FormState.objects.for_instance(page).delete()[0]


def _bring_rows_to_their_drafts(digest: str) -> None:
    """Let the row of an article that is down say what its newest draft says, so that the search index follows."""
    subjects = SignOff.objects.filter(digest=digest).order_by().values("subject_uuid")
    for page in ArticlePage.objects.filter(subject_uuid__in=subjects, live=False):
        draft = page.get_latest_revision_as_object()
        if content_of(page).digest == digest != content_of(draft).digest:
            draft.save()


def _nothing_like(value: Any) -> Any:
    if isinstance(value, list):
        return []
    return ("[]" if value.startswith("[") else "") if isinstance(value, str) else None
