"""The changes between two versions one by one, the dangerous first: a number, a "not", a "may", who was studied.

``differences`` cuts what ``changes`` marks into sentences and values, and says of each what kind of change it is.
The kinds order the reviewer's eye and nothing else: no change is left out, whatever its kind.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from research.checking.lexicon import pattern
from research.checking.numbers import numbers_in
from research.content.article import ArticleContent
from research.content.invisible import made_visible
from research.review.changes import (
    CLAIM_KINDS,
    LINKS,
    ComparedPart,
    Run,
    Token,
    compared_parts,
    printed,
    tokens_of,
    values_by_part,
)

NEGATION = re.compile(r"\b(?:no|not|none|nobody|nothing|never|neither|nor|without|cannot|\w+n[’']t|fail\w*)\b", re.I)
# Units change what a number says, also where its digits stay.
UNIT = re.compile(
    r"%|\b(?:percent\w*|points?|per|mg|g|kg|µg|ml|l|hours?|days?|weeks?|months?|years?|times|fold)\b", re.I
)
IDENTIFIER = re.compile(r"^(?:[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$")
ENDS_SENTENCE = re.compile(r"[.!?][”’\"')\]]*$")
OF_CITATIONS = {"More details", LINKS}
CERTAINTY = ("hedges.txt", "uncertainty.txt", "uncertainty-kept.txt", "causal.txt", "linked.txt", "hype.txt")
POPULATION = ("people.txt", "animals.txt", "laboratory.txt")
MOST_LABELS = 3
POPULATION_KEYS = {"population", "people", "counted"}


class Danger(IntEnum):
    """What kind of change it is; a smaller one is looked at first."""

    NUMBER = 1
    NEGATION = 2
    CERTAINTY = 3
    POPULATION = 4
    CITATION = 5
    WORDING = 6
    ORDER = 7

    @property
    def words(self) -> str:
        """What the kind is called on the screen."""
        return str(WORDS[self])


WORDS = {
    Danger.NUMBER: _("Number"),
    Danger.NEGATION: _("Yes or no"),
    Danger.CERTAINTY: _("How sure"),
    Danger.POPULATION: _("Who was studied"),
    Danger.CITATION: _("Source"),
    Danger.WORDING: _("Wording"),
    Danger.ORDER: _("Order only"),
}


@dataclass(frozen=True)
class Difference:
    """One change: its kind, the part that it stands in, and the words before and after as HTML."""

    danger: Danger
    part: str
    diff: SafeString


def differences(before: ArticleContent, after: ArticleContent) -> list[Difference]:
    """Return every change, the dangerous kinds first, each kind in reading order."""
    found: list[Difference] = []
    for part in compared_parts(before, after):
        if part.name == LINKS:
            found += [Difference(Danger.CITATION, LINKS, diff) for diff in _changed_links(before, after)]
        else:
            found += [Difference(_danger_of(part, runs), part.name, printed(runs)) for runs in _changed_sentences(part)]
        if part.moved:
            found.append(Difference(Danger.ORDER, part.name, _moved(part.moved)))
    return sorted(found, key=lambda difference: difference.danger)


def _changed_links(before: ArticleContent, after: ArticleContent) -> Iterator[SafeString]:
    """Yield, sentence by sentence, what a sentence rests on no more, newly, or otherwise."""
    old, new = (_links(values_by_part(content)[LINKS].get("claims", [])) for content in (before, after))
    for key in dict.fromkeys([*new, *old]):
        if key not in new:
            yield format_html("<del>{}</del>", _link_words(old[key]))
        elif key not in old:
            yield format_html("<ins>{}</ins>", _link_words(new[key]))
        elif old[key] != new[key]:
            tokens = ComparedPart(LINKS, tokens_of(old[key]), tokens_of(new[key]), ())
            yield printed(run for run in _cut(tokens) if run is not None)


def _links(claims: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Return what is stored of each sentence by its words, and by which of several equal ones it is."""
    found: dict[tuple[str, int], Mapping[str, Any]] = {}
    seen: Counter[str] = Counter()
    for claim in claims:
        words = str(claim.get("sentence") or f"{claim.get('field', '')} {claim.get('span', '')}")
        found[words, seen[words]] = claim
        seen[words] += 1
    return found


