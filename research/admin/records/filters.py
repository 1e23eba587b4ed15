"""Filters of the record's lists that need no Django admin site."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.odd_input import id_from
from research.models.texts import PublishedText
from research.models.topics import Topic


class WiderTopicFilter(SimpleListFilter):
    """The topics that belong to a wider one."""

    title = _("wider topic")
    parameter_name = "wider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the topics that have narrower ones."""
        wider = Topic.objects.filter(children__isnull=False).distinct().by_name()
        return [(str(pk), name) for pk, name in wider.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return the topics under the chosen one; all for none or a wrong one."""
        wider = id_from(self.value())
        return queryset if wider is None else queryset.filter(parents=wider)


class SignedFilter(SimpleListFilter):
    """Shared texts that readers see in signed words, or that they do not see."""

    title = "signature"
    parameter_name = "signed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the two states that the database can tell apart."""
        return [("no", gettext("Never countersigned")), ("yes", gettext("Countersigned"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return the texts in the chosen state."""
        signed = PublishedText.objects.values("subject_uuid")
        if self.value() == "yes":
            return queryset.filter(subject_uuid__in=signed)
        if self.value() == "no":
            return queryset.exclude(subject_uuid__in=signed)
        return queryset
