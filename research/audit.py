"""Checking the seals: the chain of signatures, what readers see, and the rows behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from research.content.article import content_of, read_canonical
from research.content.canonical import digest_of
from research.models.pages import ArticlePage
from research.models.published import PublishedArticle
from research.models.signoffs import SealChain, SignOff
from research.models.texts import PublishedText
from research.publishing.public_row import card_fields
from research.review.chain import hash_of

BROKEN, DRIFTED = "broken", "drifted"


@dataclass(frozen=True)
class SealProblem:
    """Something that is not as signed.

    ``weight`` is "broken" when a seal is, and "drifted" when a live page row no longer has the words
    that readers see, which are still the signed ones.
    """

    weight: str
    subject: str
    words: str


def check_seals(*, known_head: str = "") -> Iterator[SealProblem]:
    """Yield every problem of the chain, of what is public, and of the live rows.

    Args:
        known_head: a head that was kept elsewhere, for instance from the audit log; the chain must
            still contain it, so that a chain rewritten or cut short as a whole is found too.
    """
    yield from _check_chain(known_head)
    yield from _check_published(PublishedArticle.objects.not_withdrawn(), "article")
    yield from _check_published(PublishedText.objects.all(), "text")
    yield from _check_live_rows()


def _check_chain(known_head: str) -> Iterator[SealProblem]:
    previous, length, seen_head = "", 0, not known_head
    for line in SignOff.objects.order_by("sequence").iterator(chunk_size=500):
        length += 1
        subject = f"sign-off {line.sequence}"
        if line.sequence != length:
            yield SealProblem(BROKEN, subject, f"Line {length} of the chain is missing.")
            length = line.sequence
        if line.previous_hash != previous:
            yield SealProblem(BROKEN, subject, "It does not follow the line before it.")
        if hash_of(line) != line.line_hash:
            yield SealProblem(BROKEN, subject, "It was changed after it was written.")
        if digest_of(line.content) != line.digest:
            yield SealProblem(BROKEN, subject, "Its content is not what its digest says.")
        previous = line.line_hash
        seen_head = seen_head or line.line_hash == known_head
    chain = SealChain.objects.filter(pk=1).first()
    if (chain.length, chain.head) != (length, previous) if chain else length:
        yield SealProblem(BROKEN, "chain", "The head on record is not the last line: lines are missing.")
    if not seen_head:
        yield SealProblem(BROKEN, "chain", f"The head {known_head} is not in the chain.")


def _check_published(rows: Any, kind: str) -> Iterator[SealProblem]:
    for row in rows.iterator(chunk_size=200):
        subject = f"{kind} {row.subject_uuid} ({row})"
        if digest_of(row.sealed_words()) != row.digest:
            yield SealProblem(BROKEN, subject, "What readers see is not what its digest says.")
        line = SignOff.objects.standing(row.subject_uuid, row.digest)
        if line is None:
            yield SealProblem(BROKEN, subject, "No standing signature covers what readers see.")
        elif line.content != row.sealed_words():
            yield SealProblem(BROKEN, subject, "What readers see is not what was signed.")
        if isinstance(row, PublishedArticle) and not _cards_as_signed(row):
            yield SealProblem(BROKEN, subject, "What cards and search show is not what was signed.")


def _cards_as_signed(row: PublishedArticle) -> bool:
    try:
        content = read_canonical(row.content)
    except ValueError:  # also what is no JSON
        return False
    signed = card_fields(content) | {
        "title": content.title,
        "summary": content.summary,
        "search_text": content.plain_text,
    }
    return all(getattr(row, name) == value for name, value in signed.items())


def _check_live_rows() -> Iterator[SealProblem]:
    public = dict(PublishedArticle.objects.not_withdrawn().values_list("page_id", "digest"))
    for page in ArticlePage.objects.filter(live=True).iterator(chunk_size=100):
        subject = f"page {page.pk} ({page.title})"
        if page.pk not in public:
            yield SealProblem(DRIFTED, subject, "The row says live; readers see nothing of it.")
        elif content_of(page).digest != public[page.pk]:
            yield SealProblem(DRIFTED, subject, "The row's words are not the public ones; readers see the signed ones.")
    for pk in public.keys() - set(ArticlePage.objects.filter(live=True).values_list("pk", flat=True)):
        yield SealProblem(DRIFTED, f"page {pk}", "Public, although its row says it is not live.")
