"""The claims of an article: each sentence that it says, where it stands, and what it rests on.

**As stored.** The links that a writer accepted are sealed with the words, as the member ``claims`` of ``v1``
canonical content: a list, in reading order, of

    {"field": "sections/what_they_found/0/html",      where the sentence stands
     "span": [120, 181],                              its characters in the plain words of that field
     "digest": "9f2c…",                               SHA-256 of the sentence, see ``sentence_digest``
     "kind": "supported",                             or "background", "explanation", "question"
     "note": "…",                                     a background's own source, in words
     "passages": [{"source": "…",                     SHA-256 of the stored source text; none for a typed quote
                   "locator": "abstract:RESULTS@40-97",   or "p. 7" for a typed quote
                   "quote": "…",                      the source's own characters
                   "study": "…",                      the study's UUID
                   "licence": "CC BY 4.0"}]}          of the source text, where one is known

Only sentences that somebody declared are stored, so an article without links seals as it did before. A
sentence is found again by ``digest``, and among equal ones by its place: so an edited sentence loses its links,
ticks and dismissals, and the others keep theirs, also when blocks are moved.

What is stored is never split anew: a stored span whose words still have the stored digest is a claim, even where
a newer splitter would cut elsewhere. So an upgrade of a library changes no digest and loses no link.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from research.checking.passages import Passage
from research.checking.sentences import TextBlock, blocks_of_html, sentence_spans
from research.content.article import ArticleContent, BlockContent

WHITE_SPACE = re.compile(r"\s+")
ENDED = re.compile(r"[.!?…][\"'”’)\]]*\s$")
DIGEST_LENGTH = 32
# The numbers of a block of numbers that can have an origin each.
NUMBERS = ("after", "before")


class ClaimKind(StrEnum):
    """What a sentence rests on; UNDECLARED until somebody says so."""

    UNDECLARED = ""
    SUPPORTED = "supported"
    BACKGROUND = "background"
    EXPLANATION = "explanation"
    QUESTION = "question"


class Part(StrEnum):
    """Which part of the article a sentence stands in, for rules that look at some parts only."""

    TITLE = "title"
    SUMMARY = "summary"
    TAKEAWAY = "key_takeaway"
    FINDINGS = "what_they_found"
    WHO = "who_should_care"
    LIMITS = "important_considerations"


class StoredClaimError(ValueError):
    """What is stored as a claim cannot be read as one; the message says which member is wrong."""


@dataclass(frozen=True)
class Claim:
    """One sentence.

    ``field`` is the path of the field in sealed content, ``span`` the sentence's characters in the plain words
    of that field (paragraphs joined by a line break), ``occurrence`` counts equal sentences from 1.
    """

    field: str
    part: str
    span: tuple[int, int]
    text: str
    digest: str
    occurrence: int = 1
    kind: ClaimKind = ClaimKind.UNDECLARED
    passages: tuple[Passage, ...] = ()
    note: str = ""
    is_heading: bool = False
    block_kind: str = ""

    @property
    def key(self) -> str:
        """What ticks, links and dismissals are kept under."""
        return self.digest if self.occurrence == 1 else f"{self.digest}-{self.occurrence}"

    @property
    def is_declared(self) -> bool:
        """True when somebody said what the sentence rests on."""
        return self.kind is not ClaimKind.UNDECLARED


def sentence_digest(text: str) -> str:
    """Return the digest of a sentence: SHA-256 of its words with white space folded, 32 hexadecimal digits.

    Every other change, of a digit, a sign or a letter's case, is another digest: the seal is on exact words.
    """
    return hashlib.sha256(WHITE_SPACE.sub(" ", text).strip().encode()).hexdigest()[:DIGEST_LENGTH]


def claims_of(content: ArticleContent, stored: Iterable[Mapping[str, Any]] | None = None) -> tuple[Claim, ...]:
    """Return every sentence of an article in reading order, with what is stored of each.

    Args:
        content: the words, as sealed or as they stand in a draft.
        stored: links as ``as_stored`` writes them; those that the content carries, where none are given.

    Raises:
        StoredClaimError: a stored claim is not of the shape above.
    """
    links = [_read(entry) for entry in (content.claims if stored is None else stored)]
    sentences = _numbered(_as_stored_spans(_fields_of(content), links))
    linked = _linked(sentences, links)
    return tuple(
        replace(claim, kind=linked[place].kind, passages=linked[place].passages, note=linked[place].note)
        if place in linked
        else claim
        for place, claim in enumerate(sentences)
    )


def sentence_at(content: ArticleContent, field: str, span: tuple[int, int]) -> str:
    """Return the words between two characters of a field's plain words; "" where there is no such field."""
    return next((found.text[slice(*span)] for found in _fields_of(content) if found.path == field), "")


