"""Words that a template prints as they stand in it, in one language: none should be left."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, TokenType

SPOKEN = frozenset({"alt", "aria-label", "aria-description", "label", "placeholder", "summary", "title"})
SILENT = frozenset({"code", "kbd", "pre", "script", "style"})
WORD = re.compile(r"[^\W\d_]{2,}")
#: What is translated, is none of the page, or is the name of a class.
UNSEEN = re.compile(r"(blocktranslate|blocktrans|comment|verbatim|block(?= \w+_?class\b))")
#: Words that a tag hands on: ``{% include … with words="…" %}``.
HANDED_ON = re.compile(r'(?<![\w.(])(?:words|label|title|heading|text|header_title|subtitle)="([^"]+)"')
#: Words that a filter puts in: ``{{ source|default:"Read the notice" }}``.
PUT_IN = re.compile(r'\|(?:default|default_if_none|yesno|pluralize):"([^"]*)"')


def literal_text(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and words of each piece of text in a template that no tag translates."""
    source, ends = path.read_text(encoding="utf-8"), ""
    page: list[str] = []
    for token in Lexer(source).tokenize():
        if ends:
            ends = "" if re.match(ends, token.contents) else ends
        elif token.token_type == TokenType.TEXT:
            page.append(token.contents)
        elif token.token_type != TokenType.COMMENT:
            if token.token_type == TokenType.BLOCK and (found := UNSEEN.match(token.contents)):
                ends = rf"end{found[1]}\b"
            yield from ((token.lineno or 0, one) for one in _spoken(token.contents))
            page.append("\x00")
    words = _Words()
    words.feed("".join(page))
    words.close()
    for text in words.found:
        yield source[: max(source.find(text.split()[0]), 0)].count("\n") + 1, text


def _spoken(contents: str) -> Iterator[str]:
    if contents.startswith(("translate ", "trans ")):
        return
    for found in (*HANDED_ON.findall(contents), *PUT_IN.findall(contents)):
        if WORD.search(found) and (" " in found or found[:1].isupper()) and not found.startswith("("):
            yield found


class _Words(HTMLParser):
    """Takes the words out of a template; tags of the template are marks in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes that are read out or shown."""
        self.silent += tag in SILENT
        for name, value in attrs:
            if name in SPOKEN:
                self._note(value or "")

    def handle_endtag(self, tag: str) -> None:
        """Come out of what nobody reads."""
        self.silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        """Look at what stands between tags."""
        if not self.silent:
            self._note(data)

    def _note(self, text: str) -> None:
        self.found += [" ".join(piece.split()) for piece in text.split("\x00") if WORD.search(piece)]
