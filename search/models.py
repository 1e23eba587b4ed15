"""What search keeps beside the sealed rows: narrow rows to find them by, and what editors and readers told it.

The words themselves stand in tables of the database's own kind (see ``search.engines``). Nothing here is shown as
an article's words: those come from its sealed row.
"""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.prepared_saves import PreparedSaves
from search.words import stems_of


class SearchEntry(PreparedSaves, models.Model):
    """One article that search may find now, with what results are counted and ordered by; kept by ``keeping``."""

    article = models.OneToOneField(
        "research.PublishedArticle", on_delete=models.CASCADE, primary_key=True, related_name="search_entry"
    )
    # What its words were taken from: the same again means the same words.
    digest = models.CharField(max_length=64)
    # ``kind|population|credibility|year``: what one pass over the hits counts; and ``,topic,topic,``.
    marks = models.CharField(max_length=120)
    topics = models.CharField(max_length=400, blank=True)
    credibility = models.PositiveSmallIntegerField(default=0)
    published_at = models.DateTimeField(db_index=True)
    until = models.DateTimeField()

    class Meta:
        verbose_name_plural = _("search entries")
        indexes = [
            # All that a hit is counted and ordered by: found at once, where else SQLite looks for its row first.
            models.Index(
                fields=["article", "until", "marks", "topics", "credibility", "published_at"], name="what_hits_have"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.marks}"

    def as_kept(self) -> tuple[object, ...]:
        """Return all that is kept of the article, to be compared."""
        return self.digest, self.marks, self.topics, self.credibility, self.published_at, self.until


class KnownWord(models.Model):
    """A word of an article that was public once: what a misspelt one may have meant.

    It is offered only while it finds something.
    """

    # Erasing a name leaves it to the words that these are taken from.
    repeats = True

    word = models.CharField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.word


class TopicPhrase(models.Model):
    """A name of a topic, by its stems; a search for one name finds what has another."""

    repeats = True

    topic = models.ForeignKey("research.Topic", on_delete=models.CASCADE, related_name="+")
    phrase = models.CharField(max_length=200, db_index=True)
    # Folded, for suggestions while somebody types.
    typed = models.CharField(max_length=200, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "typed"], name="one_phrase_a_topic")]

    def __str__(self) -> str:
        return self.typed


class PromotedResult(models.Model):
    """An article that an editor puts first for certain words.

    Wagtail's own promotions carry a text of their own, which nobody has signed, and keep what readers typed.
    """

    query = models.CharField(
        "words",
        max_length=100,
        help_text=_("What readers search for, for example “vaccination”. Case does not matter."),
    )
    phrase = models.CharField(max_length=200, editable=False, db_index=True)
    article = models.ForeignKey("research.ArticlePage", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=1, help_text=_("The smallest number comes first."))

    class Meta:
        ordering = ["query", "position"]
        constraints = [models.UniqueConstraint(fields=["phrase", "article"], name="one_promotion_an_article")]

    def __str__(self) -> str:
        return f"{self.query}: {self.article}"

    def clean(self) -> None:
        """Ask for words that can be searched for, and only once for an article."""
        self.phrase = phrase_of(self.query)
        if not self.phrase:
            raise ValidationError({"query": gettext("Enter at least one word.")})
        others = PromotedResult.objects.exclude(pk=self.pk)
        if self.article_id and others.filter(phrase=self.phrase, article=self.article_id).exists():
            raise ValidationError({"query": gettext("This article is promoted for these words already.")})

    def save(self, *args: object, **kwargs: object) -> None:
        self.phrase = phrase_of(self.query)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class MissedSearch(models.Model):
    """Words for which nothing was found, and how often; who asked is not kept, nor when on that day."""

    # A name that was looked for goes with all that is kept of the search.
    goes_with_a_name = True

    words = models.CharField(max_length=100, unique=True)
    times = models.PositiveIntegerField(default=0)
    last_on = models.DateField()

    class Meta:
        ordering = ["-times", "words"]
        verbose_name = _("search without result")
        verbose_name_plural = _("searches without result")

    def __str__(self) -> str:
        return f"{self.words} ({self.times})"


def phrase_of(text: str) -> str:
    """Return the stems of a text as phrases are compared."""
    return " ".join(stems_of(text))[:200]
