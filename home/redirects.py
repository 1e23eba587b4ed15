"""Redirects of pages that moved: made for what is public, and leading only there.

Wagtail makes one for any page whose slug changes, and leads readers wherever that page stands by now. A draft's slug is
made of its title, which nobody has countersigned.
"""

from typing import Any

from django.http import HttpRequest, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin
from wagtail.contrib.redirects import signal_handlers
from wagtail.contrib.redirects.middleware import get_redirect
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page
from wagtail.signals import page_slug_changed, post_page_move

from research.models import ArticlePage, PublishedArticle


class RedirectMiddleware(MiddlewareMixin):
    """Lead on from addresses that nothing is at, as Wagtail's does, and to public pages only."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return a redirect where one is known for an address that is not found."""
        if response.status_code != 404:
            return response
        path = Redirect.normalise_path(request.get_full_path(), decode_unicode=False)
        found = get_redirect(request, path) or get_redirect(request, path.partition("?")[0])
        link = _link_of(found) if found is not None else None
        if not link:
            return response
        return HttpResponsePermanentRedirect(link) if found.is_permanent else HttpResponseRedirect(link)


def _link_of(redirect: Redirect) -> str | None:
    """Return where a redirect leads; None where readers cannot go."""
    page = redirect.redirect_page
    if page is None:
        return redirect.link
    if issubclass(page.specific_class or Page, ArticlePage):
        public = PublishedArticle.objects.public_now(timezone.now()).filter(page_id=page.pk)
        return public.values_list("address", flat=True).first()
    return redirect.link if Page.objects.live().public().filter(pk=page.pk).exists() else None


def follow_slug(instance: Page, **kwargs: Any) -> None:
    """Make redirects for a public page that got another slug, and for what is below it."""
    if instance.live:
        signal_handlers.autocreate_redirects_on_slug_change(instance=instance, **kwargs)


def follow_move(instance: Page, **kwargs: Any) -> None:
    """Make redirects for a public page that was moved, and for what is below it."""
    if instance.live:
        signal_handlers.autocreate_redirects_on_page_move(instance=instance, **kwargs)


def connect() -> None:
    """Take the place of what Wagtail does by itself."""
    page_slug_changed.disconnect(signal_handlers.autocreate_redirects_on_slug_change)
    post_page_move.disconnect(signal_handlers.autocreate_redirects_on_page_move)
    page_slug_changed.connect(follow_slug, dispatch_uid="home.redirects")
    post_page_move.connect(follow_move, dispatch_uid="home.redirects")
