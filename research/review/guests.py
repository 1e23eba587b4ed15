"""Guests: inviting somebody without an account to say what they think of one version that is under review.

A guest's answer is an opinion. It signs nothing, and nothing here writes to the chain. The secret of an address is
made from a row and from this site's own secret, so that a mail can be sent again and no table holds it; of the address
only a hash is kept.
"""

import base64
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from wagtail.models import TaskState

from common import clock
from common.languages import speaking
from common.models import AnyUser, OutboxMessage, User
from common.outbox import enqueue, register, send_to
from research.content.canonical import digest_of
from research.content.stored import read_canonical
from research.models.reviews.guests import GuestLink
from research.newsroom.mails.reviews import announce_guest_answer
from research.newsroom.permissions import is_editor

if TYPE_CHECKING:
    from research.models.workflow import MedicalReviewState

INVITATION = "guest-invitation"
SALT = "research.review.guests"
ADDRESS = "{address}"
VALID_DAYS = (3, 7, 14, 30)
DEFAULT_VALID_DAYS = 14
#: Guests of one article whose address works at one time.
MOST_STANDING = 20

audit = logging.getLogger("countersign.audit")


class NotAsked(Exception):
    """This guest is asked no more: answered, revoked, expired, or other words are under review by now."""


def invite(
    state: "MedicalReviewState", user: AnyUser, *, kind: str, name: str, email: str, valid_days: int, now: datetime
) -> GuestLink:
    """Invite a guest to one frozen version by mail, and return their link.

    Raises:
        PermissionDenied: no editor, the review is over, or enough guests are asked.
    """
    if not is_editor(user) or not isinstance(user, User):
        raise PermissionDenied(_("Only editors invite guests."))
    if state.status != TaskState.STATUS_IN_PROGRESS or state.submission is None:
        raise PermissionDenied(_("This review is over. Guests are asked about what is under review."))
    page = state.revision.as_object()
    if GuestLink.objects.standing(now).filter(article_id=page.pk, answered_at__isnull=True).count() >= MOST_STANDING:
        raise PermissionDenied(_("Enough guests are asked about this article. Revoke one first."))
    link = GuestLink(
        kind=kind,
        article_id=page.pk,
        submission=state.submission,
        digest=state.submission.digest,
        name=name.strip(),
        email=email.strip(),
        invited_by=user,
        invited_at=now,
        expires_at=now + timedelta(days=valid_days),
    )
    link.token_hash = digest_of(token_of(link))
    link.save()
    with speaking(language_of(link)):
        subject, body = _letter(link, page.title)
    payload = {"link": link.pk, "to": [link.email], "subject": subject, "body": body}
    enqueue(INVITATION, f"{INVITATION}-{link.pk}", payload)
    audit.info(
        "guest invited: link %s, words %s, until %s, by account %s", link.pk, link.digest, link.expires_at, user.pk
    )
    return link


def language_of(link: GuestLink) -> str:
    """Return the language of the words that a guest is asked about; "" where they were removed."""
    return read_canonical(link.submission.content).language if link.submission.content else ""


def token_of(link: GuestLink) -> str:
    """Return the secret in the address of a link, in letters that an address may hold."""
    made = salted_hmac(SALT, str(link.key), algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def find(token: str, now: datetime) -> GuestLink | None:
    """Return the standing link of an address; None for one that ended, was revoked, or never was."""
    links = GuestLink.objects.standing(now).select_related("submission__revision", "article")
    return links.filter(token_hash=digest_of(token)).first()


def is_in_review(link: GuestLink) -> bool:
    """True while exactly the words that a guest was asked about are under review."""
    review = {
        "medicalreviewstate__subject_uuid": link.submission.subject_uuid,
        "medicalreviewstate__digest": link.digest,
    }
    return (
        bool(link.submission.content)
        and TaskState.objects.filter(status=TaskState.STATUS_IN_PROGRESS, **review).exists()
    )


def declare(link: GuestLink, statement: str, now: datetime) -> None:
    """Keep what a guest declares about their interests; the first statement stays.

    Raises:
        NotAsked: this guest is asked no more.
    """
    if not _asked(link, now):
        raise NotAsked
    GuestLink.objects.filter(pk=link.pk, declared_at__isnull=True).update(
        conflict_statement=statement.strip(), declared_at=now
    )


def answer(link: GuestLink, *, verdict: str, words: str, now: datetime) -> None:
    """Keep a guest's one answer, and tell the editors that it came.

    Raises:
        NotAsked: this guest is asked no more, or has declared nothing.
    """
    open_link = GuestLink.objects.standing(now).filter(pk=link.pk, answered_at__isnull=True, declared_at__isnull=False)
    if not _asked(link, now) or not open_link.update(verdict=verdict, words=words.strip(), answered_at=now):
        raise NotAsked
    link.refresh_from_db()
    announce_guest_answer(link)


def _asked(link: GuestLink, now: datetime) -> bool:
    return link.stands(now) and link.answered_at is None and is_in_review(link)


def revoke(link: GuestLink, user: AnyUser, now: datetime) -> bool:
    """End a link at once; return False when it was revoked before.

    Raises:
        PermissionDenied: no editor.
    """
    if not is_editor(user):
        raise PermissionDenied(_("Only editors revoke what guests were sent."))
    done = GuestLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=now)
    if done:
        audit.info("guest revoked: link %s, by account %s", link.pk, user.pk)
    return bool(done)


@register(INVITATION)
def send_invitation(message: OutboxMessage) -> None:
    """Mail a guest their address; nothing where it was revoked or ended before it left."""
    link = GuestLink.objects.standing(clock.now()).filter(pk=message.payload["link"], answered_at__isnull=True).first()
    if link is None or not link.email or not message.waiting_for():
        return
    address = f"{settings.WAGTAILADMIN_BASE_URL}{reverse('research_guest', args=[token_of(link)])}"
    send_to(link.email, message, body=message.payload["body"].replace(ADDRESS, address))
    message.payload["reached"] = [link.email]
    message.save(update_fields=["payload"])


def _letter(link: GuestLink, title: str) -> tuple[str, str]:
    """Return the subject and the body of an invitation, with a place for the address."""
    asks = {
        GuestLink.Kind.EXPERT: _("Would you read it as somebody who knows the field, and tell us what you think?"),
        GuestLink.Kind.READER: _("Would you read it, and tell us what was unclear?"),
        GuestLink.Kind.AUTHOR: _(
            "It is about your study. Would you read it, and tell us whether it says anything wrong?"
        ),
    }[GuestLink.Kind(link.kind)]
    body = _(
        "Dear %(name)s,\n\nwe are preparing a plain-language summary of a study, “%(title)s”. It is not public, and "
        "not yet medically reviewed. %(asks)s\n\nYou need no account. Before you see the text we ask whether you "
        "have a tie to the study. Your answer is an opinion for the newsroom: it is kept with the record of the "
        "article, and is not published.\n\nRead and answer here, until %(until)s:\n%(address)s\n\nThe address is for "
        "you alone. Please do not pass it on.\n"
    ) % {
        "name": link.name,
        "title": title,
        "asks": asks,
        "until": _moment(link.expires_at),
        "address": ADDRESS,
    }
    return (_("Would you read “%(title)s” for us?") % {"title": title})[:180], body


def _moment(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{date_format(local, 'DATETIME_FORMAT')} {date_format(local, 'e')}"
