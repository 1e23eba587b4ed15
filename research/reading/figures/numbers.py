"""Numbers in people: what the block's template prints, and the sentence that says the same as its drawing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from research.reading.figures.icon_arrays import icon_array, share_words

COUNTED_WORDS = {"people": _("people"), "animals": _("animals"), "lesions": _("lesions"), "other": ""}


def numbers_view(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return numbers in people with their icon arrays and the sentence that says the same."""
    denominator = values.get("denominator", 0)
    counted = values.get("counted", "people")
    noun = gettext(COUNTED_WORDS.get(counted, ""))
    arrays = [
        {
            "label": values.get(f"{side}_label", ""),
            "count": values[side],
            "denominator": denominator,
            "icons": icon_array(values[side], denominator, counted),
            "sentence": share_words(values[side], denominator),
        }
        for side in ("before", "after")
        if side in values
    ]
    outcome = values.get("outcome", "")
    return {
        "arrays": arrays,
        "outcome": outcome,
        "counted": counted,
        "sentence": _numbers_sentence(arrays, noun, outcome.strip().rstrip(".")),
    }


def _numbers_sentence(arrays: Sequence[Mapping[str, Any]], noun: str, outcome: str) -> str:
    """Return one sentence, whichever way the outcome was written.

    An outcome in small letters ends the sentence, as the editor is asked to write it: "4 in 100 people had
    a relapse". One with a capital stands by itself, so it comes first: "Relapses within a year: 4 in 100 people".
    """
    if not arrays:
        return ""
    last = arrays[-1]
    share = f"{last['sentence']} {noun}".strip()
    if not outcome:
        words = capfirst(share)
    elif outcome[0].isupper():
        words = f"{outcome}: {share}"
    else:
        words = capfirst(f"{share} {outcome}")
    if last["label"]:
        words += f" ({last['label']})"
    if len(arrays) > 1:
        first = arrays[0]
        words += gettext(", instead of %(share)s") % {"share": first["sentence"]}
        if first["label"]:
            words += f" ({first['label']})"
    return words + "."
