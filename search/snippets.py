"""The part of a text that shows why it was found."""

import re
from collections.abc import Sequence
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

AROUND = 90


def snippet(text: str, words: Sequence[str]) -> SafeString:
    """Return the words around the first match, with every match marked; "" without a match."""
    if not words:
        return SafeString("")
    pattern = re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)
    first = pattern.search(text)
    if first is None:
        return SafeString("")
    start, end = max(0, first.start() - AROUND), min(len(text), first.end() + AROUND)
    start = text.rfind(" ", 0, start + 1) + 1 if start else 0
    end = text.find(" ", end) if text.find(" ", end) != -1 else len(text)
    shown, cut = text[start:end], [0]
    for match in pattern.finditer(shown):
        cut += [match.start(), match.end()]
    cut.append(len(shown))
    pieces = (
        (format_html("<mark>{}</mark>", shown[a:b]) if i % 2 else format_html("{}", shown[a:b]),)
        for i, (a, b) in enumerate(pairwise(cut))
    )
    before, after = "… " if start else "", " …" if end < len(text) else ""
    return format_html("{}{}{}", before, format_html_join("", "{}", pieces), after)
