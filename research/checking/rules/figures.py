"""Checks of numbers: not in the source, in the other group, percent for percentage points, relative alone."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from django.utils.translation import gettext

from research.checking.claims import Claim
from research.checking.facts import Draft, StudyFacts
from research.checking.findings import Finding, at
from research.checking.numbers import Number, Unit, agrees, checked_numbers, numbers_in

CHANGE = (
    r"(?:lower|higher|fewer|less|more|reduc\w+|increas\w+|decreas\w+|drop\w*|fall|fell|rise|rose|better|worse|greater"
    r"|smaller|decline\w*|cut|risk)"
)
RELATIVE = re.compile(
    rf"\d\s?(?:%|per\s?cent)\s(?:\w+\s){{0,2}}{CHANGE}\b|\b{CHANGE}\s(?:\w+\s){{0,4}}by\s(?:\w+\s)?\d+(?:\.\d+)?\s?(?:%|per\s?cent)"
    r"|\b(?:twice|double[sd]?|doubling|tripled?|halv(?:e[sd]?|ing)|half)\s(?:as|the|their|its|risk|chance|likely|rate)"
    r"|\bin\shalf\b|\bby\s(?:\w+\s)?(?:an?|one|two|three)[\s-](?:third|half|quarter|fifth|tenth)s?\b"
    r"|\b(?:doubled|tripled|halved)\b"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|hundred|many|\d+(?:\.\d+)?)[- ]?fold\b"
    r"|\btimes\s(?:as|more|less|higher|lower|greater|the)\b|\b(?:hazard|odds|risk|rate)\sratio",
    re.IGNORECASE,
)
SHARES_COMPARED = re.compile(
    r"%(?:[^.%]|\.\d){0,90}\b(?:against|versus|vs|compared|than|and|to|from|instead|while|but|whereas)\b(?:[^.%]|\.\d){0,90}\d\s?%",
    re.IGNORECASE,
)
PER_HUNDRED = re.compile(r"\bper\s(?:100|1,?000|10,?000|100,?000|hundred|thousand)\b", re.IGNORECASE)
BY_CHANGE = re.compile(rf"^\W*(?:\w+\s){{0,2}}{CHANGE}\b", re.IGNORECASE)
CHANGED_BY = re.compile(rf"\b{CHANGE}\b(?:[^.;]|\.\d){{0,40}}\bby\s(?:\w+\s)?$", re.IGNORECASE)

JOINS = re.compile(
    r",|;|\b(?:and|or|versus|vs|compared|than|while|but|against|instead|whereas|with only)\b", re.IGNORECASE
)
COORDINATED = re.compile(
    r"\b(?:and|or|versus|vs\.?|compared\s(?:with|to)|than|instead\sof|against|whereas|while|but)\b(?:[^.;]|\.\d){0,50}$",
    re.IGNORECASE,
)
# Groups that plain and technical words name alike; those they compare with are rarely named the same.
GROUPS = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"placebo|dummy|sham|controls?|usual\scare|standard\scare|untreated|unvaccinated|comparison\sgroup|comparators?"
        r"|no\streatment|not\streated",
        r"women|girls|females?",
        r"(?<!wo)men|boys|(?<!fe)males?",
    )
)


def numbers_not_in_source(draft: Draft) -> Iterator[Finding]:
    """Yield sentences with numbers that the stored texts do not have; nothing without a stored text."""
    if not draft.facts.texts:
        return
    for claim in draft.claims:
        missing = [number for number in checked_numbers(claim.text) if not draft.facts.numbers.has(number)]
        if missing:
            words = tuple(number.text for number in missing)
            yield at(claim, "number_not_in_source", _not_found(missing, draft.facts), words)


def _not_found(missing: Sequence[Number], facts: StudyFacts) -> str:
    named = ", ".join(f"“{number.text.strip('–- ')}”" for number in missing)
    stored = ", ".join(sorted({text.kind.replace("_", " ") for text in facts.texts}))
    ways = [
        gettext("%(text)s may be %(way)s") % {"text": number.text, "way": way}
        for number in missing
        if (way := facts.numbers.explanation_of(number))
    ]
    hint = gettext(" Perhaps worked out: %(ways)s.") % {"ways": "; ".join(ways)} if ways else ""
    return gettext("%(named)s: not in the %(stored)s: check the full text.%(hint)s") % {
        "named": named,
        "stored": stored,
        "hint": hint,
    }


def numbers_swapped(draft: Draft) -> Iterator[Finding]:
    """Yield sentences that give a group the number which the source gives to the other one."""
    for claim in draft.claims:
        pair = _comparable_pair(claim.text)
        if pair and (group := _swapped_group(claim.text, pair, draft.facts)):
            first, second = (number.text for number in pair)
            message = gettext(
                "“%(first)s” and “%(second)s”: the source seems to give them the other way round for “%(group)s”."
            ) % {"first": first, "second": second, "group": group}
            yield at(claim, "numbers_swapped", message, (first, second))


def _comparable_pair(text: str) -> tuple[Number, Number] | None:
    """Return the two numbers of a sentence that compares groups; None unless there are just two of one kind."""
    numbers = numbers_in(text)
    shares = [number for number in numbers if number.is_share]
    plain = [number for number in numbers if number.unit is Unit.PLAIN]
    for kind in (shares, plain):
        if len(kind) == 2 and kind[0].value != kind[1].value:
            return kind[0], kind[1]
    return None


def _swapped_group(text: str, pair: tuple[Number, Number], facts: StudyFacts) -> str:
    """Return the group's name where every source sentence that tells pairs it with the other number."""
    for group in GROUPS:
        cues = list(group.finditer(text))
        if len({cue.group().lower() for cue in cues}) != 1:
            continue
        ours = _number_of_group(text, cues[0].span(), pair)
        theirs = [
            place for source in _source_sentences(facts) if (place := _in_source(source, group, pair)) is not None
        ]
        if theirs and all(place != ours for place in theirs):
            return cues[0].group()
    return ""


