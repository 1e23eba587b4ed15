"""Plants errors into texts. Each yields drafts that hold one error, which the checks must speak up at.

The free wordings (recommendations, causal and relative claims) were written before they were tried; where one
was missed and a general pattern could mend it, it was mended, and where none could, it stays as missed.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from research.checking.checks import Check
from research.checking.claims import Part
from research.checking.facts import Draft
from research.checking.lexicon import pattern
from research.checking.numbers import Number, Unit, checked_numbers, numbers_in
from research.checking.rules.evidence import is_without_people
from research.trials.rates.texts import Text

RECOMMENDATIONS = (
    "People with this condition should start taking the drug as early as they can.",
    "Patients should stop their present tablets and ask to be switched.",
    "You should take vitamin D every day.",
    "Ask your doctor to prescribe it.",
    "Doctors should give this medicine to everyone with early disease.",
    "We recommend that all women use it during pregnancy.",
    "Everyone over 50 should be offered this treatment.",
    "Avoid dairy products if you have this disease.",
    "Start with a low dose and increase it slowly.",
    "It is recommended to take the supplement in the evening.",
    "Adults with high blood pressure must reduce their salt to protect the brain.",
    "If you take beta blockers, stop them before the operation.",
    "Parents should not give this drug to children.",
    "Anyone with symptoms needs to get tested and treated at once.",
    "Talk your neurologist into trying it.",
    "The best choice for most people is to begin treatment now.",
)
CAUSAL_CLAIMS = (
    "Smoking makes the disease get worse faster.",
    "Eating fish prevents relapses.",
    "Low vitamin D causes the disease.",
    "Exercise slows the loss of memory.",
    "Coffee protects the brain.",
    "Poor sleep leads to more infections.",
    "The gene raises the risk of a severe course.",
    "The vaccine reduced deaths in older people.",
    "Living near a main road triggers attacks.",
    "Bad air is to blame for the higher number of cases.",
    "Because of their diet, they lived longer.",
    "Stress brings on new symptoms.",
    "Treatment with the drug cut the number of falls.",
    "Higher salt intake results in more lesions.",
    "A good night's rest can prevent headaches.",
)
RELATIVE_CLAIMS = (
    "The treatment cut the risk of a relapse in half.",
    "People in the first group were twice as likely to recover.",
    "The drug lowered the risk by 30%.",
    "There were 40% fewer attacks with the new treatment.",
    "The hazard ratio for death was 0.7.",
    "The risk of infection was three times higher with the drug.",
    "It reduced the number of lesions by about a third.",
    "Those who exercised had a 25 percent lower chance of falling.",
    "The chance of side effects doubled.",
    "A four-fold increase in antibodies was seen.",
    "Deaths fell by 18 per cent.",
    "Women had half the risk of men.",
)


@dataclass(frozen=True)
class Planted:
    """A draft with one error, and where it stands; ``sentence`` is "" for an error of the whole text."""

    draft: Draft
    sentence: str = ""

    def is_caught_by(self, checks: Iterable[Check]) -> bool:
        """True when one of the checks speaks up, and at the sentence if the error stands in one."""
        findings = (finding for check in checks for finding in check(self.draft))
        return any(
            not (self.sentence and finding.sentence) or finding.sentence == self.sentence for finding in findings
        )


def wrong_digits(text: Text) -> Iterator[Planted]:
    """Swap two neighbouring digits of a number, or replace its only one."""
    for position, sentence in enumerate(text.sentences):
        for number in checked_numbers(sentence):
            wrong = _with_digits_swapped(number.text)
            if wrong != number.text:
                yield _planted(text, position, _replaced(sentence, number, wrong))


def _with_digits_swapped(written: str) -> str:
    for place in range(len(written) - 1):
        first, second = written[place], written[place + 1]
        leads = not written[:place].strip("~–- ")
        if first.isdigit() and second.isdigit() and first != second and not (second == "0" and leads):
            return f"{written[:place]}{second}{first}{written[place + 2 :]}"
    digit = re.search(r"[1-9]", written)
    if not digit:
        return written
    other = int(digit.group()) + (2 if int(digit.group()) < 8 else -3)
    return f"{written[: digit.start()]}{other}{written[digit.end() :]}"


def swapped_arms(text: Text) -> Iterator[Planted]:
    """Swap the two numbers of a sentence that compares a group with its control."""
    control = re.compile(
        r"\b(?:placebo|control|controls|usual care|sham|women|men|girls|boys|untreated|unvaccinated)\b", re.IGNORECASE
    )
    for position, sentence in enumerate(text.sentences):
        shares = [number for number in numbers_in(sentence) if number.is_share]
        if len(shares) == 2 and shares[0].value != shares[1].value and control.search(sentence):
            first, second = shares
            between = sentence[first.span[1] : second.span[0]]
            wrong = f"{sentence[: first.span[0]]}{second.text}{between}{first.text}{sentence[second.span[1] :]}"
            yield _planted(text, position, wrong)


def wrong_denominators(text: Text) -> Iterator[Planted]:
    """Take a rate of another whole: ten times as many, or two digits swapped."""
    for position, sentence in enumerate(text.sentences):
        for number in numbers_in(sentence):
            if number.unit is Unit.RATE and number.whole and number.whole >= 10:
                whole = re.search(r"[\d,]+$", number.text)
                if whole:
                    for other in (f"{10 * number.whole:,.0f}", _with_digits_swapped(whole.group())):
                        if other != whole.group():
                            wrong = _replaced(sentence, number, number.text[: whole.start()] + other)
                            yield _planted(text, position, wrong)


def percent_for_points(text: Text) -> Iterator[Planted]:
    """Tell the difference of two percentages as a relative change."""
    for source in text.facts.texts:
        for start, end in source.sentences:
            shares = [
                n.value for n in numbers_in(source.text[start:end]) if n.unit is Unit.PERCENT and 0 < n.value < 100
            ]
            if len(shares) == 2 and abs(shares[0] - shares[1]) >= 1:
                wrong = f"With the treatment it was {abs(shares[0] - shares[1]):.3g}% lower than without."
                yield Planted(text.saying((wrong,)), wrong)


def relative_without_absolute(text: Text) -> Iterator[Planted]:
    """Say a relative change where nothing absolute is said."""
    for wrong in RELATIVE_CLAIMS:
        background = tuple(s for s in text.sentences if not numbers_in(s))[:4]
        yield Planted(text.saying((*background, wrong)), wrong)


def mouse_as_human(text: Text) -> Iterator[Planted]:
    """Put people for the animals of a study in all of its summary."""
    if is_without_people(text.draft) or text.organisms - {"human"}:
        animal = pattern("animals.txt")
        sentences = tuple(animal.sub("people", sentence) for sentence in text.sentences)
        yield Planted(text.saying(sentences, title="How the body repairs itself"))


def cause_for_association(text: Text) -> Iterator[Planted]:
    """Say that one thing makes another, of a study that only watched."""
    cohort = replace(text, content=replace(text.content, appraisal={"design": "prospective_cohort"}))
    for wrong in CAUSAL_CLAIMS:
        yield Planted(cohort.saying((*text.sentences[:3], wrong)), wrong)


def missing_limits(text: Text) -> Iterator[Planted]:
    """Put the text's opening, which is background, where its limits should stand."""
    if len(text.sentences) >= 6:
        yield Planted(text.saying(text.sentences[:3], section=Part.LIMITS))


