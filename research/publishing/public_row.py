"""Carrying out a release: the sealed words of a permitted article become what readers see.

``PublishedArticle`` is written here and nowhere else.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import Page, Revision, TaskState

from common.models import User
from common.prepared import KEY, MOMENT, Prepared
from research import rubric
from research.content.article import ArticleContent, content_of
from research.content.stored import read_canonical
from research.models.published import LONG_OVERDUE_DAYS, PublishedArticle
from research.models.references import Study
from research.models.releases import Release
from research.models.reports import ReviewClock
from research.models.signoffs import SignOff
from research.models.texts import PublishedText
from research.models.topics import Topic, names_for_search
from research.newsroom.permissions import can_revoke_sign_offs
from research.newsroom.refusals import note_refusal, tell
from research.publishing import public_pictures, receipts, versions
from research.publishing.contributors import bylines
from research.publishing.freezing import pictures_for
from research.publishing.ledger import cancel_open, take_part_in_releases, wait_for_releases
from research.publishing.lists import listing, restrictions
from research.publishing.pictures import PictureChanged
from research.review import guard
from research.review.chain import add_line, standing_line
from research.sources.standing import unconsidered

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

audit = logging.getLogger("countersign.audit")

OF_PAGE = Prepared(lambda page: PublishedArticle.objects.filter(page_id=page), KEY)
CALLED_SINCE = Prepared(
    lambda page, moment: ReviewClock.objects.filter(article_id=page, called_at__gt=moment), KEY, MOMENT
)

# Sent when a revocation took an article down, so that its row follows; carries page_id and user.
taken_down = Signal()


def touches_the_public(update_fields: Iterable[str] | None) -> bool:
    """True when a save may change what readers see, or whether they see it."""
    return update_fields is None or "live" in update_fields


def follow_row(page: "ArticlePage") -> None:
    """Bring what readers see in line with an article's row, which the guard has let pass."""
    if page.live:
        publish_sealed(page)
    else:
        withdraw(page)


@transaction.atomic(savepoint=False)
def publish_sealed(page: "ArticlePage") -> PublishedArticle:
    """Write what readers see of a live article from its permitted words. Same words, same row.

    Raises:
        NotPermitted: these words are not signed.
    """
    take_part_in_releases()
    existing = OF_PAGE.first(page.pk)
    now = timezone.now()
    topics = list(page.topics.all())
    # What a release judged is sealed as it was judged: the save that this follows held the page to it.
    judged = guard.standing_for(page)
    digest = judged.digest if judged else content_of(page).digest
    if existing is None or existing.withdrawn_at or existing.digest != digest:
        given = judged or guard.demand(page, now=now)
        sealed = {**_sealed_fields(page, given), "pictures": _pictures(page, given.content), "updated_at": now}
    else:
        sealed = _signed_again(page, existing, now)
    published = existing or PublishedArticle(page_id=page.pk, published_at=now)
    guard.refuse_signer_as_author(page, sealed.get("sign_off") or published.sign_off)
    shown_before = public_pictures.names_in(published.pictures)
    for name, value in {**sealed, **_filing_fields(page, topics), "withdrawn_at": None}.items():
        setattr(published, name, value)
    published.version = versions.number_of(existing, published.digest)
    # A permit is not given while a notice asks for a judgement that whoever signed could not make.
    published.rating_withheld = "sign_off" not in sealed and _is_withheld(page.study, published.sign_off)
    if not published.restricted:
        public_pictures.publish(published.pictures)
    published.save()
    versions.follow(published, now, is_first=existing is None)
    shown_now = public_pictures.names_in(published.pictures)
    if published.restricted or shown_before - shown_now:
        public_pictures.settle_soon(shown_before | shown_now)
    else:
        public_pictures.look_again_soon(shown_now, shown_by=published.pk)
    if existing is not None or topics:
        published.topics.set(topics)
    listing.follow(published, topic_ids=[topic.pk for topic in topics], is_new=existing is None)
    return published


@transaction.atomic(savepoint=False)
def follow_notice(study: Study) -> None:
    """Withhold, or give again, the ratings on the cards of articles about a study after its notices changed."""
    wait_for_releases()
    for row in PublishedArticle.objects.filter(study=study).select_related("sign_off").defer("content", "search_text"):
        PublishedArticle.objects.filter(pk=row.pk).update(rating_withheld=_is_withheld(study, row.sign_off))
        receipts.note(row.page_id)
        listing.followed.send(sender=PublishedArticle, row=row, now=timezone.now())


