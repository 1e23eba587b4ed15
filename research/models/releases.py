"""The publication ledger: one line for each time an article goes live or expires."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable

from common.prepared_saves import PreparedSaves
from common.words import in_the_code_s_words


class ReleaseQuerySet(models.QuerySet["Release"]):
    def open(self) -> "ReleaseQuerySet":
        """Releases that are still to be carried out."""
        return self.filter(state__in=Release.OPEN_STATES)

    def due(self, now: datetime) -> "ReleaseQuerySet":
        """Releases whose time has come, expiry first, then the oldest.

        The expiry of what is not public leaves the first turn to a go-live that is due as well: that one is
        past its expiry, and settles both.
        """
        waiting = Q(state__in=(Release.State.PLANNED, Release.State.DUE), due_at__lte=now)
        waiting &= Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now)
        first = Release.objects.filter(
            waiting, article=models.OuterRef("article"), kind=Release.Kind.PUBLISH, article__live=False
        )
        due = self.filter(waiting).exclude(models.Exists(first), kind=Release.Kind.UNPUBLISH)
        return due.order_by("-kind", "due_at", "pk")

    def not_done(self) -> "ReleaseQuerySet":
        """Releases that were not carried out, however many were: an index has these alone."""
        return self.filter(done_at__isnull=True)

    def stuck(self) -> "ReleaseQuerySet":
        """Releases that wait for a person's decision."""
        return self.filter(state__in=Release.STUCK_STATES)

    def failed(self) -> "ReleaseQuerySet":
        """Releases that were given up."""
        return self.filter(state=Release.State.FAILED)

    def held(self) -> "ReleaseQuerySet":
        """Releases that the rules kept back."""
        return self.filter(state=Release.State.HELD)

    def unreplaced(self) -> "ReleaseQuerySet":
        """Releases that no later one of the same article and kind took the place of."""
        newer = Release.objects.filter(
            article=models.OuterRef("article"), kind=models.OuterRef("kind"), pk__gt=models.OuterRef("pk")
        )
        return self.exclude(models.Exists(newer))

    def overdue(self, since: datetime) -> "ReleaseQuerySet":
        """Releases that were due before a moment and are neither done nor given up, the oldest first."""
        return self.open().filter(due_at__lt=since).order_by("due_at", "pk")


class ReleaseBundleQuerySet(models.QuerySet["ReleaseBundle"]):
    def waiting(self) -> "ReleaseBundleQuerySet":
        """Bundles that have not gone out."""
        done = Release.objects.filter(bundle=models.OuterRef("pk"), state=Release.State.DONE)
        return self.exclude(models.Exists(done))

    def waiting_for(self, article_id: int) -> "ReleaseBundle | None":
        """Return the bundle that an article is to go out with, unless it went out already."""
        return self.waiting().filter(entries__article_id=article_id).first()


class ReleaseBundle(ClusterableModel):
    """Several articles that go live at the same moment: all of them, or none."""

    name = models.CharField(max_length=120)
    due_at = models.DateTimeField(_("goes live at"))

    objects = ReleaseBundleQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at"]
        verbose_name = "bundle"

    def __str__(self) -> str:
        return self.name

    def is_done(self) -> bool:
        """True when it went out."""
        return self.releases.filter(state=Release.State.DONE).exists()


class BundleEntry(Orderable):
    """An article of a bundle; it may be in several, but in one at most that has not gone out."""

    bundle = ParentalKey(ReleaseBundle, on_delete=models.CASCADE, related_name="entries")
    article = models.ForeignKey("research.ArticlePage", on_delete=models.CASCADE, related_name="bundle_entries")

    def __str__(self) -> str:
        return str(self.article)


class Release(PreparedSaves, models.Model):
    """One line of the ledger: what goes live, or comes down, and when."""

    # Wagtail counts where an article is used; the ledger is no such place, and is written at each step.
    wagtail_reference_index_ignore = True

    class Kind(models.TextChoices):
        # Sorted so that "unpublish" comes before "publish" in descending order.
        PUBLISH = "publish", _("Go live")
        UNPUBLISH = "unpublish", _("Expire")

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DUE = "due", _("Due")
        CLAIMED = "claimed", _("Claimed")
        DONE = "done", _("Done")
        HELD = "held", _("Held")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN_STATES = (State.PLANNED, State.DUE, State.CLAIMED, State.HELD)
    # What waits for a person's decision.
    STUCK_STATES = (State.HELD, State.FAILED)

    article = models.ForeignKey("research.ArticlePage", on_delete=models.CASCADE, related_name="releases")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    bundle = models.ForeignKey(ReleaseBundle, null=True, blank=True, on_delete=models.PROTECT, related_name="releases")
    revision = models.ForeignKey("wagtailcore.Revision", null=True, on_delete=models.SET_NULL, related_name="+")
    digest = models.CharField(max_length=64, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    # Of the attempts, those that failed by the article itself: only these are counted towards giving up.
    faults = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    receipt: models.JSONField = models.JSONField(default=dict)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [
            models.Index(fields=["state", "due_at"]),
            models.Index(fields=["-due_at", "-id"], name="releases_latest_first"),
            models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="releases_not_done"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "kind"],
                condition=Q(state__in=("planned", "due", "claimed", "held")),
                name="one_open_release_an_article_and_kind",
            )
        ]

    @in_the_code_s_words
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.article_id} at {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def what(self) -> str:
        """What happens, and to which article."""
        return f"{self.get_kind_display()}: {self.article.draft_title or self.article.title}"

    @property
    def is_stuck(self) -> bool:
        """True for what waits for a person's decision."""
        return self.state in self.STUCK_STATES

    def can_be_tried_again(self) -> bool:
        """True for what waits for a person's decision."""
        return self.is_stuck

    def can_be_cancelled(self) -> bool:
        """True for a publication that has not happened; an expiry follows the article's own time."""
        return self.kind == self.Kind.PUBLISH and self.state in (self.State.PLANNED, self.State.DUE, *self.STUCK_STATES)


class ReleaseChange(models.Model):
    """A change of a release's state, with its time and who or what made it."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="changes")
    state = models.CharField(max_length=10, choices=Release.State.choices)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]

    @in_the_code_s_words
    def __str__(self) -> str:
        return f"{self.get_state_display()} at {self.at:%Y-%m-%d %H:%M:%S}"
