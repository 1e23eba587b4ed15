"""What the article editor posts for a draft, built from the draft itself."""

from collections.abc import Callable
from typing import Any

from wagtail.models import Page
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from research.models import ArticlePage
from research.models.studies.appraisal import REASON_KEYS


def editor_post(draft: ArticlePage, **actions: str) -> dict[str, Any]:
    """Return the form's data for a draft; ``actions`` adds buttons such as ``action-publish``."""
    posted = nested_form_data(
        {
            "title": draft.title,
            "slug": draft.slug,
            "seo_title": draft.seo_title,
            "search_description": draft.search_description,
            "summary": draft.summary,
            "key_takeaway": rich_text(draft.key_takeaway),
            "body": streamfield([(child.block_type, _section(child)) for child in draft.body]),
            "lead_image": draft.lead_image_id or "",
            "lead_image_alternative_text": draft.lead_image_alternative_text,
            "artwork": draft.artwork,
            "study": draft.study_id or "",
            "topics": "",
            "planned_for": "",
            "embargo_until": f"{draft.embargo_until:%Y-%m-%d %H:%M}" if draft.embargo_until else "",
            "embargo_source": draft.embargo_source,
            "go_live_at": "",
            "expire_at": "",
            "appraisals": _rows(draft.appraisals, _appraisal),
            "authors": _rows(draft.authors, lambda row: {"person": row.person_id}),
            "also_cited": _rows(draft.also_cited, lambda row: {"study": row.study_id}),
            "related_picks": inline_formset([]),
            "comments": inline_formset([]),
            "form_end": "end",
            **actions,
        }
    )
    return posted | loaded_version(draft) | {"topics": [topic.pk for topic in draft.topics.all()]}


def loaded_version(draft: Any) -> dict[str, str]:
    """Return what the editor's form says of the version that was stored when it was loaded."""
    latest = Page.objects.get(pk=draft.pk).latest_revision if draft.pk else None
    if latest is None:
        return {}
    return {"loaded_revision_id": str(latest.pk), "loaded_revision_created_at": latest.created_at.isoformat()}


def _rows(rows: Any, values: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Return a child formset with the rows that are stored."""
    found = list(rows.all())
    return inline_formset([values(row) | {"id": row.pk or ""} for row in found], initial=sum(bool(r.pk) for r in found))


def _section(child: Any) -> dict[str, Any]:
    return streamfield([(inner.block_type, _values(inner)) for inner in child.value])


def _values(block: Any) -> dict[str, Any]:
    match block.block_type:
        case "text":
            return {"html": rich_text(block.value["html"].source)}
        case "figure":
            return {
                "image": block.value["image"].pk,
                **{name: block.value.get(name) or "" for name in ("alternative_text", "caption", "credit")},
            }
        case "glossary_term":
            return {"term": block.value["term"].pk}
    raise ValueError(f"No form data for a block of type {block.block_type}")


def _appraisal(row: Any) -> dict[str, Any]:
    answers = {name: value for name, value in row.answers().items() if name != "rubric"}
    posted = {name: "" if value is None else value for name, value in answers.items() if value is not False}
    return posted | {f"reason_{key}": getattr(row, f"reason_{key}") for key in REASON_KEYS}
