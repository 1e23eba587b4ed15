"""What readers see: one row an article that is, or was, public. Only a release writes it."""

from datetime import datetime

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from common.prepared_saves import PreparedSaves
from research.models.people import Person
from research.models.references import Study, StudyNotice

# After its re-review date an article says so; this long after it, lists stop offering it.
LONG_OVERDUE_DAYS = 180
NEWEST_FIRST = ("-published_at", "-pk")
#: What lists and feeds say of an article alike, and what decides whether they offer it.
LISTED_FIELDS = (
    "address",
    "title",
    "summary",
    "credibility",
    "rating_withheld",
    "published_at",
    "updated_at",
    "listable_until",
    "expires_at",
    "study__status",
)
CARD_FIELDS = (*LISTED_FIELDS, "page_id", "pictures", "lead_alternative_text", "labels")


def is_withheld(study: Study | None) -> bool:
    """Tell whether a study was retracted or withdrawn: lists do not offer what was written about it."""
    return study is not None and study.status in Study.WITHHELD_STATUSES


class PublishedArticleQuerySet(models.QuerySet["PublishedArticle"]):
    def public_now(self, now: datetime) -> "PublishedArticleQuerySet":
        """Articles that have an address at this moment: not expired, not taken down, in a section that is public."""
        in_time = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        return self.not_withdrawn().filter(in_time, restricted=False, section__live=True)

    def not_withdrawn(self) -> "PublishedArticleQuerySet":
        """Articles that nobody took down, whether or not they have expired or are for some readers only."""
        return self.filter(withdrawn_at__isnull=True)

    def listable(self, now: datetime) -> "PublishedArticleQuerySet":
        """Public articles that lists, cards and feeds may offer.

        A retracted or long-overdue article keeps its address and is found by search, with its notice.
        """
        return self.public_now(now).filter(
            Q(study__isnull=True) | ~Q(study__status__in=Study.WITHHELD_STATUSES),
            listable_until__gt=now,
        )

    def beside(self, article: "PublishedArticle | int", now: datetime) -> "PublishedArticleQuerySet":
        """What the page of an article offers to read next, in order, as cards."""
        return (
            self.listable(now).for_cards().filter(offered_beside__article=article).order_by("offered_beside__position")
        )

    def for_cards(self) -> "PublishedArticleQuerySet":
        """Only what a card prints, the status of its study among it."""
        return self.select_related("study").only(*CARD_FIELDS)

    def newest_first(self) -> "PublishedArticleQuerySet":
        """The order of every list."""
        return self.order_by(*NEWEST_FIRST)


