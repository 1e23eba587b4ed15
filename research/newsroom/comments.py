"""What people say beside an article's text: Wagtail's own comments, also where they are made outside its editor.

A comment names a place by its content path: a field, or a block and a field of it. None of these functions makes a
version of the article or a line of its contributors.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from wagtail.models import COMMENTS_RELATION_NAME, Comment, CommentReply

from common import child_rows
from common.models import AnyUser
from common.words import Words

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

LONGEST_COMMENT = 4000
QUOTED_CHARACTERS = 70
# Fields that stand for themselves, in the order of the editor; the body is walked block by block.
BEFORE_THE_BODY: dict[str, Words] = {
    "title": _("Title"),
    "study": _("Study"),
    "summary": _("Summary"),
    "key_takeaway": _("Key takeaway"),
}
AFTER_THE_BODY: dict[str, Words] = {
    "lead_image": _("Picture"),
    "appraisals": _("Ratings"),
    "topics": _("Topics"),
    "seo_title": _("Title for search engines"),
    "search_description": _("Description for search engines"),
}
ELSEWHERE = _("A place that is not in the article any more")


@dataclass(frozen=True)
class Place:
    """Somewhere in an article that can be spoken of: its content path, its name, and the words that stand there."""

    path: str
    name: str
    words: str = ""
    # The HTML of a rich text; "" for anything else.
    source: str = ""

    def __str__(self) -> str:
        words = Truncator(self.words).chars(QUOTED_CHARACTERS)
        return f"{self.name}: “{words}”" if words else self.name


@dataclass(frozen=True)
class Said:
    """A comment with its place and its replies, as a list of comments shows it."""

    comment: Comment
    place: str
    replies: tuple[CommentReply, ...]


def places_of(page: "ArticlePage") -> list[Place]:
    """Return every place of an article's draft, in the order of the editor."""
    return [*_fields(page, BEFORE_THE_BODY), *_blocks(page), *_fields(page, AFTER_THE_BODY)]


def _fields(page: "ArticlePage", names: dict[str, Words]) -> Iterator[Place]:
    for path, name in names.items():
        value = getattr(page, path)
        yield Place(path, str(name), _words(value), _source(value))


def _blocks(page: "ArticlePage") -> Iterator[Place]:
    for section in page.body:
        heading = str(section.block.label)
        for inner in section.value:
            names = list(inner.block.child_blocks)
            for name in names:
                label = str(inner.block.label)
                if len(names) > 1:
                    label += f", {str(inner.block.child_blocks[name].label).lower()}"
                path = f"body.{section.id}.{inner.id}.{name}"
                value = inner.value.get(name)
                yield Place(path, f"{heading} – {label}", _words(value), _source(value))


def _source(value: Any) -> str:
    source = getattr(value, "source", value)
    return source if isinstance(source, str) and "data-block-key" in source else ""


def _words(value: Any) -> str:
    """Return a text without its marks, and nothing of what is no text."""
    source = getattr(value, "source", value)
    spaced = source.replace("<", " <") if isinstance(source, str) else ""
    return " ".join(unescape(strip_tags(spaced)).split())


def _position(source: str, quote: str) -> str:
    """Return where Wagtail’s editor of rich text marks a comment: in the block of the quote, or in the first."""
    found = [block for block in BeautifulSoup(source, "html.parser").select("[data-block-key]") if block.get_text()]
    if not found:
        return "[]"
    # Block by block, as a reader's selection ends where the editor's blocks do.
    block = next((block for block in found if quote and quote in block.get_text()), found[0])
    words = block.get_text()
    start = max(words.find(quote), 0) if quote else 0
    end = start + len(quote) if quote and quote in words else len(words)
    return json.dumps([{"key": block["data-block-key"], "start": start, "end": end}])


def comments_on(page: "ArticlePage") -> QuerySet[Comment]:
    """Return all comments on an article, oldest first."""
    found = Comment.objects.filter(page_id=page.pk).select_related("user", "resolved_by")
    return found.prefetch_related("replies__user").order_by("created_at", "pk")


def open_comments(page: "ArticlePage") -> QuerySet[Comment]:
    """Return the comments that nobody has resolved."""
    return comments_on(page).filter(resolved_at__isnull=True)


def open_on_each(pages: "Iterable[ArticlePage]") -> QuerySet[Comment]:
    """Return the comments on several articles that nobody has resolved, to be read together with more."""
    return Comment.objects.filter(page__in={page.pk for page in pages}, resolved_at__isnull=True)


def know_open(pages: "Iterable[ArticlePage]", read: Iterable[Comment]) -> dict[int, int]:
    """Let articles know the comments on them that nobody has resolved; return how many each has, by its key."""
    comments = list(read)
    found = {page: [one for one in comments if one.page_id == page.pk] for page in pages}
    for page, on_page in found.items():
        child_rows.remember(page, {COMMENTS_RELATION_NAME: on_page})
    return {page.pk: len(on_page) for page, on_page in found.items()}


def listed(page: "ArticlePage", comments: QuerySet[Comment]) -> list[Said]:
    """Return comments with the names of their places, as the article's draft has them."""
    # Each place is put into words: all texts of the article are gone through.
    names = {place.path: str(place) for place in places_of(page)} if comments else {}
    return [
        Said(comment, names.get(comment.contentpath) or str(ELSEWHERE), tuple(comment.replies.all()))
        for comment in comments
    ]


@transaction.atomic
def add_comment(page: "ArticlePage", user: AnyUser, path: str, text: str, quote: str = "") -> Comment:
    """Store a comment on a place of the article's draft, and note it in the article's history.

    Args:
        page: the article as its newest draft has it.
        user: who says it.
        path: the place.
        text: what is said.
        quote: words of a rich text that it is about; the editor marks them, or else the first paragraph.

    Raises:
        LookupError: the article has no such place, or not any more.
    """
    place = next((place for place in places_of(page) if place.path == path), None)
    if place is None:
        raise LookupError(path)
    comment = Comment(page_id=page.pk, user=user, text=text, contentpath=path, revision_created=page.latest_revision)
    comment.position = _position(place.source, quote)
    comment.save(update_position=True)
    comment.log_create(page_revision=page.latest_revision, user=user)
    return comment


@transaction.atomic
def reply_to(comment: Comment, user: AnyUser, text: str) -> CommentReply:
    """Store an answer to a comment, and note it in the article's history."""
    reply = CommentReply(comment=comment, user=user, text=text)
    reply.save()
    reply.log_create(page_revision=comment.page.latest_revision, user=user)
    return reply


@transaction.atomic
def resolve(comment: Comment, user: AnyUser) -> None:
    """Say that a comment is dealt with; who said so first stays."""
    comment = Comment.objects.select_for_update().get(pk=comment.pk)
    if comment.resolved_at is not None:
        return
    comment.resolved_at, comment.resolved_by = timezone.now(), user
    Comment.objects.filter(pk=comment.pk).update(resolved_at=comment.resolved_at, resolved_by=user)
    comment.log_resolve(page_revision=comment.page.latest_revision, user=user)
