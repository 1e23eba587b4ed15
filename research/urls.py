"""Addresses of the research section, and those of pages that need no walk down Wagtail's tree.

An article, a section and its topics are found by their public address in one statement; everything else goes
through Wagtail.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import include, path, re_path
from django.utils import timezone
from wagtail.views import serve

import common.odd_input  # noqa: F401 - makes the converter "id" known
from common.page_store.shown import kept
from research.admin.board.feed_views import calendar_feed
from research.models.pages import TopicIndexPage
from research.models.published import ListingCount
from research.reading import article_json, drafts, reader_reports, transparency, views
from research.reading.feeds import atom_feed, json_feed, section_channel, topic_channel
from research.reading.guests.page import guest
from research.reading.made.page import made
from research.reading.made.version import version
from research.reading.topics import pages as topics
from research.reading.topics.links import public_topic


def of_section(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give a view the section at an address; what is no section, or is for some readers only, is Wagtail's."""

    @wraps(view)
    def serve_section(request: HttpRequest, section_slug: str, **kwargs: Any) -> HttpResponseBase:
        count = ListingCount.objects.filter(section=OuterRef("pk"), topic__isnull=True)
        sections = TopicIndexPage.objects.open_to_all().annotate(listed=Subquery(count.values("articles")))
        section = sections.filter(slug=section_slug).first()
        if section is None:
            return serve(request, request.path_info.removeprefix("/"))
        return view(request, section, **kwargs)

    return serve_section


@kept()
def section_feed(request: HttpRequest, section: TopicIndexPage) -> HttpResponseBase:
    """The section's feed."""
    return atom_feed(request, section_channel(section))


@kept()
def section_json_feed(request: HttpRequest, section: TopicIndexPage) -> HttpResponseBase:
    """The section's feed as JSON."""
    return json_feed(request, section_channel(section))


@kept()
def topic_feed(request: HttpRequest, section: TopicIndexPage, slug: str) -> HttpResponseBase:
    """The feed of a topic."""
    return atom_feed(request, topic_channel(section, public_topic(section, slug, timezone.now())))


@kept()
def topic_json_feed(request: HttpRequest, section: TopicIndexPage, slug: str) -> HttpResponseBase:
    """The feed of a topic as JSON."""
    return json_feed(request, topic_channel(section, public_topic(section, slug, timezone.now())))


transparency_urls = [
    path("", transparency.index, name="research_transparency"),
    path("checkpoint", transparency.newest_checkpoint, name="research_newest_checkpoint"),
    path("checkpoints/<id:size>", transparency.checkpoint, name="research_checkpoint"),
    path("checkpoints/<id:size>.tsr", transparency.stamp, name="research_checkpoint_stamp"),
    path("lines/<id:sequence>", transparency.line, name="research_line"),
    path("countersign_verify.py", transparency.verifier, name="research_verifier"),
    path("consistency/<id:old>/<id:new>", transparency.consistency, name="research_consistency"),
]

urlpatterns = [
    path(".well-known/countersign/", include(transparency_urls)),
    re_path(r"^calendar/(?P<token>[-\w]{43})\.ics$", calendar_feed, name="research_calendar_feed"),
    # The slash at the end may be missing: programs that turn addresses into links like to drop it.
    re_path(r"^preview/(?P<token>[^/]+)/?$", drafts.preview, name="research_preview"),
    re_path(r"^guest/(?P<token>[-\w]{43})/?$", guest, name="research_guest"),
    re_path(
        r"^(?P<section_slug>[-\w]+)/(?!topics/)(?P<slug>[-\w]+)/report/$",
        reader_reports.report,
        name="research_report",
    ),
    re_path(
        r"^(?P<section_slug>[-\w]+)/(?!topics/)(?P<slug>[-\w]+)/made\.json$",
        article_json.article_data,
        name="research_article_data",
    ),
    re_path(r"^(?P<section_slug>[-\w]+)/(?!topics/)(?P<slug>[-\w]+)/made/$", made, name="research_made"),
    path("<slug:section_slug>/<slug:slug>/versions/<id:number>/", version, name="research_version"),
    re_path(
        r"^(?P<section_slug>[-\w]+)/(?!topics/|feed/|search/)(?P<slug>[-\w]+)/$",
        views.article,
        name="research_article",
    ),
    re_path(r"^(?P<section_slug>[-\w]+)/$", of_section(views.section_front), name="research_section"),
    re_path(r"^(?P<section_slug>[-\w]+)/topics/$", of_section(topics.topics_a_to_z), name="research_topics"),
    re_path(
        r"^(?P<section_slug>[-\w]+)/topics/(?P<slug>[-\w]+)/$", of_section(topics.topic_listing), name="research_topic"
    ),
    re_path(
        r"^(?P<section_slug>[-\w]+)/topics/(?P<slug>[-\w]+)/feed/$", of_section(topic_feed), name="research_topic_feed"
    ),
    re_path(
        r"^(?P<section_slug>[-\w]+)/topics/(?P<slug>[-\w]+)/feed\.json$",
        of_section(topic_json_feed),
        name="research_topic_json_feed",
    ),
    re_path(r"^(?P<section_slug>[-\w]+)/feed/$", of_section(section_feed), name="research_feed"),
    re_path(r"^(?P<section_slug>[-\w]+)/feed\.json$", of_section(section_json_feed), name="research_json_feed"),
]
