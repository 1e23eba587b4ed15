"""Preview links: making, opening and revoking the way to one draft version for people without an account.

The address holds a secret and a signature. The signature covers the words, the time they expire and
whom they are for, so that a row changed behind our back opens nothing.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, Signer
from django.db.models import F
from django.db.models.functions import Coalesce

from common.models import AnyUser, User
from research.content.article import content_of
from research.content.canonical import canonical_json, digest_of
from research.models.secret_links import PreviewLink
from research.newsroom.permissions import can_share_preview, is_editor
from research.publishing import pictures
from research.review import guard

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

audit = logging.getLogger("countersign.audit")

VALID_DAYS = (1, 3, 7, 14, 30)
DEFAULT_VALID_DAYS = 14
SECRET_BYTES = 32

ONLY_EDITORS_UNDER_EMBARGO = "The article is under embargo: only an editor may share it before that time."
NOT_YOURS = "Only editors and the article’s own writer share it."


class VersionChanged(Exception):
    """The draft is no longer the one that was shown to whoever wanted to share it."""


@dataclass(frozen=True)
class Embargo:
    """The time before which nothing may be public, and who set it ("" when that is not on record)."""

    until: datetime
    source: str


def embargo_on(page: "ArticlePage", now: datetime) -> Embargo | None:
    """Return the embargo that an article is under at a moment, or None."""
    until = guard.embargo_of(page)
    if until is None or until <= now:
        return None
    held_by = page.study if page.study is not None and page.embargo_until != until else page
    return Embargo(until, held_by.embargo_source)


def reasons_not_to_share(user: AnyUser, page: "ArticlePage", now: datetime) -> list[str]:
    """Return why this user may make no link to an article's draft; empty when they may."""
    if not can_share_preview(user, page):
        return [NOT_YOURS]
    if embargo_on(page, now) and not is_editor(user):
        return [ONLY_EDITORS_UNDER_EMBARGO]
    return []


def make_link(
    article: "ArticlePage", user: User, *, label: str, valid_days: int, now: datetime, digest: str | None = None
) -> tuple[PreviewLink, str]:
    """Return a link to the newest draft, and the token of its address, which is not kept anywhere.

    Its pictures are copied here in all sizes, so that opening the link makes none. ``digest`` is that of the words
    the user was shown.

    Raises:
        PermissionDenied: this user may not share this article now.
        VersionChanged: the newest draft has other words than the user was shown.
    """
    revision = article.get_latest_revision()
    draft = revision.as_object() if revision else article
    reasons = reasons_not_to_share(user, draft, now)
    if reasons:
        raise PermissionDenied(" ".join(reasons))
    content = content_of(draft)
    if digest is not None and digest != content.digest:
        raise VersionChanged
    secret = secrets.token_urlsafe(SECRET_BYTES)
    link = PreviewLink(
        article_id=article.pk,
        revision=revision,
        saved_at=revision.created_at if revision else now,
        digest=content.digest,
        content=content.canonical,
        pictures=pictures.pictures_of(content),
        authors=[author.person.name for author in draft.authors.all()],
        topics=[
            {"name": topic.name, "slug": topic.slug}
            for topic in sorted(draft.topics.all(), key=lambda topic: topic.name.lower())
        ],
        study_id=draft.study_id,
        token_hash=digest_of(secret),
        label=label,
        made_by_editor=is_editor(user),
        created_by=user,
        created_at=now,
        expires_at=now + timedelta(days=valid_days),
    )
    link.save()
    audit.info(
        "preview link made: link %s, article %s (page %s), words %s, for %r, until %s, by %s",
        link.pk,
        article.subject_uuid,
        article.pk,
        link.digest,
        label,
        link.expires_at.isoformat(timespec="seconds"),
        user.get_username(),
    )
    return link, f"{secret}.{_signer().signature(_signed_facts(secret, link))}"


def revoke_link(link: PreviewLink, user: AnyUser, now: datetime) -> bool:
    """End a link at once; return False when it was revoked before.

    Raises:
        PermissionDenied: neither an editor nor the article's own writer.
    """
    if not can_share_preview(user, link.article):
        raise PermissionDenied(NOT_YOURS)
    if not PreviewLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=now):
        return False
    audit.info(
        "preview link revoked: link %s, article %s (page %s), by %s",
        link.pk,
        link.article.subject_uuid,
        link.article_id,
        user.get_username(),
    )
    return True


def find_link(token: str, now: datetime) -> tuple[PreviewLink, Embargo | None] | None:
    """Return the standing link of an address with the article's embargo; None for anything else.

    An embargo set after the link was made closes the links that no editor made.
    """
    secret, _, signature = token.partition(".")
    standing = PreviewLink.objects.standing(now).select_related("article", "study")
    link = standing.filter(token_hash=digest_of(secret)).first()
    if link is None or not _is_untouched(secret, signature, link):
        return None
    embargo = embargo_on(link.article.get_latest_revision_as_object(), now)
    if embargo and not link.made_by_editor:
        return None
    return link, embargo


def count_opening(link: PreviewLink, now: datetime) -> None:
    """Count that a link was opened, in one statement, so that none is lost when two open it at once."""
    PreviewLink.objects.filter(pk=link.pk).update(
        opened_count=F("opened_count") + 1,
        first_opened_at=Coalesce("first_opened_at", now),
        last_opened_at=now,
    )


def _is_untouched(secret: str, signature: str, link: PreviewLink) -> bool:
    try:
        _signer().unsign(f"{_signed_facts(secret, link)}.{signature}")
    except BadSignature:
        return False
    return link.digest == digest_of(link.content)


def _signed_facts(secret: str, link: PreviewLink) -> str:
    until = link.expires_at.isoformat(timespec="seconds")
    return canonical_json([secret, link.article_id, link.digest, link.pictures, link.label, link.made_by_editor, until])


def _signer() -> Signer:
    return Signer(salt="research.reading.previews", sep=".")
