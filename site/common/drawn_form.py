"""The form of an editor, of which whatever all pages have alike is put together once for each language.

That is the class of the form, what the browser is told of its panels, and the HTML around the fields and panels. A
form that comes back with faults is drawn as Wagtail draws it.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import Media
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.admin.telepath import Adapter, JSContext, register

from common.frames import Frame, mark

FIELD = "field"
# What of a panel its group prints, beside the panel itself.
PRINTED = ("classes", "attrs", "heading", "icon", "id_for_label", "is_required", "read_only", "show_panel_furniture")
# A panel that is told in ever new ways is not kept for ever.
MOST_KEPT = 200


class Kept(dict[Hashable, Any]):
    """What was made of a panel, by what it was made of."""

    def get_or_make(self, made_of: Hashable, make: Callable[[], Any]) -> Any:
        """Return what was made of something, in the language that is spoken now."""
        key = (get_language(), made_of)
        made = self.get(key)
        if made is None:
            if len(self) >= MOST_KEPT:
                self.clear()
            made = self[key] = make()
        return made


class TabbedForm(TabbedInterface):
    """Wagtail's tabs; the same form in a fraction of the time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.classes_made, self.frames, self.told = Kept(), Kept(), Kept()

    def get_form_class(self) -> type[Any]:
        """Return the form's class, which Wagtail makes anew for each request, with the fields of all rows (8.0.1)."""
        made: type[Any] = self.classes_made.get_or_make((), super().get_form_class)
        return made

    class BoundPanel(TabbedInterface.BoundPanel):
        """Fills the frames of its panels."""

        def render_html(self, parent_context: Any = None) -> SafeString:
            """Return the tabs with all that is in them."""
            if self.form is None or self.form.is_bound:
                return super().render_html(parent_context)
            return _drawn(self, self.panel.frames, parent_context)

        def telepath_pack(self, context: Any) -> tuple[str, list[Any]]:
            """Return what the browser is told of the panels."""
            options = self.js_opts()
            told = self.panel.told.get_or_make(_shape(options), lambda: _told(options))
            return self.telepath_adapter_name, [told]


GROUPS = frozenset({TabbedForm.BoundPanel, ObjectList.BoundPanel, MultiFieldPanel.BoundPanel, FieldRowPanel.BoundPanel})


@dataclass(frozen=True)
class Told:
    """What the browser is told of panels, as it is sent, and the scripts that understand it."""

    sent: Any
    media: Media


@dataclass
class _ToldNode:
    """A node of what is sent, as telepath asks for them."""

    told: Told
    id: int | None = None

    def emit(self) -> Any:
        """Return what is sent."""
        return self.told.sent


class _ToldAdapter(Adapter):
    def build_node(self, told: Told, context: Any) -> _ToldNode:
        context.add_media(told.media)
        return _ToldNode(told)


register(_ToldAdapter(), Told)


def _told(options: dict[str, Any]) -> Told:
    context = JSContext()
    return Told(context.pack(options), context.media)


def _shape(options: dict[str, Any]) -> Hashable:
    """Return what ``_told`` depends on: the panels that are shown, and how the widgets of their fields are drawn."""
    known = {name: str(value) for name, value in options.items() if name not in ("children", "widget")}
    widget = options.get("widget")
    drawn = (type(widget), _in_words(widget.attrs)) if widget is not None else ()
    return (*known.items(), drawn, *(_shape(child.js_opts()) for child in options.get("children", ())))


def _in_words(attrs: Mapping[str, Any]) -> Hashable:
    """Return attributes with what they say now: some are put into words as late as that."""
    return tuple((name, str(value)) for name, value in attrs.items())


class _Place:
    """Stands for a panel while its group is drawn."""

    def __init__(self, name: str, panel: Any) -> None:
        self.name = name
        for fact in PRINTED:
            value = getattr(panel, fact, None)
            setattr(self, fact, value() if callable(value) else value)

    def render_html(self, _: Any = None) -> SafeString:
        """Return the mark of the panel's place."""
        return mark(self.name)

    @property
    def facts(self) -> Hashable:
        """What is printed of the panel."""
        told = self.__dict__
        return (self.name, _in_words(told["attrs"]), *(str(told[fact]) for fact in PRINTED if fact != "attrs"))


@dataclass(frozen=True)
class _Group:
    """Stands for a group while it is drawn."""

    prefix: str
    help_text: Any
    attrs: Any
    places: tuple[tuple[_Place, str], ...]

    @property
    def visible_children(self) -> Iterator[_Place]:
        return (place for place, _ in self.places)

    @property
    def visible_children_with_identifiers(self) -> tuple[tuple[_Place, str], ...]:
        return self.places


def _drawn(panel: Any, frames: Kept, parent_context: Any) -> SafeString:
    """Return a panel's HTML: of groups and plain fields from a frame, of others as they draw themselves."""
    if type(panel) in GROUPS:
        return _drawn_group(panel, frames, parent_context)
    if type(panel) is FieldPanel.BoundPanel and not panel.read_only and not panel.bound_field.errors:
        return _drawn_field(panel, frames)
    html: SafeString = panel.render_html(parent_context)
    return html


def _drawn_group(panel: Any, frames: Kept, parent_context: Any) -> SafeString:
    children = panel.visible_children_with_identifiers
    places = tuple((_Place(identifier, child), identifier) for child, identifier in children)
    group = _Group(panel.prefix, panel.help_text, panel.attrs, places)
    own = (type(panel), panel.prefix, str(panel.help_text), _in_words(panel.attrs))
    made_of = (own, *(place.facts for place, _ in places))

    def draw() -> Frame:
        return Frame(render_to_string(panel.template_name, {"self": group, "attrs": panel.attrs}))

    frame: Frame = frames.get_or_make(made_of, draw)
    return frame.filled({identifier: _drawn(child, frames, parent_context) for child, identifier in children})


def _drawn_field(panel: Any, frames: Kept) -> SafeString:
    field = panel.bound_field
    is_commented = panel.comments_enabled and getattr(field.field.widget, "show_add_comment_button", True)
    help_text = str(panel.help_text or "")
    kinds = (type(panel), type(field.field), type(field.field.widget))
    made_of = (*kinds, panel.prefix, field.name, field.id_for_label, help_text, is_commented, field.field.required)

    def draw() -> Frame:
        context = {**panel.get_context_data(), "rendered_field": mark(FIELD)}
        return Frame(render_to_string(panel.template_name, context))

    frame: Frame = frames.get_or_make(made_of, draw)
    described_by = {"aria-describedby": f"{panel.prefix}-helptext"} if help_text else {}
    return frame.filled({FIELD: field.as_widget(attrs=described_by)})