def _source_sentences(facts: StudyFacts) -> Iterator[str]:
    for source in facts.texts:
        yield from source.sentence_texts


def _in_source(sentence: str, group: re.Pattern[str], pair: tuple[Number, Number]) -> int | None:
    """Return which of the draft's two numbers a source sentence gives to a group; None when it does not tell."""
    cue = group.search(sentence)
    if not cue:
        return None
    numbers = numbers_in(sentence)
    found = [next((n for n in numbers if _same(wanted, n)), None) for wanted in pair]
    if found[0] is None or found[1] is None or found[0].span == found[1].span:
        return None
    in_order = (0, 1) if found[0].span < found[1].span else (1, 0)
    ordered = (found[in_order[0]], found[in_order[1]])
    return in_order[_number_of_group(sentence, cue.span(), ordered)]  # type: ignore[arg-type]


def _same(wanted: Number, found: Number) -> bool:
    if wanted.unit is Unit.RATE and found.unit is Unit.RATE:
        return wanted.part == found.part or abs(wanted.value - found.value) < 0.5
    if wanted.unit is Unit.RATE:
        return found.is_share and abs(wanted.value - found.value) <= 50 / (wanted.whole or 1)
    return agrees(wanted, found.value)


def _number_of_group(text: str, cue: tuple[int, int], pair: tuple[Number, Number]) -> int:
    """Return 0 or 1: which number of the pair, in the order of the text, belongs to the group named at ``cue``."""
    first, second = pair
    if re.fullmatch(r"\s?[:(]\s?", text[cue[1] : second.span[0]]):
        return 1  # "women (8.2%)", "usual care: 4.9%"
    if first.span[1] <= cue[0] and cue[1] <= second.span[0]:
        return 1 if JOINS.search(text[first.span[1] : cue[0]]) else 0
    start = first.span[0] if cue[0] >= second.span[1] else 0
    return 1 if COORDINATED.search(text[start : cue[0]]) else 0


def percentage_points(draft: Draft) -> Iterator[Finding]:
    """Yield sentences that give a difference of two percentages as a relative change."""
    differences = list(_differences(draft.facts))
    if not differences:
        return
    for claim in draft.claims:
        for number in numbers_in(claim.text):
            if number.unit is Unit.PERCENT and _is_a_change(claim.text, number):
                pair = next((pair for pair in differences if _is_difference(number, pair, draft.facts)), None)
                if pair:
                    between = f"{pair[0]:g}% and {pair[1]:g}%"
                    message = gettext("“%(text)s” is the difference between %(between)s: say percentage points.") % {
                        "text": number.text,
                        "between": between,
                    }
                    yield at(claim, "percentage_points", message, (number.text,))
                    break


def _is_a_change(text: str, number: Number) -> bool:
    return bool(BY_CHANGE.match(text[number.span[1] :]) or CHANGED_BY.search(text[: number.span[0]]))


def _differences(facts: StudyFacts) -> Iterator[tuple[float, float]]:
    """Yield the pairs of percentages that stand in one sentence of a source."""
    for sentence in _source_sentences(facts):
        shares = sorted({number.value for number in numbers_in(sentence) if number.is_share})[:8]
        yield from ((high, low) for low, high in combinations(shares, 2))


def _is_difference(number: Number, pair: tuple[float, float], facts: StudyFacts) -> bool:
    stated = any(abs(number.value - share) < 1e-9 for share in facts.numbers.percentages)
    return not stated and agrees(number, round(pair[0] - pair[1], 6))


def relative_alone(draft: Draft) -> Iterator[Finding]:
    """Yield sentences with a relative change in a part of the article that has no absolute numbers."""
    by_part: dict[str, list[Claim]] = {}
    for claim in draft.claims:
        by_part.setdefault(claim.part, []).append(claim)
    for claims in by_part.values():
        text = "\n".join(claim.text for claim in claims)
        if _has_absolute(text):
            continue
        for claim in claims:
            if found := RELATIVE.search(claim.text):
                message = gettext("“%(group)s”: say from how many to how many people, with one denominator.") % {
                    "group": found.group()
                }
                yield at(claim, "relative_alone", message, (found.group(),))


def _has_absolute(text: str) -> bool:
    if PER_HUNDRED.search(text) or SHARES_COMPARED.search(text):
        return True
    return any(number.unit is Unit.RATE for number in numbers_in(text))
