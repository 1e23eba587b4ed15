"""The field for an article's topics: those chosen, and Wagtail's chooser to find or add more."""

from typing import Any

from django import forms
from django.urls import reverse
from wagtail.admin.staticfiles import versioned_static

from research.models.topics import Topic, topics_known_as


class TopicsWidget(forms.SelectMultiple):
    """Prints the chosen topics only; others come from the chooser's modal, new ones too."""

    template_name = "research/admin/widgets/topics.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the chosen topics, by name, and the chooser's address."""
        context = super(forms.SelectMultiple, self).get_context(name, None, attrs)
        context["widget"]["topics"] = self._chosen(value or [])
        context["widget"]["chooser_url"] = reverse("topic_chooser:choose")
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Return the chosen keys; for a topic that was merged while the form was open, that of what it is now."""
        chosen = [str(key) for key in super().value_from_datadict(data, files, name) or ()]
        merged = topics_known_as(int(key) for key in chosen if key.isascii() and key.isdecimal() and len(key) < 19)
        now = [str(merged.get(int(key), key)) if key.isdecimal() else key for key in chosen] if merged else chosen
        return list(dict.fromkeys(now))

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        """Return no options: the chooser lists them."""
        return []

    def _chosen(self, value: list[Any]) -> list[Any]:
        keys = [item for item in (getattr(item, "pk", item) for item in value) if str(item).isdigit()]
        return sorted(Topic.objects.filter(pk__in=keys), key=lambda topic: topic.name.lower())

    @property
    def media(self) -> forms.Media:
        """The chooser's scripts and the few lines that keep the list."""
        return forms.Media(
            js=[
                versioned_static("wagtailadmin/js/modal-workflow.js"),
                versioned_static("wagtailadmin/js/chooser-modal.js"),
                "research/topics.js",
            ]
        )
