"""Glossary terms in rich text: which words link to one, and how a reader opens its plain words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import escape

# A word that links to a term, as canonical HTML has it: the term's UUID, and the word.
TERM_LINK = re.compile(r'<a id="([0-9a-f-]{36})" linktype="term">(.*?)</a>')
SHORT_TERM = 4


def terms_in(html: str) -> list[str]:
    """Return the UUIDs of the glossary terms that canonical HTML links to, in reading order."""
    return [found[0] for found in TERM_LINK.findall(html)]


@dataclass(frozen=True)
class Explained:
    """A glossary term as a reader opens it: the word, and its signed plain words."""

    term: str
    plain_words: str


class WordNotes:
    """Sets signed terms on their words, in one article: a word opens its note, without any script.

    The note is a popover: it stands inside a sentence, where the elements of a disclosure may not. Each term is set
    on each of its links; identifiers count on through the article.
    """

    def __init__(self, terms: Mapping[str, Explained]) -> None:
        self.terms = terms
        self.count = 0

    def written(self, html: str) -> str:
        """Return HTML with its links to terms turned into notes; into the bare word where nothing is signed."""
        return TERM_LINK.sub(self._note, html) if 'linktype="term"' in html else html

    def _note(self, found: re.Match[str]) -> str:
        term = self.terms.get(found[1])
        if term is None:
            return found[2]
        self.count += 1
        name = f"term-{self.count}"
        note = f"<dfn>{escape(term.term)}</dfn> {escape(term.plain_words)}"
        return (
            f'<button class="term" type="button" popovertarget="{name}">{found[2]}</button>'
            f'<span class="term-note" id="{name}" popover>{note}</span>'
        )


def with_term_at_its_word(html: str, uuid: str, term: str) -> str | None:
    """Return HTML in which the first mention of a term outside links and headings links to it; None without one.

    A short term, such as “MS”, is met only as it is written.
    """
    flags = re.NOFLAG if len(term) <= SHORT_TERM else re.IGNORECASE
    mention = re.compile(rf"(?<!\w){re.escape(escape(term))}(?:s|es)?(?!\w)", flags)
    closed = 0
    parts = re.split(r"(<[^>]+>)", html)
    for position, part in enumerate(parts):
        if part.startswith("<"):
            if re.match(r"</?(?:a|h2|h3|h4)\b", part):
                closed += -1 if part.startswith("</") else 1
        elif not closed and (found := mention.search(part)):
            link = f'<a id="{uuid}" linktype="term">{found[0]}</a>'
            parts[position] = f"{part[: found.start()]}{link}{part[found.end() :]}"
            return "".join(parts)
    return None
