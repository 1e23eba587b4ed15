"""Formulas in MathML as one line of readable text: Ca²⁺, β₂, 1/2, √(x+1)."""

import re
from bisect import bisect
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_RAISED = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−–=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")
#: The same formula once more, for machines or for TeX.
_OTHER_FORMS = {"annotation", "annotation-xml", "mphantom", "mspace"}
_BEGIN = re.compile(r"<(?P<prefix>\w+:)?math\b[^<>]*>")
_END = re.compile(r"</(?P<prefix>\w+:)?math\s*>")
_PREFIX = re.compile(r"(</?)\w+:")
_NAMESPACE = re.compile(r"\s(?:xmlns(?::\w+)?|\w+:\w+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_TAG = re.compile(r"<[^<>]*>")


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def math_text(element: Element) -> str:
    """Return a formula as text on one line, without the space that only lays out its markup."""
    name = local_name(element)
    if name in _OTHER_FORMS:
        return ""
    write = _WRITERS.get(name)
    parts = [math_text(child) for child in element]
    return write(parts) if write else "".join(_row(element))


def _row(element: Element) -> Iterator[str]:
    yield " ".join((element.text or "").split())
    for child in element:
        yield math_text(child)
        yield " ".join((child.tail or "").split())


def _raised(text: str) -> str:
    return text.translate(_RAISED) if _all_in(text, _RAISED) else f"^{_held(text)}" if text else ""


def _lowered(text: str) -> str:
    return text.translate(_LOWERED) if _all_in(text, _LOWERED) else text if text.isalnum() else f"_{_held(text)}"


def _all_in(text: str, table: dict[int, int]) -> bool:
    return bool(text) and all(ord(sign) in table for sign in text)


def _held(text: str) -> str:
    """Return what is more than one thing in brackets, so that it stays together."""
    return text if re.fullmatch(r"\w*", text) else f"({text})"


def _part(parts: list[str], index: int) -> str:
    return parts[index] if index < len(parts) else ""


_WRITERS: dict[str, Callable[[list[str]], str]] = {
    "msup": lambda parts: _part(parts, 0) + _raised(_part(parts, 1)),
    "msub": lambda parts: _part(parts, 0) + _lowered(_part(parts, 1)),
    "msubsup": lambda parts: _part(parts, 0) + _lowered(_part(parts, 1)) + _raised(_part(parts, 2)),
    "mfrac": lambda parts: f"{_held(_part(parts, 0))}/{_held(_part(parts, 1))}",
    "msqrt": lambda parts: f"√{_held(''.join(parts))}",
    "mroot": lambda parts: f"{_raised(_part(parts, 1))}√{_held(_part(parts, 0))}",
    "mfenced": lambda parts: f"({', '.join(parts)})",
    "mover": lambda parts: _part(parts, 0),
    "munder": lambda parts: _part(parts, 0),
    "munderover": lambda parts: _part(parts, 0) + _lowered(_part(parts, 1)) + _raised(_part(parts, 2)),
    # The formula itself comes first; what is behind it says the same.
    "semantics": lambda parts: _part(parts, 0),
}


def with_math_as_text(text: str) -> str:
    """Return marked-up text with each formula in it as readable text; one that is broken only loses its tags."""
    return "".join(_with_formulas(text)) if "math" in text else text


def _with_formulas(text: str) -> Iterator[str]:
    """Yield the words and the formulas of a text. Each end is looked up, not looked for: the time grows as the text."""
    ends: dict[str, list[int]] = {}
    for end in _END.finditer(text):
        ends.setdefault(end["prefix"] or "", []).append(end.end())
    position = 0
    for begin in _BEGIN.finditer(text):
        of_its_kind = (_next(ends.get(prefix), begin.end()) for prefix in {begin["prefix"] or "", ""})
        end_at = min(filter(None, of_its_kind), default=0)
        if begin.start() >= position and end_at:
            yield text[position : begin.start()]
            yield _formula(text[begin.start() : end_at])
            position = end_at
    yield text[position:]


def _next(places: list[int] | None, after: int) -> int:
    """Return the first of some places that lies behind another; 0 when there is none."""
    found = bisect(places or [], after)
    return places[found] if places and found < len(places) else 0


def _formula(formula: str) -> str:
    markup = _NAMESPACE.sub("", _PREFIX.sub(r"\1", formula))
    try:
        return math_text(fromstring(markup))
    except (ParseError, DefusedXmlException, RecursionError, ValueError):
        return " ".join(_TAG.sub("", formula).split())