def places_with(content: ArticleContent, words: str) -> list[tuple[str, int]]:
    """Return where words stand, in reading order: the field's path, and the first character."""
    return [
        (found.path, match.start())
        for found in _fields_of(content)
        for match in re.finditer(f"(?={re.escape(words)})", found.text)
    ]


def block_of(content: ArticleContent, claim: Claim) -> tuple[Mapping[str, Any], str]:
    """Return the values of the block that a claim stands in, and the block's path."""
    path = claim.field.rpartition("/")[0]
    _, slug, place = path.split("/")
    section = next(section for section in content.sections if section.slug == slug)
    return section.blocks[int(place)].values, path


def as_stored(claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """Return the declared claims in the form that canonical content carries."""
    return [
        {
            "field": claim.field,
            "span": list(claim.span),
            "digest": claim.digest,
            "kind": str(claim.kind),
            **({"note": claim.note} if claim.note else {}),
            **({"passages": [passage.as_stored() for passage in claim.passages]} if claim.passages else {}),
        }
        for claim in claims
        if claim.is_declared
    ]


@dataclass(frozen=True)
class _Link:
    digest: str
    field: str
    span: tuple[int, int]
    kind: ClaimKind
    passages: tuple[Passage, ...]
    note: str


def _read(entry: Mapping[str, Any]) -> _Link:
    try:
        start, end = entry.get("span") or (0, 0)
        return _Link(
            digest=str(entry["digest"]),
            field=str(entry.get("field", "")),
            span=(int(start), int(end)),
            kind=ClaimKind(entry["kind"]),
            passages=tuple(Passage.from_stored(passage) for passage in entry.get("passages", ())),
            note=str(entry.get("note", "")),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StoredClaimError(f"A stored claim cannot be read: {error!r} in {entry!r}.") from error


def _linked(sentences: Sequence[Claim], links: Iterable[_Link]) -> dict[int, _Link]:
    """Return links by the place of their sentence: where it stood before all others, else the next equal one."""
    at_place = {(claim.digest, claim.field, claim.span[0]): place for place, claim in enumerate(sentences)}
    equal: dict[str, list[int]] = {}
    for place, claim in enumerate(sentences):
        equal.setdefault(claim.digest, []).append(place)
    found: dict[int, _Link] = {}
    waiting = []
    for link in links:
        exact = at_place.get((link.digest, link.field, link.span[0]))
        if exact is None or exact in found:
            waiting.append(link)
        else:
            found[exact] = link
    for link in waiting:
        free: int | None = next((place for place in equal.get(link.digest, ()) if place not in found), None)
        if free is not None:
            found[free] = link
    return found


def _numbered(claims: Iterable[Claim]) -> list[Claim]:
    """Return the claims, equal sentences counted from 1."""
    seen: Counter[str] = Counter()
    numbered = []
    for claim in claims:
        seen[claim.digest] += 1
        numbered.append(replace(claim, occurrence=seen[claim.digest]))
    return numbered


def _as_stored_spans(fields: Iterable["_Field"], links: Iterable[_Link]) -> Iterator[Claim]:
    """Yield the sentences of all fields; a stored span that still holds its words stands as it was cut then."""
    stored: dict[str, list[_Link]] = {}
    for link in links:
        stored.setdefault(link.field, []).append(link)
    for field in fields:
        sentences = list(field.sentences())
        spans = {claim.span for claim in sentences}
        for link in stored.get(field.path, ()):
            words = field.text[slice(*link.span)]
            if link.span not in spans and sentence_digest(words) == link.digest and field.is_cut_at(link.span):
                sentences = [claim for claim in sentences if not _overlap(claim.span, link.span)]
                sentences.append(field.claim(link.span))
        yield from sorted(sentences, key=lambda claim: claim.span)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@dataclass(frozen=True)
class _Field:
    """The words of one field in paragraphs; a heading or list item is never run on into the next."""

    path: str
    part: str
    blocks: tuple[TextBlock, ...]
    block_kind: str = ""
    is_one_sentence: bool = False

    @cached_property
    def text(self) -> str:
        """The plain words, paragraphs joined by a line break."""
        return "\n".join(block.text for block in self.blocks)

    def is_cut_at(self, span: tuple[int, int]) -> bool:
        """True where a sentence can begin and end: so words that were added to one make it another."""
        before, words, after = self.text[: span[0]], self.text[slice(*span)], self.text[span[1] :]
        begins = not before or before.endswith("\n") or bool(ENDED.search(before))
        ends = not after or after.startswith("\n") or (after[0].isspace() and bool(ENDED.search(f"{words} ")))
        return bool(words.strip()) and begins and ends

    def claim(self, span: tuple[int, int], *, is_heading: bool = False) -> Claim:
        """Return the sentence between two characters."""
        text = self.text[slice(*span)]
        digest = sentence_digest(text)
        return Claim(self.path, self.part, span, text, digest, is_heading=is_heading, block_kind=self.block_kind)

    def sentences(self) -> Iterator[Claim]:
        """Yield the sentences in order."""
        offset = 0
        for block in self.blocks:
            spans = [(0, len(block.text))] if self.is_one_sentence else sentence_spans(block.text)
            for start, end in spans:
                yield self.claim((offset + start, offset + end), is_heading=block.is_heading)
            offset += len(block.text) + 1


def _fields_of(content: ArticleContent) -> Iterator[_Field]:
    """Yield the fields of an article that say something, in reading order."""
    yield from _plain("title", Part.TITLE, content.title, is_one_sentence=True)
    yield from _plain("summary", Part.SUMMARY, content.summary)
    yield _Field("key_takeaway", Part.TAKEAWAY, tuple(blocks_of_html(content.key_takeaway)))
    for section in content.sections:
        for number, block in enumerate(section.blocks):
            for field in _fields_of_block(f"sections/{section.slug}/{number}", section.slug, block):
                yield replace(field, block_kind=block.kind)


def _fields_of_block(path: str, part: str, block: BlockContent) -> Iterator[_Field]:
    values = block.values
    if block.kind == "numbers":
        yield from _plain(f"{path}/outcome", part, numbers_sentence(values), is_one_sentence=True)
    elif block.kind == "table":
        yield from _fields_of_table(f"{path}/table", part, values.get("table") or {})
    else:
        for name in ("summary", "html", "text", "caption", "alternative_text"):
            value = values.get(name)
            if isinstance(value, str) and value:
                blocks = blocks_of_html(value) if name == "html" else [TextBlock(value)]
                yield _Field(f"{path}/{name}", part, tuple(blocks))


def _fields_of_table(path: str, part: str, table: Mapping[str, Any]) -> Iterator[_Field]:
    """Yield a table's caption, and each row read with its column's heading."""
    yield from _plain(f"{path}/caption", part, table.get("caption", ""))
    rows: Sequence[Sequence[str]] = table.get("rows") or ()
    head = rows[0] if rows and table.get("header_row") else ()
    for number, row in enumerate(rows[1:] if head else rows, start=1 if head else 0):
        cells = [f"{head[column]}: {cell}" if column < len(head) and head[column] else cell
                 for column, cell in enumerate(row) if cell]  # fmt: skip
        yield from _plain(f"{path}/rows/{number}", part, "; ".join(cells), is_one_sentence=True)


def _plain(path: str, part: str, text: str, *, is_one_sentence: bool = False) -> Iterator[_Field]:
    if text:
        yield _Field(path, part, (TextBlock(text),), is_one_sentence=is_one_sentence)


def numbers_sentence(values: Mapping[str, Any]) -> str:
    """Return what a block of numbers in people says, as one sentence: "4 in 100 people …, instead of 7 in 100"."""
    counted = values.get("counted", "people")
    noun = "" if counted == "other" else f" {counted}"
    label = f" ({values['after_label']})" if values.get("after_label") else ""
    outcome = str(values.get("outcome", "")).rstrip(" .")
    sentence = f"{values.get('after', 0)} in {values.get('denominator', 100)}{noun}{label} {outcome}"
    if values.get("before") is not None:
        before = f" ({values['before_label']})" if values.get("before_label") else ""
        sentence = f"{sentence.rstrip()}, instead of {values['before']} in {values.get('denominator', 100)}{before}"
    return f"{WHITE_SPACE.sub(' ', sentence).rstrip(' .')}."
