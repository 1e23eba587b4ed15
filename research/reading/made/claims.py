"""The sentences of a public article that say what they rest on, each with the quotes that readers may open."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext_noop as _

from research.checking.claims import ClaimKind, sentence_at
from research.content.article import ArticleContent
from research.content.sealing import SECTION_HEADINGS
from research.reading.where_from.quoting import WhereFrom, where_from

HEADINGS = {"title": _("Title"), "summary": _("Summary"), "key_takeaway": _("Key takeaway")}
KIND_WORDS = {
    ClaimKind.SUPPORTED: _("From the study"),
    ClaimKind.BACKGROUND: _("Background"),
    ClaimKind.EXPLANATION: _("Our explanation"),
    ClaimKind.QUESTION: _("A question to ask"),
}


@dataclass(frozen=True)
class ToldClaim:
    """A sentence, what kind of claim it was declared to be, and what it rests on; None: nothing that readers see."""

    field: str
    sentence: str
    kind: str
    place: WhereFrom | None = None

    @property
    def kind_words(self) -> str:
        """What kind it is, as readers are told."""
        return KIND_WORDS.get(ClaimKind(self.kind), "")

    @property
    def heading(self) -> str:
        """The part of the article that it stands in, by its heading there."""
        first, _, rest = self.field.partition("/")
        return HEADINGS.get(first) or SECTION_HEADINGS.get(rest.partition("/")[0], "")


@dataclass(frozen=True)
class ClaimGroup:
    """The claims of one part of an article."""

    heading: str
    claims: tuple[ToldClaim, ...]


def told_claims(content: ArticleContent) -> Iterator[ToldClaim]:
    """Yield what was sealed of claims with the words, in reading order."""
    by_place = {(path, place.end): place for path, places in where_from(content).items() for place in places}
    for link in content.claims:
        path = link.get("field", "")
        start, end = link.get("span") or (0, 0)
        yield ToldClaim(path, sentence_at(content, path, (start, end)), link.get("kind", ""), by_place.get((path, end)))


def grouped_claims(content: ArticleContent) -> tuple[ClaimGroup, ...]:
    """Return the claims by the part of the article that they stand in."""
    groups = groupby(told_claims(content), key=lambda claim: claim.heading)
    return tuple(ClaimGroup(heading, tuple(claims)) for heading, claims in groups)
