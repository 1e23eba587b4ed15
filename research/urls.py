"""Addresses of the research section that are not pages of the tree.

An article is found by its public address in one statement; everything else goes through Wagtail.
"""

from django.urls import re_path

from research.admin.board.feed_views import calendar_feed
from research.reading import article_json, preview_view, reader_reports, views

urlpatterns = [
    re_path(r"^calendar/(?P<token>[-\w]{43})\.ics$", calendar_feed, name="research_calendar_feed"),
    # The slash at the end may be missing: programs that turn addresses into links like to drop it.
    re_path(r"^preview/(?P<token>[^/]+)/?$", preview_view.preview, name="research_preview"),
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
    re_path(
        r"^(?P<section_slug>[-\w]+)/(?!topics/|feed/|search/)(?P<slug>[-\w]+)/$",
        views.article,
        name="research_article",
    ),
]
