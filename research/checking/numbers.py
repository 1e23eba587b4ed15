"""Numbers of a text, and whether a source has them too.

Read are figures, number words, percentages, rates ("4 in 100", "12 of 53", "per 1,000"), ranges and fractions.
Left out are years, ids and names ("COVID-19", "vitamin D3", "phase 3", "Fig. 2"), and plain counts up to 10.

A number of a draft is *found* when the source has it exactly, or rounded to the draft's own precision (at the
coarsest to two figures, after "about" to one), or as a percentage for a fraction, as what is left of 100, or as
a ratio for "% lower". Sums, differences and ratios of two source numbers are offered as an explanation only:
accepting them would let a third of wrong digits through (caught 91% without, 63% with them).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import pairwise

SMALLEST_CHECKED = 10
LONGEST_ROUGHLY = 24
HALF_A_PERCENT = 0.5
FIRST_YEAR, LAST_YEAR = 1800, 2100
UNITS = {
    word: value
    for value, word in enumerate(
        (
            *(
                "zero",
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
            ),
            *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
        )
    )
}
TENS = {
    word: 10 * tens
    for tens, word in enumerate(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2)
}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
FRACTIONS = {
    "half": 50.0,
    "halves": 50.0,
    "one third": 100 / 3,
    "a third": 100 / 3,
    "one-third": 100 / 3,
    "two thirds": 200 / 3,
    "two-thirds": 200 / 3,
    "a quarter": 25.0,
    "one quarter": 25.0,
    "one-quarter": 25.0,
    "three quarters": 75.0,
    "three-quarters": 75.0,
    "a fifth": 20.0,
    "one fifth": 20.0,
    "one-fifth": 20.0,
    "a tenth": 10.0,
}

_WORDS = "|".join((*TENS, *sorted(UNITS, key=len, reverse=True)))
_SCALE = "|".join(SCALES)
_FIGURE = r"\d{1,3}(?:[,\u2009\u202f\u00a0]\d{3})+(?:\.\d+)?|\d+(?:[.·]\d+)?"
# All of these read lower-case text: a pattern that minds no case is twice as slow.
FIGURE = re.compile(
    rf"(?<![\w.,·/–-])(?P<figure>{_FIGURE})(?!\d|[.,]\d|\w*[a-z]\w*-|-[a-z]+\d)(?:[\s-](?P<scale>{_SCALE})\b)?"
    rf"(?P<after>\s?%|\s?(?:percent|per\s+cent|percentage\s+points?)\b)?"
)
FRACTION = re.compile(
    r"(?<!back )(?<!front )(?<!first )(?<!second )(?<!other )(?<!upper )(?<!lower )(?<!latter )"
    rf"\b(?:{'|'.join(sorted(FRACTIONS, key=len, reverse=True))})\b"
)
IN_WORDS = re.compile(
    rf"\b(?P<words>(?:{_WORDS})(?:[\s-](?:{_WORDS}|{_SCALE}))*)\b(?P<after>\s(?:percent|per\s+cent)\b)?"
)
# The second figure of a range: "20–30%", "0.8-1.2".
RANGE_END = re.compile(rf"(?<=\d)\s?[–-]\s?(?P<figure>{_FIGURE})(?![\w-])(?P<after>\s?%|\s?(?:percent|per\s+cent)\b)?")
# "4 in 100", "one out of five", "12/53", "12 of the 53".
RATE = re.compile(
    rf"\b(?P<part>{_FIGURE}|(?:{_WORDS})(?:[\s-](?:{_WORDS}))?)\s?(?:(?:\w+\s){{0,2}}(?:in(?:\s+every)?|out\s+of(?:\s+every)?"
    rf"|of(?:\s+the|\s+all)?|for\s+every|per)\s(?:the\s)?|/\s?)"
    rf"(?P<whole>{_FIGURE}|(?:{_WORDS})(?:[\s-](?:{_WORDS}|{_SCALE}))*)\b(?![.,]?\d|\s?%)"
)
NAMED = re.compile(
    r"\b(?:phase|type|grade|stage|fig|figs|figure|table|chapter|class|ref|no|version|day|carbon|level|interleukin|step"
    r"|group|line|question|vitamin|omega|n°)\.?[\s-]$",
    re.IGNORECASE,
)
UNITS_AFTER = re.compile(r"(?:mg|µg|μg|mcg|kg|g|ml|l|cm|mm|µm|nm|km|m|h|hrs?|min|s|ms|kb|x|fold|iu|k)\b", re.IGNORECASE)
ROUGHLY = re.compile(
    r"\b(?:about|around|nearly|almost|roughly|approximately|some|over|under|up\s+to|(?:more|less|fewer)\s+than|at\s+least)"
    r"\s(?:an?\s|the\s)?$",
    re.IGNORECASE,
)
IDIOMS = re.compile(r"^(?:24\s?(?:hours|h\b)|24/7|100\s?%|95\s?%\s?(?:CI|confidence|credible))", re.IGNORECASE)


class Unit(StrEnum):
    """What kind of number it is."""

    PLAIN = "plain"
    PERCENT = "percent"
    POINTS = "percentage points"
    RATE = "rate"


@dataclass(frozen=True)
class Number:
    """A number as it stands in a text.

    ``value`` of a rate is its percentage, and ``whole`` what it is out of; ``decimals`` and ``figures`` tell how
    precisely it was written, ``is_rough`` whether "about" stood before it.
    """

    text: str
    value: float
    unit: Unit
    span: tuple[int, int]
    decimals: int = 0
    figures: int = 2
    is_rough: bool = False
    part: float | None = None
    whole: float | None = None

    @property
    def is_share(self) -> bool:
        """True for what is read as so many in a hundred."""
        return self.unit in (Unit.PERCENT, Unit.RATE)


@lru_cache(maxsize=4096)
def numbers_in(text: str) -> tuple[Number, ...]:
    """Return the numbers of a text in order, names and ids left out, a rate as one number."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters grow when lowered; places would shift
        lowered = text
    rates = list(_rates(lowered))
    taken = [rate.span for rate in rates]
    single = [number for number in _single(lowered) if not any(s <= number.span[0] < e for s, e in taken)]
    found = sorted([*rates, *_with_shared_percent(lowered, single)], key=lambda number: number.span)
    return tuple(replace(number, text=text[slice(*number.span)]) for number in found)


