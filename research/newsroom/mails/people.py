"""Mails about the newsroom itself: who may sign, and who did not get a mail."""

from django.utils import timezone
from django.utils.translation import gettext

from common.models import OutboxMessage, User
from research.newsroom.mails.letters import members, name_of, send
from research.newsroom.permissions import EDITORS, MEDICAL_REVIEWERS

GIVEN_UP_KEY = "mail-given-up-"


def announce_new_reviewer(user: User, by: str) -> None:
    """Tell all reviewers that somebody may sign from now on: who signs is everybody's business."""
    send(
        f"reviewer-added-{user.pk}-{timezone.now():%Y%m%d%H%M%S%f}",
        members(MEDICAL_REVIEWERS),
        lambda: (
            gettext("New among the medical reviewers: %(name)s") % {"name": name_of(user)},
            gettext(
                "%(name)s can countersign articles from now on. The role was given by %(by)s.\n\n"
                "If that is a mistake, tell an administrator.\n"
            )
            % {"name": name_of(user), "by": by},
        ),
    )


def announce_renaming(was: str, name: str, by: str) -> None:
    """Tell all reviewers that the group which may sign has another name; who may sign is the same."""
    send(
        f"reviewers-renamed-{timezone.now():%Y%m%d%H%M%S%f}",
        members(MEDICAL_REVIEWERS),
        lambda: (
            gettext("The medical reviewers are called “%(name)s” now") % {"name": name},
            gettext(
                "The group “%(was)s” was renamed to “%(name)s” by %(by)s. Its members sign as before.\n\n"
                "If that is a mistake, tell an administrator.\n"
            )
            % {"was": was, "name": name, "by": by},
        ),
    )


def announce_given_up(message: OutboxMessage) -> None:
    """Tell the editors who did not get a mail that was given up, and what it was about.

    A mail of this kind that is given up itself is told to nobody: the log and the health page have it.
    """
    missed = message.waiting_for()
    if not missed or message.key.startswith(GIVEN_UP_KEY):
        return
    editors = [person for person in members(EDITORS) if person.email not in missed]
    send(
        f"{GIVEN_UP_KEY}{message.pk}",
        editors,
        lambda: (
            gettext("Not delivered: %(subject)s") % {"subject": message.payload["subject"]},
            gettext(
                "This mail was tried %(attempts)s times, and these did not get it:\n\n%(missed)s\n\n%(error)s\n\n"
                "Please tell them, and have the addresses corrected under Settings, Users.\n\n"
                "The mail said:\n\n%(body)s"
            )
            % {
                "attempts": message.attempts,
                "missed": "\n".join(f"- {address}" for address in missed),
                "error": message.last_error,
                "body": message.payload["body"],
            },
        ),
    )
