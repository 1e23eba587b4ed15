"""Moving a card: the plan changes, nothing else. What would change an approved go-live asks first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from wagtail.log_actions import log
from wagtail.models import Page, Revision

from common.models import User
from common.once import know, once
from research.admin.board.access import Viewer
from research.editor.plan_input import LOG_ACTION
from research.models.pages import ArticlePage
from research.models.releases import Release
from research.publishing.ledger import lock


class NeedsConfirmation(Exception):
    """The article has an approved go-live, ``release``: moving it is confirmed on a page of its own."""

    def __init__(self, release: Release) -> None:
        self.release = release
        super().__init__(str(release))


@dataclass(frozen=True)
class Moved:
    """What became of a plan."""

    title: str
    before: date | None
    after: date | None

    def __str__(self) -> str:
        if self.before == self.after:
            return gettext("“%(title)s” stays as planned.") % {"title": self.title}
        was = gettext(" It was planned for %(day)s.") % {"day": _day(self.before)} if self.before else ""
        if self.after is None:
            return gettext("“%(title)s” has no planned date any more.%(was)s") % {"title": self.title, "was": was}
        return gettext("“%(title)s” is planned for %(day)s.%(was)s") % {
            "title": self.title,
            "day": _day(self.after),
            "was": was,
        }


@transaction.atomic
def move_plan(page_id: int, day: date | None, user: User) -> Moved:
    """Plan an article for a day, or for none. The words, and what is signed of them, stay as they are.

    The row and the draft are written, and a scheduled revision too, each with this one value: no save of
    the page, so nothing goes live and nobody counts as having worked on the words.

    Raises:
        ArticlePage.DoesNotExist: there is no such article.
        PermissionDenied: the user may not edit it, or it is being published right now.
        NeedsConfirmation: it has an approved go-live still to come.
    """
    lock(Page.objects.filter(pk=page_id))  # as a release does, and a save: each waits for the other
    page = ArticlePage.objects.get(pk=page_id)
    if not Viewer(user).may_edit(page):
        raise PermissionDenied(gettext("Only who may edit an article moves it: its writer, or an editor."))
    release = open_release(page)
    if release is not None and release.state == Release.State.CLAIMED:
        raise PermissionDenied(gettext("This article is being published right now."))
    if release is not None and is_approved_ahead(release):
        raise NeedsConfirmation(release)
    revisions = {page.latest_revision_id, release.revision_id if release else None} - {None}
    before = page.planned_for
    for revision in Revision.objects.select_for_update().filter(pk__in=revisions):
        if revision.pk == page.latest_revision_id:
            known = revision.content.get("planned_for")
            before = date.fromisoformat(known) if known else None
        write_content(revision, planned_for=day.isoformat() if day else None)
    ArticlePage.objects.filter(pk=page.pk).update(planned_for=day)
    moved = Moved(page.draft_title or page.title, before, day)
    if before != day:
        log(instance=page, action=LOG_ACTION, user=user, data={"before": _iso(before), "after": _iso(day)})
    return moved


def write_content(revision: Revision, **values: Any) -> None:
    """Write values that are no claims into a stored revision, past the signals of a save."""
    revision.content = {**revision.content, **values}
    Revision.objects.filter(pk=revision.pk).update(content=revision.content)


@once(lambda page: page.pk)
def open_release(page: "ArticlePage") -> Release | None:
    """Return the line of the ledger that is to make an article public, or None."""
    return Release.objects.open().filter(article_id=page.pk, kind=Release.Kind.PUBLISH).first()


def open_releases(pages: Iterable[ArticlePage]) -> QuerySet[Release]:
    """Return those of several articles, to be read together and told to ``know_open_releases``."""
    return Release.objects.open().filter(article__in={page.pk for page in pages}, kind=Release.Kind.PUBLISH)


def know_open_releases(pages: Iterable[ArticlePage], read: Iterable[Release]) -> None:
    """Let the articles of a list know their lines of the ledger, where a request only reads."""
    releases = list(read)
    for page in pages:
        know(open_release, next((one for one in releases if one.article_id == page.pk), None), page)


def is_approved_ahead(release: Release | None) -> bool:
    """True for a go-live that is approved and still to come."""
    return release is not None and release.state != Release.State.HELD and release.due_at > timezone.now()


def log_words(data: dict[str, Any]) -> str:
    """Return what the article's history says of a move."""
    before, after = data.get("before"), data.get("after")
    words = (
        gettext("Planned for %(day)s") % {"day": _day(date.fromisoformat(after))}
        if after
        else gettext("Planned date removed")
    )
    return (
        gettext("%(words)s, before: %(day)s") % {"words": words, "day": _day(date.fromisoformat(before))}
        if before
        else words
    )


def _day(day: date | None) -> str:
    return date_format(day) if day else ""


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
