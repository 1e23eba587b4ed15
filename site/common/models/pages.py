from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from wagtail.models import Page

#: What the site's own addresses start with, so that no page right below the home page may be called so.
TOP_LEVEL_ADDRESSES = frozenset(
    {"_util", "accounts", "admin", "calendar", "health", "media", "preview", "search", "static"}
)


class BasePage(Page):
    """What every page of the site is.

    `reviewed` says that a page's words are medical: they need a medical reviewer's signature, so the page
    takes part in the workflow of the tree it stands in. Other pages never do.
    """

    reviewed: ClassVar[bool] = False

    # A password would be a second door beside drafts and embargoes, and caches do not know it.
    private_page_options: ClassVar[list[str]] = []

    # Slugs that would hide the page behind an address of the site's own, or the other way round.
    reserved_slugs: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse a slug that the site's own addresses use."""
        super().clean()
        if self.slug in self.reserved_slugs:
            raise ValidationError({"slug": f"“{self.slug}” is an address of the site itself. Choose another."})

    @property
    def has_workflow(self) -> bool:
        """Tell whether submitting is offered; Wagtail asks this beside `get_workflow`."""
        return self.reviewed and super().has_workflow

    def get_workflow(self) -> Any:
        """Return the tree's active workflow, or None for pages whose words need no signature."""
        return super().get_workflow() if self.reviewed else None
