"""The list of contributors."""

from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail_modeladmin.options import ModelAdmin

from research.admin.records.forms import PersonForm
from research.models.people import Person


class PersonAdmin(ModelAdmin):
    """Contributors."""

    model = Person
    menu_icon = "user"
    list_display = ("name", "credentials", "role", "user")
    list_select_related = ("user",)
    list_filter = ("role",)
    list_export = ("name", "credentials", "role", "orcid")
    search_fields = ("name", "credentials")
    inspect_view_enabled = True
    inspect_view_fields_exclude = ("account_ids", "photo_sizes")
    edit_handler = ObjectList(
        [FieldPanel(name) for name in ("name", "credentials", "role", "orcid", "photo", "bio", "interests", "user")],
        base_form_class=PersonForm,
    )
