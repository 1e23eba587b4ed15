"""What the lists of shared texts keep: the names of topics, and the record of what was public."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail_modeladmin.views import DeleteView

from research.newsroom.permissions import can_rename_topic


class TopicForm(WagtailAdminModelForm):
    """One topic; the name of one that readers know is an editor's to change."""

    def clean_name(self) -> str:
        """Return the name, or refuse another one than readers know."""
        name = self.cleaned_data["name"]
        if name != self.initial.get("name") and self.instance.pk and not can_rename_topic(self.for_user, self.instance):
            raise ValidationError("Readers know this topic by its name. An editor can change it.")
        return name


class KeptDeleteView(DeleteView):
    """Deletes a shared text that was never public; of any other it says why it is kept."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Delete, or say why not."""
        if self.instance.why_kept():
            return self.get(request, *args, **kwargs)
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the reason that keeps the text."""
        return super().get_context_data(why_kept=self.instance.why_kept(), **kwargs)

    def get_template_names(self) -> list[str]:
        """Return the screen that has room for the reason."""
        return ["research/admin/delete_text.html"]
