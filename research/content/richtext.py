"""Rich text as claims: cleaned, and written in one way only so that equal words have equal bytes."""

import re
from functools import lru_cache
from html import escape
from html.parser import HTMLParser

import nh3

from research.content.invisible import without_surrogates

# The features of the editor's toolbar, and the tags and attributes they may leave behind.
BODY_FEATURES = ["bold", "italic", "h3", "ul", "ol", "link", "superscript", "subscript"]
# The text of articles can also set a glossary term on a word.
ARTICLE_FEATURES = [*BODY_FEATURES, "term", "hard-words"]
TAKEAWAY_FEATURES = ["bold", "italic", "superscript", "subscript"]
ALLOWED_TAGS = {
    "p", "h2", "h3", "h4", "b", "strong", "i", "em", "ul", "ol", "li", "sup", "sub", "a", "br",
}  # fmt: skip
ALLOWED_ATTRIBUTES = {"a": {"href", "linktype", "id"}}
BLOCK_TAGS = {"p", "h2", "h3", "h4", "ul", "ol", "li"}
# ASCII white space only: a no-break space is something a reader sees.
WHITE_SPACE = re.compile(r"[ \t\r\n\f]+")
MOST_READINGS = 8


def normalise_text(text: str | None) -> str:
    """Return plain text with the white space that HTML ignores folded, and nothing that cannot be stored."""
    return WHITE_SPACE.sub(" ", without_surrogates(text or "")).strip(" ")


def normalise_html(html: str | None) -> str:
    """Return clean HTML in canonical form.

    Tags outside the short list are dropped with their attributes, attributes are sorted, white space
    that HTML ignores is folded, empty paragraphs and the editor's block keys are left out. The result
    of normalising twice is the same as once.
    """
    return _normalised(html or "")


# The same texts are read several times while an article is saved, checked, signed and released.
@lru_cache(maxsize=1_000)
def _normalised(html: str) -> str:
    written = _normalise_once(without_surrogates(html))
    # Crossed tags make a tree whose HTML reads as another tree: what does not settle is kept as its words.
    for _ in range(MOST_READINGS):
        again = _normalise_once(written)
        if again == written:
            return written
        written = again
    return _normalise_once(escape(text_of(written)))


def _normalise_once(html: str) -> str:
    cleaned = nh3.clean(
        html,
        tags=ALLOWED_TAGS,
        attributes=ALLOWED_ATTRIBUTES,
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
    )
    writer = _CanonicalWriter()
    writer.feed(cleaned)
    writer.close()
    return _without_empty_blocks("".join(writer.parts))


def text_of(html: str | None) -> str:
    """Return the words of rich text, blocks apart by a space."""
    return _text(html or "")


# As often: what is missing, too long, hidden or hard to read is looked for in each text on its own.
@lru_cache(maxsize=1_000)
def _text(html: str) -> str:
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    return normalise_text("".join(reader.parts))


def count_words(text: str) -> int:
    """Return the number of words of plain text."""
    return len(re.findall(r"[^\W_]+(?:[’'\-–][^\W_]+)*", text))


class _CanonicalWriter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCK_TAGS or tag == "br":
            self._trim()
        written = "".join(f' {name}="{escape(value or "")}"' for name, value in sorted(attrs))
        self.parts.append(f"<{tag}{written}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCK_TAGS:
            self._trim()
        if tag != "br":
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        folded = WHITE_SPACE.sub(" ", data)
        if self._after_a_space():
            folded = folded.removeprefix(" ")
        if folded:
            self.parts.append(escape(folded, quote=False))

    def _after_a_space(self) -> bool:
        """True where a browser would show no space: at a block's start, or after another space."""
        for part in reversed(self.parts):
            if part.startswith("<"):
                if part.strip("</>").split(" ")[0] in BLOCK_TAGS | {"br"}:
                    return True
                continue
            return part.endswith(" ")
        return True

    def _trim(self) -> None:
        """Drop the space that ends a block's last words, wherever its inline tags close."""
        for position in range(len(self.parts) - 1, -1, -1):
            part = self.parts[position]
            if part.startswith("<"):
                if part.strip("</>").split(" ")[0] in BLOCK_TAGS | {"br"}:
                    return
                continue
            self.parts[position] = part.removesuffix(" ")
            return


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCK_TAGS or tag == "br":
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCK_TAGS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _without_empty_blocks(html: str) -> str:
    emptied = re.sub(r"<(p|h2|h3|h4|b|strong|i|em|ul|ol|li|sup|sub)></\1>", "", html)
    return html if emptied == html else _without_empty_blocks(emptied)
