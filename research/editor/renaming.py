"""Names that readers know: they stand outside every seal, so an editor changes them, and says so twice."""

from typing import Any, ClassVar

from django import forms
from django.utils.text import get_text_list

from research.newsroom.permissions import is_editor


def confirmation() -> forms.BooleanField:
    """Return the box that is ticked to rename what readers know."""
    return forms.BooleanField(
        required=False,
        label="Rename it everywhere",
        help_text="Tick this to change a name that readers know: on every page that shows it, those of signed "
        "articles too.",
    )


class KnownNameFormMixin:
    """A form of something that readers know by a name. It declares `confirm_rename = confirmation()`."""

    #: The fields that hold what readers know it by.
    known_names: ClassVar[tuple[str, ...]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_known():
            del self.fields["confirm_rename"]  # type: ignore[attr-defined]

    def is_known(self) -> bool:
        """Return whether readers know, or knew, what the form is of."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Refuse another name for what readers know, unless an editor confirms it."""
        data: dict[str, Any] = super().clean() or {}  # type: ignore[misc]
        if not self.is_known():
            return data
        form: Any = self
        renamed = [name for name in self.known_names if name in data and data[name] != form.initial.get(name)]
        if not renamed:
            return data
        if not is_editor(form.for_user):
            for name in renamed:
                form.add_error(name, "Readers know it by this name. An editor can change it.")
        elif not data.get("confirm_rename"):
            before = get_text_list([f"“{form.initial.get(name, '')}”" for name in renamed], "and")
            form.add_error("confirm_rename", f"Readers know it as {before}. Tick this to rename it everywhere.")
        return data
