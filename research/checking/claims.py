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
                   "quote": "…"}]}                    the source's own characters

Only sentences that somebody declared are stored, so an article without links seals as it did before. A
sentence is found again by ``digest`` (and by its place among equal ones), never by field or span: these say
where to show it. So an edited sentence loses its links, ticks and dismissals, and the others keep theirs,
also when blocks are moved.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from research.checking.passages import Passage
from research.checking.sentences import TextBlock, blocks_of_html, sentence_spans
from research.content.article import ArticleContent, BlockContent

WHITE_SPACE = re.compile(r"\s+")
DIGEST_LENGTH = 32


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


def claims_of(content: ArticleContent, stored: Iterable[Mapping[str, Any]] = ()) -> tuple[Claim, ...]:
    """Return every sentence of an article in reading order, with what is stored of each.

    Args:
        content: the words, as sealed or as they stand in a draft.
        stored: the member ``claims``, as ``as_stored`` writes it.

    Raises:
        StoredClaimError: a stored claim is not of the shape above.
    """
    links = _by_key(stored)
    seen: Counter[str] = Counter()
    claims = []
    for claim in _sentences(content):
        seen[claim.digest] += 1
        counted = replace(claim, occurrence=seen[claim.digest])
        link = links.get(counted.key)
        claims.append(replace(counted, kind=link.kind, passages=link.passages, note=link.note) if link else counted)
    return tuple(claims)


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
    kind: ClaimKind
    passages: tuple[Passage, ...]
    note: str


def _by_key(stored: Iterable[Mapping[str, Any]]) -> dict[str, _Link]:
    """Return stored links by the key of their sentence; equal sentences are told apart by their order."""
    seen: Counter[str] = Counter()
    links = {}
    for entry in stored:
        digest, link = _read(entry)
        seen[digest] += 1
        links[digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"] = link
    return links


def _read(entry: Mapping[str, Any]) -> tuple[str, _Link]:
    try:
        kind = ClaimKind(entry["kind"])
        passages = tuple(Passage.from_stored(passage) for passage in entry.get("passages", ()))
        return str(entry["digest"]), _Link(kind, passages, str(entry.get("note", "")))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StoredClaimError(f"A stored claim cannot be read: {error!r} in {entry!r}.") from error


def _sentences(content: ArticleContent) -> Iterator[Claim]:
    """Yield the sentences of an article in reading order."""
    yield from _of_text("title", Part.TITLE, content.title, whole=True)
    yield from _of_text("summary", Part.SUMMARY, content.summary)
    yield from _of_blocks("key_takeaway", Part.TAKEAWAY, blocks_of_html(content.key_takeaway))
    for section in content.sections:
        for number, block in enumerate(section.blocks):
            path = f"sections/{section.slug}/{number}"
            for claim in _of_block(path, section.slug, block):
                yield replace(claim, block_kind=block.kind)


def _of_block(path: str, part: str, block: BlockContent) -> Iterator[Claim]:
    values = block.values
    if block.kind == "numbers":
        yield from _of_text(f"{path}/outcome", part, numbers_sentence(values), whole=True)
    elif block.kind == "table":
        yield from _of_table(f"{path}/table", part, values.get("table") or {})
    else:
        for name in ("summary", "html", "text", "caption", "alternative_text"):
            value = values.get(name)
            if isinstance(value, str) and value:
                blocks = blocks_of_html(value) if name == "html" else [TextBlock(value)]
                yield from _of_blocks(f"{path}/{name}", part, blocks)


def _of_table(path: str, part: str, table: Mapping[str, Any]) -> Iterator[Claim]:
    """Yield a table's caption, and each row read with its column's heading."""
    yield from _of_text(f"{path}/caption", part, table.get("caption", ""))
    rows: Sequence[Sequence[str]] = table.get("rows") or ()
    head = rows[0] if rows and table.get("header_row") else ()
    for number, row in enumerate(rows[1:] if head else rows, start=1 if head else 0):
        cells = [f"{head[column]}: {cell}" if column < len(head) and head[column] else cell
                 for column, cell in enumerate(row) if cell]  # fmt: skip
        yield from _of_text(f"{path}/rows/{number}", part, "; ".join(cells), whole=True)


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


def _of_text(field: str, part: str, text: str, *, whole: bool = False) -> Iterator[Claim]:
    if whole and text:
        yield Claim(field, part, (0, len(text)), text, sentence_digest(text))
    elif text:
        yield from _of_blocks(field, part, [TextBlock(text)])


def _of_blocks(field: str, part: str, blocks: Iterable[TextBlock]) -> Iterator[Claim]:
    """Yield the sentences of a field's paragraphs; a heading or list item is never run on into the next."""
    offset = 0
    for block in blocks:
        for start, end in sentence_spans(block.text):
            text = block.text[start:end]
            span = (offset + start, offset + end)
            yield Claim(field, part, span, text, sentence_digest(text), is_heading=block.is_heading)
        offset += len(block.text) + 1
