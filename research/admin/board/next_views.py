"""What to write next: the studies that saved searches found, started with one click or dismissed with a reason."""

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from common.models import signed_in
from common.rights import permitted
from research.admin.board.access import may_see_board
from research.admin.desk.starting import create_draft, sections_for
from research.admin.frame import crumbs
from research.models.watch import SavedSearch, StudySuggestion
from research.newsroom.permissions import can_import_studies
from research.newsroom.times import brief
from research.record import searches
from research.record.checkers import open_transport
from research.record.jobs import SOURCES_ARE_OFF
from research.sources.records import link_to

MOST_ON_THE_BOARD = 3
A_PAGE = 30
MOST_DECIDED = 30
DECIDED_BEFORE = _("Somebody decided on this study before you.")


@dataclass(frozen=True)
class SuggestionCard:
    """One suggestion as the board shows it; ``may_decide`` for who may write in its section."""

    suggestion: StudySuggestion
    may_decide: bool

    @property
    def link(self) -> str:
        """Where the study can be read."""
        return link_to(self.suggestion.doi or "", self.suggestion.pmid or "")

    @property
    def facts(self) -> list[str]:
        """The kind of study, how many people, the journal and the date, as far as the record tells."""
        found = self.suggestion
        people = (
            ngettext("%(people)s person", "%(people)s people", found.people) % {"people": f"{found.people:,}"}
            if found.people
            else ""
        )
        return [words for words in (found.design, people, found.journal, found.published) if words]


class DismissForm(forms.Form):
    """Why a study is not for us."""

    reason = forms.CharField(
        label=_("Not for us because"),
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": _("For example: only in mice")}),
        help_text=_("A few words. Your colleagues see them, so that nobody looks at it again."),
    )

    def clean_reason(self) -> str:
        """Refuse a reason without a word."""
        reason = str(self.cleaned_data["reason"])
        if not re.search(r"\w", reason):
            raise forms.ValidationError(gettext("Say in words why it is not for us."))
        return reason


def on_the_board(request: HttpRequest) -> dict[str, Any]:
    """Return the newest suggestions and how many there are in all; one statement more where there are any."""
    found = StudySuggestion.objects.unseen()
    count = found.count()
    return {"count": count, "cards": _cards(request, found[:MOST_ON_THE_BOARD]) if count else []}


def _cards(request: HttpRequest, suggestions: Any) -> list[SuggestionCard]:
    own = _own_sections(request)
    found = suggestions.select_related("search", "section", "decided_by").defer("record")
    return [SuggestionCard(one, one.section_id in own) for one in found]


def _own_sections(request: HttpRequest) -> set[int]:
    """Return the sections in whose suggestions a person has a say: who imports studies and may write there."""
    if not can_import_studies(request.user):
        return set()
    return {section.pk for section in sections_for(request.user)}


@permitted(may_see_board)
def what_next(request: HttpRequest) -> HttpResponse:
    """Show every suggestion, what was dismissed and why, and how the searches are doing."""
    page = Paginator(StudySuggestion.objects.unseen(), A_PAGE).get_page(request.GET.get("p"))
    dismissed = StudySuggestion.objects.filter(state=StudySuggestion.State.DISMISSED).order_by("-decided_at")
    return render(
        request,
        "research/admin/board/next.html",
        {
            "page_of": page,
            "cards": _cards(request, page.object_list),
            "dismissed": _cards(request, dismissed[:MOST_DECIDED]),
            "searches": [
                (search, brief(search.asked_at) if search.asked_at else "")
                for search in SavedSearch.objects.select_related("section")
            ],
            "may_search": can_import_studies(request.user),
            "asking_is_off": "" if settings.SOURCES_CONTACT else SOURCES_ARE_OFF,
            "header_title": gettext("What to write next"),
            "header_icon": "search",
            "breadcrumbs_items": crumbs(
                (reverse("research_board"), gettext("Board")), ("", gettext("What to write next"))
            ),
        },
    )


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the study on record, make its draft and open it."""
    suggestion = _own_suggestion(request, pk)
    user = signed_in(request.user)
    with transaction.atomic():
        found, study = searches.take_up(pk, user, timezone.now())
        if study is None:
            return _decided_before(request, found)
        if not study.articles.exists():
            article = create_draft(study, suggestion.section, user)
            StudySuggestion.objects.filter(pk=pk).update(article=article)
            messages.success(
                request, gettext("The study is on record, and the draft is there. Give it a title of its own.")
            )
            return redirect("wagtailadmin_pages:edit", article.pk)
    return redirect("research_start_article", study.pk)


def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why a study is not for us, and keep it."""
    suggestion = _own_suggestion(request, pk)
    if suggestion.state != StudySuggestion.State.OPEN:
        return _decided_before(request, suggestion)
    form = DismissForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if searches.dismiss(pk, signed_in(request.user), reason=reason, now=timezone.now()):
            messages.success(request, gettext("It is not suggested again."))
        else:
            messages.info(request, DECIDED_BEFORE)
        return redirect("research_next")
    return render(
        request,
        "research/admin/board/dismiss_study.html",
        {
            "card": SuggestionCard(suggestion, True),
            "form": form,
            "header_title": gettext("Not for us"),
            "header_icon": "cross",
            "breadcrumbs_items": crumbs(
                (reverse("research_board"), gettext("Board")),
                (reverse("research_next"), gettext("What to write next")),
                ("", gettext("Not for us")),
            ),
        },
        status=400 if form.errors else 200,
    )


@require_POST
def offer_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a dismissal back."""
    _own_suggestion(request, pk)
    if searches.offer_again(pk):
        messages.success(request, gettext("It is among the suggestions again."))
    return redirect("research_next")


@require_POST
def ask_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask one search at once, and say how it went."""
    search = get_object_or_404(SavedSearch, pk=pk)
    if not can_import_studies(request.user):
        raise PermissionDenied(gettext("Writers and editors ask the sources."))
    if not settings.SOURCES_CONTACT:
        messages.warning(request, SOURCES_ARE_OFF)
        return redirect("research_next")
    with open_transport() as transport:
        found = searches.ask(search, transport, timezone.now())
    search.refresh_from_db(fields=["error"])
    if search.error:
        messages.error(
            request, gettext("“%(name)s” could not be asked. %(error)s") % {"name": search.name, "error": search.error}
        )
    else:
        messages.success(
            request,
            gettext("“%(name)s” was asked: %(found)s new.")
            % {"name": search.name, "found": found or gettext("nothing")},
        )
    return redirect("research_next")


def _decided_before(request: HttpRequest, suggestion: StudySuggestion) -> HttpResponse:
    """Answer a click that came too late: open what was started, or say that it is over."""
    if suggestion.state == StudySuggestion.State.OPEN:
        messages.error(request, gettext("Its record cannot be imported. Import the study by its DOI instead."))
        return redirect("research_next")
    messages.info(request, DECIDED_BEFORE)
    if suggestion.article is not None and suggestion.article.permissions_for_user(request.user).can_edit():
        return redirect("wagtailadmin_pages:edit", suggestion.article.pk)
    return redirect("research_next")


def _own_suggestion(request: HttpRequest, pk: int) -> StudySuggestion:
    """Return a suggestion for who may write in its section.

    Raises:
        PermissionDenied: for everybody else.
    """
    suggestion = get_object_or_404(StudySuggestion.objects.select_related("section").defer("record"), pk=pk)
    if suggestion.section_id not in _own_sections(request):
        raise PermissionDenied(gettext("Who writes in this section decides on it."))
    return suggestion
