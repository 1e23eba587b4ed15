"""Mails about what went live, or did not at its time."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext, ngettext

from common.models import User
from research.newsroom.mails.letters import admin_address, editor_address, members, moment, send
from research.newsroom.permissions import EDITORS

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

PREFLIGHT_KEY = "release-preflight-"


def announce_published(release: Any, page: "ArticlePage", sign_off: Any) -> None:
    """Tell the editors and the submitter that an article is public."""
    to = [*members(EDITORS), *([release.requested_by] if release.requested_by else [])]
    send(
        f"published-{release.pk}",
        to,
        lambda: (
            gettext("Published: %(title)s") % {"title": page.title},
            gettext("“%(title)s” is public, as countersigned by %(reviewer)s.\n\n%(address)s\n")
            % {
                "title": page.title,
                "reviewer": sign_off.reviewer_name,
                "address": f"{settings.WAGTAILADMIN_BASE_URL}{page.url}",
            },
        ),
    )


def announce_held(release: Any, change: Any) -> None:
    """Tell the editors, once a change of state, that a release did not happen, and why."""
    send(
        f"release-{release.state}-{release.pk}-{change.pk}",
        members(EDITORS),
        lambda: (
            gettext("Not published: %(title)s") % {"title": release.article.title},
            gettext("“%(title)s” was due at %(time)s and is not public.\n\n%(reason)s\n\n%(address)s\n")
            % _of_release(release),
        ),
    )


def announce_late(release: Any, *, time: int = 0) -> None:
    """Tell the editors, once for each ``time``, that something due is not done."""

    def letter() -> tuple[str, str]:
        subject = gettext("Still late: %(title)s") if time else gettext("Late: %(title)s")
        tried = (
            ngettext("It was tried %(count)s time.", "It was tried %(count)s times.", release.attempts)
            % {"count": release.attempts}
            if release.attempts
            else gettext("Is the release runner running?")
        )
        return subject % {"title": release.article.title}, gettext(
            "“%(title)s” was due at %(time)s and is not done yet. %(tried)s "
            "It is tried again by itself until it succeeds.\n\n%(reason)s\n\n%(address)s\n"
        ) % {**_of_release(release), "tried": tried}

    send(f"release-late-{release.pk}{f'-{time}' if time else ''}", members(EDITORS), letter)


def announce_late_go_live(page: "ArticlePage", due_at: Any, *, time: int = 0) -> None:
    """Tell the editors and the writer, once for each ``time``, that a go-live passed without a signature."""
    title = page.draft_title or page.title

    def letter() -> tuple[str, str]:
        subject = (
            gettext("Still late, not countersigned: %(title)s")
            if time
            else gettext("Late, not countersigned: %(title)s")
        )
        return subject % {"title": title}, gettext(
            "“%(title)s” was to go live on %(time)s and is not countersigned, so it is not public. It goes live "
            "as soon as it is signed, unless you set another time, or none.\n\nDecide here:\n%(address)s\n"
        ) % {"title": title, "time": moment(due_at), "address": admin_address("research_plan", page.pk)}

    send(
        f"go-live-late-{page.pk}-{due_at:%Y%m%d%H%M}{f'-{time}' if time else ''}",
        [*members(EDITORS), *([page.owner] if page.owner else [])],
        letter,
    )


def announce_clock(reason: str, hour: str) -> None:
    """Tell the editors and the administrators, once an hour, why nothing is published: no clock to go by."""
    send(
        f"clock-{hour}",
        [*members(EDITORS), *User.objects.filter(is_superuser=True, is_active=True)],
        lambda: (
            gettext("Nothing is published: a clock is wrong"),
            gettext("%(reason)s\n\nWhat is due waits and is published as soon as the clocks agree. Nothing is lost.\n")
            % {"reason": reason},
        ),
    )


def preflight_key(release: Any, window: str) -> str:
    """Return the key of the one mail about a release in a window before its time."""
    return f"{PREFLIGHT_KEY}{release.pk}-{window}"


def announce_preflight(release: Any, window: str, words: str) -> None:
    """Tell the editors, once a window, that a release would be refused at its time."""
    send(
        preflight_key(release, window),
        members(EDITORS),
        lambda: (
            gettext("Would not be published as planned: %(title)s") % {"title": release.article.title},
            gettext(
                "“%(title)s” is due at %(time)s. As things stand it would be refused:\n\n%(words)s\n\n%(address)s\n"
            )
            % {**_of_release(release), "words": words},
        ),
    )


def _of_release(release: Any) -> dict[str, str]:
    return {
        "title": release.article.title,
        "time": moment(release.due_at),
        "reason": release.reason,
        "address": editor_address(release.article),
    }
