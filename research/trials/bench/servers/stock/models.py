"""The pages of the site: a front and sections, and articles with a body, a picture, topics and what is alike."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from modelcluster.fields import ParentalManyToManyField
from wagtail.blocks import CharBlock, RichTextBlock
from wagtail.fields import StreamField
from wagtail.images import get_image_model_string
from wagtail.models import Page

RELATED, LISTED = 5, 12


class Topic(models.Model):
    """What an article is about."""

    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name


class ListPage(Page):
    """The front, or a section: lists the newest articles below it."""

    template = "stock/list.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the articles."""
        below = StockArticlePage.objects.live().public().descendant_of(self)
        found = below.order_by("-first_published_at")[:LISTED]
        return {**super().get_context(request, *args, **kwargs), "articles": found}


class StockArticlePage(Page):
    """An article."""

    template = "stock/article.html"

    summary = models.TextField()
    lead = models.ForeignKey(get_image_model_string(), null=True, on_delete=models.SET_NULL, related_name="+")
    body = StreamField([("heading", CharBlock()), ("text", RichTextBlock())])
    topics = ParentalManyToManyField(Topic, related_name="articles")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the newest public articles that share a topic."""
        alike = StockArticlePage.objects.live().public().filter(topics__in=self.topics.all()).exclude(pk=self.pk)
        found = alike.distinct().order_by("-first_published_at")[:RELATED]
        return {**super().get_context(request, *args, **kwargs), "related": found}
