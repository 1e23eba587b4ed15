"""The findings of the checks as the newsroom prints them, and what people said about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from common.models import User
from research.checking.checks import check_draft, draft_of
from research.checking.facts import Draft, StudyFacts, glossary_words
from research.checking.findings import Finding
from research.content.article import ArticleContent
from research.models.explainers import GlossaryTerm
from research.models.published import PublishedArticle
from research.models.references import Study
from research.models.reports import FindingDismissal
from research.review.claims.texts import source_texts
from research.sources.standing import standing

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

LONGEST_REASON = FindingDismissal._meta.get_field("reason").max_length or 0


@dataclass(frozen=True)
class FindingLine:
    """A finding, and the reason why somebody let it stand; None while nobody did."""

    finding: Finding
    dismissal: FindingDismissal | None


def findings_for(
    page: "ArticlePage", content: ArticleContent, *, now: datetime, draft: Draft | None = None
) -> dict[str, Any]:
    """Return what ``includes/findings.html`` prints: open findings, hints, let stand, and readability.

    Args:
        page: the ``ArticlePage`` whose words these are, for its studies and its id.
        content: the words to check, of a draft or of a frozen submission.
        now: the time at which they are looked at.
        draft: the same, made ready for the checks, where that was done already.
    """
    draft = draft or draft_for(page, content, now=now)
    dismissed = {row.key: row for row in standing_dismissals(page.subject_uuid)}
    lines = [FindingLine(finding, dismissed.get(finding.key)) for finding in check_draft(draft)]
    return {
        "findings_page": page,
        "open_findings": [line for line in lines if not line.dismissal and not line.finding.rule.is_hint],
        "hints": [line for line in lines if not line.dismissal and line.finding.rule.is_hint],
        "dismissed_findings": [line for line in lines if line.dismissal],
        "readability": draft.readability,
        "is_source_stored": bool(draft.facts.texts),
    }


def draft_for(page: "ArticlePage", content: ArticleContent, *, now: datetime) -> Draft:
    """Return an article made ready for the checks, with what is stored of its studies and the glossary's words."""
    also = [row.study for row in page.also_cited.all() if row.study_id]
    published = PublishedArticle.objects.filter(subject_uuid=page.subject_uuid).only("reviewed_at").first()
    section = page.get_parent().specific
    terms = [*GlossaryTerm.objects.values("term", "synonyms"), {"term": section.condition_short_name}]
    return draft_of(
        content,
        facts_of(page.study, also),
        today=timezone.localdate(now),
        last_reviewed=timezone.localdate(published.reviewed_at) if published else None,
        explained_terms=glossary_words(terms),
    )


def facts_of(study: Study | None, also_cited: Iterable[Study] = ()) -> StudyFacts:
    """Return what the checks need of the rated study; of the others only their texts, for numbers and passages."""
    if study is None:
        return StudyFacts()
    return StudyFacts(
        title=study.title,
        texts=tuple(text for each in (study, *also_cited) for text in source_texts(each)),
        mesh_terms=tuple(term.get("name", "") for term in study.mesh_terms),
        publication_types=tuple(study.publication_types),
        notices=tuple(
            (notice.kind, notice.date.isoformat() if notice.date else notice.date_as_given)
            for notice in standing(list(study.notices.all()))
        ),
        year=study.year,
        is_preprint=study.kind == Study.Kind.PREPRINT,
    )


def standing_dismissals(subject_uuid: UUID) -> list[FindingDismissal]:
    """Return what was said about an article's findings and not taken back."""
    rows = FindingDismissal.objects.filter(subject_uuid=subject_uuid, withdrawn_at__isnull=True)
    return list(rows.select_related("user"))


def dismiss(subject_uuid: UUID, finding: Finding, *, reason: str, user: User) -> bool:
    """Keep that a finding is no problem, and why; False where somebody said so already, whose reason stays."""
    try:
        with transaction.atomic():
            FindingDismissal.objects.create(
                subject_uuid=subject_uuid, key=finding.key, sentence=finding.sentence, reason=reason, user=user
            )
    except IntegrityError:
        return False
    return True


def reopen(subject_uuid: UUID, key: str, *, now: datetime) -> bool:
    """Take back that a finding is no problem; False where nothing stood."""
    rows = FindingDismissal.objects.filter(subject_uuid=subject_uuid, key=key, withdrawn_at__isnull=True)
    return bool(rows.update(withdrawn_at=now))
