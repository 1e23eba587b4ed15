"""The stored texts of a study that passages can be quoted from."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from research.checking.passages import SourceKind, SourceText
from research.models.references import Study
from research.models.watch import FullText

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


def source_texts(study: Study) -> list[SourceText]:
    """Return abstract, lay summary and full text, those that are stored."""
    full = FullText.objects.filter(study=study).first() if study.pk else None
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


def _parts(stored: Iterable[Any]) -> tuple[tuple[str, str], ...]:
    return tuple((label or "", text) for label, text in stored if text)
