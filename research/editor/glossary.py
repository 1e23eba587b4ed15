"""The glossary in the editor of rich text: a word that links to a term, and hard words that could.

The link is stored as ``<a linktype="term" id="UUID">``, so it is sealed with the words around it; readers get the
term's plain words only while they are countersigned.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from draftjs_exporter.dom import DOM
from wagtail.admin.rich_text.converters.html_to_contentstate import LinkElementHandler
from wagtail.admin.rich_text.editors.draftail import features as draftail
from wagtail.rich_text.feature_registry import FeatureRegistry

from research.content.richtext import text_of
from research.models.explainers import GlossaryTerm
from research.models.texts import PublishedText

TERM, HARD_WORDS = "term", "hard-words"
SCRIPT = "research/desk/glossary.js"
UUID_PATTERN = "^[0-9a-f-]{36}$"


class TermElementHandler(LinkElementHandler):
    """Reads the stored link."""

    def get_attribute_data(self, attrs: dict[str, str]) -> dict[str, str]:
        """Return what the editor keeps of a link: the term's UUID."""
        return {"id": attrs["id"]}


def written_term(props: dict[str, Any]) -> Any:
    """Return the stored link of a word."""
    return DOM.create_element("a", {"linktype": TERM, "id": props.get("id")}, props["children"])


def register(features: FeatureRegistry) -> None:
    """Make both known to the editor: the link, and the marks under words that have a term."""
    features.register_editor_plugin(
        "draftail",
        TERM,
        draftail.EntityFeature(
            {
                "type": "TERM",
                "icon": "openquote",
                "description": _("Explain a word by the glossary"),
                "attributes": ["id"],
                "allowlist": {"id": UUID_PATTERN},
            },
            js=[SCRIPT],
        ),
    )
    features.register_converter_rule(
        "contentstate",
        TERM,
        {
            "from_database_format": {'a[linktype="term"]': TermElementHandler("TERM")},
            "to_database_format": {"entity_decorators": {"TERM": written_term}},
        },
    )
    features.register_editor_plugin("draftail", HARD_WORDS, draftail.DecoratorFeature({"type": "HARD_WORDS"}))


def known_terms() -> list[dict[str, Any]]:
    """Return all terms for the editor: UUID, every form of the word, the plain words, and whether they are signed."""
    public = {text.subject_uuid: text.values for text in PublishedText.objects.filter(subject_type="term")}
    found = []
    for term in GlossaryTerm.objects.order_by("term"):
        values = public.get(term.subject_uuid)
        words = text_of(values.get("plain_words", "")) if values else term.plain_words
        forms = [term.term, *(line.strip() for line in term.synonyms.splitlines() if line.strip())]
        found.append({"id": str(term.subject_uuid), "forms": forms, "words": words, "signed": values is not None})
    return found
