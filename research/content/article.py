"""``ArticleContent``: every word and figure of an article that a reader would take as a claim.

One pure function builds it from an article, whether a draft row or a stored revision; its canonical
JSON has a SHA-256, the digest, which is what a medical reviewer signs. Public templates are given
nothing else. ``docs/what-is-signed.md`` says of every word on a public page what binds it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import prefetch_related_objects

from research.content.canonical import canonical_json, digest_of, without_empty
from research.content.richtext import count_words, normalise_html, normalise_text, text_of
from research.content.sealing import LIMITS, SECTION_HEADINGS, seal_image
from research.content.section import section_of
from research.content.terms import terms_in

if TYPE_CHECKING:
    from research.models.pages import ArticlePage
    from research.models.references import Study

CANONICAL_VERSION = "v1"
DETAILS = "details"
# The kind of an entry among a draft's links that says where one number of a block comes from.
ORIGIN = "origin"
# What rich text is called in canonical content; all other texts are plain.
RICH_TEXT = {"key_takeaway", "html"}


@dataclass(frozen=True)
class BlockContent:
    """One block: its kind and its claims in canonical form.

    ``depth`` is DETAILS for what only the longer of the two readings has, "" for what both have. ``values``
    of numbers may hold ``origin``: the passage that each of them comes from, by name, in the form of those
    of a claim.
    """

    kind: str
    values: Mapping[str, Any]
    depth: str = ""


@dataclass(frozen=True)
class SectionContent:
    """One required section; ``slug`` is a key of SECTION_HEADINGS."""

    slug: str
    blocks: tuple[BlockContent, ...]

    @property
    def heading(self) -> str:
        """The heading a reader sees."""
        return SECTION_HEADINGS[self.slug]

    @property
    def without_details(self) -> "SectionContent":
        """What it says outside its details."""
        return replace(self, blocks=tuple(block for block in self.blocks if block.depth != DETAILS))


@dataclass(frozen=True)
class Citation:
    """A source as cited: facts of its record at the time of signing.

    ``study`` is the record's UUID: what later happens to the study is looked up by it.
    """

    study: str = ""
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
    """A picture: the hash of its master, and the words that stand for it.

    ``unreadable`` marks one whose file is missing: a draft may have it, a submission may not.
    """

    hash: str = ""
    alternative_text: str = ""
    unreadable: bool = False


@dataclass(frozen=True)
class ArticleContent:
    """The claims of one article, in reading order.

    ``section`` is the UUID of the section, and so of the condition that the article is about. ``translates``
    names, for a translation, the ``subject`` and the ``digest`` of the words that it translates. ``claims``
    are the sentences whose support was declared, in plain JSON: ``field`` (the path of the field), ``span``,
    ``digest``, ``kind``, ``note`` and ``passages``, each with ``source`` (SHA-256 of the source text),
    ``locator``, ``quote``, ``study`` and ``licence``.
    """

    language: str = ""
    section: str = ""
    translates: Mapping[str, str] = field(default_factory=dict)
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
    claims: tuple[Mapping[str, Any], ...] = ()

    @cached_property
    def canonical(self) -> str:
        """The canonical text: version prefix and JSON with sorted keys and no empty values."""
        return f"{CANONICAL_VERSION}:{canonical_json(_as_plain(self))}"

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the canonical text, in hexadecimal."""
        return digest_of(self.canonical)

    @property
    def has_details(self) -> bool:
        """True when there are two readings of different length."""
        return self.short_reading != self

    @property
    def short_reading(self) -> "ArticleContent":
        """What the shorter reading shows open: no details, but the limits whole, since both have all of them."""
        sections = (section if section.slug == LIMITS else section.without_details for section in self.sections)
        return replace(self, sections=tuple(sections))

    @property
    def word_count(self) -> int:
        """Words of the three sections, as shown against the aim of 400 to 850."""
        return sum(count_words(words_of(section)) for section in self.sections)

    @property
    def cited(self) -> tuple[Citation, ...]:
        """Every source, the rated one first."""
        return ((self.study,) if self.study else ()) + self.also_cited

    @property
    def cited_studies(self) -> list[UUID]:
        """The UUIDs of the sources."""
        return [UUID(source.study) for source in self.cited if source.study]

    @property
    def terms(self) -> list[str]:
        """The UUIDs of the glossary terms that the article shows, each once, in reading order."""
        blocks = [block for section in self.sections for block in section.blocks]
        found = [uuid for block in blocks for uuid in _terms_of(block)]
        return list(dict.fromkeys(found))

    @property
    def picture_hashes(self) -> list[str]:
        """The hashes of the pictures in figures, each once, in reading order."""
        blocks = (block for section in self.sections for block in section.blocks if block.kind == "figure")
        found = (block.values.get("image", {}).get("hash", "") for block in blocks)
        return list(dict.fromkeys(hashed for hashed in found if hashed))

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


