"""What the lists of shared texts keep: the names of topics, and the record of what was public."""

from typing import Any

from django.http import HttpRequest
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail_modeladmin.views import DeleteView

from research.editor.page_forms import KnownNameFormMixin, confirmation


class TopicForm(KnownNameFormMixin, WagtailAdminModelForm):
    """One topic; the name of one that readers know is an editor's to change."""

    known_names = ("name", "slug")
    confirm_rename = confirmation()

    def is_known(self) -> bool:
        """Return whether the topic is, or was, public."""
        return bool(self.instance.pk and self.instance.was_public())


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