def checked_numbers(text: str) -> list[Number]:
    """Return the numbers of a text that a reader would take for a result: no years, no plain counts up to 10."""
    return [number for number in numbers_in(text) if not _is_small_talk(number, text)]


def _is_small_talk(number: Number, text: str) -> bool:
    if IDIOMS.match(text[number.span[0] :]):
        return True
    if number.unit is not Unit.PLAIN:
        return False
    is_whole = number.decimals == 0
    return is_whole and (number.value <= SMALLEST_CHECKED or _is_year(number))


def _is_year(number: Number) -> bool:
    return number.text.isdigit() and len(number.text) == 4 and FIRST_YEAR <= number.value <= LAST_YEAR


def _rates(text: str) -> Iterator[Number]:
    for found in RATE.finditer(text):
        part, whole = _value(found["part"]), _value(found["whole"])
        if not whole or _is_year_text(found["whole"]) or _is_year_text(found["part"]):
            continue
        if part > whole and "/" not in found.group():
            continue  # "40 per 10" is a measure, "35/14" a slip
        if whole <= SMALLEST_CHECKED and "of" in found.group().split() and "the" in found.group().split():
            continue  # "one of the three receptors" counts, and is no rate
        share = 100 * part / whole
        figures = len(re.sub(r"\D", "", found["part"]).strip("0")) or 1
        yield Number(found.group(), share, Unit.RATE, found.span(), 0, max(figures, 2), part=part, whole=whole)


