"""Checks of what sentences rest on: results that resemble nothing in the source, passages that are gone."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext

from research.checking.claims import NUMBERS, ClaimKind, Part, block_of
from research.checking.facts import Draft
from research.checking.findings import Finding, at
from research.checking.numbers import checked_numbers
from research.content.article import ORIGIN

# Likeness with the likest sentence, plus the share of its words that the source has anywhere. Measured on published
# summaries: 0.8 flags a text, and 97% of the results of other studies are below.
LEAST_RESEMBLANCE = 0.35
RESULT = re.compile(
    r"\b(?:found|(?:we|they|it)\sshow|shows|showed|shown|these\sfindings|revealed|discovered|observed|the\s(?:study|trial|results?|researchers?|team|scientists)"
    r"|compared\s(?:with|to)|had\s(?:fewer|more|less|lower|higher|better|worse)|(?:more|less)\slikely|associated|linked"
    r"|reduced|increased|improved|lowered|prevented|fell|rose|dropped|lived\slonger|in\sthis\s(?:study|trial))\b",
    re.IGNORECASE,
)


def unsupported(draft: Draft) -> Iterator[Finding]:
    """Yield undeclared sentences that tell a result and resemble no sentence of the stored texts."""
    if not draft.facts.texts:
        return
    for claim in draft.in_parts(Part.TITLE, Part.SUMMARY, Part.TAKEAWAY, Part.FINDINGS):
        if (
            claim.kind is not ClaimKind.UNDECLARED
            or claim.is_heading
            or claim.text in (draft.facts.title, f"{draft.facts.title}.")
        ):
            continue
        tells = RESULT.search(claim.text) or checked_numbers(claim.text)
        if tells and not claim.text.endswith("?") and draft.passages.resemblance(claim.text) < LEAST_RESEMBLANCE:
            yield at(claim, "unsupported", gettext("Link a passage, or declare it as background or our explanation."))


def passages_lost(draft: Draft) -> Iterator[Finding]:
    """Yield sentences linked to a text that is stored no longer as it was quoted."""
    for claim in draft.claims:
        lost = [p for p in claim.passages if p.is_machine_checked and not p.stands_in(draft.facts.texts)]
        if lost:
            yield at(
                claim,
                "passage_lost",
                gettext("“%(quote)s” does not stand in the stored source as it was quoted.") % {"quote": lost[0].quote},
            )


def origin_missing(draft: Draft) -> Iterator[Finding]:
    """Yield blocks of numbers in which a number says not where it comes from."""
    for claim in draft.claims:
        if claim.block_kind != "numbers":
            continue
        block, _ = block_of(draft.content, claim)
        origins = block.get(ORIGIN) or {}
        missing = tuple(str(block[name]) for name in NUMBERS if block.get(name) is not None and not origins.get(name))
        if missing:
            yield at(
                claim,
                "origin_missing",
                gettext("Say where this comes from: %(missing)s.") % {"missing": ", ".join(missing)},
                missing,
            )
