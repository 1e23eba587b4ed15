"""What changed between two versions of an article, part by part: every change of canonical content leaves a mark.

Each part is written as tokens, one after the other: words, the spaces between them, and marks for all that is
no word (a link's target, superscript, a table's shape, which block it is). Equal tokens mean equal content, so
that no change is without its mark. What only stands elsewhere is told of apart (``moves``): it changed no word.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from html.parser import HTMLParser
from typing import Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.words import Words
from research import rubric
from research.checking.claims import places_with, sentence_at, sentence_digest
from research.content.article import ArticleContent
from research.content.canonical import without_empty
from research.content.invisible import made_visible
from research.content.richtext import BLOCK_TAGS
from research.content.sealing import SECTION_HEADINGS
from research.models.references import Journal, Study
from research.review.moves import in_the_order_of

# Values for programs: printed where they changed, and nowhere else.
MARKS = {"source", "digest", "field"}
RICH_TEXT = {"html", "key_takeaway"}
TAG_WORDS = {
    "p": "paragraph", "h2": "heading", "h3": "heading", "h4": "small heading", "ul": "list", "ol": "numbered list",
    "li": "list item", "b": "bold", "strong": "strong", "i": "italic", "em": "emphasis", "sup": "superscript",
    "sub": "subscript", "br": "line break",
}  # fmt: skip
KEY_WORDS = {
    "also_cited": "also cited",
    "alternative_text": "alternative text",
    "authors_complete": "all authors are named",
    "counted": "what is counted",
    "denominator": "out of",
    "hash": "picture",
    "header_column": "first column is a heading",
    "header_row": "first row is a heading",
    "html": "text",
    "is_example": "invented example",
    "kind": "kind",
    "lead_image": "picture",
    "place": "which of the places with these words",
    "term": "glossary term",
}
# Values that need no name where they did not change: the part says what they are.
UNNAMED = {"html", "text", "values", "title", "summary", "key_takeaway", "kind", "caption", "table", "rows", "study"}
BLOCK_WORDS = {"more": "more detail, closed until opened", "glossary_term": "glossary term"}
CLAIM_KINDS = {"supported": "from the source", "explanation": "our explanation", "question": "a question"}
VALUE_WORDS: dict[str, Mapping[str, Words]] = {
    "journal_kind": dict(Journal.Kind.choices),
    "kind": dict[str, Words](Study.Kind.choices) | BLOCK_WORDS | CLAIM_KINDS,
    **{
        question.key: {choice.key: choice.words for choice in question.choices}
        for question in (
            rubric.DESIGN,
            rubric.POPULATION,
            rubric.CHECKING,
            rubric.INTERESTS,
            rubric.OTHER_RESEARCH,
            rubric.REACH,
            rubric.ACTIONABLE,
            rubric.NOVELTY,
        )
    },
}
LINKS = "What sentences rest on"
# Parts as readers know them; a field that stands in none has a part of its own.
PARTS = {
    "Title": ("title",),
    "Summary": ("summary",),
    "Ratings": ("appraisal", "reasons"),
    "Key takeaway": ("key_takeaway",),
    **{heading: (f"sections/{slug}",) for slug, heading in SECTION_HEADINGS.items()},
    "Order of the sections": ("sections/order",),
    "More details": ("study", "also_cited"),
    "Picture": ("lead_image",),
    "Search title and description": ("search_title", "search_description"),
    LINKS: ("claims",),
    "Language and section": ("language", "section", "translates"),
}


@dataclass(frozen=True)
class Change:
    """A changed part: its name as readers know it, the words before and after as HTML, and what only moved."""

    part: str
    diff: SafeString
    moved: tuple[str, ...] = ()


class Token(NamedTuple):
    """A word, a space, a number, or a mark; ``end`` closes what a mark opened and is not printed."""

    kind: str
    text: str


# Equal or not, the older tokens, and the newer ones.
Run = tuple[bool, list[Token], list[Token]]


def changed_parts(before: ArticleContent, after: ArticleContent) -> list[Change]:
    """Return the parts that differ, in reading order, each with its difference marked."""
    return [
        Change(part.name, _marked(part.old, part.new), part.moved)
        for part in compared_parts(before, after)
        if part.old != part.new or part.moved
    ]


@dataclass(frozen=True)
class ComparedPart:
    """A part as tokens: the older one in the order of the newer one, and what moved."""

    name: str
    old: list["Token"]
    new: list["Token"]
    moved: tuple[str, ...]


def compared_parts(before: ArticleContent, after: ArticleContent) -> list[ComparedPart]:
    """Return every part of two versions in reading order, ready to be compared word by word."""
    new = values_by_part(after)
    old, moved = in_the_order_of(values_by_part(before), new)
    return [ComparedPart(name, tokens_of(old[name]), tokens_of(new[name]), tuple(moved[name])) for name in new]


def difference(before: str, after: str) -> SafeString:
    """Return plain words with what went and what came marked by ``del`` and ``ins``."""
    return _marked(list(_of_text(before)), list(_of_text(after)))


def difference_of_html(before: str, after: str) -> SafeString:
    """Return the words of rich text with every difference marked, also of links and of bold words."""
    return _marked(list(_of_html(before)), list(_of_html(after)))


def values_by_part(content: ArticleContent) -> dict[str, dict[str, Any]]:
    """Return the plain values of canonical content by the part that readers know them by; empty ones are left out."""
    values = {field.name: _plain(getattr(content, field.name)) for field in fields(content)}
    values["claims"] = [_with_its_words(content, link) for link in values["claims"]]
    sections = values.pop("sections")
    for slug in SECTION_HEADINGS:
        values[f"sections/{slug}"] = [section["blocks"] for section in sections if section["slug"] == slug]
    values["sections/order"] = [section["slug"] for section in sections]
    named = {name for names in PARTS.values() for name in names}
    parts = PARTS | {name.replace("_", " ").capitalize(): (name,) for name in values if name not in named}
    return {part: without_empty({name: values[name] for name in names}) for part, names in parts.items()}


def _with_its_words(content: ArticleContent, link: dict[str, Any]) -> dict[str, Any]:
    """Return what is stored of a claim with its sentence in place of where it stands; as it is where they differ.

    Where the same words stand several times, the number of the place stands with all but the first.
    """
    field, span = link.get("field"), link.get("span")
    if not isinstance(field, str) or not isinstance(span, list) or [type(place) for place in span] != [int, int]:
        return link
    words = sentence_at(content, field, (span[0], span[1]))
    places = places_with(content, words) if words else []
    is_exact = (field, span[0]) in places and span[1] - span[0] == len(words)
    if not is_exact or sentence_digest(words) != link.get("digest") or {"sentence", "place"} & link.keys():
        return link
    number = places.index((field, span[0])) + 1
    where = {"sentence": words} | ({"place": number} if number > 1 else {})
    return where | {name: value for name, value in link.items() if name not in ("field", "span", "digest")}


def tokens_of(value: Mapping[str, Any]) -> list[Token]:
    """Return plain values as tokens, of which none is left out."""
    return list(_of_mapping(value))


def _of(key: str, value: Any) -> Iterator[Token]:
    """Yield the tokens of a plain value, of which nothing is empty."""
    if isinstance(value, Mapping):
        yield from _of_mapping(value)
    elif isinstance(value, list | tuple):
        for member in value:
            yield Token("item", key)
            yield from _of(key, member)
            yield Token("end", key)
    elif isinstance(value, str) and (key in MARKS or (key == "locator" and "@" in value)):
        yield Token("mark", value)
    elif isinstance(value, str):
        yield from _of_html(value) if key in RICH_TEXT else _of_text(str(VALUE_WORDS.get(key, {}).get(value, value)))
    else:
        yield Token("number", "yes" if value is True else str(value))


def _of_mapping(value: Mapping[str, Any]) -> Iterator[Token]:
    # What a block is before its values; else by name, for the order of members means nothing.
    for key in sorted(value, key=lambda key: (key != "kind", key)):
        yield Token("key", key)
        yield from _of(key, value[key])
        yield Token("end", key)


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value


def _of_text(text: str) -> Iterator[Token]:
    for place, word in enumerate(text.split(" ")):
        if place:
            yield Token("space", " ")
        if word:
            yield Token("word", word)


def _of_html(html: str) -> Iterator[Token]:
    reader = _TokenReader()
    reader.feed(html)
    reader.close()
    return iter(reader.tokens)


class _TokenReader(HTMLParser):
    """Reads canonical HTML as tokens; every tag and every attribute is one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tokens: list[Token] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tokens.append(Token("block" if tag in BLOCK_TAGS or tag == "br" else "tag", tag))
        self.tokens += [Token("target", f"{name}: {value or ''}") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.tokens.append(Token("close", tag))

    def handle_data(self, data: str) -> None:
        self.tokens += _of_text(data)


def _marked(old: list[Token], new: list[Token]) -> SafeString:
    return printed(
        (kind == "equal", old[i:j], new[k:m])
        for kind, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    )


def printed(runs: Iterable[Run]) -> SafeString:
    """Return runs of tokens as words, with what went and what came marked by ``del`` and ``ins``."""
    pieces = []
    for is_equal, old, new in runs:
        if is_equal:
            pieces.append(format_html("{}", "".join(_unchanged(token) for token in old)))
            continue
        if old:
            pieces.append(format_html("<del>{}</del>", _changed(old)))
        if new:
            pieces.append(format_html("<ins>{}</ins>", _changed(new)))
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _unchanged(token: Token) -> str:
    """Return a token where nothing changed: its words, what a value is, and a space where something begins."""
    if token.kind in ("word", "number", "space"):
        return made_visible(token.text)
    if token.kind == "key" and token.text not in UNNAMED and "/" not in token.text:
        return f" {_called(token)}: "
    return " " if token.kind in ("item", "key", "block") else ""


def _changed(tokens: list[Token]) -> str:
    """Return tokens where something changed, marks among them; never nothing."""
    words = "".join(_printed(token) for token in tokens)
    return words.strip() or ("␣" if words else "".join(f"[end of {_called(token)}]" for token in tokens))


def _printed(token: Token) -> str:
    if token.kind in ("word", "number", "space"):
        return made_visible(token.text)
    if token.kind in ("end", "close"):
        return ""
    return f" [{_called(token)}] "


def _called(token: Token) -> str:
    if token.kind in ("block", "tag", "close"):
        return "link" if token.text == "a" else TAG_WORDS.get(token.text, token.text)
    if token.kind == "target":
        return made_visible(token.text.removeprefix("href: "))
    name = token.text.rsplit("/", 1)[-1]
    return KEY_WORDS.get(name, name.replace("_", " "))
