"""Sending what followers asked for, in batches, by the runner: each digest reaches each reader at most once.

A mail is claimed before it is sent, by moving its time on, in a statement of which one process in any number
succeeds. What a killed process claimed and did not send is told in the next digest: ``told_until`` moves when a mail
was taken over by the mail server, and not before.
"""

import logging
import smtplib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from common import letterhead
from common.faults import for_each
from common.languages import speaking
from common.leases import BackOff
from home.following.digests import Digest, Digests
from home.following.models import Follower, next_due

logger = logging.getLogger("countersign.following")

A_BATCH = 200
#: Who does not say yes within this time is forgotten.
PATIENCE = timedelta(days=3)
BACK_OFF = BackOff(first=timedelta(minutes=10), longest=timedelta(hours=6))
#: An address that refuses so many mails in a row is forgotten.
MOST_REFUSALS = 5
REFUSED_FOR_GOOD = range(500, 600)
#: What a server that is there says of one mail; the next may well go through.
ABOUT_ONE_MAIL = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)


class MailServerIsAway(Exception):
    """The mail server does not answer, or takes nothing: all that is left waits."""


def send_due(now: datetime) -> int:
    """Send all that is due, and return how many mails went out. Also forgets who never said yes."""
    forgotten, _ = Follower.objects.unconfirmed_since(now - PATIENCE).delete()
    if forgotten:
        logger.info("%d addresses were forgotten: their owners did not say yes", forgotten)
    sent = 0
    try:
        while _is_any_due(now):
            with get_connection() as server:
                sent += _send_batch(server, now)
    except (MailServerIsAway, OSError) as away:  # it takes no mails, or there is no connection at all
        logger.warning("Mails to followers wait: %s: %s", type(away).__name__, away)
    return sent


def send_to_followers(now: datetime) -> None:
    """Do the runner's job."""
    sent = send_due(now)
    if sent:
        logger.info("%d mails went to followers", sent)


def _is_any_due(now: datetime) -> bool:
    return Follower.objects.link_due(now).exists() or Follower.objects.digest_due(now).exists()


def _send_batch(server: BaseEmailBackend, now: datetime) -> int:
    digests = Digests(now)
    links = Follower.objects.link_due(now)[:A_BATCH]
    followers = Follower.objects.digest_due(now).select_related("section", "topic")[:A_BATCH]
    sent: list[bool] = []
    told, away = "No mail could be made for follower %s", (MailServerIsAway,)
    failed = for_each(links, lambda one: sent.append(_send_link(one, server, now)), told, unless=away)
    failed += for_each(followers, lambda one: sent.append(_send_digest(one, digests, server, now)), told, unless=away)
    if failed:  # the rest is for the next round, so that none of them is tried again and again
        raise failed[0]
    return sum(sent)


def _send_link(follower: Follower, server: BaseEmailBackend, now: datetime) -> bool:
    mine = Follower.objects.filter(pk=follower.pk, link_due_at=follower.link_due_at)
    if not mine.update(link_due_at=None):
        return False
    name = "manage" if follower.confirmed_at else "confirm"
    brand = letterhead.current().name
    known, new = gettext_noop("Your mails from %(name)s"), gettext_noop("Please confirm: mails from %(name)s")
    try:
        with speaking(follower.language):
            subject = gettext(known if follower.confirmed_at else new) % {"name": brand}
            _send(follower, subject, name, {}, server)
    except MailServerIsAway:
        Follower.objects.filter(pk=follower.pk).update(link_due_at=now + BACK_OFF.first)
        raise
    except ABOUT_ONE_MAIL as error:
        logger.warning("A link to a follower was refused: %s", error)
        if not _is_for_good(error):
            Follower.objects.filter(pk=follower.pk).update(link_due_at=now + BACK_OFF.first)
        return False
    except Exception:
        Follower.objects.filter(pk=follower.pk).update(link_due_at=now + BACK_OFF.longest)
        raise
    return True


def _send_digest(follower: Follower, digests: Digests, server: BaseEmailBackend, now: datetime) -> bool:
    mine = Follower.objects.filter(pk=follower.pk, due_at=follower.due_at)
    if not mine.update(due_at=next_due(follower.frequency, now)):
        return False  # another runner has it, or its owner just changed or ended it
    row = Follower.objects.filter(pk=follower.pk)
    try:
        with speaking(follower.language):
            digest = digests.of(follower)
            if digest is not None:
                _send(follower, digest.subject, "digest", {"digest": digest}, server)
    except MailServerIsAway:
        row.update(due_at=now + BACK_OFF.first)
        raise
    except ABOUT_ONE_MAIL as error:
        _note_refusal(follower, error, now)
        return False
    except Exception:
        row.update(due_at=now + BACK_OFF.longest)
        raise
    row.update(told_until=digests.until, failures=0)
    return digest is not None


def _note_refusal(follower: Follower, error: smtplib.SMTPException, now: datetime) -> None:
    failures = follower.failures + _is_for_good(error)
    if failures >= MOST_REFUSALS:
        logger.warning("A follower's address was forgotten after %d refusals, the last: %s", failures, error)
        Follower.objects.filter(pk=follower.pk).delete()
        return
    due_at = now + BACK_OFF.after(failures)
    Follower.objects.filter(pk=follower.pk).update(failures=failures, due_at=due_at)
    logger.warning("A mail to a follower was refused, the next try is at %s: %s", due_at, error)


def _send(follower: Follower, subject: str, name: str, context: dict[str, Digest], server: BaseEmailBackend) -> None:
    """Hand a mail to the server.

    Raises:
        MailServerIsAway: it does not answer, or takes no mails from us.
        smtplib.SMTPRecipientsRefused: it takes none for this address.
        smtplib.SMTPDataError: it takes this one not.
    """
    unsubscribe = _address("home_unfollow", follower)
    told = {
        **context,
        "follower": follower,
        "publication": letterhead.current().name,
        "site": settings.WAGTAILADMIN_BASE_URL,
        "manage_url": _address("home_followed", follower),
        "unsubscribe_url": unsubscribe,
    }
    # One click ends it, from the mail program (RFC 8058); no machine answers a digest (RFC 3834).
    headers = {
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    body = render_to_string(f"home/mails/{name}.txt", told)
    mail = letterhead.compose(" ".join(subject.split()), body, [follower.email], headers)
    mail.connection = server
    try:
        mail.send()
    except ABOUT_ONE_MAIL:
        raise
    except OSError as error:  # smtplib's other errors are such, too
        raise MailServerIsAway(f"{type(error).__name__}: {error}") from error


def _is_for_good(error: smtplib.SMTPException) -> bool:
    """Tell whether a server said that there is no such address, rather than that it takes no mail now."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(code in REFUSED_FOR_GOOD for code, _ in error.recipients.values())


def _address(name: str, follower: Follower) -> str:
    return f"{settings.WAGTAILADMIN_BASE_URL}{reverse(name, args=[follower.token])}"