class PublishedArticle(PreparedSaves, models.Model):
    """The sealed words of one public article with everything its cards and lists need."""

    page = models.OneToOneField("research.ArticlePage", on_delete=models.PROTECT, related_name="published")
    subject_uuid = models.UUIDField(unique=True)
    digest = models.CharField(max_length=64)
    sign_off = models.ForeignKey("research.SignOff", on_delete=models.PROTECT, related_name="+", db_column="sign_off")
    content = models.TextField()
    section = models.ForeignKey("research.TopicIndexPage", on_delete=models.PROTECT, related_name="published_articles")
    address = models.CharField(max_length=500, unique=True)
    study = models.ForeignKey(Study, null=True, on_delete=models.PROTECT, related_name="published_articles")
    topics = models.ManyToManyField("research.Topic", related_name="published_articles")

    title = models.CharField(max_length=255)
    summary = models.TextField()
    search_text = models.TextField()
    topics_text = models.TextField(blank=True)
    authors: models.JSONField = models.JSONField(default=list)
    # The contributors of these names, in the same order; None for one whose name was removed.
    author_ids: models.JSONField = models.JSONField(default=list)
    pictures: models.JSONField = models.JSONField(default=dict)
    lead_alternative_text = models.CharField(max_length=300, blank=True)
    labels: models.JSONField = models.JSONField(default=list)
    credibility = models.PositiveSmallIntegerField(default=0)
    credibility_word = models.CharField(max_length=40, blank=True)
    interest = models.PositiveSmallIntegerField(default=0)
    # A notice that the signature does not know of asks for a new judgement; set when either changes.
    rating_withheld = models.BooleanField(default=False)
    related_ids: models.JSONField = models.JSONField(default=list)
    # Of ``PublishedVersion``: the page says so without asking for it.
    version = models.PositiveIntegerField(default=1)

    published_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    reviewed_at = models.DateTimeField()
    review_due_at = models.DateTimeField()
    listable_until = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    # A view restriction on the page or above it: resolved when a restriction or the tree changes.
    restricted = models.BooleanField(default=False)

    objects = PublishedArticleQuerySet.as_manager()

    class Meta:
        indexes = [
            # What time alone will take out of lists: the runner asks for it.
            models.Index(fields=["listable_until"]),
            # The board, and the report of re-reviews.
            models.Index(
                fields=["published_at"], condition=models.Q(withdrawn_at__isnull=True), name="published_by_date"
            ),
            models.Index(
                fields=["review_due_at"], condition=models.Q(withdrawn_at__isnull=True), name="published_by_next_review"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def sealed_words(self) -> str:
        """Return what the digest is of."""
        return self.content

    def byline(self) -> list[tuple[str, int | None]]:
        """Return each author's name as readers have it, with whose it is; None for one whose name was removed."""
        ids = [*self.author_ids, *[None] * len(self.authors)]
        return list(zip(self.authors, ids, strict=False))

    def offered_until(self) -> datetime:
        """Return when time alone takes the article out of lists."""
        return min(self.listable_until, self.expires_at) if self.expires_at else self.listable_until


class PublishedVersionQuerySet(models.QuerySet["PublishedVersion"]):
    def replaced(self) -> "PublishedVersionQuerySet":
        """Versions that a newer one took the place of."""
        return self.filter(replaced_at__isnull=False)

    def newest_first(self) -> "PublishedVersionQuerySet":
        """The order of every list of versions."""
        return self.order_by("-number")


class PublishedVersion(PreparedSaves, models.Model):
    """The words that were public of an article for a time, by their digest. Only a release writes a row.

    The words themselves stand in ``SealedContent``, once, so that what is removed there is gone here too.
    ``changed`` names the parts that differ from the version before.
    """

    class Reason(models.TextChoices):
        """Why a version came: found by the release, or chosen by an editor. Readers see the label."""

        CORRECTION = "correction", _("A mistake was corrected")
        STUDY = "study", _("Something happened to the study")
        EVIDENCE = "evidence", _("New research was taken in")
        REVIEW = "review", _("Its medical review was due")
        CLEARER = "clearer", _("It was said more clearly")

    class Withheld(models.TextChoices):
        """Why readers do not get the words of a version that was replaced, the lightest first."""

        WITHDRAWN = "withdrawn", _("Taken down while it was public")
        SAFETY = "safety", _("Replaced for safety")
        REVOKED = "revoked", _("Its signature was revoked")
        REMOVED = "removed", _("Its words were removed from the record")

    article = models.ForeignKey(PublishedArticle, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, db_index=True)
    sign_off = models.ForeignKey("research.SignOff", on_delete=models.PROTECT, related_name="+", db_column="sign_off")
    changed: models.JSONField = models.JSONField(default=list)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    published_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)
    withheld = models.CharField(max_length=10, choices=Withheld.choices, blank=True)

    objects = PublishedVersionQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="one_version_a_number")]

    def __str__(self) -> str:
        return f"version {self.number} of {self.article_id}"


class ListingQuerySet(models.QuerySet["Listing"]):
    def of(self, section_id: int | None = None, topic_id: int | OuterRef | None = None) -> "ListingQuerySet":
        """One list: the site's, a section's, or that of a topic in a section."""
        return self.filter(section=section_id, topic=topic_id)

    def offered(self, now: datetime) -> "ListingQuerySet":
        """Places that time has not ended yet."""
        return self.filter(until__gt=now)

    def newest_first(self) -> "ListingQuerySet":
        """The order of every list."""
        return self.order_by("-published_at", "-article")


class Listing(models.Model):
    """The place of an article in one list, kept by ``publishing.lists``.

    The list is the site's (no section), a section's (no topic), or that of a topic in a section. A list of a
    hundred thousand articles is read from its newest end along the index, which holds all that order and time ask.
    """

    article = models.ForeignKey(PublishedArticle, on_delete=models.CASCADE, related_name="listings")
    section = models.ForeignKey(
        "research.TopicIndexPage", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    topic = models.ForeignKey("research.Topic", null=True, on_delete=models.CASCADE, related_name="+")
    published_at = models.DateTimeField()
    until = models.DateTimeField()

    objects = ListingQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["section", "topic", "-published_at", "-article", "until"], name="listing_newest_first")
        ]

    def __str__(self) -> str:
        return f"{self.article_id} in section {self.section_id}, topic {self.topic_id}"


def place_of(section_id: int | None = None, topic_id: int | None = None) -> str:
    """Return the name of a list in ``News``: the site's, a section's, or that of a topic in a section."""
    return f"{section_id or ''}-{topic_id or ''}"