def missing_harm(text: Text) -> Iterator[Planted]:
    """Leave out each sentence with harm or safety in it, of a study that tells of them."""
    harm = pattern("harms.txt")
    kept = tuple(sentence for sentence in text.sentences if not harm.search(sentence))
    source = "\n".join(source.text for source in text.facts.texts)
    if len(kept) < len(text.sentences) and harm.search(source) and not is_without_people(text.draft):
        yield Planted(text.saying(kept))


def recommendations(text: Text) -> Iterator[Planted]:
    """Tell readers to act."""
    for wrong in RECOMMENDATIONS:
        yield Planted(text.saying((*text.sentences[:3], wrong)), wrong)


def invented_sentences(text: Text, stranger: Text) -> Iterator[Planted]:
    """Put in a result of another study."""
    result = re.compile(
        r"\b(?:found|we show|shows?|showed|revealed|discovered|compared with)\b|\d\s?%|\bin \d+ (?:people|women|men)\b"
    )
    results = [sentence for sentence in stranger.sentences if result.search(sentence)]
    for wrong in results[:4]:
        yield Planted(text.saying((*text.sentences[:3], wrong)), wrong)


def _planted(text: Text, position: int, wrong: str) -> Planted:
    sentences = (*text.sentences[:position], wrong, *text.sentences[position + 1 :])
    return Planted(text.saying(sentences), wrong)


def _replaced(sentence: str, number: Number, wrong: str) -> str:
    return sentence[: number.span[0]] + wrong + sentence[number.span[1] :]


Planter = Callable[[Text], Iterator[Planted]]