def _is_withheld(study: Study | None, sign_off: SignOff) -> bool:
    """True while a notice asks for a judgement that whoever signed could not make."""
    return study is not None and bool(unconsidered(study.notices.all(), sign_off.notices_considered))


def _signed_again(page: "ArticlePage", existing: PublishedArticle, now: datetime) -> dict[str, Any]:
    """Return what a newer signature of the words that are public changes: who reviewed them, and when."""
    line = standing_line(page.subject_uuid, existing.digest)
    if line is None or line.pk == existing.sign_off_id or guard.refusals_for(page, now=now):
        return {}
    return _sealed_fields(page, guard.permit(page, now=now))


def _sealed_fields(page: "ArticlePage", given: guard.Permit) -> dict[str, Any]:
    line = given.sign_off
    # From the signed line itself: what cards and search show is then checked against it word for word.
    content = read_canonical(line.content)
    due_at = _due_at(page, line)
    return {
        "digest": given.digest,
        "sign_off": line,
        "content": line.content,
        **card_fields(content),
        "title": content.title,
        "summary": content.summary,
        "search_text": content.plain_text,
        "reviewed_at": line.signed_at,
        "review_due_at": due_at,
        "listable_until": _listable_until(due_at),
    }


def card_fields(content: ArticleContent) -> dict[str, Any]:
    """Return what a card shows beside its words: the ratings as signed.

    A notice changes what a page shows, and takes the card out of lists.
    """
    credibility = rubric.rate_credibility(content.appraisal)
    interest = rubric.rate_interest(content.appraisal)
    image = content.lead_image
    return {
        "labels": [words for _, words in rubric.study_labels(content.appraisal)],
        "credibility": credibility.band.value if credibility.band else 0,
        "credibility_word": credibility.band.word if credibility.band else "",
        "interest": interest.band.value if interest.band else 0,
        "lead_alternative_text": image.alternative_text if image else "",
    }


def _pictures(page: "ArticlePage", content: ArticleContent) -> dict[str, Any]:
    """Return the pictures that were frozen with these words; made now where they were never submitted."""
    for pictures in public_pictures.FROZEN(page.subject_uuid, content.digest):
        return dict(pictures)
    try:
        return pictures_for(page, content)
    except PictureChanged as changed:
        refused = [guard.Refusal(guard.Reason.CHANGED, str(changed))]
        note_refusal(page, refused)
        raise guard.NotPermitted(refused) from changed


def _filing_fields(page: "ArticlePage", topics: list[Topic]) -> dict[str, Any]:
    """What editors may change without a new signature."""
    section = page.get_parent()
    return {
        "subject_uuid": page.subject_uuid,
        "section_id": section.pk,
        "restricted": restrictions.is_restricted(page.path, step=page.steplen),
        "address": f"/{section.slug}/{page.slug}/",
        "study": page.study,
        **bylines.names_of(page),
        "related_ids": [pick.article_id for pick in page.related_picks.all()],
        "topics_text": names_for_search(topics),
        "expires_at": page.expire_at,
    }


@transaction.atomic(savepoint=False)
def call_for_review(page_id: int, now: datetime, reason: str) -> None:
    """Make an article due for a new medical review: readers are told so until it is signed again.

    Taking it down and up again does not undo that.
    """
    wait_for_releases()
    rows = PublishedArticle.objects.filter(page_id=page_id, review_due_at__gt=now)
    for row in rows.defer("content", "search_text"):
        called = {"called_at": now, "reason": reason[:300]}
        ReviewClock.objects.update_or_create(article_id=page_id, defaults=called)
        due = {"review_due_at": now, "listable_until": _listable_until(now)}
        PublishedArticle.objects.filter(pk=row.pk).update(**due)
        receipts.note(page_id)
        listing.follow_pages([page_id], now)


def _due_at(page: "ArticlePage", line: SignOff) -> datetime:
    """Return when words are to be reviewed again: when their signature ends, or at a call that came after it."""
    called = CALLED_SINCE.first(page.pk, line.signed_at)
    return min(line.valid_until, called.called_at) if called and called.called_at else line.valid_until


def _listable_until(due_at: datetime) -> datetime:
    return due_at + timedelta(days=LONG_OVERDUE_DAYS)


