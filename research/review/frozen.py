"""What a reviewer was shown, and what changed since it was frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from research.content.article import ArticleContent, content_of
from research.content.stored import read_canonical
from research.models.references import StudyNotice
from research.models.reviews.submissions import Submission
from research.models.studies.joined import histories_known_as
from research.models.texts import PublishedText
from research.review.changes import Change, changed_parts, difference

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


@dataclass(frozen=True)
class Shown:
    """What a form was shown with: the digest of the words, and the UUIDs of the notices."""

    digest: str
    notices: tuple[str, ...] = ()

    @classmethod
    def of(cls, submission: Submission) -> "Shown":
        """Return what a screen of this frozen version shows."""
        return cls(submission.digest, tuple(submission.notices))


@dataclass(frozen=True)
class TermChange:
    """A glossary term whose signed words changed: its difference, and whether it keeps from signing."""

    term: str
    diff: SafeString
    blocks: bool


@dataclass(frozen=True)
class SinceFrozen:
    """What changed since a version was frozen."""

    parts: tuple[Change, ...] = ()
    notices: tuple[StudyNotice, ...] = ()
    lost_notices: int = 0
    terms: tuple[TermChange, ...] = ()
    revised: bool = False

    @property
    def blocks(self) -> bool:
        """True when the frozen version cannot be signed any more: the new one has to be read."""
        changed = self.parts or self.notices or self.lost_notices or self.revised
        return bool(changed) or any(term.blocks for term in self.terms)

    def __str__(self) -> str:
        names = [change.part for change in self.parts]
        names += [
            gettext("a notice (%(kind)s)") % {"kind": notice.get_kind_display().lower()} for notice in self.notices
        ]
        names += [gettext("a notice that was taken back")] if self.lost_notices else []
        names += [gettext("the glossary term “%(term)s”") % {"term": term.term} for term in self.terms if term.blocks]
        names += [gettext("a newer draft")] if self.revised and not names else []
        return ", ".join(names)


def since_frozen(submission: Submission, page: "ArticlePage", *, content: ArticleContent | None = None) -> SinceFrozen:
    """Return what changed between a frozen version and the article as it stands, with its records and pictures.

    Args:
        submission: the frozen version.
        page: the article.
        content: the claims of ``page``, where they were built already.
    """
    revised = submission.revision_id != page.latest_revision_id
    frozen = read_canonical(submission.content)
    current = content_of(page.get_latest_revision_as_object()) if revised else content or content_of(page)
    known, now = set(submission.notices), StudyNotice.objects.filter(uuid__in=notices_of(current))
    return SinceFrozen(
        parts=tuple(changed_parts(frozen, current)) if current.digest != submission.digest else (),
        notices=tuple(notice for notice in now if str(notice.uuid) not in known),
        lost_notices=len(known - {str(notice.uuid) for notice in now}),
        terms=tuple(_changed_terms(submission.terms, terms_of(frozen))),
        revised=revised,
    )


def notices_of(content: ArticleContent) -> list[str]:
    """Return the UUIDs of all notices on the cited studies, in one order."""
    histories = {known.study_id: known for known in histories_known_as(content.cited_studies).values()}
    return sorted(str(notice.uuid) for history in histories.values() for notice in history.notices)


def terms_of(content: ArticleContent) -> dict[str, dict[str, Any]]:
    """Return the signed words of the glossary terms that an article shows, by UUID."""
    texts = PublishedText.objects.filter(subject_uuid__in=content.terms)
    return {str(text.subject_uuid): {"digest": text.digest, "values": text.values} for text in texts}


def _changed_terms(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[TermChange]:
    """Return the terms that changed; one that is another term now, or that nobody signs for, keeps from signing."""
    changes = []
    for uuid in [*before, *(new for new in after if new not in before)]:
        old, new = before.get(uuid, {}), after.get(uuid, {})
        if old.get("digest") == new.get("digest"):
            continue
        was, now = old.get("values", {}), new.get("values", {})
        blocks = bool(was) and was.get("term") != now.get("term")
        diff = difference(_term_words(was), _term_words(now))
        changes.append(TermChange(was.get("term") or now.get("term", ""), diff, blocks))
    return changes


def _term_words(values: Mapping[str, str]) -> str:
    return f"{values.get('term', '')}: {values.get('plain_words', '')}" if values else ""
