"""How many people an abstract says took part. Where it can be read in two ways, nothing is suggested.

Pure functions. A number is taken only where it counts people, and preferred where the abstract says that these were
enrolled, randomised, studied and so on. Parts of a whole ("6 of 10 patients", "(n = 23, 70%)") are no size.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

UNITS = {
    word: number
    for number, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
        start=1,
    )
}
TENS = {
    word: 10 * number
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
SCALES = {"hundred": 100, "thousand": 1000}
_WORD = "|".join([*TENS, *sorted(UNITS, key=len, reverse=True), *SCALES])
#: "142", "3,849", "one hundred and forty-two", "four thousand three hundred and eleven".
_NUMBER = rf"\d{{1,3}}(?:[,\u2009\u202f\u00a0 ]\d{{3}})+|\d+|(?:{_WORD})(?:(?:[ -]|\s+and\s+)(?:{_WORD}))*"
#: No part of a name (EBNA-1), a range, a decimal, a percentage, an age or a year.
_COUNT = rf"(?<![\w.–/=<>≥≤~-])(?P<count>(?:{_NUMBER}))\b(?![.,–/-]\d|\s*(?:%|per\s?cent)|-)"
_PEOPLE = (
    r"(?:patients|participants|people|adults|children|adolescents|women|men|subjects|individuals|persons|volunteers|"
    r"respondents|students|infants|newborns|neonates|boys|girls|males|females|outpatients|inpatients|residents|"
    r"veterans|workers|nurses|applicants|graduates|twins|gamblers|gamers|users|underfives|snorers)\b"
)
#: What may stand between a number and the people it counts: what they are like, and nothing that is counted itself.
_NOT_BETWEEN = (
    r"(?:of|and|or|to|in|on|at|by|from|with|for|who|that|were|was|had|has|have|involving|including|comprising|among|per|"
    r"than|versus|vs|years?|months?|weeks?|days?|hours?|minutes?|mg|ml|kg|studies|study|trials?|centers|centres|"
    r"hospitals|clinics|countries|cohorts|groups?|arms?|items?|points?|tests?|questions?|reports?|cases|controls|"
    rf"samples?|times|interviews?|{_WORD})"
)
_TOKEN = rf"(?:\([^()]{{1,60}}\)|\d{{1,3}}(?:-(?:to-)?\d{{1,3}})?-year-olds?|(?!{_NOT_BETWEEN}\b)[A-Za-z][\w/'-]*,?)"
_BETWEEN = rf"(?:\s+{_TOKEN}){{0,6}}?\s+"
_COUNTED = re.compile(rf"{_COUNT}{_BETWEEN}{_PEOPLE}", re.IGNORECASE)
_CASES_AND_CONTROLS = re.compile(
    rf"{_COUNT}(?:\s+[\w-]+){{0,4}}?\s+(?:cases|patients)\s+and\s+(?P<more>{_NUMBER})\s+(?:[\w-]+\s+){{0,3}}controls\b",
    re.IGNORECASE,
)
#: The other group of the same sentence: "16 patients with tremor and 16 controls", "110 adults and 79 with MCI".
_SECOND_GROUP = re.compile(
    rf",?\s[^.;:\d]{{0,60}}?\band\s+(?P<more>{_NUMBER})(?:\s+(?:with|without)\b|{_BETWEEN}(?:controls\b|{_PEOPLE}))",
    re.IGNORECASE,
)
#: "463 female and 165 male students", where the first number has no noun of its own.
_TWO_KINDS = re.compile(
    rf"{_COUNT}\s+[a-z-]+\s+and\s+(?P<more>{_NUMBER})(?:\s+[a-z-]+){{1,3}}?\s+{_PEOPLE}", re.IGNORECASE
)
_CASES = re.compile(
    rf"(?:\A|[.;]\s+|\b(?:report|describe|present)\s+(?:on\s+)?){_COUNT}\s+(?:\w+\s+){{0,2}}?cases\b(?!\s+and\b)",
    re.IGNORECASE,
)
_N_EQUALS = re.compile(r"(?P<sign>\b[nN])\s*=\s*(?P<count>\d{1,3}(?:[,\u2009 ]\d{3})+|\d+)\b(?!\.\d)")

_JOINED = (
    r"(?:randomi[sz](?:ed|ation)|randomly|enrolled|included|recruited|assigned|allocated|took part|participated|"
    r"entered|"
    r"analy[sz]ed|studied|underwent|completed|examined|evaluated|interviewed|responded|replied|assessed|surveyed|"
    r"followed|tested|treated|received)"
)
_JOINED_AFTER = re.compile(rf"[^.;:]{{0,110}}?\b{_JOINED}\b", re.IGNORECASE)
_JOINED_BEFORE = re.compile(
    rf"\b(?:{_JOINED}|consisted|comprised|comprising|involving|involved|including|obtained from|"
    r"(?:sample|series|cohort|study|trial) (?:of|in|with|on))\b[^.;:\d%]{0,60}\Z",
    re.IGNORECASE,
)
_TOTAL_BEFORE = re.compile(
    r"\b(?:total|sample|series|cohort|number|group) (?:of|comprised|consisted of|included)\s+\Z", re.IGNORECASE
)
#: "six of 10 patients", "67 percent of 55 patients", "of the 140 patients": a whole that something is a part of.
_WHOLE_BEFORE = re.compile(
    rf"(?:{_NUMBER}|%|per\s?cent|most|all|half|third|fourth|\bof)\s*(?:\([^)]*\)\s*)?of\s+(?:the\s+|these\s+)?\Z", re.I
)
_OF_THESE = re.compile(
    r"\b(?:of|the other|the remaining|remaining|these|those|the)\s+(?:the\s+|these\s+|those\s+)?\Z", re.IGNORECASE
)
#: What happened to some of them.
_SOME_AFTER = re.compile(
    r"\s+(?:\([^)]*\)\s+)?(?:who\s+|then\s+|had\s+|also\s+|only\s+)?(?:experienced|died|reported|withdrew|dropped|discontinued|developed|"
    r"showed|improved|relapsed|refused|failed|required|were able|remained|had|complained|met|were lost)\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(?:(?:previously|first|earlier|so far|estimated|affect\w*|expected|hypothetical)\W+(?:[\w-]+\W+){0,4}"
    r"|(?:about|approximately|at least|over|between)\s+)\Z",
    re.IGNORECASE,
)
#: "14 and in 8 patients": a part of two.
_SECOND_OF_TWO = re.compile(rf"(?:{_NUMBER})\s+and\s+(?:[a-z-]+\s+){{0,3}}\Z", re.IGNORECASE)
_OF_THE = re.compile(r"(?:\A|\W)of (?:the|these|those)\s+\Z", re.IGNORECASE)
_ABOUT_PEOPLE = re.compile(rf"{_PEOPLE}|\b(?:groups?|placebo|controls?|male|female|old|data)\b", re.IGNORECASE)
MOST_UNEQUAL_GROUPS = 10
#: Larger numbers that nobody "enrolled" are of a population.
LARGEST_SAMPLE_WITHOUT_CUE = 50_000
AROUND = 30
SURE, LIKELY, PERHAPS = 3, 2, 1


@dataclass(frozen=True)
class PeopleSuggestion:
    """How many people took part, and the words of the abstract that say so."""

    number: int
    found_in: str


@dataclass(frozen=True)
class _Candidate:
    number: int
    strength: int
    start: int
    end: int


def suggest_people(abstract: str) -> PeopleSuggestion | None:
    """Return how many people the abstract says took part, with its words; None when it does not say, or not clearly."""
    found = _chosen([*_counted(abstract), *_named_n(abstract)])
    return PeopleSuggestion(found.number, _around(abstract, found.start, found.end)) if found else None


def _chosen(candidates: list[_Candidate]) -> _Candidate | None:
    """Return the best candidate; None when two equally good ones cannot be of one study."""
    strongest = max((one.strength for one in candidates), default=0)
    best = [one for one in candidates if one.strength == strongest]
    numbers = {one.number for one in best}
    if not best or (strongest == PERHAPS and len(numbers) > 1):
        return None
    first, largest = best[0], max(best, key=lambda one: one.number)
    if first.number == largest.number or _is_a_sum(largest.number, numbers - {largest.number}):
        return largest
    # What comes later and is more than what was enrolled counts something else, or belongs to another part.
    return first if largest.number < 2 * first.number and strongest == SURE else None


def _is_a_sum(whole: int, parts: set[int]) -> bool:
    return len(parts) > 1 and sum(parts) == whole


def _counted(text: str) -> Iterator[_Candidate]:
    """Yield the numbers that count people, two groups of one sentence together."""
    patterns = (_CASES_AND_CONTROLS, _TWO_KINDS, _CASES, _COUNTED)
    matches = [found for pattern in patterns for found in pattern.finditer(text)]
    taken = 0
    for found in sorted(matches, key=lambda one: (one.start("count"), -one.end())):
        start, end = found.start("count"), found.end()
        number, more = number_of(found["count"]), found.groupdict().get("more") or ""
        is_part = text[max(start - 1, 0) : start] == "("
        if start < taken or number < 2 or is_part or _is_year(found["count"]):
            continue
        taken = end
        if not more and (beside := _SECOND_GROUP.match(text, end)) and not _SOME_AFTER.match(text, beside.end()):
            more, end = beside["more"], beside.end()
        strength = _strength(text, start, end, number)
        taken = max(taken, end) if strength else taken
        if strength:
            yield _Candidate(number + (number_of(more) if more else 0), strength, start, end)


def _strength(text: str, start: int, end: int, number: int) -> int:
    """Return how sure it is that the people counted here are those of the study; 0 when they are not."""
    before, after = _sentence_before(text, start), text[end : end + 130]
    if _ELSEWHERE.search(before) and not _WHOLE_BEFORE.search(before):
        return 0
    if _TOTAL_BEFORE.search(before):
        return SURE
    if _WHOLE_BEFORE.search(before):
        return PERHAPS
    if _OF_THE.search(before) or _SECOND_OF_TWO.search(before):
        return 0
    if _JOINED_BEFORE.search(before):
        return SURE
    if _OF_THESE.search(before) or _SOME_AFTER.match(after):
        return 0
    if _JOINED_AFTER.match(after):
        return SURE
    return LIKELY if number < LARGEST_SAMPLE_WITHOUT_CUE else 0


def _named_n(text: str) -> Iterator[_Candidate]:
    """Yield what "n =" gives in a sentence about people: the whole, or the sum of its groups."""
    for begin, sentence in _sentences(text):
        found = [
            one for one in _N_EQUALS.finditer(sentence) if "%" not in sentence[max(one.start() - 8, 0) : one.start()]
        ]
        if not found or not _ABOUT_PEOPLE.search(sentence):
            continue
        wholes = [one for one in found if one["sign"] == "N"]
        chosen = wholes[:1] if len(wholes) == 1 else found
        counts = [number_of(one["count"]) for one in chosen]
        if min(counts) < 2 or max(counts) > MOST_UNEQUAL_GROUPS * min(counts):
            continue
        strength = LIKELY if wholes else PERHAPS
        yield _Candidate(sum(counts), strength, begin + chosen[0].start(), begin + chosen[-1].end())


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for stop in re.finditer(r"[.?!]\s+(?=[A-Z(])", text):
        yield start, text[start : stop.start()]
        start = stop.end()
    yield start, text[start:]


def _sentence_before(text: str, start: int) -> str:
    head = text[max(start - 160, 0) : start]
    return re.split(r"[.?!;]\s+(?=[A-Z(])|;", head)[-1]


def number_of(words: str) -> int:
    """Return the number that figures or words give: "3,849" or "one hundred and forty-two"; 0 for none."""
    digits = re.sub(r"\D", "", words)
    if digits:
        return int(digits[:9])
    total = part = 0
    for word in re.split(r"[^a-z]+", words.lower()):
        if word == "thousand":
            total, part = total + max(part, 1) * 1000, 0
        elif word == "hundred":
            part = max(part, 1) * 100
        else:
            part += UNITS.get(word, 0) + TENS.get(word, 0)
    return total + part


def _is_year(words: str) -> bool:
    return words.isdigit() and len(words) == 4 and 1900 <= int(words) <= 2100


def _around(text: str, start: int, end: int) -> str:
    """Return the words found with a few more on both sides, whole words only."""
    first = text.rfind(" ", 0, max(start - AROUND, 0)) + 1 if start > AROUND else 0
    last = text.find(" ", min(end + AROUND, len(text)))
    cut = text[first : last if last >= 0 else len(text)].strip()
    return f"{'… ' if first else ''}{cut}{' …' if 0 <= last < len(text) else ''}"
