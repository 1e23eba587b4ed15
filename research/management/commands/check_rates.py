"""Prints what the checks catch and how often they speak up."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from research.trials.rates.measuring import (
    PLANS,
    Rate,
    comparisons,
    flags,
    numbers_of_themselves,
    recall,
    recall_of_invented,
    species_known,
)
from research.trials.rates.texts import example_texts, faithful_texts, published_pairs, retold_comparisons

EXIT_RATE_MISSED = 1


class Command(BaseCommand):
    """Prints a line a rate, with the figure that it must keep; ends with an error when one is missed."""

    help = "Measures the checks on planted errors and on the published pairs at EVIDENCE_SAMPLES. Reads no database."

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print."""
        pairs, abstracts, examples = self._texts()
        summaries = [*pairs, *examples]
        held = [self._print("planted errors", [recall(plan, summaries, abstracts) for plan in PLANS])]
        held.append(self._print("sentences of another study", [recall_of_invented(summaries)]))
        held.append(
            self._print("groups and numbers", [*comparisons(retold_comparisons()), numbers_of_themselves(abstracts)])
        )
        held.append(self._print("species", list(species_known(pairs, abstracts[len(pairs) :]))))
        held.append(self._print("flags on published summaries", list(flags(pairs))))
        held.append(self._print("flags on the invented examples", list(flags(examples)), judged=False))
        if not all(held):
            raise SystemExit(EXIT_RATE_MISSED)

    def _texts(self) -> tuple[list, list, list]:
        pairs = published_pairs(settings.EVIDENCE_SAMPLES)
        if not pairs:
            self.stdout.write(
                f"No published pairs at {settings.EVIDENCE_SAMPLES}: measured on the invented examples alone."
                " Set EVIDENCE_SAMPLES to the folder that holds lay-pairs/.\n"
            )
        return pairs, faithful_texts(settings.EVIDENCE_SAMPLES), example_texts()

    def _print(self, heading: str, rates: list[Rate], *, judged: bool = True) -> bool:
        self.stdout.write(f"{heading}:")
        for rate in rates:
            self.stdout.write(f"  {line_of(rate, judged=judged)}")
        return not judged or all(rate.holds for rate in rates)


def line_of(rate: Rate, *, judged: bool = True) -> str:
    """Return a rate in words, with the figure that it must keep."""
    if not rate.of:
        return f"{rate.name}: nothing to measure"
    kept = (
        f", at least {rate.least:g}"
        if rate.least is not None
        else f", at most {rate.most:g}"
        if rate.most is not None
        else ""
    )
    detail = f" ({rate.detail})" if rate.detail else ""
    missed = "" if rate.holds or not judged else "  RATE MISSED"
    return f"{rate.name}: {rate.value:.2f}{kept if judged else ''}{detail}{missed}"
