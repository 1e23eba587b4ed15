"""Topics: what articles are about, and how readers browse them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from research.content.richtext import normalise_html
from research.models.texts import SignableText


class TopicQuerySet(models.QuerySet["Topic"]):
    def by_name(self) -> "TopicQuerySet":
        """Topics in alphabetical order, capitals apart from nothing."""
        return self.order_by(models.functions.Lower("name"))


class Topic(SignableText):
    """One topic, with a name of its own and, where there is one, its MeSH descriptor.

    The name files articles and needs no signature; what is said of it, its other names too, holds for the
    name that it was signed with.
    """

    subject_type = "topic"
    claim_fields = ("name", "definition", "synonyms")

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(
        max_length=80,
        unique=True,
        blank=True,
        help_text=_("The word in the topic's address. Leave empty to make it from the name."),
    )
    definition = models.TextField(
        blank=True,
        max_length=400,
        help_text=_("One or two plain sentences. Readers see them once a medical reviewer has countersigned."),
    )
    mesh_ui = models.CharField(
        _("MeSH identifier"),
        max_length=12,
        null=True,
        blank=True,
        unique=True,
        help_text=_("For example D008881, where MeSH has the topic."),
    )
    synonyms = models.TextField(
        blank=True, help_text=_("Other names for it, one a line. Used by search and by suggestions.")
    )
    parents = models.ManyToManyField(
        "self",
        symmetrical=False,
        related_name="children",
        blank=True,
        help_text=_("Wider topics this one belongs to; there may be several."),
    )

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an address that leads readers to another topic."""
        taken = TopicAddress.objects.filter(slug=self._slug()).exclude(topic=self.pk).select_related("topic").first()
        if taken is not None:
            raise ValidationError(
                _("Readers who ask for “%(slug)s” are sent to “%(topic)s”, which had this address. Choose that topic."),
                params={"slug": taken.slug, "topic": taken.topic.name},
            )

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; what readers knew a topic by goes on leading to it: its name as a synonym, its address for good."""
        self.slug = self._slug()
        self.mesh_ui = self.mesh_ui or None
        before = Topic.objects.filter(pk=self.pk).first() if self.pk else None
        is_known = before is not None and (before.name, before.slug) != (self.name, self.slug) and before.was_public()
        if before is not None and is_known:
            self.add_synonyms([before.name])
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "synonyms"}
        super().save(*args, **kwargs)
        if before is None or before.slug != self.slug:
            TopicAddress.objects.filter(slug=self.slug).delete()
        if before is not None and is_known and before.slug != self.slug:
            TopicAddress.objects.create(slug=before.slug, topic=self)

    def add_synonyms(self, names: Iterable[str]) -> None:
        """Add other names; one that the topic has, in whatever capitals, is not said twice."""
        others: dict[str, str] = {}
        for name in (*self.all_names()[1:], *names):
            others.setdefault(name.strip().casefold(), name.strip())
        others.pop(self.name.strip().casefold(), None)
        self.synonyms = "\n".join(name for name in others.values() if name)

    def _slug(self) -> str:
        return self.slug or slugify(self.name)

    def claims(self) -> dict[str, str]:
        """Return what is signed; the other names as readers see them, in one line."""
        return {**super().claims(), "synonyms": ", ".join(self.all_names()[1:])}

    def shows(self, sealed: Mapping[str, str]) -> bool:
        """True while the topic has the name that it was signed with."""
        return sealed.get("name") == normalise_html(self.name)

    def was_public(self) -> bool:
        """True also when it is a topic of an article that is, or was, public, or readers are sent to it."""
        return super().was_public() or self.published_articles.exists() or self.addresses.exists()

    def why_kept(self) -> str:
        """Return why this topic is not deleted; "" when it may be, as one whose record a merge keeps."""
        if TopicMerge.objects.filter(merged_uuid=self.subject_uuid).exists():
            return ""
        return super().why_kept()

    def all_names(self) -> list[str]:
        """Return the topic's name and its synonyms."""
        return [self.name, *(line.strip() for line in self.synonyms.splitlines() if line.strip())]


class TopicAddress(models.Model):
    """A word that stood in the address of a topic; whoever asks for it is sent to where the topic stands now.

    It always names the topic itself, so there are no chains of them, and none that leads back.
    """

    slug = models.SlugField(max_length=80, unique=True)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="addresses")

    class Meta:
        ordering = ["slug"]
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")

    def __str__(self) -> str:
        return f"{self.slug}: {self.topic}"


class TopicMerge(models.Model):
    """One topic that was merged into another and is no more. ``record`` keeps what it said, and what of it moved."""

    merged_pk = models.PositiveBigIntegerField(unique=True)
    merged_uuid = models.UUIDField(unique=True)
    survivor = models.ForeignKey(Topic, null=True, on_delete=models.SET_NULL, related_name="merged")
    record: models.JSONField = models.JSONField(default=dict)
    reason = models.TextField()
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-merged_at"]
        verbose_name = _("merge")
        verbose_name_plural = _("merges")

    def __str__(self) -> str:
        return f"{self.record.get('name', self.merged_uuid)} merged into {self.survivor}"


def names_for_search(topics: Iterable[Topic]) -> str:
    """Return all names of some topics, in one line: by these words an article is found."""
    return " ".join(name for topic in topics for name in topic.all_names())


def topics_known_as(keys: Iterable[int]) -> dict[int, int]:
    """Return the keys of topics that were merged, each with that of the topic it was merged into."""
    merges = TopicMerge.objects.filter(merged_pk__in=list(keys), survivor__isnull=False)
    return dict(merges.values_list("merged_pk", "survivor"))
