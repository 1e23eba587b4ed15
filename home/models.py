"""The front page and the small pages about the publication."""

from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.url_routing import RouteResult

from common.models import TOP_LEVEL_ADDRESSES, BasePage
from home import views
from research.models import TopicIndexPage

INFO_FEATURES = ["h2", "h3", "bold", "italic", "ul", "ol", "link"]


class HomePage(BasePage):
    """The front: lead story, latest, topics; and what the publication is called."""

    publication_name = models.CharField(max_length=60, default="Countersign")
    tagline = models.CharField(max_length=120, blank=True, help_text="One line under the name, without medical claims.")
    intro = RichTextField(features=["bold", "italic", "link"], blank=True)
    contact_email = models.EmailField(blank=True)
    lead_article = models.ForeignKey(
        "research.ArticlePage",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Leads the front while it is public. Otherwise the newest article does.",
    )

    content_panels = [
        *BasePage.content_panels,
        MultiFieldPanel([FieldPanel("publication_name"), FieldPanel("tagline")], "Publication"),
        FieldPanel("lead_article"),
        FieldPanel("intro"),
        FieldPanel("contact_email"),
    ]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["research.TopicIndexPage", "home.InfoPage"]
    max_count = 1

    class Meta:
        verbose_name = "home page"

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Find a section in one statement; leave other pages to Wagtail."""
        if path_components:
            section = TopicIndexPage.objects.child_of(self).filter(slug=path_components[0]).first()
            if section is not None:
                return section.route(request, path_components[1:])
        return super().route(request, path_components)

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Print the front from sealed articles."""
        return views.front(request, self)


class InfoPage(BasePage):
    """A small page about the publication: how we rate, privacy, contact. No medical claims."""

    intro = models.TextField(blank=True, max_length=300)
    body = RichTextField(features=INFO_FEATURES, blank=True)

    content_panels = [*BasePage.content_panels, FieldPanel("intro"), FieldPanel("body")]
    parent_page_types = ["home.HomePage"]
    subpage_types: list[str] = []
    reserved_slugs = TOP_LEVEL_ADDRESSES

    class Meta:
        verbose_name = "information page"

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Print the page."""
        return views.info_page(request, self)
