"""What readers see: one row an article that is, or was, public. Only a release writes it."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Length, Substr
from wagtail.models import PageViewRestriction

from research.models.references import Study

# After its re-review date an article says so; this long after it, lists stop offering it.
LONG_OVERDUE_DAYS = 180
NEWEST_FIRST = ("-published_at", "-pk")
WITHHELD_STATUSES = (Study.Status.RETRACTED, Study.Status.WITHDRAWN)


class PublishedArticleQuerySet(models.QuerySet["PublishedArticle"]):
    def public_now(self, now: datetime) -> "PublishedArticleQuerySet":
        """Articles that have an address at this moment."""
        restricted = PageViewRestriction.objects.annotate(
            root=F("page__path"), here=Substr(OuterRef("tree_path"), 1, Length("page__path"))
        ).filter(root=F("here"))
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), withdrawn_at__isnull=True).exclude(
            Exists(restricted)
        )

    def listable(self, now: datetime) -> "PublishedArticleQuerySet":
        """Public articles that lists, cards and feeds may offer.

        A retracted or long-overdue article keeps its address and is found by search, with its notice.
        """
        return self.public_now(now).filter(
            Q(study__isnull=True) | ~Q(study__status__in=WITHHELD_STATUSES),
            listable_until__gt=now,
        )

    def for_cards(self) -> "PublishedArticleQuerySet":
        """Only what a card prints, its study among it; the sealed content and the search text stay behind."""
        return self.select_related("study").defer("content", "search_text")

    def newest_first(self) -> "PublishedArticleQuerySet":
        """The order of every list."""
        return self.order_by(*NEWEST_FIRST)


class PublishedArticle(models.Model):
    """The sealed words of one public article with everything its cards and lists need."""

    page = models.OneToOneField("research.ArticlePage", on_delete=models.PROTECT, related_name="published")
    subject_uuid = models.UUIDField(unique=True)
    digest = models.CharField(max_length=64)
    sign_off = models.ForeignKey("research.SignOff", on_delete=models.PROTECT, related_name="+", db_column="sign_off")
    content = models.TextField()
    section = models.ForeignKey("research.TopicIndexPage", on_delete=models.PROTECT, related_name="published_articles")
    tree_path = models.CharField(max_length=255)
    address = models.CharField(max_length=500, unique=True)
    study = models.ForeignKey(Study, null=True, on_delete=models.PROTECT, related_name="published_articles")
    topics = models.ManyToManyField("research.Topic", related_name="published_articles")

    title = models.CharField(max_length=255)
    summary = models.TextField()
    search_text = models.TextField()
    topics_text = models.TextField(blank=True)
    authors: models.JSONField = models.JSONField(default=list)
    pictures: models.JSONField = models.JSONField(default=dict)
    lead_alternative_text = models.CharField(max_length=300, blank=True)
    labels: models.JSONField = models.JSONField(default=list)
    credibility = models.PositiveSmallIntegerField(default=0)
    credibility_word = models.CharField(max_length=40, blank=True)
    interest = models.PositiveSmallIntegerField(default=0)
    # A notice that the signature does not know of asks for a new judgement; set when either changes.
    rating_withheld = models.BooleanField(default=False)
    related_ids: models.JSONField = models.JSONField(default=list)

    published_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    reviewed_at = models.DateTimeField()
    review_due_at = models.DateTimeField()
    listable_until = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = PublishedArticleQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-published_at", "-id"]),
            models.Index(fields=["section", "-published_at"]),
        ]

    def __str__(self) -> str:
        return self.title

    def sealed_words(self) -> str:
        """Return what the digest is of."""
        return self.content
