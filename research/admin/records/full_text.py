"""The screen on which a study's full text is stored, pasted or as a JATS file, for passages to be quoted from it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.models import User, signed_in
from common.rights import permitted, with_right
from research.admin.frame import crumbs
from research.models.references import Study
from research.models.watch import FullText
from research.sources.jats import LARGEST_FILE, FullTextUnreadable, paragraphs_of, read_full_text

LONGEST_TEXT = 500_000
LICENCE = Study._meta.get_field("licence")


class FullTextForm(forms.Form):
    """A pasted text or a JATS file, where it is from, and its licence."""

    text = forms.CharField(
        label=_("Full text"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("Paragraphs parted by blank lines. It is kept for the newsroom and never printed for readers."),
    )
    file = forms.FileField(
        label=_("Or a JATS file"), required=False, help_text=_("XML, as Europe PMC and many journals offer it.")
    )
    origin = forms.CharField(
        label=_("Where it is from"),
        max_length=200,
        help_text=_("For example: Europe PMC, PMC3988035; or the journal’s page, read on 3 May 2026."),
    )
    licence = forms.CharField(
        label=_("Licence of its texts"), required=False, max_length=LICENCE.max_length, help_text=LICENCE.help_text
    )

    def __init__(self, *args: Any, stored: FullText | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = stored

    def clean(self) -> dict[str, Any]:
        """Read what was given into ``parts``; nothing given keeps the text that is stored."""
        cleaned = super().clean() or self.cleaned_data
        file = cleaned.get("file")
        cleaned["parts"] = paragraphs_of(cleaned.get("text", ""))
        if file is not None:
            if file.size > LARGEST_FILE:
                raise ValidationError({"file": gettext("This file is larger than any article's full text.")})
            try:
                cleaned["parts"], licence = read_full_text(file.read())
            except FullTextUnreadable as problem:
                raise ValidationError({"file": str(problem)}) from problem
            cleaned["licence"] = cleaned.get("licence") or licence
        elif not cleaned["parts"] and self.stored is not None:
            cleaned["parts"] = self.stored.parts
        if not cleaned["parts"]:
            raise ValidationError({"text": gettext("Paste the text, or choose a file.")})
        return cleaned


@permitted(with_right("research.change_study"))
def full_text(request: HttpRequest, pk: int) -> HttpResponse:
    """Store, replace or remove the full text of a study."""
    study = get_object_or_404(Study, pk=pk)
    stored = FullText.objects.filter(study=study).first()
    if request.method == "POST" and "remove" in request.POST:
        FullText.objects.filter(study=study).delete()
        messages.success(request, gettext("The full text is removed. Claims that rest on it are open again."))
        return redirect("research_study_record", pk)
    initial = {"licence": study.licence, "origin": stored.origin if stored else ""}
    form = FullTextForm(request.POST or None, request.FILES or None, initial=initial, stored=stored)
    if request.method == "POST" and form.is_valid():
        _store(study, form.cleaned_data, signed_in(request.user))
        messages.success(request, gettext("The full text is stored. Passages can be quoted from it now."))
        return redirect("research_study_record", pk)
    record = reverse("research_study_record", args=[pk])
    return render(
        request,
        "research/admin/sources/full_text.html",
        {
            "form": form,
            "study": study,
            "stored": stored,
            "header_title": gettext("Full text"),
            "header_icon": "doc-full-inverse",
            "breadcrumbs_items": crumbs((record, Truncator(study.title).chars(60)), ("", gettext("Full text"))),
        },
        status=400 if form.errors else 200,
    )


@transaction.atomic
def _store(study: Study, given: dict[str, Any], user: User) -> None:
    FullText.objects.update_or_create(
        study=study,
        defaults={
            "parts": given["parts"],
            "origin": given["origin"],
            "changed_by": user if isinstance(user, User) else None,
        },
    )
    if given["licence"] != study.licence:
        study.licence = given["licence"]
        study.save(update_fields=["licence", "updated_at"])
