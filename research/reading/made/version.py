"""An earlier version of a public article, from the record of what was signed, and never without saying so."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from research.content.article import ArticleContent
from research.content.stored import read_canonical
from research.models.published import PublishedArticle, PublishedVersion
from research.models.signoffs import SealedContent
from research.reading import build
from research.reading.article.presentation import present
from research.reading.article.rows import notices_by_study, public_links, public_row, signed_texts
from research.reading.made.history import ONLY_NAMED, WITHHELD_WORDS, is_open, public_since, version_url
from research.reading.shapes import ArticlePresentation, Byline, Metadata
from research.review.changes import Change, changed_parts

# A comparison outlives the removal of its words by no more than this; it is not shown any more then.
COMPARED_SECONDS = 600


@dataclass(frozen=True)
class Step:
    """A neighbouring version, and where it stands."""

    number: int
    url: str


@dataclass(frozen=True)
class NextChanges:
    """What the version after this one changed: word by word, and what is only named."""

    number: int
    parts: tuple[Change, ...]
    named: tuple[str, ...]

    @property
    def named_words(self) -> list[str]:
        """What is only named, as readers are told."""
        return [gettext(part) for part in self.named]


def version(request: HttpRequest, section_slug: str, slug: str, number: int) -> HttpResponse:
    """Serve an earlier version, or 410 with what became of its words; who asks for the current one is sent to it.

    Raises:
        Http404: nothing is public at the article's address, or there never was such a version.
    """
    now = timezone.now()
    row = public_row(section_slug, slug, now)
    if row is None:
        return render(request, "research/withdrawn.html", status=410)
    around = {
        one.number: one
        for one in row.versions.filter(number__range=(max(number - 1, 0), number + 1)).select_related(
            "sign_off__personal"
        )
    }
    asked = around.get(number)
    if asked is None:
        raise Http404
    if asked.replaced_at is None:
        return HttpResponseRedirect(row.address)
    words = _words([one for one in around.values() if is_open(one)])
    if asked.digest not in words:
        return _withheld(request, row, asked)
    content = words[asked.digest]
    newer = around.get(number + 1)
    presentation = _presentation(row, asked, content, now)
    context = {
        "article": presentation,
        "metadata": presentation.metadata,
        "version": asked,
        "since": public_since(row, asked),
        "article_url": row.address,
        "older": _step(row, around.get(number - 1)),
        "newer": _step(row, newer),
        "next_changes": _changes(content, newer, words.get(newer.digest)) if newer else None,
    }
    return render(request, "research/version.html", context)


def _words(versions: list[PublishedVersion]) -> dict[str, ArticleContent]:
    """Return what versions said, by their digests; those whose words were removed are not there."""
    rows = SealedContent.objects.filter(pk__in=[one.digest for one in versions]).exclude(canonical="")
    return {digest: read_canonical(canonical) for digest, canonical in rows.values_list("digest", "canonical")}


def _withheld(request: HttpRequest, row: PublishedArticle, asked: PublishedVersion) -> HttpResponse:
    words = WITHHELD_WORDS.get(asked.withheld) or WITHHELD_WORDS[PublishedVersion.Withheld.REMOVED]
    context = {
        "version": asked,
        "since": public_since(row, asked),
        "words": words,
        "article_url": row.address,
        "title": row.title,
    }
    return render(request, "research/version_withheld.html", context, status=410)


def _presentation(
    row: PublishedArticle, asked: PublishedVersion, content: ArticleContent, now: datetime
) -> ArticlePresentation:
    """Return the words as they were signed, with what is known of their study and was corrected since."""
    known = notices_by_study(content.cited_studies)
    # Of the study that these words rate, whatever the article is about by now.
    notices = known.get(content.study.study, []) if content.study else []
    line = asked.sign_off
    presentation = present(
        content,
        section=row.section,
        notices=notices,
        cited_notices=known,
        topics=(),
        byline=Byline(
            authors="",
            reviewer=line.reviewer_name,
            reviewer_credentials=line.reviewer_credentials,
            reviewed_on=timezone.localdate(line.signed_at),
        ),
        related=(),
        stored_pictures={},
        texts=signed_texts(content, row.section, row.page_id, row.subject_uuid),
        url="",
        published=None,
        links=public_links(content, now),
    )
    credibility, interest = build.ratings(content, notices, line.notices_considered)
    return replace(
        presentation,
        credibility=credibility,
        interest=interest,
        explainer=None,
        is_preview=False,
        metadata=Metadata(
            title=gettext("Out of date, version %(number)s: %(title)s")
            % {"number": asked.number, "title": content.title},
            description="",
            canonical_url="",
            robots="noindex",
        ),
    )


def _step(row: PublishedArticle, version: PublishedVersion | None) -> Step | None:
    if version is None:
        return None
    is_current = version.replaced_at is None
    return Step(version.number, row.address if is_current else version_url(row.address, version.number))


def _changes(content: ArticleContent, newer: PublishedVersion, words: ArticleContent | None) -> NextChanges | None:
    """Return what the next version changed; None where its words are not shown."""
    if words is None:
        return None
    found = _compared(content, words)
    return NextChanges(
        newer.number,
        parts=tuple(change for change in found if change.part not in ONLY_NAMED),
        named=tuple(ONLY_NAMED[change.part] for change in found if change.part in ONLY_NAMED),
    )


def _compared(before: ArticleContent, after: ArticleContent) -> list[Change]:
    """Return what differs between words that never change, kept for a while: comparing takes a tenth of a second."""
    key = f"changes-{before.digest}-{after.digest}"
    found: list[Change] | None = cache.get(key)
    if found is None:
        found = changed_parts(before, after)
        cache.set(key, found, COMPARED_SECONDS)
    return found
