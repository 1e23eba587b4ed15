"""What templates receive: plain, frozen values, ready to print. No template asks the database."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.utils.safestring import SafeString

from common.printing.memory import printed
from research.publishing.pictures import Picture
from research.reading.where_from.quoting import WhereFrom
from research.rubric import Rating

#: How wide a card's picture is shown in a list.
CARD_SIZES = (
    "(min-width: 72rem) 23rem, (min-width: 61.5rem) 30vw, (min-width: 41rem) 44vw, (min-width: 36.01rem) 90vw, 10rem"
)


@dataclass(frozen=True)
class Link:
    """A place to go: its words and its address; ``current`` marks the page being read.

    ``foreign`` is what an element with its words says of their language.
    """

    title: str
    url: str
    current: bool = False
    count: int | None = None
    foreign: str = ""


@dataclass(frozen=True)
class Card:
    """An article as offered in a list; ``foreign`` is what an element with its words says of their language."""

    title: str
    url: str
    summary: str
    published_at: datetime.datetime
    picture: Picture | None
    section: str = ""
    foreign: str = ""
    credibility_value: int | None = None
    credibility_word: str = ""
    labels: tuple[str, ...] = ()
    snippet: str = ""
    notice: str = ""

    @property
    def printed(self) -> SafeString:
        """Return the card as lists have it, from memory if the same was printed before: many pages offer it."""
        return printed("research/includes/card.html", card=self, variant="", sizes=CARD_SIZES)


@dataclass(frozen=True)
class BlockView:
    """One block of a section: ``template`` prints ``values``; ``where_from`` is what it rests on as a whole."""

    kind: str
    template: str
    values: Mapping[str, Any]
    where_from: tuple[WhereFrom, ...] = ()


@dataclass(frozen=True)
class SectionView:
    """One of the article's sections with its blocks in reading order."""

    slug: str
    heading: str
    blocks: tuple[BlockView, ...]


@dataclass(frozen=True)
class NoticeView:
    """A banner: what happened to the study, or to this article."""

    kind: str
    heading: str
    text: str
    date: datetime.date | None = None
    date_words: str = ""
    source: str = ""
    link: str = ""

    @property
    def host(self) -> str:
        """Where the link leads, as readers are told beside it."""
        return urlsplit(self.link).hostname or ""


@dataclass(frozen=True)
class CorrectionView:
    """A signed correction of this article."""

    date: datetime.date
    html: str


@dataclass(frozen=True)
class StudyView:
    """A source study, as "More details" prints it; empty strings where nothing is known."""

    title: str
    journal: str
    authors: str
    date: str
    kind: str
    place: str = ""
    doi: str = ""
    doi_url: str = ""
    pmid: str = ""
    pmid_url: str = ""
    url: str = ""
    funding: str = ""
    interests: str = ""
    is_example: bool = False
    checked: str = ""
    notices: tuple[NoticeView, ...] = ()


@dataclass(frozen=True)
class Byline:
    """Who wrote and who countersigned; ``reviewer`` is empty in a preview of unsigned words.

    The names with links to the contributors' pages are empty where there is none. ``minutes`` is about how long the
    whole takes to read.
    """

    authors: str
    authors_linked: str | SafeString = ""
    reviewer: str = ""
    reviewer_url: str = ""
    reviewer_credentials: str = ""
    # Who else countersigned these words, with credentials; in a section that asks for two.
    also_reviewed_by: str = ""
    reviewed_on: datetime.date | None = None
    due_on: datetime.date | None = None
    overdue: bool = False
    published_at: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None
    minutes: int = 0


@dataclass(frozen=True)
class PageTextView:
    """The signed text of a page that is no article."""

    html: SafeString
    signed_at: datetime.datetime


@dataclass(frozen=True)
class ExplainerView:
    """The section's signed explainer, with the journal named where it may be."""

    heading: str
    html: str


@dataclass(frozen=True)
class SharedPicture:
    """The picture that goes with a shared link: a whole address, or one of this site; size in pixels."""

    url: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class Metadata:
    """What the head of a page says about it; ``shared`` takes the place of ``image_url`` where links are shared."""

    title: str
    description: str
    canonical_url: str
    image_url: str = ""
    json_ld: str = ""
    robots: str = ""
    dublin_core: tuple[tuple[str, str], ...] = ()
    shared: SharedPicture | None = None


@dataclass(frozen=True)
class Reading:
    """One of the two lengths in which an article may be read, and about how many minutes it takes; 0 is not said."""

    title: str
    url: str
    minutes: int
    current: bool


@dataclass(frozen=True)
class ArticlePresentation:
    """An article as a reader meets it, in reading order; ``where_from`` is what title and summary rest on."""

    title: str
    summary: str
    section: Link
    labels: tuple[tuple[str, str], ...]
    credibility: Rating
    interest: Rating
    key_takeaway: str
    sections: tuple[SectionView, ...]
    study: StudyView | None
    also_cited: tuple[StudyView, ...]
    topics: tuple[Link, ...]
    related: tuple[Card, ...]
    explainer: ExplainerView | None
    byline: Byline
    metadata: Metadata
    picture: Picture | None = None
    notices: tuple[NoticeView, ...] = ()
    corrections: tuple[CorrectionView, ...] = ()
    early_research: str = ""
    report_url: str = ""
    made_url: str = ""
    questions_url: str = ""
    readings: tuple[Reading, ...] = ()
    version: int = 0
    is_preview: bool = False
    language: str = ""
    where_from: tuple[WhereFrom, ...] = ()


@dataclass(frozen=True)
class Pages:
    """Where a reader is in a long list; addresses are empty strings where there is no such page.

    ``count`` and ``total`` are 0 for a list that nobody counted.
    """

    number: int
    count: int
    total: int
    previous_url: str = ""
    next_url: str = ""
    links: tuple[Link, ...] = field(default_factory=tuple)
