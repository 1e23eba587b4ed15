"""The editor's panel with the study's record: help for whoever writes, and nothing that is ever published."""

from typing import Any

from django import forms
from wagtail.admin.panels import Panel

from research.editor.study_record import record_of, suggested_by


class SourcePanel(Panel):
    """Abstract, plain-language summary and suggestions of the study that was chosen and saved."""

    class BoundPanel(Panel.BoundPanel):
        """Reads the record; shown once an article has its study."""

        template_name = "research/admin/sources/source_panel.html"

        def is_shown(self) -> bool:
            """True once a saved article has a study."""
            return bool(self.instance.pk and self.instance.study_id) and super().is_shown()

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add the record, and which suggested topics the article has already."""
            context = super().get_context_data(parent_context)
            record = record_of(self.instance.study)
            chosen = {topic.pk for topic in self.instance.topics.all()}
            return context | {"record": record, "chosen_topics": chosen}

        @property
        def media(self) -> forms.Media:
            """The script that keeps the record in view beside the text."""
            return forms.Media(js=["research/source_panel.js"])


class SuggestedTopicsPanel(Panel):
    """The topics that the study's record suggests, where topics are chosen: one click adds one."""

    class BoundPanel(Panel.BoundPanel):
        """Reads the record; shown while it suggests a topic that the article lacks."""

        template_name = "research/admin/sources/suggested_topics.html"

        def is_shown(self) -> bool:
            """True once a saved article has a study that suggests something."""
            return bool(self.instance.pk and self.instance.study_id and super().is_shown() and self._suggested())

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add the suggestions that were not taken yet."""
            return super().get_context_data(parent_context) | {"suggested": self._suggested()}

        def _suggested(self) -> list[Any]:
            chosen = {topic.pk for topic in self.instance.topics.all()}
            suggested = suggested_by(self.instance.study)["topics"]
            return [suggestion for suggestion in suggested if suggestion.topic.pk not in chosen]
