"""The page behind a guest's address: one step at a time, without a script, a session or a cookie.

The address itself is the right to be here, so there is nobody in whose name another site could send the forms.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from common.languages import speaking
from common.limits import is_within, may_read
from research.models.reviews.guests import GuestLink
from research.newsroom.times import zoned
from research.reading import drafts
from research.reading.guests.forms import DeclarationForm, OpinionForm
from research.reading.shapes import Metadata
from research.review import guests

# A person's patience, not a script's.
RATE = "30/h/ip"
READ_A_MINUTE = 60


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def guest(request: HttpRequest, token: str) -> HttpResponse:
    """Show a guest what comes next: the statement, the text with its form, then thanks; or why there is nothing."""
    if not may_read(request, "guest", a_minute=READ_A_MINUTE):
        return _closed(request, _("Too many pages were asked for from here. Please try again in a few minutes."), 429)
    link = guests.find(token, timezone.now())
    if link is None:
        words = _(
            "It may have ended, it may have been taken back, or its address was not copied whole. Please ask the "
            "person who sent it to you."
        )
        return _closed(request, words, 404)
    with speaking(guests.language_of(link)):
        return _next_step(request, link)


def _next_step(request: HttpRequest, link: GuestLink) -> HttpResponse:
    if link.answered_at is not None:
        return _page(request, "research/guest_thanks.html", {"link": link, "answered": zoned(link.answered_at)})
    if not guests.is_in_review(link):
        return _no_longer_in_review(request)
    step = _declare if link.declared_at is None else _read_and_answer
    return step(request, link)


def _declare(request: HttpRequest, link: GuestLink) -> HttpResponse:
    """Ask for the statement, before a word of the text is shown."""
    form = DeclarationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _is_too_often(request, form):
            return _page(request, "research/guest_declare.html", {"link": link, "form": form}, 429)
        try:
            guests.declare(link, form.statement(), timezone.now())
        except guests.NotAsked:
            return _no_longer_in_review(request)
        return drafts.keep_private(redirect(request.path))
    context = {"link": link, "form": form, "expires": zoned(link.expires_at)}
    return _page(request, "research/guest_declare.html", context, 400 if form.errors else 200)


def _read_and_answer(request: HttpRequest, link: GuestLink) -> HttpResponse:
    """Show the frozen version with the form below it, and take the one answer."""
    form = OpinionForm(request.POST or None, kind=link.kind)
    status = 200
    # A form that was sent twice, or from the step before, says nothing of the text.
    if request.method == "POST" and not form.is_valid():
        status = 400
    elif request.method == "POST":
        if _is_too_often(request, form):
            status = 429
        else:
            given = form.cleaned_data
            try:
                guests.answer(link, verdict=given.get("verdict", ""), words=given["words"], now=timezone.now())
            except guests.NotAsked:
                return _no_longer_in_review(request, typed=given["words"])
            return drafts.keep_private(redirect(request.path))
    revision = link.submission.revision
    page = revision.as_object() if revision else link.article
    context = {
        "article": drafts.frozen_presentation(link.submission, page),
        "link": link,
        "form": form,
        "expires": zoned(link.expires_at),
    }
    return drafts.keep_private(render(request, "research/guest_page.html", context, status=status))


def _is_too_often(request: HttpRequest, form: DeclarationForm | OpinionForm) -> bool:
    if is_within(request, "guest", RATE):
        return False
    form.add_error(None, _("Too much was sent from here within the hour. Your words are still here: try again later."))
    return True


def _no_longer_in_review(request: HttpRequest, typed: str = "") -> HttpResponse:
    words = _(
        "The text you were asked about was changed, or its review is over, so there is nothing left to answer. Thank "
        "you for your time. If you still have something to say, please write to the person who invited you."
    )
    return _closed(request, words, 410, typed=typed)


def _closed(request: HttpRequest, words: str, status: int, *, typed: str = "") -> HttpResponse:
    return _page(request, "research/guest_closed.html", {"words": words, "typed": typed}, status)


def _page(request: HttpRequest, template: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    metadata = Metadata(
        title=_("A text that is not public"), description="", canonical_url="", robots="noindex, nofollow, noarchive"
    )
    return drafts.keep_private(render(request, template, {"metadata": metadata, **context}, status=status))