def _is_year_text(text: str) -> bool:
    return text.isdigit() and len(text) == 4 and FIRST_YEAR <= int(text) <= LAST_YEAR


def _single(text: str) -> Iterator[Number]:
    for found in FRACTION.finditer(text):
        rough = _is_rough(text, found.start())
        value = FRACTIONS[re.sub(r"\s+", " ", found.group())]
        yield Number(found.group(), value, Unit.PERCENT, found.span(), 0, 1 if rough else 2, rough)
    for found in IN_WORDS.finditer(text):
        if found["words"] not in ("one", "zero") and not _is_fraction(text, found.end()):
            yield _written(found.group(), _value(found["words"]), found["after"], text, found.span())
    if not any(sign.isdigit() for sign in text):
        return
    for found in FIGURE.finditer(text):
        if not _is_name(text, found):
            value = _value(found["figure"]) * SCALES.get(found["scale"] or "", 1)
            yield _written(found["figure"], value, found["after"], text, found.span())
    for found in RANGE_END.finditer(text):
        if not _is_name(text, found):
            yield _written(found["figure"], _value(found["figure"]), found["after"], text, found.span())


def _is_fraction(text: str, end: int) -> bool:
    """True for the "two" of "two thirds"."""
    return bool(re.match(r"[\s-](?:thirds?|quarters?|fifths?|halves)\b", text[end : end + 12]))


def _written(written: str, value: float, after: str | None, text: str, span: tuple[int, int]) -> Number:
    decimals = len(written.replace("·", ".").partition(".")[2])
    digits = re.sub(r"\D", "", written).lstrip("0")
    figures = len(digits) if decimals else len(digits.rstrip("0")) or 1
    unit = Unit.PLAIN if not after else Unit.POINTS if "point" in after else Unit.PERCENT
    return Number(text[slice(*span)], value, unit, span, decimals, figures, _is_rough(text, span[0]))


def _is_rough(text: str, start: int) -> bool:
    """True when "about" or the like stands before a place."""
    return bool(ROUGHLY.search(text[max(0, start - LONGEST_ROUGHLY) : start]))


def _with_shared_percent(text: str, numbers: list[Number]) -> list[Number]:
    """Give the first figure of "20–30%" or "20 to 30%" the second one's unit."""
    in_order = sorted(numbers, key=lambda number: number.span)
    shared = {
        first.span
        for first, second in pairwise(in_order)
        if first.unit is Unit.PLAIN
        and second.unit is Unit.PERCENT
        and re.fullmatch(r"\s?(?:[–-]|to|and|or)?\s?", text[first.span[1] : second.span[0]])
    }
    return [_as_percent(number) if number.span in shared else number for number in in_order]


def _as_percent(number: Number) -> Number:
    return Number(
        number.text, number.value, Unit.PERCENT, number.span, number.decimals, number.figures, number.is_rough
    )


def _is_name(text: str, found: re.Match[str]) -> bool:
    """True for a figure that belongs to a name: "phase 3", "20th", "5-HT"."""
    if found["after"]:
        return False
    if NAMED.search(text[max(0, found.start() - 16) : found.start()]):
        return True
    following = text[found.end() : found.end() + 5]
    return bool(following) and following[0].isalpha() and not UNITS_AFTER.match(following)


def _value(written: str) -> float:
    """Return the value of a figure or of number words."""
    plain = written.lower().strip()
    if plain[:1].isdigit():
        return float(re.sub(r"[,\u2009\u202f\u00a0]", "", plain).replace("·", "."))
    total = group = 0
    for word in re.split(r"[\s-]+", plain):
        if word in SCALES:
            group = max(group, 1) * SCALES[word]
            if SCALES[word] > 100:
                total, group = total + group, 0
        else:
            group += UNITS.get(word, TENS.get(word, 0))
    return float(total + group)


