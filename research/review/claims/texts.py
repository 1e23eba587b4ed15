"""The stored texts of a study that passages can be quoted from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from research.checking.claims import claims_of
from research.checking.passages import SourceKind, SourceText
from research.content.stored import read_canonical
from research.models.published import PublishedArticle
from research.models.references import Study
from research.models.studies.joined import uuids_by_study

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


def source_texts(study: Study) -> list[SourceText]:
    """Return abstract, lay summary and full text, those that are stored."""
    full = getattr(study, "full_text", None)  # read for many studies at once, it is there already
    return [
        SourceText(kind, parts, licence=study.licence, study=str(study.subject_uuid))
        for kind, parts in (
            (SourceKind.ABSTRACT, _parts(study.abstract)),
            (SourceKind.LAY_SUMMARY, (("", study.lay_summary),) if study.lay_summary else ()),
            (SourceKind.FULL_TEXT, _parts(full.parts) if full else ()),
        )
        if parts
    ]


def texts_behind(page: "ArticlePage") -> list[SourceText]:
    """Return the stored texts of every study that an article cites, those of the rated one first."""
    return [text for study in studies_behind(page) for text in source_texts(study)]


def studies_behind(page: "ArticlePage") -> list[Study]:
    """Return the studies that an article cites, the rated one first."""
    also = [row.study for row in page.also_cited.all() if row.study_id]
    return [study for study in (page.study, *also) if study]


@dataclass(frozen=True)
class LostClaims:
    """A public article, and how many of its signed claims rest on a text that is stored no longer as it was."""

    article: PublishedArticle
    count: int


def claims_that_lost_their_text(study: Study) -> list[LostClaims]:
    """Return the public articles with claims about a study that are open again, since its stored text changed."""
    known = {str(uuid) for uuid in uuids_by_study([study.pk])[study.pk]}
    texts = source_texts(study)
    about = Q(study=study) | Q(page__also_cited__study=study)
    found = []
    for article in PublishedArticle.objects.filter(about, withdrawn_at__isnull=True).distinct().order_by("title"):
        claims = claims_of(read_canonical(article.content)) if article.content else ()
        count = sum(
            any(p.study in known and p.is_machine_checked and not p.stands_in(texts) for p in claim.passages)
            for claim in claims
        )
        if count:
            found.append(LostClaims(article, count))
    return found


def _parts(stored: Iterable[Any]) -> tuple[tuple[str, str], ...]:
    return tuple((label or "", text) for label, text in stored if text)