def _terms_of(block: BlockContent) -> list[str]:
    if block.kind == "glossary_term":
        return [block.values["term"]] if block.values.get("term") else []
    return terms_in(str(block.values.get("html", "")))


def content_of(page: "ArticlePage") -> ArticleContent:
    """Return the claims of an ``ArticlePage`` as it stands in memory.

    Writes nothing, but for the master of a picture that is met for the first time.
    """
    answered = next(iter(page.appraisals.all()), None)
    # As a reader meets them: a form that changes their order leaves the rows as they lie.
    also_cited = sorted((row for row in page.also_cited.all() if row.study_id), key=lambda row: row.sort_order or 0)
    prefetch_related_objects(also_cited, "study__journal")  # two statements, however many are cited
    image = seal_image(page.lead_image)
    section = section_of(page)
    links = without_empty(page.claims or [])
    return ArticleContent(
        language=section.language if section else "",
        section=section.identity if section else "",
        title=normalise_text(page.title),
        summary=normalise_text(page.summary),
        key_takeaway=normalise_html(page.key_takeaway),
        appraisal=without_empty(answered.answers()) if answered else {},
        reasons=without_empty(
            {key: normalise_text(words) for key, words in answered.reasons().items()} if answered else {}
        ),
        sections=_with_origins(_sections_of(page.body), links),
        study=citation_of(page.study) if page.study else None,
        also_cited=tuple(citation_of(row.study) for row in also_cited),
        lead_image=(
            ImageContent(**image, alternative_text=normalise_text(page.lead_image_alternative_text)) if image else None
        ),
        search_title=normalise_text(page.seo_title),
        search_description=normalise_text(page.search_description),
        claims=tuple(link for link in links if link.get("kind") != ORIGIN),
    )


def _with_origins(sections: tuple[SectionContent, ...], links: list[Mapping[str, Any]]) -> tuple[SectionContent, ...]:
    """Return the sections with the origins that a draft's links name, each in the block of its number."""
    origins: dict[str, dict[str, Any]] = {}
    for link in links:
        if link.get("kind") == ORIGIN and link.get("passages"):
            path, _, name = str(link.get("field", "")).rpartition("/")
            origins.setdefault(path, {})[name] = link["passages"][0]
    if not origins:
        return sections
    return tuple(
        replace(
            section,
            blocks=tuple(
                replace(block, values={**block.values, ORIGIN: origins[path]})
                if block.kind == "numbers" and (path := f"sections/{section.slug}/{number}") in origins
                else block
                for number, block in enumerate(section.blocks)
            ),
        )
        for section in sections
    )


def citation_of(study: "Study") -> Citation:
    """Return what an article cites of a ``Study``."""
    return Citation(
        study=str(study.subject_uuid),
        title=normalise_text(study.title),
        journal=normalise_text(study.journal.name) if study.journal else "",
        journal_kind=study.journal.kind if study.journal else "",
        kind=study.kind,
        authors=tuple(normalise_text(name) for name in study.author_names()),
        authors_complete=study.authors_complete,
        date=normalise_text(study.date_words),
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


def words_of(section: SectionContent) -> str:
    """Return the words of a section that count as its text."""
    return " ".join(_words_in(block.values) for block in section.blocks)


def texts_of(content: ArticleContent) -> Iterator[tuple[str, str]]:
    """Yield every text of canonical content with the name of the field it stands in; rich text as its words.

    What a plain text has between angle brackets is words: it is shown as written.
    """
    for name, value in _as_plain(content).items():
        for called, text in _strings_in(name, value):
            yield name, text_of(text) if called in RICH_TEXT else text


def _strings_in(called: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield called, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _strings_in(name, member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _strings_in(called, member)


def _words_in(value: Any) -> str:
    if isinstance(value, str):
        return text_of(value) if "<" in value else value
    if isinstance(value, Mapping):
        words = (_words_in(v) for k, v in value.items() if k not in {"image", "term", "counted", "origin"})
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
                BlockContent(
                    inner.block_type,
                    without_empty(inner.block.claims_of(inner.value)),
                    inner.block.depth_of(inner.value),
                )
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
