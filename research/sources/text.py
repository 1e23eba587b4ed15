"""Plain words out of marked-up ones: titles and abstracts as XML elements or as strings with tags in them."""

import html
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from research.sources.mathml import local_name, math_text, with_math_as_text
from research.sources.records import AbstractPart

_SUPERSCRIPTS = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
_RAISED = re.compile(r"[0-9+\-−–=()ni]+\Z")

#: What no text for a reader holds, and what a database may refuse to store.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")

#: Elements met in Crossref and Europe PMC strings. Only these count as tags: "p < 0.05 and b > 3" is text.
_NAMES = (
    "a abstract alternatives article-title b bold br break disp-formula div em email ext-link fn h1 h2 h3 h4 h5 h6 i "
    "inline-formula inline-graphic italic label li list list-item math mi mml mn mo monospace mover mrow mspace "
    "mstyle msub msubsup msup mtext named-content ol overline p sc scp sec section small span strike strong "
    "styled-content sub subtitle sup table tbody td tex-math title tr tt u ul underline xref"
)
_TAG = re.compile(
    r"<(?P<close>/)?(?:(?:jats|mml|xhtml):)?(?P<name>" + "|".join(_NAMES.split()) + r")"
    r"(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*\s*(?P<empty>/)?>",
    re.IGNORECASE,
)
_SUBTITLE = re.compile(r"(?:<br\s*/?>\s*)?<(?:jats:)?subtitle\s*>", re.IGNORECASE)
#: Behind these, a subtitle needs no colon; a tag is none of its words.
_ENDS = ":?!.\u2013\u2014-<>"
_BREAKS = {"br", "break", "p", "div", "li", "list-item", "sec", "section", "tr", "td", "title"}
_HEADINGS = {"title", "h1", "h2", "h3", "h4", "h5", "h6"}


def squash(text: str | None) -> str:
    """Return the text on one line, without control characters and without space at its ends."""
    return " ".join(_CONTROLS.sub("", text or "").split())


def element_text(element: Element | None) -> str:
    """Return all the text inside an element, on one line; "" for None.

    A raised figure stays raised (10⁹ and not 109), whatever is lowered joins its line (H2O).
    """
    return squash("".join(_walk(element))) if element is not None else ""


def _walk(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        inner = math_text(child) if local_name(child) == "math" else "".join(_walk(child))
        yield raised(inner) if child.tag.rpartition("}")[2] == "sup" else inner
        yield child.tail or ""


def raised(text: str) -> str:
    """Return a superscript as text: in raised signs where they exist, after ^ where figures would else run together."""
    inner = text.strip()
    if _RAISED.match(inner):
        return inner.translate(_SUPERSCRIPTS)
    return f"^({inner})" if inner[:1] in "+-−–" and any(sign.isdigit() for sign in inner) else text


#: How PubMed says that a paper has no title in English.
NO_TITLE = "[Not Available]."


def unbracketed(title: str) -> tuple[str, bool]:
    """Return a title without the brackets by which PubMed marks a translation, and whether it had them."""
    if title == NO_TITLE:
        return "", False
    core = title.rstrip(".")
    if not (core.startswith("[") and core.endswith("]")):
        return title, False
    depth = 0
    for position, sign in enumerate(core):
        depth += (sign == "[") - (sign == "]")
        if depth == 0:
            is_whole = position == len(core) - 1
            return (core[1:-1].strip() + "." * title.endswith("."), True) if is_whole else (title, False)
    return title, False


def markup_text(text: str | None) -> str:
    """Return a string without its tags and entities, on one line; escaped tags (``&lt;i&gt;``) are tags too."""
    return squash("".join(words for words, _ in _pieces(_unescaped(text or ""))))


def markup_parts(text: str | None) -> tuple[AbstractPart, ...]:
    """Return an abstract, in JATS or with ``<h4>`` headings, as labelled parts; empty when it holds no words."""
    parts: list[AbstractPart] = []
    words: list[str] = []
    heading: list[str] = []
    label = ""
    for piece, is_heading in [*_pieces(_unescaped(text or "")), ("", True)]:
        if not is_heading:
            if heading:
                label, heading = squash("".join(heading)).rstrip(":"), []
            words.append(piece)
            continue
        if squash("".join(words)):
            parts.append(AbstractPart(text=squash("".join(words)), label=_without_abstract(label)))
            label = ""
        words = []
        heading.append(piece)
    return tuple(parts)


def _without_abstract(label: str) -> str:
    return "" if label.casefold() in {"abstract", "summary"} else label


def _unescaped(text: str) -> str:
    """Return the text with its entities resolved, twice, as some records come escaped twice; formulas as text."""
    return "".join(_with_subtitles(with_math_as_text(html.unescape(html.unescape(text)))))


def _with_subtitles(text: str) -> Iterator[str]:
    """Yield a title with what print puts where its subtitle begins: a colon."""
    position = 0
    for tag in _SUBTITLE.finditer(text):
        before = text[position : tag.start()]
        if before and before[-1] not in "<>":
            yield before.rstrip()
            yield " " if before.rstrip()[-1:] in _ENDS else ": "
            position = tag.end()
    yield text[position:]


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield stretches of text, each with whether it stands in a heading; tags left out."""
    position, in_heading, is_raised = 0, False, False
    for tag in _TAG.finditer(text):
        name, closes = tag["name"].lower(), bool(tag["close"])
        words = text[position : tag.start()]
        position = tag.end()
        yield (raised(words) if is_raised else words), in_heading
        if name == "sup":
            is_raised = not closes and not tag["empty"]
        if name in _BREAKS or name in _HEADINGS:
            yield " ", in_heading
        if name in _HEADINGS and not tag["empty"]:
            in_heading = not closes
    yield text[position:], in_heading
