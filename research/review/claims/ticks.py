"""The reviewer's ticks: one for each claim that must be looked at, kept from round to round.

A tick says "this is so in the source". It is kept with what its claim rested on then; where that changed, another
sentence, another passage, a source text that holds the passage no longer, a notice on its study, it is gone.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from research.checking.claims import Claim, ClaimKind, claims_of
from research.checking.passages import SourceText
from research.checking.ticks import needs_tick
from research.content.article import ArticleContent
from research.models.references import Study, StudyNotice
from research.models.reviews.submissions import Submission
from research.models.studies.joined import studies_known_as
from research.review.claims.texts import source_texts
from research.review.questions import YES

# The field under which a form and a refusal name the ticks.
TICKS = "ticks"
RESTS_ON_STUDIES = {ClaimKind.SUPPORTED, ClaimKind.UNDECLARED}


@dataclass(frozen=True)
class Basis:
    """What the claims of an article can rest on: the stored texts and the notices of each study, by its UUID."""

    texts: tuple[SourceText, ...]
    notices: Mapping[str, tuple[str, ...]]

    def of(self, claim: Claim) -> str:
        """Return a digest of what one claim rests on."""
        studies = {passage.study for passage in claim.passages if passage.study in self.notices}
        if claim.kind in RESTS_ON_STUDIES and not studies:
            studies = set(self.notices)
        known = sorted({notice for study in studies for notice in self.notices[study]})
        standing = [
            passage.as_stored() | {"stands": passage.stands_in(self.texts)} if passage.is_machine_checked
            else passage.as_stored()
            for passage in claim.passages
        ]  # fmt: skip
        words = json.dumps([claim.digest, claim.kind, claim.note, standing, known], sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()[:32]


def basis_of(content: ArticleContent, notices: Collection[str]) -> Basis:
    """Return what the claims of an article rest on now.

    Args:
        content: the words.
        notices: the UUIDs of the notices that were shown with them.
    """
    studies = studies_known_as(content.cited_studies)
    by_study: dict[int, list[str]] = {}
    for uuid, study in StudyNotice.objects.filter(uuid__in=notices).values_list("uuid", "study"):
        by_study.setdefault(study, []).append(str(uuid))
    return Basis(
        texts=tuple(text for study in _once(studies.values()) for text in source_texts(study)),
        notices={str(uuid): tuple(sorted(by_study.get(study.pk, ()))) for uuid, study in studies.items()},
    )


def _once(studies: Iterable[Study]) -> list[Study]:
    return list({study.pk: study for study in studies}.values())


def basis_of_submission(submission: Submission, content: ArticleContent) -> Basis:
    """Return what the claims of a frozen version rest on, with the notices that stand beside it."""
    return basis_of(content, submission.notices)


def required_ticks(content: ArticleContent) -> list[Claim]:
    """Return the claims that nobody signs without a tick, in reading order."""
    return [claim for claim in claims_of(content) if needs_tick(claim)]


def complete_ticks(content: ArticleContent, ticked: Collection[str]) -> list[dict[str, str]]:
    """Return the ticks as they are kept with the answers of a signature, in reading order.

    Args:
        content: the words that are signed.
        ticked: the keys of the claims that were ticked; those of sentences that are not there count for nothing.

    Raises:
        ValidationError: under TICKS; a claim that must be ticked is not.
    """
    claims = claims_of(content)
    missing = [claim for claim in claims if needs_tick(claim) and claim.key not in ticked]
    if missing:
        words = ngettext(
            "One claim is not ticked yet. The first: “%(short)s”",
            "%(count)s claims are not ticked yet. The first: “%(short)s”",
            len(missing),
        ) % {
            "count": len(missing),
            "short": _short(missing[0].text),
        }
        raise ValidationError({TICKS: words})
    return [
        {"key": f"claim:{claim.key}", "asked": claim.text, "answer": YES, "note": ""}
        for claim in claims
        if claim.key in ticked
    ]


def standing_ticks(content: ArticleContent, basis: Basis, kept: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """Return the keys of claims whose tick still stands, and of those whose tick is gone because its ground moved.

    Args:
        content: the words.
        basis: what they rest on now.
        kept: of each claim that was ticked, what it rested on, as ``ReviewDraft.ticks`` holds it.
    """
    stands: set[str] = set()
    reopened: set[str] = set()
    for claim in claims_of(content):
        if claim.key in kept:
            (stands if kept[claim.key] == basis.of(claim) else reopened).add(claim.key)
    return stands, reopened


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80].rsplit(' ', 1)[0]} …"
