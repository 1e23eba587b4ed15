"""The form of an editor, put together once instead of with each request."""

from typing import Any

from django.utils.translation import get_language
from wagtail.admin.panels import TabbedInterface


class TabbedForm(TabbedInterface):
    """Wagtail's tabs; it makes the class of their form anew for each request, with all fields of all rows (8.0.1)."""

    def get_form_class(self) -> type[Any]:
        """Return the form's class; what depends on a request, or on a page, only its instances know."""
        made: dict[str | None, type[Any]] = self.__dict__.setdefault("made", {})
        language = get_language()
        if language not in made:
            made[language] = super().get_form_class()
        return made[language]