def withdraw(page: "ArticlePage") -> None:
    """Take an article down, and what was planned for it off the ledger; readers are told it was withdrawn.

    Both at once: a release that waits for this would make it public again. Safe to call again.
    """
    for row in PublishedArticle.objects.not_withdrawn().filter(page_id=page.pk):
        _withdraw_row(row)
        take_off_ledger(page)


def take_off_ledger(page: "ArticlePage") -> None:
    """Cancel what was planned for an article that is taken down; new words outlive the expiry of the old."""
    kinds = [Release.Kind.UNPUBLISH] if page.expired else Release.Kind.values
    cancel_open(page, dict.fromkeys(kinds, "The article was taken down."))


def _withdraw_row(row: PublishedArticle) -> None:
    """Take a row from readers, with its receipt, and the public copies of its pictures with it."""
    row.withdrawn_at = timezone.now()
    row.save(update_fields=["withdrawn_at"])
    versions.withhold_latest(row, versions.Withheld.WITHDRAWN)
    listing.follow(row)
    public_pictures.settle_soon(set(public_pictures.names_in(row.pictures)))


def follow_move(page: "ArticlePage") -> None:
    """Bring the address of a public article in line with its place in the tree."""
    published = PublishedArticle.objects.filter(page_id=page.pk).first()
    if published is None:
        return
    section = page.get_parent()
    published.section_id = section.pk
    published.address = f"/{section.slug}/{page.slug}/"
    published.save(update_fields=["section", "address"])
    listing.follow(published)


@transaction.atomic
def revoke(line: SignOff, user: User, reason: str) -> SignOff:
    """End a signature: a new line in the chain, and what it made public comes down at once.

    Raises:
        PermissionDenied: neither a medical reviewer nor an editor, no reason given, or it stands no more.
    """
    if not can_revoke_sign_offs(user):
        raise PermissionDenied(gettext("Only medical reviewers and editors revoke a signature."))
    if not reason.strip():
        raise PermissionDenied(gettext("Say why the signature is revoked."))
    wait_for_releases()
    if SignOff.objects.standing(line.subject_uuid, line.digest) is None:
        raise PermissionDenied(gettext("This signature was revoked before."))
    revocation = add_line(
        SignOff.Kind.REVOKED, line.subject_type, line.subject_uuid, line.content, user, comment=reason
    )
    transaction.on_commit(lambda: _note_revocation(revocation, user))
    public = {"subject_uuid": line.subject_uuid, "digest": line.digest}
    PublishedText.objects.filter(**public).delete()
    versions.withhold(line.subject_uuid, line.digest, versions.Withheld.REVOKED)
    for row in PublishedArticle.objects.not_withdrawn().filter(**public):
        _withdraw_row(row)
        taken_down.send(sender=PublishedArticle, page_id=row.page_id, user=user)
    return revocation


def _note_revocation(revocation: SignOff, user: User) -> None:
    audit.warning(
        "sign-off revoked: %s %s by %s, line %d",
        revocation.subject_type,
        revocation.subject_uuid,
        user.get_username(),
        revocation.sequence,
    )


def is_bound(revision: Revision) -> bool:
    """True for a revision that is under review, signed or scheduled: it must stay what it was."""
    return (
        revision.approved_go_live_at is not None
        or Release.objects.open().filter(revision=revision).exists()
        or TaskState.objects.filter(
            revision=revision, status__in=(TaskState.STATUS_IN_PROGRESS, TaskState.STATUS_APPROVED)
        ).exists()
    )


def refuse_to_delete_public(page: Page) -> None:
    """Keep the record of what is, or was, public: of an article, or of those below a section.

    Raises:
        PermissionDenied: there is such a record; a person in the admin is told as well.
    """
    kept = PublishedArticle.objects.filter(page__path__startswith=page.path).first()
    if kept is not None:
        words = gettext(
            "“%(kept)s” is, or was, public, so its record is kept. Take it down instead of deleting it."
        ) % {"kept": kept}
        tell(words)
        raise PermissionDenied(words)


def refuse_to_change_section(page: Page) -> None:
    """Keep what readers see in the section that it was signed for.

    Raises:
        PermissionDenied: the article is public; a person in the admin is told as well.
    """
    public = PublishedArticle.objects.not_withdrawn().filter(page_id=page.pk).first()
    if public is not None:
        words = gettext(
            "“%(public)s” is public, and was signed for the section that it is in. Unpublish it, "
            "move it, and have it signed again there."
        ) % {"public": public}
        tell(words)
        raise PermissionDenied(words)
