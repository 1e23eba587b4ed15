"""Counts: the share of planted errors that is caught, and the flags that published texts get."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from research.checking.checks import Check, check_draft
from research.checking.findings import RULES
from research.checking.rules import evidence, figures, support, wording
from research.checking.rules.evidence import is_without_people
from research.trials.rates import planting
from research.trials.rates.planting import Planted, Planter
from research.trials.rates.texts import Text


@dataclass(frozen=True)
class Rate:
    """One measured rate. ``least`` or ``most`` is the figure it must keep, None where none is known."""

    name: str
    value: float
    of: int
    least: float | None = None
    most: float | None = None
    detail: str = ""

    @property
    def holds(self) -> bool:
        """True when the figure is kept, or nothing was there to measure."""
        if not self.of:
            return True
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


@dataclass(frozen=True)
class Plan:
    """One kind of error: how it is planted, which checks must speak up, and the least share to be caught."""

    name: str
    plant: Planter
    checks: tuple[Check, ...]
    least: float
    # Planted into texts that tell nothing but their source's own sentences, not into summaries.
    in_abstracts: bool = False


PLANS = (
    Plan("wrong digits", planting.wrong_digits, (figures.numbers_not_in_source,), 0.91, in_abstracts=True),
    Plan("swapped arms", planting.swapped_arms, (figures.numbers_swapped,), 0.80, in_abstracts=True),
    Plan("wrong denominator", planting.wrong_denominators, (figures.numbers_not_in_source,), 0.91, in_abstracts=True),
    Plan(
        "percent for points",
        planting.percent_for_points,
        (figures.percentage_points, figures.numbers_not_in_source),
        0.80,
        in_abstracts=True,
    ),
    Plan("relative alone", planting.relative_without_absolute, (figures.relative_alone,), 0.90),
    Plan("animals told as people", planting.mouse_as_human, (evidence.told_as_human,), 0.81),
    Plan("cause for association", planting.cause_for_association, (evidence.stronger_than_design,), 0.57),
    Plan("limits missing", planting.missing_limits, (evidence.limits_missing,), 0.80),
    Plan("harm missing", planting.missing_harm, (evidence.harm_missing,), 0.80, in_abstracts=True),
    Plan("recommendation", planting.recommendations, (wording.advice,), 0.80),
)
INVENTED_CHECKS = (support.unsupported, figures.numbers_not_in_source)
LEAST_INVENTED = 0.70

# The most that published texts may get: flags per 1,000 words, or the share of texts with one.
MOST_FLAGS_PER_1000_WORDS = {"number_not_in_source": 3.7, "hard_term": 5.0}
MOST_TEXTS = {
    "number_not_in_source": 0.48,
    "relative_alone": 0.06,
    "certainty_lost": 0.21,
    "limits_missing": 0.69,
    "hype": 0.17,
    "harder_than_source": 0.31,
}
MOST_FLAGS_PER_TEXT = {"abbreviation": 0.33}


def recall(plan: Plan, summaries: Sequence[Text], abstracts: Sequence[Text]) -> Rate:
    """Return the share of planted errors of one kind that is caught."""
    texts = [*summaries, *abstracts] if plan.in_abstracts else summaries
    return _caught(plan.name, (planted for text in texts for planted in plan.plant(text)), plan.checks, plan.least)


def recall_of_invented(summaries: Sequence[Text]) -> Rate:
    """Return the share of sentences about another study that is caught."""
    strangers = [*summaries[1:], *summaries[:1]]
    planted = (
        p for text, other in zip(summaries, strangers, strict=True) for p in planting.invented_sentences(text, other)
    )
    return _caught("invented sentence", planted, INVENTED_CHECKS, LEAST_INVENTED)


def _caught(name: str, planted: Iterable[Planted], checks: tuple[Check, ...], least: float) -> Rate:
    caught = [one.is_caught_by(checks) for one in planted]
    share = sum(caught) / len(caught) if caught else 0.0
    return Rate(name, share, len(caught), least=least, detail=f"{sum(caught)} of {len(caught)} caught")


def flags(texts: Sequence[Text]) -> Iterator[Rate]:
    """Yield how often each rule speaks up on texts that nobody planted an error in."""
    found = [Counter(finding.rule.key for finding in check_draft(text.draft)) for text in texts]
    words = sum(text.words for text in texts)
    for rule in RULES:
        count = sum(counter[rule] for counter in found)
        flagged = sum(rule in counter for counter in found)
        yield from _flag_rates(rule, count, flagged, len(texts), words)


def _flag_rates(rule: str, count: int, flagged: int, texts: int, words: int) -> Iterator[Rate]:
    detail = f"{count} flags in {flagged} of {texts} texts, {1000 * count / max(words, 1):.1f} per 1,000 words"
    yield Rate(
        f"{rule}: flags per text", count / max(texts, 1), texts, most=MOST_FLAGS_PER_TEXT.get(rule), detail=detail
    )
    if rule in MOST_TEXTS:
        yield Rate(f"{rule}: share of texts", flagged / max(texts, 1), texts, most=MOST_TEXTS[rule])
    if rule in MOST_FLAGS_PER_1000_WORDS:
        per_1000 = 1000 * count / max(words, 1)
        yield Rate(f"{rule}: flags per 1,000 words", per_1000, texts, most=MOST_FLAGS_PER_1000_WORDS[rule])


def comparisons(texts: Sequence[Text]) -> Iterator[Rate]:
    """Yield what is caught of swapped groups in faithful retellings, and how many faithful ones are flagged."""
    planted = (planted for text in texts for planted in planting.swapped_arms(text))
    yield _caught("swapped arms in retellings", planted, (figures.numbers_swapped,), 0.80)
    wrong = sum(any(f.rule.key == "numbers_swapped" for f in check_draft(text.draft)) for text in texts)
    yield Rate("faithful retellings flagged as swapped", wrong / max(len(texts), 1), len(texts), most=0.05)


def numbers_of_themselves(abstracts: Sequence[Text]) -> Rate:
    """Return how many abstracts have a number that, as a summary of themselves, is called missing."""
    wrong = sum(any(f.rule.key == "number_not_in_source" for f in check_draft(text.draft)) for text in abstracts)
    return Rate("number called missing in its own source", wrong / max(len(abstracts), 1), len(abstracts), most=0.0)


def species_known(pairs: Sequence[Text], people: Sequence[Text]) -> Iterator[Rate]:
    """Yield how many animal studies the words give away, and how many studies in people they take for one."""
    animal = [text for text in pairs if text.organisms and "human" not in text.organisms]
    known = sum(is_without_people(text.draft) for text in animal)
    yield Rate("animal study known by its words", known / max(len(animal), 1), len(animal), least=0.81)
    wrong = sum(is_without_people(text.draft) for text in people)
    yield Rate("study in people taken for an animal one", wrong / max(len(people), 1), len(people), most=0.02)
