"""``ArticleContent``: every word and figure of an article that a reader would take as a claim.

One pure function builds it from an article, whether a draft row or a stored revision; its canonical
JSON has a SHA-256, the digest, which is what a medical reviewer signs. Public templates are given
nothing else.

Inside: title, summary, takeaway, sections, appraisal with its reasons (the study labels follow from
it), figures with alternative text and file hash, citations, search descriptions. Outside: topics,
related picks, authors' names, address, dates.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import prefetch_related_objects

from research.content.canonical import canonical_json, digest_of, without_empty
from research.content.richtext import count_words, normalise_html, normalise_text, text_of
from research.content.sealing import SECTION_HEADINGS, seal_image

CANONICAL_VERSION = "v1"


class UnknownContentVersion(ValueError):
    """Sealed content names a version that this program cannot read."""


@dataclass(frozen=True)
class BlockContent:
    """One block: its kind and its claims in canonical form."""

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class SectionContent:
    """One required section; ``slug`` is a key of SECTION_HEADINGS."""

    slug: str
    blocks: tuple[BlockContent, ...]

    @property
    def heading(self) -> str:
        """The heading a reader sees."""
        return SECTION_HEADINGS[self.slug]


@dataclass(frozen=True)
class Citation:
    """A source as cited: facts of its record at the time of signing."""

    title: str = ""
    journal: str = ""
    journal_kind: str = ""
    kind: str = ""
    authors: tuple[str, ...] = ()
    authors_complete: bool = False
    date: str = ""
    doi: str = ""
    pmid: str = ""
    url: str = ""
    funding: str = ""
    interests: str = ""
    is_example: bool = False
    volume: str = ""
    issue: str = ""
    pages: str = ""

    @property
    def place(self) -> str:
        """Where in its journal it stands, such as "9(2):148-153"; "" when nothing of it is known."""
        number = f"{self.volume}({self.issue})" if self.issue else self.volume
        return f"{number}:{self.pages}" if number and self.pages else number or self.pages


@dataclass(frozen=True)
class ImageContent:
    """A picture: which record, the hash of its file, and the words that stand for it."""

    id: int
    hash: str
    alternative_text: str = ""


@dataclass(frozen=True)
class ArticleContent:
    """The claims of one article, in reading order."""

    title: str = ""
    summary: str = ""
    key_takeaway: str = ""
    appraisal: Mapping[str, Any] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    sections: tuple[SectionContent, ...] = ()
    study: Citation | None = None
    also_cited: tuple[Citation, ...] = ()
    lead_image: ImageContent | None = None
    search_title: str = ""
    search_description: str = ""

    @property
    def canonical(self) -> str:
        """The canonical text: version prefix and JSON with sorted keys and no empty values."""
        return f"{CANONICAL_VERSION}:{canonical_json(_as_plain(self))}"

    @property
    def digest(self) -> str:
        """The SHA-256 of the canonical text, in hexadecimal."""
        return digest_of(self.canonical)

    @property
    def word_count(self) -> int:
        """Words of the three sections, as shown against the aim of 400 to 850."""
        return sum(count_words(words_of(section)) for section in self.sections)

    @property
    def plain_text(self) -> str:
        """All words a search should find."""
        return " ".join(
            part
            for part in (
                self.title,
                self.summary,
                text_of(self.key_takeaway),
                *(words_of(section) for section in self.sections),
            )
            if part
        )


def content_of(page: Any) -> ArticleContent:
    """Return the claims of an ``ArticlePage`` as it stands in memory. Reads; writes nothing."""
    answered = next(iter(page.appraisals.all()), None)
    also_cited = [row for row in page.also_cited.all() if row.study_id]
    prefetch_related_objects(also_cited, "study__journal")  # two statements, however many are cited
    image = seal_image(page.lead_image)
    return ArticleContent(
        title=normalise_text(page.title),
        summary=normalise_text(page.summary),
        key_takeaway=normalise_html(page.key_takeaway),
        appraisal=without_empty(answered.answers()) if answered else {},
        reasons=without_empty(
            {key: normalise_text(words) for key, words in answered.reasons().items()} if answered else {}
        ),
        sections=_sections_of(page.body),
        study=citation_of(page.study) if page.study else None,
        also_cited=tuple(citation_of(row.study) for row in also_cited),
        lead_image=(
            ImageContent(**image, alternative_text=normalise_text(page.lead_image_alternative_text)) if image else None
        ),
        search_title=normalise_text(page.seo_title),
        search_description=normalise_text(page.search_description),
    )


def citation_of(study: Any) -> Citation:
    """Return what an article cites of a ``Study``."""
    return Citation(
        title=normalise_text(study.title),
        journal=normalise_text(study.journal.name) if study.journal else "",
        journal_kind=study.journal.kind if study.journal else "",
        kind=study.kind,
        authors=tuple(study.author_names()),
        authors_complete=study.authors_complete,
        date=study.date_words,
        doi=study.doi or "",
        pmid=study.pmid or "",
        url=study.url,
        funding=normalise_text(study.funding),
        interests=normalise_text(study.interests),
        is_example=study.is_example,
        volume=normalise_text(study.volume),
        issue=normalise_text(study.issue),
        pages=normalise_text(study.pages),
    )


def read_canonical(text: str) -> ArticleContent:
    """Return the content that a canonical text holds, whatever version it was sealed in.

    Raises:
        UnknownContentVersion: no reader for this version.
    """
    version, _, body = text.partition(":")
    if version not in READERS:
        raise UnknownContentVersion(f"Sealed content of version {version!r} cannot be read.")
    return READERS[version](json.loads(body))


def words_of(section: SectionContent) -> str:
    """Return the words of a section that count as its text."""
    return " ".join(_words_in(block.values) for block in section.blocks)


def _words_in(value: Any) -> str:
    if isinstance(value, str):
        return text_of(value) if "<" in value else value
    if isinstance(value, Mapping):
        words = (_words_in(v) for k, v in value.items() if k not in {"image", "term", "counted"})
        return " ".join(word for word in words if word)
    if isinstance(value, list | tuple):
        return " ".join(_words_in(item) for item in value)
    return ""


def _sections_of(body: Any) -> tuple[SectionContent, ...]:
    """Return the sections in the order readers meet them, whatever order they were written in."""
    order = list(SECTION_HEADINGS)
    written = [
        SectionContent(
            child.block_type,
            tuple(
                BlockContent(inner.block_type, without_empty(inner.block.claims_of(inner.value)))
                for inner in child.value
            ),
        )
        for child in body
    ]
    return tuple(sorted(written, key=lambda section: order.index(section.slug)))


def _as_plain(value: Any) -> Any:
    """Return dataclasses as dicts; ``asdict`` would copy every mapping twice."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: _as_plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, tuple):
        return [_as_plain(item) for item in value]
    return value


def _read_v1(data: Mapping[str, Any]) -> ArticleContent:
    return ArticleContent(
        title=data.get("title", ""),
        summary=data.get("summary", ""),
        key_takeaway=data.get("key_takeaway", ""),
        appraisal=data.get("appraisal", {}),
        reasons=data.get("reasons", {}),
        sections=tuple(
            SectionContent(
                section["slug"],
                tuple(BlockContent(block["kind"], block.get("values", {})) for block in section.get("blocks", [])),
            )
            for section in data.get("sections", [])
        ),
        study=_read_citation(data["study"]) if "study" in data else None,
        also_cited=tuple(_read_citation(cited) for cited in data.get("also_cited", [])),
        lead_image=ImageContent(**data["lead_image"]) if "lead_image" in data else None,
        search_title=data.get("search_title", ""),
        search_description=data.get("search_description", ""),
    )


def _read_citation(data: Mapping[str, Any]) -> Citation:
    known = {name: value for name, value in data.items() if name in Citation.__dataclass_fields__}
    return Citation(**{**known, "authors": tuple(known.get("authors", ()))})


# Every version ever sealed keeps its reader.
READERS = {"v1": _read_v1}