class SourceNumbers:
    """The numbers of the texts that an article rests on, for looking up."""

    def __init__(self, texts: Iterable[str]) -> None:
        numbers = [number for text in texts for number in numbers_in(text)]
        self.rates = [number for number in numbers if number.unit is Unit.RATE]
        parts = [value for number in self.rates for value in (number.part, number.whole) if value is not None]
        self.counts = {*parts, *(number.value for number in numbers if number.unit is Unit.PLAIN)}
        singles = [number.value for number in numbers if number.unit is not Unit.RATE]
        self.values = sorted({*singles, *parts})
        shares = [number.value for number in numbers if number.is_share or number.unit is Unit.POINTS]
        fractions = [value * 100 for value in singles if 0 < value < 1]
        self.shares = sorted({*shares, *fractions})
        self.percentages = sorted({number.value for number in numbers if number.unit is Unit.PERCENT})
        self.ratios = sorted({value for value in singles if 0 < value < 20 and value != int(value)} | {2.0, 3.0})

    def has(self, number: Number) -> bool:
        """True when the number is found as the module's docstring says."""
        if number.unit is Unit.RATE:
            return self._has_rate(number)
        if _agrees_with_any(number, self.values):
            return True
        if number.unit is Unit.PLAIN:
            # 0.18 for 18%.
            return 0 < number.value < 1 and _agrees_with_any(number, [share / 100 for share in self.shares])
        return _agrees_with_any(number, self._equal_shares)

    @cached_property
    def _equal_shares(self) -> list[float]:
        """Shares, what is left of 100, and the relative change that a ratio stands for."""
        left = [100 - share for share in self.shares if share < 100]
        changes = [abs(1 - ratio) * 100 for ratio in self.ratios]
        return sorted({*self.shares, *left, *changes})

    def _has_rate(self, number: Number) -> bool:
        same = any(rate.part == number.part and rate.whole == number.whole for rate in self.rates)
        whole = number.whole or 1
        counts = number.part in self.counts and number.whole in self.counts and whole > 2 * SMALLEST_CHECKED
        if same or counts:
            return True
        # "1 in 5" stands for a percentage and is rounded to its own steps; "8 of 14" is a count.
        is_made_round = whole <= SMALLEST_CHECKED or whole % 10 == 0
        tolerance = 50 / whole if is_made_round else HALF_A_PERCENT
        return any(abs(number.value - share) <= tolerance for share in self._equal_shares)

    def explanation_of(self, number: Number) -> str:
        """Return how the number could have been worked out from two of the source's, "" for no such way."""
        if number.figures < 2:
            return ""
        known = set(self.values)
        for first in self.values:
            rest = round(number.value - first, number.decimals)
            if rest > first and rest in known:
                return f"{first:g} + {rest:g}"
            whole = round(number.value + first, number.decimals)
            if first > 0 and whole in known:
                return f"{whole:g} − {first:g}"
        return ""


def _agrees_with_any(number: Number, values: Sequence[float]) -> bool:
    """True when one of these values, in order, rounds to the number; only those near it are tried."""
    slack = 10.0**-number.decimals
    first = bisect_left(values, 0.6 * number.value - slack)
    last = bisect_right(values, 1.6 * number.value + slack)
    return any(agrees(number, value) for value in values[first:last])


def agrees(number: Number, value: float) -> bool:
    """True when a source's value, rounded as the draft's number is, is that number."""
    if value == number.value:
        return True
    if value == 0 or number.value == 0:
        return False
    if number.decimals or number.value < 100:
        if round(value, number.decimals) == number.value:
            return True
        if not number.is_rough:
            return False
    figures = max(number.figures, 1 if number.is_rough else 2)
    return abs(_round_to_figures(value, figures) - number.value) < 1e-9 * max(1.0, number.value)


def _round_to_figures(value: float, figures: int) -> float:
    return float(f"{value:.{figures - 1}e}")