def _link_words(claim: Mapping[str, Any]) -> str:
    """Return a sentence with what it rests on, in words."""
    sentence = claim.get("sentence") or f"{claim.get('field', '')} {claim.get('span', '')}"
    kind = CLAIM_KINDS.get(str(claim.get("kind", "")), str(claim.get("kind", "")))
    rests_on = [str(claim["note"])] if claim.get("note") else []
    rests_on += [f"“{passage.get('quote', '')}”" for passage in claim.get("passages", [])]
    return made_visible(f"“{sentence}” is {kind}" + (f": {'; '.join(rests_on)}" if rests_on else ""))


def _moved(labels: Sequence[str]) -> SafeString:
    """Return what moved in one part, in the first words of a few."""
    words = ", ".join(labels[:MOST_LABELS])
    more = (
        gettext(" and %(most_labels)s more") % {"most_labels": len(labels) - MOST_LABELS}
        if len(labels) > MOST_LABELS
        else ""
    )
    return format_html(gettext('<span class="cs-moved">Moved: {}{}</span>'), words, more)


def _changed_sentences(part: ComparedPart) -> Iterator[list[Run]]:
    """Yield the sentences and values in which something changed, as runs of tokens."""
    runs: list[Run] = []
    for run in _cut(part):
        if run is not None:
            runs.append(run)
            continue
        if any(not is_equal for is_equal, _, _ in runs):
            yield runs
        runs = []
    if any(not is_equal for is_equal, _, _ in runs):
        yield runs


def _cut(part: ComparedPart) -> Iterator[Run | None]:
    """Yield the runs of a part, with None wherever a sentence or a value ends that both versions have."""
    for kind, i, j, k, m in difflib.SequenceMatcher(None, part.old, part.new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield (False, part.old[i:j], part.new[k:m])
            continue
        run: list[Token] = []
        for place, token in enumerate(part.old[i:j]):
            if token.kind in ("key", "item", "block") or (token.kind == "space" and _ends(part.old, i + place)):
                yield from _kept(run)
                yield None
                run = []
            run.append(token)
        yield from _kept(run)


def _ends(tokens: Sequence[Token], place: int) -> bool:
    """True for a space after the end of a sentence."""
    return place > 0 and tokens[place - 1].kind == "word" and bool(ENDS_SENTENCE.search(tokens[place - 1].text))


def _kept(run: list[Token]) -> Iterator[Run]:
    if run:
        yield (True, run, run)


def _danger_of(part: ComparedPart, runs: Sequence[Run]) -> Danger:
    keys = {token.text for _, old, new in runs for token in (*old, *new) if token.kind == "key"}
    changed = [token for is_equal, old, new in runs if not is_equal for token in (*old, *new)]
    if part.name in OF_CITATIONS or (changed and all(token.kind in ("target", "mark") for token in changed)):
        return Danger.CITATION
    before, after = _text(old for _, old, _ in runs), _text(new for _, _, new in runs)
    if _has_digits(changed) or _numbers(before) != _numbers(after) or _found(UNIT, before) != _found(UNIT, after):
        return Danger.NUMBER
    if _found(NEGATION, before) != _found(NEGATION, after):
        return Danger.NEGATION
    if keys & POPULATION_KEYS:
        return Danger.POPULATION
    if part.name == "Ratings" or _found(pattern(*CERTAINTY), before) != _found(pattern(*CERTAINTY), after):
        return Danger.CERTAINTY
    if _found(pattern(*POPULATION), before) != _found(pattern(*POPULATION), after):
        return Danger.POPULATION
    return Danger.WORDING


def _text(runs: Iterable[Sequence[Token]]) -> str:
    return "".join(token.text if token.kind in ("word", "space", "number") else " " for run in runs for token in run)


def _has_digits(tokens: Iterable[Token]) -> bool:
    said = (token.text for token in tokens if token.kind in ("word", "number") and not IDENTIFIER.match(token.text))
    return any(character.isdigit() for word in said for character in word)


def _numbers(text: str) -> Counter[tuple[str, str]]:
    return Counter((number.text.lower(), str(number.unit)) for number in numbers_in(text))


def _found(words: re.Pattern[str], text: str) -> Counter[str]:
    return Counter(found.group().lower() for found in words.finditer(text))
