"""Topics: what articles are about, and how readers browse them."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext
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
        """Keep the address of a topic that is, or was, public."""
        kept = Topic.objects.filter(pk=self.pk).values_list("slug", flat=True).first() if self.pk else None
        if kept and kept != self._slug() and self.was_public():
            raise ValidationError(
                {"slug": gettext("Readers know this topic by its address, so it stays “%(kept)s”.") % {"kept": kept}}
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.slug = self._slug()
        self.mesh_ui = self.mesh_ui or None
        super().save(*args, **kwargs)

    def _slug(self) -> str:
        return self.slug or slugify(self.name)

    def claims(self) -> dict[str, str]:
        """Return what is signed; the other names as readers see them, in one line."""
        return {**super().claims(), "synonyms": ", ".join(self.all_names()[1:])}

    def shows(self, sealed: Mapping[str, str]) -> bool:
        """True while the topic has the name that it was signed with."""
        return sealed.get("name") == normalise_html(self.name)

    def was_public(self) -> bool:
        """True also when it is a topic of an article that is, or was, public."""
        return super().was_public() or self.published_articles.exists()

    def all_names(self) -> list[str]:
        """Return the topic's name and its synonyms."""
        return [self.name, *(line.strip() for line in self.synonyms.splitlines() if line.strip())]