class NewsQuerySet(models.QuerySet["News"]):
    def of(self, place: str) -> "NewsQuerySet":
        """What one list tells, by its name as ``place_of`` has it."""
        return self.filter(place=place)

    def of_public(self, now: datetime) -> "NewsQuerySet":
        """What is told of articles that have an address at this moment."""
        # A value, which is asked of each row in turn: of a set, or EXISTS, a database may look through all articles
        # first. And whether there is one: PostgreSQL takes that to be so of nearly all, as it is.
        public = PublishedArticle.objects.public_now(now).filter(pk=OuterRef("article")).order_by()
        return self.alias(public=Subquery(public.values("pk"))).filter(public__isnull=False)

    def corrections(self) -> "NewsQuerySet":
        """What was corrected in articles."""
        return self.filter(text__isnull=False)

    def taken_back(self) -> "NewsQuerySet":
        """What was taken back of the studies that articles are about."""
        return self.filter(notice__isnull=False)

    def newest_first(self) -> "NewsQuerySet":
        """The order of every feed."""
        return self.order_by("-at", "-pk")


class News(models.Model):
    """What became of a public article, in each list that tells of it, kept by ``publishing.lists.news``.

    It is a signed correction, or the notice by which its study was taken back. ``at`` is since when readers can see
    it, whenever it was signed or recorded: whoever is told what is new since a moment is told this. A row stays while
    its article is away, and is shown to nobody meanwhile.
    """

    article = models.ForeignKey(PublishedArticle, on_delete=models.CASCADE, related_name="news")
    # Not by keys, of which some would be null: PostgreSQL reads no index in its order by what is null.
    place = models.CharField(max_length=41)
    text = models.ForeignKey("research.PublishedText", null=True, on_delete=models.CASCADE, related_name="news")
    notice = models.ForeignKey(StudyNotice, null=True, on_delete=models.CASCADE, related_name="news")
    at = models.DateTimeField()

    objects = NewsQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["place", "-at", "-id"], condition=Q(text__isnull=False), name="newest_corrections"),
            models.Index(fields=["place", "-at", "-id"], condition=Q(notice__isnull=False), name="newest_taken_back"),
        ]

    def __str__(self) -> str:
        event = f"correction {self.text_id}" if self.text_id else f"notice {self.notice_id}"
        return f"{event} of {self.article_id} in {self.place}"


class ListingCountQuerySet(models.QuerySet["ListingCount"]):
    def of_topics(self, now: datetime) -> "ListingCountQuerySet":
        """The lists of topics that have something to read."""
        return self.filter(section__isnull=False, topic__isnull=False, articles__gt=0, until__gt=now)


class ListingCount(models.Model):
    """How many articles a list has; kept with ``Listing``, counted anew by the runner."""

    section = models.ForeignKey("research.TopicIndexPage", null=True, on_delete=models.CASCADE, related_name="+")
    topic = models.ForeignKey("research.Topic", null=True, on_delete=models.CASCADE, related_name="listing_counts")
    articles = models.IntegerField(default=0)
    # When time will have ended the last of them, at the latest.
    until = models.DateTimeField()

    objects = ListingCountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["section", "topic"], name="one_count_a_topic"),
            models.UniqueConstraint(fields=["section"], condition=Q(topic__isnull=True), name="one_count_a_section"),
            models.UniqueConstraint(
                models.Value(1), condition=Q(section__isnull=True, topic__isnull=True), name="one_count_of_the_site"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.articles} in section {self.section_id}, topic {self.topic_id}"


class RelatedArticle(models.Model):
    """One article that the page of another offers to read next, chosen when either changed; six at most a page."""

    article = models.ForeignKey(PublishedArticle, on_delete=models.CASCADE, related_name="related_articles")
    other = models.ForeignKey(PublishedArticle, on_delete=models.CASCADE, related_name="offered_beside")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["article", "other"], name="one_related_place")]

    def __str__(self) -> str:
        return f"{self.other_id} beside {self.article_id}"


class CreditQuerySet(models.QuerySet["Credit"]):
    def offered(self, now: datetime) -> "CreditQuerySet":
        """Credits for what lists may offer, as far as time goes."""
        return self.filter(until__gt=now)

    def newest_first(self) -> "CreditQuerySet":
        """The order of every list."""
        return self.order_by("-published_at", "-article")


class Credit(models.Model):
    """Who wrote or countersigned what is public of an article, kept by ``publishing.contributors``.

    As ``Listing`` is: a contributor's page is read along the index. ``until`` is None while lists do not offer the
    article; its page still names the contributor, who is not deleted therefore.
    """

    class Part(models.TextChoices):
        """What somebody did for an article."""

        WROTE = "wrote", _("Wrote it")
        REVIEWED = "reviewed", _("Reviewed it")

    article = models.ForeignKey(PublishedArticle, on_delete=models.CASCADE, related_name="credits")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="credits", db_index=False)
    part = models.CharField(max_length=8, choices=Part.choices)
    published_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    objects = CreditQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["person", "-published_at", "-article", "until", "part"], name="credits_newest_first")
        ]
        constraints = [models.UniqueConstraint(fields=["article", "person"], name="one_credit_a_person")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.part} {self.article_id}"
