"""Addresses of the research section, and those of pages that need no walk down Wagtail's tree.

An article, a section and its topics are found by their public address in one statement; everything else goes
through Wagtail.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import include, path, re_path
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction
from wagtail.views import serve

import common.odd_input  # noqa: F401 - makes the converter "id" known
from common.page_store.memory import ACCESS_SECONDS, remembered_for_pages
from common.page_store.shown import kept
from common.prepared import TEXT, Prepared
from research.admin.board.feed_views import calendar_feed
from research.models.published import ListingCount
from research.models.sections import TopicIndexPage
from research.reading import drafts, reader_reports, transparency
from research.reading.api import views as api
from research.reading.article.as_json import article_data
from research.reading.article.views import article, article_with_details
from research.reading.contributors.page import contributor
from research.reading.feeds import atom_feed, json_feed, section_channel, topic_channel
from research.reading.guests.page import guest
from research.reading.made.page import made
from research.reading.made.version import version
from research.reading.section import section_front
from research.reading.sharing.view import share_image
from research.reading.sheets.questions import questions
from research.reading.topics import pages as topics
from research.reading.topics.links import public_topic, slug_now

#: What decides which sections everybody may see, and all that is said of them.
OF_SECTIONS = (TopicIndexPage, Page, PageViewRestriction, ListingCount)


def _section(slug: str) -> Any:
    count = ListingCount.objects.filter(section=OuterRef("pk"), topic__isnull=True)
    sections = TopicIndexPage.objects.open_to_all().annotate(listed=Subquery(count.values("articles")))
    return sections.filter(slug=slug).order_by("pk")[:1]


SECTION = Prepared(_section, TEXT)


def of_section(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give a view the section at an address; what is no section, or is for some readers only, is Wagtail's."""

    @wraps(view)
    def serve_section(request: HttpRequest, section_slug: str, **kwargs: Any) -> HttpResponseBase:
        key = f"section:{section_slug}"
        section = remembered_for_pages(key, OF_SECTIONS, lambda: SECTION.first(section_slug), seconds=ACCESS_SECONDS)
        if section is None:
            return serve(request, request.path_info.removeprefix("/"))
        return view(request, section, **kwargs)

    return serve_section


def with_sections(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give a view the sections that everybody may see; those that are for some readers only are not among them."""

    @wraps(view)
    def serve_with_sections(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return view(request, TopicIndexPage.objects.open_to_all(), **kwargs)

    return serve_with_sections


def of_topic(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Send who asks for a topic by a former address to where it stands now, in the section that they ask in."""

    @wraps(view)
    def serve_topic(request: HttpRequest, section: TopicIndexPage, slug: str) -> HttpResponseBase:
        try:
            return view(request, section, slug=slug)
        except Http404:
            current = slug_now(section, slug, timezone.now())
            if current is None:
                raise
            there = request.path.replace(f"/topics/{slug}/", f"/topics/{current}/", 1)
            return HttpResponsePermanentRedirect(there)

    return of_section(serve_topic)


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

api_urls = [
    path("", api.index, name="research_api"),
    path("openapi.json", api.openapi, name="research_api_description"),
    path("articles", api.articles, name="research_api_articles"),
    path("articles/<uuid:pk>", api.article, name="research_api_article"),
    path("sections", with_sections(api.sections), name="research_api_sections"),
    path("sections/<slug:section_slug>/articles", with_sections(api.section_articles), name="research_api_section"),
    path("sections/<slug:section_slug>/topics", with_sections(api.topics), name="research_api_topics"),
    path(
        "sections/<slug:section_slug>/topics/<slug:slug>/articles",
        with_sections(api.topic_articles),
        name="research_api_topic",
    ),
    re_path(r"^(?P<path>.*)$", api.nothing, name="research_api_nothing"),
]

urlpatterns = [
    path("api/v1/", include(api_urls)),
    path(".well-known/countersign/", include(transparency_urls)),
    path("contributors/<id:pk>/", contributor, name="research_contributor"),
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
        article_data,
        name="research_article_data",
    ),
    re_path(
        r"^(?P<section_slug>[-\w]+)/(?!topics/)(?P<slug>[-\w]+)/share\.png$", share_image, name="research_share_image"
    ),
    re_path(r"^(?P<section_slug>[-\w]+)/(?!topics/)(?P<slug>[-\w]+)/made/$", made, name="research_made"),
    re_path(
        r"^(?P<section_slug>[-\w]+)/(?!topics/)(?P<slug>[-\w]+)/details/$",
        article_with_details,
        name="research_article_details",
    ),
    re_path(r"^(?P<section_slug>[-\w]+)/(?!topics/)(?P<slug>[-\w]+)/questions/$", questions, name="research_questions"),
    path("<slug:section_slug>/<slug:slug>/versions/<id:number>/", version, name="research_version"),
    re_path(
        r"^(?P<section_slug>[-\w]+)/(?!topics/|feed/|search/)(?P<slug>[-\w]+)/$",
        article,
        name="research_article",
    ),
    re_path(r"^(?P<section_slug>[-\w]+)/$", of_section(section_front), name="research_section"),
    re_path(r"^(?P<section_slug>[-\w]+)/topics/$", of_section(topics.topics_a_to_z), name="research_topics"),
    re_path(
        r"^(?P<section_slug>[-\w]+)/topics/(?P<slug>[-\w]+)/$", of_topic(topics.topic_listing), name="research_topic"
    ),
    re_path(
        r"^(?P<section_slug>[-\w]+)/topics/(?P<slug>[-\w]+)/feed/$", of_topic(topic_feed), name="research_topic_feed"
    ),
    re_path(
        r"^(?P<section_slug>[-\w]+)/topics/(?P<slug>[-\w]+)/feed\.json$",
        of_topic(topic_json_feed),
        name="research_topic_json_feed",
    ),
    re_path(r"^(?P<section_slug>[-\w]+)/feed/$", of_section(section_feed), name="research_feed"),
    re_path(r"^(?P<section_slug>[-\w]+)/feed\.json$", of_section(section_json_feed), name="research_json_feed"),
]
