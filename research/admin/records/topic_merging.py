"""The screen on which an editor merges a topic into another one, with all that will move said before."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.models import signed_in
from common.rights import permitted
from research.admin.frame import crumbs
from research.admin.records.lists.texts import TopicAdmin
from research.models.topics import Topic
from research.newsroom.permissions import can_merge_topics
from research.record.topic_merging import MayNotMerge, merge, preview

MOST_FOUND = 20


class SearchForm(forms.Form):
    """Finds the topic that stays."""

    q = forms.CharField(label=gettext_lazy("The topic that stays: its name, or another name of it"), max_length=80)


@permitted(can_merge_topics, gettext_lazy("Editors merge topics."))
def merge_topic(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the topic that stays, look at what moves, and merge the two."""
    topic = get_object_or_404(Topic, pk=pk)
    into = request.GET.get("into", "")
    if not into:
        return _choose(request, topic)
    if not (into.isascii() and into.isdecimal() and len(into) < 19):
        return redirect("research_merge_topic", pk)
    return _compare(request, topic, get_object_or_404(Topic, pk=int(into)))


def _choose(request: HttpRequest, topic: Topic) -> HttpResponse:
    form = SearchForm(request.GET if "q" in request.GET else None)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    named = Q(name__icontains=words) | Q(synonyms__icontains=words)
    found = list(Topic.objects.filter(named).exclude(pk=topic.pk).by_name()[: MOST_FOUND + 1]) if words else []
    return _page(
        request,
        topic,
        {
            "form": form,
            "words": words,
            "found": found[:MOST_FOUND],
            "is_cut": len(found) > MOST_FOUND,
            "merged": topic.merged.select_related("merged_by"),
        },
    )


def _compare(request: HttpRequest, topic: Topic, survivor: Topic) -> HttpResponse:
    errors: dict[str, list[str]] = {}
    reasons: list[str] = []
    if request.method == "POST":
        try:
            merge(survivor, topic, signed_in(request.user), request.POST.get("reason", ""), timezone.now())
        except ValidationError as error:
            errors = error.message_dict
        except MayNotMerge as error:
            reasons = error.reasons
        else:
            words = _("“%(gone)s” is “%(kept)s” now. Who asks for the one is sent to the other.")
            messages.success(request, words % {"gone": topic.name, "kept": survivor.name})
            return redirect(TopicAdmin().url_helper.index_url)
    elif survivor.pk == topic.pk:
        reasons = [_("This is the same topic. Choose another one.")]
    return _page(
        request,
        topic,
        {
            "survivor": survivor,
            "preview": None if reasons else preview(survivor, topic),
            "reasons": reasons,
            "errors": errors,
            "reason": request.POST.get("reason", ""),
        },
    )


def _page(request: HttpRequest, topic: Topic, context: dict[str, Any]) -> HttpResponse:
    way = crumbs(
        (TopicAdmin().url_helper.index_url, _("Topics")),
        (TopicAdmin().url_helper.get_action_url("edit", topic.pk), topic.name),
        (reverse("research_merge_topic", args=[topic.pk]), _("Merge")),
    )
    frame = {"header_title": _("Merge a topic"), "header_icon": "tag", "breadcrumbs_items": way, "topic": topic}
    return render(request, "research/admin/merge_topic.html", frame | context)
