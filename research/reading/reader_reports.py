"""The readers' form "report a problem": on an address of its own, never stored by a cache.

It knows no session and asks for no cookie, so there is nobody in whose name another site could send it.
"""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from common.limits import is_within
from research.models.published import PublishedArticle
from research.models.reports import ReaderReport
from research.newsroom.mails.records import announce_report
from research.reading.shapes import Metadata

MOST_WORDS_LENGTH = 4000
# A person's patience, not a script's.
RATE = "5/h/ip"


class ReaderReportForm(forms.Form):
    """What is wrong, in the reader's words; an e-mail address only if they want an answer."""

    kind = forms.ChoiceField(label=_("What is it about?"), choices=ReaderReport.Kind.choices)
    words = forms.CharField(
        label=_("What did you notice?"),
        max_length=MOST_WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Tell us what you noticed.")},
        help_text=_("Please leave out anything about your own health."),
    )
    email = forms.EmailField(
        label=_("Your e-mail address, if you want an answer"), required=False, widget=forms.EmailInput()
    )
    # People do not see this field; programs that fill in every field do.
    website = forms.CharField(required=False, widget=forms.HiddenInput())


@csrf_exempt
@never_cache
def report(request: HttpRequest, section_slug: str, slug: str) -> HttpResponse:
    """Show the form for a public article and take a report; 404 for anything that is not public."""
    rows = PublishedArticle.objects.public_now(timezone.now())
    row = rows.filter(address=f"/{section_slug}/{slug}/").only("page_id", "digest", "title", "address").first()
    if row is None:
        raise Http404
    form = ReaderReportForm(request.POST or None, initial={"kind": ReaderReport.Kind.WRONG})
    if request.method == "POST" and form.is_valid():
        if not is_within(request, "reader-report", RATE):
            form.add_error(None, _("Several reports came from here within the hour. Please try again later."))
        else:
            _take(row, form.cleaned_data)
            return redirect(f"{row.address}report/?sent=1")
    context = {
        "form": form,
        "article_title": row.title,
        "article_url": row.address,
        "is_sent": "sent" in request.GET and not form.is_bound,
        "metadata": Metadata(title=gettext("Report a problem"), description="", canonical_url="", robots="noindex"),
    }
    return render(request, "research/report.html", context, status=400 if form.errors else 200)


def _take(row: PublishedArticle, given: dict[str, Any]) -> None:
    if given["website"]:
        return
    taken = ReaderReport.objects.create(
        article_id=row.page_id,
        digest=row.digest,
        kind=given["kind"],
        words=given["words"],
        email=given["email"],
    )
    announce_report(taken)
