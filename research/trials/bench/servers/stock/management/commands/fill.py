"""Makes the site's tables, a section and articles in it."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.utils import timezone
from PIL import Image as Picture
from wagtail.images.models import Image
from wagtail.models import Page, Site

from research.trials.bench.servers.stock.models import ListPage, StockArticlePage, Topic

#: Fifteen words; thirty times they are as long as the articles that ours are measured with.
SENTENCE = "In this trial, fewer people who took the treatment had a relapse within a year. "
TOPICS, PARAGRAPHS, SENTENCES = 10, 6, 5


class Command(BaseCommand):
    """Each article has three topics and the same picture."""

    help = "Makes the site's tables, a section and articles in it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add how many articles."""
        parser.add_argument("articles", type=int)

    def handle(self, *args: Any, articles: int, **options: Any) -> None:
        """Make them."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("CREATE SCHEMA IF NOT EXISTS stock")
        call_command("migrate", verbosity=0)
        front = Page.objects.get(depth=1).add_child(instance=ListPage(title="Front", slug="front"))
        Site.objects.update(root_page=front)
        section = front.add_child(instance=ListPage(title="Section", slug="section", show_in_menus=True))
        topics = [Topic(name=f"Topic {number}") for number in range(TOPICS)]
        for topic in topics:
            topic.save()
        lead, now = _picture(), timezone.now()
        for number in range(articles):
            page = StockArticlePage(
                title=f"Article {number}",
                slug=f"article-{number}",
                summary=SENTENCE,
                lead=lead,
                body=[("heading", "What they found"), *[("text", f"<p>{SENTENCE * SENTENCES}</p>")] * PARAGRAPHS],
                first_published_at=now - timedelta(minutes=articles - number),
            )
            page.topics = [topics[(number + step) % TOPICS] for step in (0, 1, 3)]
            section.add_child(instance=page)


def _picture() -> Image:
    written = BytesIO()
    Picture.new("RGB", (1600, 900), "teal").save(written, "JPEG")
    return Image.objects.create(title="Lead", file=ContentFile(written.getvalue(), "lead.jpg"))
