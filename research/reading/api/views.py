"""The addresses of the API. Sections are handed to it: they are pages, which this side of the code does not know."""

from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from common import letterhead
from common.conditional import with_last_modified
from common.page_store.shown import kept, shows, shows_until
from research.content.richtext import text_of
from research.models.published import ListingCount
from research.models.texts import PublishedText
from research.publishing.showing import NAMED_BY_ARTICLES, NAMED_BY_LISTS, counts_tag
from research.reading.api.answers import ROOT, data, endpoint, problem
from research.reading.api.description import describe
from research.reading.api.lists import AFTER, list_of
from research.reading.api.shapes import licence_data, whole
from research.reading.article.presentation import presentation_of
from research.reading.article.rows import public_row_of
from research.reading.topics.links import public_topic


@kept()
@endpoint
def index(request: HttpRequest) -> HttpResponseBase:
    """Say what is here."""
    names = ("articles", "sections", "openapi.json")
    return data(
        {
            "publication": letterhead.current().name,
            "licence": licence_data(),
            "links": {name.partition(".")[0]: request.build_absolute_uri(f"{ROOT}{name}") for name in names},
        }
    )


@kept()
@endpoint
def openapi(request: HttpRequest) -> HttpResponseBase:
    """Serve the description of this API."""
    return data(describe(request.build_absolute_uri(ROOT.removesuffix("/")), letterhead.current().name))


@kept(AFTER, names=NAMED_BY_LISTS)
@endpoint
def articles(request: HttpRequest) -> HttpResponseBase:
    """Serve what the site offers, newest first."""
    return list_of(request, timezone.now())


@kept(AFTER, names=NAMED_BY_LISTS)
@endpoint
def section_articles(request: HttpRequest, sections: Any, section_slug: str) -> HttpResponseBase:
    """Serve what a section offers, newest first."""
    found = _section(sections, section_slug)
    return list_of(request, timezone.now(), section_id=found.pk, about={"section": _section_data(request, found)})


@kept(AFTER, names=NAMED_BY_LISTS)
@endpoint
def topic_articles(request: HttpRequest, sections: Any, section_slug: str, slug: str) -> HttpResponseBase:
    """Serve what a section offers on a topic, newest first."""
    now, found = timezone.now(), _section(sections, section_slug)
    topic = public_topic(found, slug, now)
    about = {"section": _section_data(request, found), "topic": {"name": topic.name, "slug": topic.slug}}
    return list_of(request, now, section_id=found.pk, topic_id=topic.pk, about=about)


@kept(names=NAMED_BY_ARTICLES)
@endpoint
def article(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Serve an article with its words; 410 once it was withdrawn or has expired.

    Raises:
        Http404: nothing of this id was ever public.
    """
    now = timezone.now()
    row = public_row_of(now, subject_uuid=pk)
    if row is None:
        return problem(410, _("This article was withdrawn, or its time is over. Take it down wherever you show it."))
    presentation = presentation_of(request, row, now)
    return with_last_modified(data(whole(request, row, presentation)), row.updated_at)


@kept(names=NAMED_BY_LISTS)
@endpoint
def sections(request: HttpRequest, sections: Any) -> HttpResponseBase:
    """Serve the sections of the site."""
    # By their numbers: asked in any order of theirs, a database would start from all pages.
    keys = list(sections.model.objects.order_by().values_list("pk", flat=True))
    found = sorted(sections.filter(pk__in=keys).order_by(), key=lambda section: (section.title.lower(), section.pk))
    return data({"sections": [_section_data(request, section) for section in found]})


@kept(names=NAMED_BY_LISTS)
@endpoint
def topics(request: HttpRequest, sections: Any, section_slug: str) -> HttpResponseBase:
    """Serve the topics of a section that have something to read, by name, with what is signed of them."""
    now, found = timezone.now(), _section(sections, section_slug)
    signed = PublishedText.objects.filter(subject_uuid=OuterRef("topic__subject_uuid"))
    listed = ListingCount.objects.of_topics(now).filter(section=found.pk).select_related("topic")
    counts = list(listed.annotate(signed=Subquery(signed.values("values")[:1])).order_by("topic__name"))
    shows(counts_tag(found.pk))
    shows_until(*(count.until for count in counts))
    return data(
        {
            "section": _section_data(request, found),
            "topics": [_topic_data(request, found, count) for count in counts],
        }
    )


@endpoint
def nothing(request: HttpRequest, path: str) -> HttpResponseBase:
    """Answer as the API does where there is nothing.

    Raises:
        Http404: always.
    """
    raise Http404(_("This API has nothing at this address. Its description is at openapi.json."))


def _section(sections: Any, slug: str) -> Any:
    found = sections.filter(slug=slug).first()
    if found is None:
        raise Http404(_("There is no public section of this name."))
    return found


def _section_data(request: HttpRequest, section: Any) -> dict[str, Any]:
    here = request.build_absolute_uri(f"{ROOT}sections/{section.slug}")
    return {
        "title": section.title,
        "slug": section.slug,
        "condition": section.condition_name,
        "url": request.build_absolute_uri(f"/{section.slug}/"),
        "links": {
            "articles": f"{here}/articles",
            "topics": f"{here}/topics",
            "feed": request.build_absolute_uri(f"/{section.slug}/feed.json"),
        },
    }


def _topic_data(request: HttpRequest, section: Any, count: Any) -> dict[str, Any]:
    topic = count.topic
    signed = count.signed if count.signed and topic.shows(count.signed) else {}
    return {
        "name": topic.name,
        "slug": topic.slug,
        "mesh": topic.mesh_ui,
        "definition": text_of(signed.get("definition", "")),
        "articles": count.articles,
        "url": request.build_absolute_uri(f"/{section.slug}/topics/{topic.slug}/"),
        "links": {
            "articles": request.build_absolute_uri(f"{ROOT}sections/{section.slug}/topics/{topic.slug}/articles")
        },
    }
