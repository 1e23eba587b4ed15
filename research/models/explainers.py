"""The shared texts that need a signature: explainers, texts of pages, glossary terms, corrections, notices."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.fields import RichTextField

from research.content.richtext import BODY_FEATURES
from research.models.texts import SignableText

JOURNAL_PLACEHOLDER = "{journal}"


class Explainer(SignableText):
    """ "Understanding [condition] research", printed below every article of a section.

    The opening depends on where the study appeared; ``{journal}`` in it becomes the journal's name. It
    never praises a journal.
    """

    subject_type = "explainer"
    claim_fields = ("section", "journal_wording", "preprint_wording", "book_series_wording", "body")
    about = ("section", "translation_key")

    section = models.OneToOneField("research.TopicIndexPage", on_delete=models.CASCADE, related_name="explainer")
    journal_wording = RichTextField(
        features=BODY_FEATURES, help_text=_("Opening for a journal article. {journal} is its name.")
    )
    preprint_wording = RichTextField(
        features=BODY_FEATURES, help_text=_("Opening for a preprint. {journal} is the server's name.")
    )
    book_series_wording = RichTextField(
        features=BODY_FEATURES, help_text=_("Opening for a book chapter. {journal} is the series.")
    )
    body = RichTextField(
        features=BODY_FEATURES,
        help_text=_("What follows. Point to “More details” and to professional care."),
    )

    def __str__(self) -> str:
        return f"Explainer of {self.section}"


class PageText(SignableText):
    """What a page that is no article says about health: a part of an introduction, or of an information page.

    The page's own introduction and body are its editors' words; these stand below them once they are signed.
    """

    subject_type = "page_text"
    claim_fields = ("page", "text")
    about = ("page", "translation_key")

    page = models.OneToOneField(
        "wagtailcore.Page",
        on_delete=models.CASCADE,
        related_name="reviewed_text",
        help_text=_("The home page, a section, or an information page."),
    )
    text = RichTextField(
        features=BODY_FEATURES, help_text=_("Readers see it on that page once a medical reviewer has countersigned it.")
    )

    class Meta:
        ordering = ["page__path"]

    def __str__(self) -> str:
        return f"Text of {self.page}"

    def clean(self) -> None:
        """Refuse an article, which is signed as a whole, and the root, which no reader sees."""
        super().clean()
        page = self.page if self.page_id else None
        if page is not None and (page.is_root() or getattr(page.specific_class, "reviewed", False)):
            raise ValidationError({"page": gettext("Choose the home page, a section, or an information page.")})


class NoticeWording(SignableText):
    """A wording for urgent notices, signed ahead: it serves when minutes count.

    A free-text notice is a wording written for one article; it needs its signature like the others.
    """

    subject_type = "notice"
    claim_fields = ("heading", "text")

    name = models.CharField(max_length=80, unique=True, help_text=_("How editors find it. Readers do not see it."))
    heading = models.CharField(max_length=120)
    text = RichTextField(features=["bold", "italic", "link"])

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ArticleNotice(models.Model):
    """A signed wording put above one article by an editor, at once."""

    article = models.ForeignKey("research.ArticlePage", on_delete=models.PROTECT, related_name="notices")
    wording = models.ForeignKey(NoticeWording, on_delete=models.PROTECT, related_name="uses")
    placed_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True, help_text=_("Set a time to take the notice away."))

    class Meta:
        ordering = ["-placed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "wording"],
                condition=models.Q(removed_at__isnull=True),
                name="a_wording_once_above_an_article",
            )
        ]

    def __str__(self) -> str:
        return f"{self.wording} above {self.article}"


class Correction(SignableText):
    """A public note on what was wrong in an article and what it says now."""

    subject_type = "correction"
    claim_fields = ("article", "date", "text")
    about = ("article", "subject_uuid")

    article = models.ForeignKey("research.ArticlePage", on_delete=models.PROTECT, related_name="corrections")
    date = models.DateField()
    text = RichTextField(features=["bold", "italic", "link"])

    class Meta:
        ordering = ["-date", "-pk"]

    def __str__(self) -> str:
        return f"Correction of {self.article}, {self.date}"


class GlossaryTerm(SignableText):
    """A term and its plain words; articles cite it by its identifier."""

    subject_type = "term"
    claim_fields = ("term", "plain_words")

    term = models.CharField(max_length=80, unique=True)
    plain_words = models.TextField(
        max_length=400, help_text=_("One or two sentences that someone new to the condition follows.")
    )
    synonyms = models.TextField(blank=True, help_text=_("Other forms of the word, one a line."))

    class Meta:
        ordering = ["term"]

    def __str__(self) -> str:
        return self.term
