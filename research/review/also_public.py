"""What becomes public with an article and does not stand on its page: for search engines, screen readers, programs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from django.utils.translation import gettext

from research.checking.claims import claims_of
from research.content.article import DETAILS, ORIGIN, ArticleContent
from research.content.invisible import hidden_in, made_visible
from research.content.richtext import text_of
from research.models.explainers import GlossaryTerm
from research.review.changes import BLOCK_WORDS, KEY_WORDS, RICH_TEXT, VALUE_WORDS, values_by_part

# What a reader does not see when the page opens, or sees only with the help of a program.
NOT_SEEN = "head, script, style, template, details, .vh, [hidden], [popover]"
# Listed even where the same words happen to be printed elsewhere on the page.
ALWAYS = {"alternative_text", "search_title", "search_description", "lift_reason"}
LINK = re.compile(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


@dataclass(frozen=True)
class AlsoPublic:
    """Words that are public: the part of the article, what they are, and themselves; ``host`` of a link."""

    part: str
    name: str
    text: str
    host: str = ""


def also_public(content: ArticleContent, page_html: str, terms: Mapping[str, Any]) -> list[AlsoPublic]:
    """Return all that is public with these words and is not printed on their page, in reading order.

    What sentences and numbers rest on is left out where the screen has it beside them.

    Args:
        content: the words.
        page_html: their page, as readers get it.
        terms: the signed words of glossary terms, by UUID, as ``Submission.terms`` has them.
    """
    printed = _folded(_seen_on(page_html))
    on_desk = {claim.digest for claim in claims_of(content) if claim.is_declared}
    rest = replace(content, claims=tuple(link for link in content.claims if link.get("digest") not in on_desk))
    found = [
        item
        for part, values in values_by_part(rest).items()
        for item, always in _items(part, values)
        if always or not _is_in(item.text, printed)
    ]
    return [*found, *_terms(content, terms), *_kept_invisible(content)]


def _seen_on(page_html: str) -> str:
    page = BeautifulSoup(page_html, "html.parser")
    for unseen in page.select(NOT_SEEN):
        unseen.decompose()
    return page.get_text(" ")


def _folded(text: str) -> str:
    return " ".join(text.split())


def _is_in(text: str, printed: str) -> bool:
    wanted = _folded(text)
    return bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", printed))


def _items(part: str, value: Any, name: str = "", *, closed: bool = False) -> Iterator[tuple[AlsoPublic, bool]]:
    """Yield each text below a value, with whether it is listed whatever the page prints."""
    if isinstance(value, Mapping):
        closed = closed or value.get("depth") == DETAILS
        for key, member in value.items():
            below = BLOCK_WORDS.get(member, "") if key == "kind" and isinstance(member, str) else ""
            if key not in ("kind", "depth", "term", "slug", ORIGIN) or (
                key == "kind" and "values" not in value and not below
            ):
                yield from _items(part, member, key, closed=closed)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _items(part, member, name, closed=closed)
    elif isinstance(value, str):
        yield from _texts(part, name, value, always=closed or name in ALWAYS)
    elif value is not False and value is not None:
        words = "yes" if value is True else str(value)
        yield AlsoPublic(part, _called(name), f"{_called(name)}: {words}" if value is True else words), False


def _texts(part: str, name: str, text: str, *, always: bool) -> Iterator[tuple[AlsoPublic, bool]]:
    if name not in RICH_TEXT:
        yield AlsoPublic(part, _called(name), made_visible(str(VALUE_WORDS.get(name, {}).get(text, text)))), always
        return
    for block in re.split(r"</?(?:p|h2|h3|h4|ul|ol|li|br)>", text):
        if text_of(block):
            yield AlsoPublic(part, _called(name), made_visible(text_of(block))), always
    for target, words in LINK.findall(text):
        yield (
            AlsoPublic(
                part,
                gettext("link “%(text_of)s”") % {"text_of": text_of(words)},
                made_visible(target),
                urlsplit(target).hostname or "",
            ),
            True,
        )


def _called(name: str) -> str:
    return KEY_WORDS.get(name, name.replace("_", " "))


def _terms(content: ArticleContent, terms: Mapping[str, Any]) -> Iterator[AlsoPublic]:
    unsigned = {str(term.subject_uuid): term for term in GlossaryTerm.objects.filter(subject_uuid__in=content.terms)}
    for uuid in content.terms:
        if uuid in terms:
            values = terms[uuid]["values"]
            yield AlsoPublic(gettext("Glossary"), values.get("term", ""), text_of(values.get("plain_words", "")))
        elif uuid in unsigned:
            term = unsigned[uuid]
            words = gettext("%(plain_words)s (Not countersigned: readers see nothing of it until it is.)") % {
                "plain_words": term.plain_words
            }
            yield AlsoPublic(gettext("Glossary"), term.term, words)
        else:
            yield AlsoPublic(gettext("Glossary"), gettext("a term that is gone"), uuid)


def _kept_invisible(content: ArticleContent) -> Iterator[AlsoPublic]:
    """Yield the characters that nobody sees and that were kept, because a script needs them."""
    for part, values in values_by_part(content).items():
        for item, _ in _items(part, values):
            for hidden in hidden_in(_without_numbers(item.text)):
                yield AlsoPublic(part, gettext("a character that cannot be seen"), str(hidden))


def _without_numbers(text: str) -> str:
    """Return a text with its invisible characters back in their places."""
    return re.sub(r"⟨U\+([0-9A-F]{4,6})⟩", lambda found: chr(int(found[1], 16)), text)
