"""The readers' pages about mails: asking for them, saying yes, changing, ending. Never stored by a cache.

They ask for no cookie and know no session. A link's token is all the right there is, and so a form of another site
can do nothing here that its own sender could not do: the forms carry no token against forgery.
"""

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from common.limits import is_within
from home.following.forms import ChoicesForm, FollowForm
from home.following.models import Follower, next_due
from home.following.sending import BACK_OFF
from research.models.sections import TopicIndexPage
from research.models.topics import Topic
from research.reading.shapes import Metadata

# A person's patience, not a script's.
RATE = "5/h/ip"
MOST_ADDRESS_LENGTH = 500
ADDRESS = re.compile(r"[-\w]+(?:/topics/[-\w]+)?")

reads_and_writes = require_http_methods(["GET", "HEAD", "POST"])


@csrf_exempt
@never_cache
@reads_and_writes
def follow(request: HttpRequest) -> HttpResponse:
    """Ask for mails. The answer is the same whether the address is known or not."""
    form = FollowForm(request.POST or None, initial=_named_in(request))
    if request.method == "POST" and form.is_valid():
        if is_within(request, "follow", RATE):
            if not form.cleaned_data["website"]:
                _take(form.cleaned_data)
            return redirect(f"{reverse('home_follow')}?asked=1")
        form.add_error(None, gettext("Several addresses came from here within the hour. Please try again later."))
    context = {"form": form, "is_asked": "asked" in request.GET and not form.is_bound}
    return _page(request, "follow", gettext("Follow by mail"), context, status=400 if form.errors else 200)


def _named_in(request: HttpRequest) -> dict[str, Any]:
    """Return the section and the topic whose page led here, from its address."""
    address = request.GET.get("of", "")[:MOST_ADDRESS_LENGTH].strip("/")
    section_slug, _, rest = address.partition("/") if ADDRESS.fullmatch(address) else ("", "", "")
    section = TopicIndexPage.objects.open_to_all().filter(slug=section_slug).first()
    topic_slug = rest.removeprefix("topics/") if section else ""
    return {"section": section, "topic": Topic.objects.filter(slug=topic_slug).first() if topic_slug else None}


def _take(given: dict[str, Any]) -> None:
    now = timezone.now()
    choices = {name: given[name] for name in ChoicesForm.Meta.fields}
    found, is_new = Follower.objects.get_or_create(
        email=given["email"], defaults={**choices, "asked_at": now, "link_due_at": now}
    )
    if is_new:
        return
    # What its owner chose stays: anybody can type an address.
    if found.confirmed_at is None:
        Follower.objects.filter(pk=found.pk, confirmed_at=None).update(**choices)
    # One mail in a while, however often somebody asks in another's name.
    asked_before = now - BACK_OFF.first
    Follower.objects.filter(pk=found.pk, asked_at__lt=asked_before).update(asked_at=now, link_due_at=now)


@csrf_exempt
@never_cache
@reads_and_writes
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Say yes, by a button: programs that look into mails follow links."""
    follower = _follower(token)
    if request.method == "POST":
        follower.confirm(timezone.now())
        return redirect(f"{reverse('home_followed', args=[token])}?confirmed=1")
    return _page(request, "confirm", gettext("One more click"), {"follower": follower})


@csrf_exempt
@never_cache
@reads_and_writes
def followed(request: HttpRequest, token: str) -> HttpResponse:
    """Show what somebody chose and all that is kept about them, and take other choices."""
    follower = _follower(token)
    if follower.confirmed_at is None:
        return redirect("home_follow_confirm", token)
    frequency = follower.frequency
    form = ChoicesForm(request.POST or None, instance=follower)
    if request.method == "POST" and form.is_valid():
        fields = list(ChoicesForm.Meta.fields)
        if form.cleaned_data["frequency"] != frequency:
            form.instance.due_at = next_due(form.cleaned_data["frequency"], timezone.now())
            fields.append("due_at")
        if not Follower.objects.filter(pk=follower.pk).exists():
            raise Http404
        form.instance.save(update_fields=fields)
        return redirect(f"{reverse('home_followed', args=[token])}?saved=1")
    context = {
        "form": form,
        "follower": follower,
        "unsubscribe_url": reverse("home_unfollow", args=[token]),
        "is_confirmed": "confirmed" in request.GET and not form.is_bound,
        "is_saved": "saved" in request.GET and not form.is_bound,
    }
    return _page(request, "followed", gettext("Your mails"), context, status=400 if form.errors else 200)


@csrf_exempt
@never_cache
@reads_and_writes
def unfollow(request: HttpRequest, token: str) -> HttpResponse:
    """End the mails and forget the address: by a button, or by a mail program's own (RFC 8058).

    A link that has ended answers as one that just did: there is nothing left to end.
    """
    follower = Follower.objects.with_token(token)
    if request.method == "POST" and follower is not None:
        follower.delete()
        follower = None
    return _page(request, "unfollow", gettext("No more mails"), {"follower": follower})


def _follower(token: str) -> Follower:
    follower = Follower.objects.with_token(token)
    if follower is None:
        raise Http404("This link has ended. Ask for mails again to get another one.")
    return follower


def _page(request: HttpRequest, name: str, title: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    metadata = Metadata(title=title, description="", canonical_url="", robots="noindex")
    response = render(request, f"home/following/{name}.html", {**context, "metadata": metadata}, status=status)
    # The token in the address is the owner's alone.
    response["Referrer-Policy"] = "no-referrer"
    return response
