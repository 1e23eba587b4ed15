"""The screen on which people are erased and signed words removed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common.models import AnyUser, User, signed_in
from common.rights import permitted
from research.admin.frame import crumbs
from research.models.people import Person
from research.models.signoffs import ContentRemovalRequest, Erasure, SealedContent, SignOff
from research.newsroom.permissions import is_editor
from research.record.erasure import removing
from research.record.erasure.erasing import Erased, erase_person, may_erase

MOST_SHOWN = 50


EDITORS_ERASE = _("Editors and administrators decide what is erased.")


class AccountField(forms.ModelChoiceField):
    """Names an account by both its names."""

    def label_from_instance(self, obj: User) -> str:
        """Return the username, and the person's own name."""
        return f"{obj.get_username()} ({obj.get_full_name()})" if obj.get_full_name() else obj.get_username()


class ErasePersonForm(forms.Form):
    """Who, and why."""

    user = AccountField(
        label=_("Account"),
        queryset=User.objects.order_by("username"),
        required=False,
        help_text=_("Of a reviewer, writer or editor. It is closed, and its contributor’s entry goes with it."),
    )
    person = forms.ModelChoiceField(
        label=_("Contributor without an account"),
        queryset=Person.objects.filter(user__isnull=True).order_by("name"),
        required=False,
    )
    email = forms.EmailField(
        label=_("E-mail address of a reader"), required=False, help_text=_("The reports that came with it are emptied.")
    )
    reason = forms.CharField(
        label=_("Why?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept for good, so it must not name the person."),
        error_messages={"required": _("Say why: the reason is kept.")},
    )
    sure = forms.BooleanField(
        label=_("I know that this cannot be undone"),
        error_messages={"required": _("Tick this to go on: nothing brings a name back.")},
    )


class AskRemovalForm(forms.Form):
    """Which words, and why."""

    line = forms.IntegerField(
        label=_("Line of the record of signatures"),
        min_value=1,
        max_value=10**18,
        help_text=_("Its number stands in the article’s made.json. All signatures of the same words are concerned."),
    )
    reason = forms.CharField(
        label=_("Why?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays in the place of the words."),
        error_messages={"required": _("Say why: the reason stays in the place of the words.")},
    )

    def clean_line(self) -> SignOff:
        """Return the line whose words are to go."""
        line = SignOff.objects.filter(pk=self.cleaned_data["line"]).first()
        if line is None:
            raise ValidationError(gettext("There is no such line."))
        if not SealedContent.objects.filter(pk=line.digest, removed_at__isnull=True).exists():
            raise ValidationError(gettext("The words of this line were removed before."))
        return line


@never_cache
@permitted(is_editor, EDITORS_ERASE)
def erasure(request: HttpRequest) -> HttpResponse:
    """Show what can be erased and what was; administrators erase people here, editors ask for words to go."""
    asked_for = request.POST.get("form")
    person = ErasePersonForm(request.POST if asked_for == "person" else None)
    words = AskRemovalForm(request.POST if asked_for == "words" else None)
    if person.is_bound and person.is_valid() and _erase(request, person):
        return redirect("research_erasure")
    if words.is_bound and words.is_valid():
        removing.ask(words.cleaned_data["line"].digest, words.cleaned_data["reason"], signed_in(request.user))
        messages.success(request, gettext("Asked. Another editor has to confirm it on this screen."))
        return redirect("research_erasure")
    return render(
        request,
        "research/admin/erasure.html",
        {
            "person_form": person if may_erase(request.user) else None,
            "words_form": words,
            "requests": [_row(asked, request.user) for asked in _open_requests()],
            "erasures": Erasure.objects.all()[:MOST_SHOWN],
            "header_title": gettext("Erasure"),
            "header_icon": "bin",
            "breadcrumbs_items": crumbs(("", gettext("Erasure"))),
        },
        status=400 if person.errors or words.errors else 200,
    )


@require_POST
@permitted(is_editor, EDITORS_ERASE)
def decide_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove the words that somebody else asked to be removed, or keep them."""
    asked = get_object_or_404(ContentRemovalRequest, pk=pk)
    if "keep" in request.POST:
        removing.decline(asked, signed_in(request.user))
        messages.success(request, gettext("The words stay."))
        return redirect("research_erasure")
    try:
        removing.remove(asked, signed_in(request.user))
    except PermissionDenied as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, gettext("The words are removed. Drafts that still have them are their writers’ to change.")
        )
    return redirect("research_erasure")


def _erase(request: HttpRequest, form: ErasePersonForm) -> bool:
    """Erase; where that is refused, say why on the form."""
    given = form.cleaned_data
    try:
        erased = erase_person(
            user=given["user"],
            person=given["person"],
            email=given["email"],
            reason=given["reason"],
            by=signed_in(request.user),
        )
    except ValidationError as refused:
        form.add_error(None, refused)
        return False
    _report(request, erased)
    return True


def _report(request: HttpRequest, erased: Erased) -> None:
    counts = ", ".join(f"{count} {what}" for what, count in sorted(erased.record.counts.items()) if count)
    messages.success(
        request, gettext("Erased: %(counts)s.") % {"counts": counts or gettext("nothing was left to erase")}
    )
    for place in erased.left:
        messages.warning(
            request,
            gettext(
                "The name stays where signed words, a source, a closed record or what only the program reads has it: "
                "%(place)s."
            )
            % {"place": place},
        )
    if erased.unclear:
        places = "; ".join(erased.unclear[:MOST_SHOWN])
        more = (
            gettext("; and %(most_shown)s more") % {"most_shown": len(erased.unclear) - MOST_SHOWN}
            if len(erased.unclear) > MOST_SHOWN
            else ""
        )
        words = gettext(
            "One word of the name, or a spelling of it, stands here, and may be somebody else’s. Read it: "
            "%(places)s%(more)s."
        ) % {"places": places, "more": more}
        messages.warning(request, words)
    if not erased.scrubbed:
        words = gettext(
            "The database’s files could not be rewritten while others use it: run manage.py erase_person once more."
        )
        messages.warning(request, words)


def _open_requests() -> Any:
    return ContentRemovalRequest.objects.filter(closed_at__isnull=True).select_related("asked_by")


def _row(asked: ContentRemovalRequest, user: AnyUser) -> dict[str, Any]:
    """Return a request with the words it is about, and whether this user may confirm it."""
    content = SealedContent.objects.filter(pk=asked.digest).first()
    return {
        "request": asked,
        "words": content.canonical[:400] if content else "",
        "lines": SignOff.objects.filter(digest=asked.digest).count(),
        "may_confirm": asked.asked_by_id != user.pk,
    }
