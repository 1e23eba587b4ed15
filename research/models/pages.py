"""The article as it is written, and the rows that belong to it."""

import uuid
from collections.abc import Collection
from typing import Any

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import (
    CommentPanel,
    FieldPanel,
    MultiFieldPanel,
    ObjectList,
)
from wagtail.fields import RichTextField
from wagtail.models import Orderable, Revision
from wagtail.search import index

from common.drawn_form import TabbedForm
from common.drawn_rows import DrawnRowsPanel
from common.models import AnyUser, BasePage, User
from common.stored_rows import KeysReadMixin
from research.artwork import FAMILIES
from research.blocks import ArticleBody
from research.blocks.body_field import BodyField
from research.content.completeness import SUMMARY_MAX_LENGTH, TAKEAWAY_MAX_LENGTH
from research.content.richtext import TAKEAWAY_FEATURES
from research.editor.page_forms import ArticlePageForm
from research.editor.panels.article import APPRAISAL_PANELS, RatingPanel, SchedulePanel, SignOffPanel, WordCountPanel
from research.editor.panels.checks import ChecksPanel, ClaimsPanel
from research.editor.panels.source import SourcePanel, SuggestedTopicsPanel
from research.editor.topics_widget import TopicsWidget
from research.models.people import Person
from research.models.references import Study
from research.models.topics import Topic
from research.newsroom.permissions import ArticlePermissionTester
from research.publishing import public_row
from research.reading import drafts
from research.reading.article.views import article
from research.review import contributions, guard, guarded_saves
from research.review.claims import links as claim_links


class ArticlePage(BasePage):
    """One summary of one study; its words are public only as a medical reviewer signed them."""

    reviewed = True

    subject_uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    summary = models.TextField(
        max_length=SUMMARY_MAX_LENGTH,
        blank=True,
        help_text=format_lazy(
            _("For cards and under the title. Plain words, at most {most} characters."), most=SUMMARY_MAX_LENGTH
        ),
    )
    key_takeaway = RichTextField(
        features=TAKEAWAY_FEATURES,
        blank=True,
        help_text=format_lazy(
            _("The one thing to remember, in one or two sentences. At most {most} characters."),
            most=TAKEAWAY_MAX_LENGTH,
        ),
    )
    body = BodyField(ArticleBody(), blank=True)
    lead_image = models.ForeignKey(
        "common.Image",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Leave empty and an artwork is drawn from the topics."),
    )
    lead_image_alternative_text = models.CharField(
        max_length=300,
        blank=True,
        help_text=_("What the picture shows. Leave empty only if it is decoration."),
    )
    artwork = models.CharField(
        max_length=12,
        blank=True,
        choices=[(family, family.capitalize()) for family in FAMILIES],
        help_text=_("The kind of artwork drawn where there is no picture. Empty: chosen from the topics."),
    )
    study = models.ForeignKey(
        Study,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="articles",
        help_text=_("The source this article summarises. Search by title, DOI or PMID, or add it."),
    )
    topics = ParentalManyToManyField(Topic, blank=True, related_name="articles")
    planned_for = models.DateField(
        null=True, blank=True, help_text=_("When you mean to publish. It publishes nothing by itself.")
    )
    embargo_until = models.DateTimeField(
        null=True, blank=True, help_text=_("Nothing of this article may be public before this time.")
    )
    embargo_source = models.CharField(max_length=120, blank=True, help_text=_("Who set it."))
    # Which sentences rest on what; see ``ArticleContent.claims``.
    claims: models.JSONField = models.JSONField(default=list, blank=True, editable=False)
    # Links of sentences that were edited since: offered again where the sentence, or one like it, comes back.
    claims_set_aside: models.JSONField = models.JSONField(default=list, blank=True, editable=False)
    # The subject of the article that this one was copied from.
    copied_from = models.UUIDField(null=True, editable=False)

    # Every concrete field and relation is on one side; an undeclared one is research.E001.
    claim_fields = frozenset(
        {
            "title",
            "summary",
            "key_takeaway",
            "body",
            "lead_image",
            "lead_image_alternative_text",
            "study",
            "also_cited",
            "appraisals",
            "seo_title",
            "search_description",
            "claims",
        }
    )
    other_fields = frozenset(
        {
            "subject_uuid",
            "copied_from",
            "claims_set_aside",
            "topics",
            "authors",
            "related_picks",
            "artwork",
            "planned_for",
            "embargo_until",
            "embargo_source",
        }
    )
    # The section's own addresses.
    reserved_slugs = frozenset({"topics", "feed", "search"})

    content_panels = [
        FieldPanel("study"),
        SourcePanel(heading=_("From the study’s record")),
        *BasePage.content_panels,
        FieldPanel("summary"),
        FieldPanel("key_takeaway"),
        WordCountPanel(),
        FieldPanel("body"),
        ClaimsPanel(heading=_("Where it comes from")),
        ChecksPanel(heading=_("Checks of the draft as last saved"), classname="collapsed"),
        DrawnRowsPanel("also_cited", heading=_("Also cited"), label=_("Study"), panels=[FieldPanel("study")]),
        MultiFieldPanel(
            [
                FieldPanel("lead_image"),
                FieldPanel("lead_image_alternative_text"),
                FieldPanel("artwork"),
            ],
            _("Picture"),
        ),
    ]
    rating_panels = [
        RatingPanel(heading=_("The two ratings")),
        DrawnRowsPanel(
            "appraisals",
            heading=_("Appraisal"),
            label=_("Appraisal"),
            max_num=1,
            panels=APPRAISAL_PANELS,
        ),
    ]
    filing_panels = [
        DrawnRowsPanel("authors", heading=_("Written by"), label=_("Person"), panels=[FieldPanel("person")]),
        SuggestedTopicsPanel(),
        FieldPanel("topics", widget=TopicsWidget),
        DrawnRowsPanel(
            "related_picks",
            heading=_("You may also like"),
            label=_("Article"),
            help_text=_("Chosen first; the rest is filled by shared topics, then by date."),
            panels=[FieldPanel("article")],
        ),
        MultiFieldPanel(
            [
                FieldPanel("planned_for"),
                FieldPanel("embargo_until"),
                FieldPanel("embargo_source"),
            ],
            _("Plan"),
        ),
    ]
    edit_handler = TabbedForm(
        [
            ObjectList([SignOffPanel(), *content_panels], heading=_("Article")),
            ObjectList(rating_panels, heading=_("Ratings")),
            ObjectList(filing_panels, heading=_("Topics and plan")),
            ObjectList(BasePage.promote_panels, heading=_("Promote")),
            ObjectList([SchedulePanel(), CommentPanel()], heading=_("Settings")),
        ]
    )
    base_form_class = ArticlePageForm
    search_fields = [*BasePage.search_fields, index.SearchField("summary"), index.SearchField("body")]
    parent_page_types = ["research.TopicIndexPage"]
    subpage_types: list[str] = []

    class Meta:
        verbose_name = "article"

    def empty_body(self) -> Any:
        """Return a body with the three sections in place, each with one open text."""
        block = self.body.stream_block
        return block.normalize([(name, [("text", {"html": ""})]) for name in block.child_blocks])

    def clean(self) -> None:
        """Check the article; an alias is refused before anything else is said of it."""
        guarded_saves.refuse_alias(self)
        super().clean()

    def save_revision(
        self, user: User | None = None, overwrite_revision: Revision | None = None, **kwargs: Any
    ) -> Revision:
        """Save a draft and note who worked on it.

        A revision that is under review, signed or scheduled is never overwritten: autosave gets a new
        one instead, so that what was read stays what it was.
        """
        if user is not None:
            guard.refuse_to_lift_embargo(self, user)
        if overwrite_revision is not None and public_row.is_bound(overwrite_revision):
            overwrite_revision = None
        claim_links.follow(self)
        revision = super().save_revision(user=user, overwrite_revision=overwrite_revision, **kwargs)
        if user is not None:
            contributions.record(self.subject_uuid, user)
        return revision

    def with_content_json(self, content: dict[str, Any]) -> "ArticlePage":
        """Return the page as a revision has it; its identity stays the row's."""
        page = super().with_content_json(content)
        page.subject_uuid, page.copied_from = self.subject_uuid, self.copied_from
        return page

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row; when that makes or leaves it live, readers get the sealed words of it."""
        if not self._state.adding:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            self._become_a_copy()
            super().save(*args, **kwargs)

    def follow_save(self, update_fields: Collection[str] | None) -> None:
        """Let readers get the sealed words of what is live, or lose them."""
        if public_row.touches_the_public(update_fields):
            public_row.follow_row(self)

    def _become_a_copy(self) -> None:
        """Give a copy, however it was made, a subject of its own, and note who worked on what it came from."""
        origin = self.subject_uuid
        if ArticlePage.objects.filter(subject_uuid=origin).exists():
            self.subject_uuid, self.copied_from = uuid.uuid4(), origin
            contributions.carry_over(origin, self.subject_uuid)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete a draft. What was ever public keeps its record and its address.

        Raises:
            PermissionDenied: the article is, or was, public.
        """
        public_row.refuse_to_delete_public(self)
        return super().delete(*args, **kwargs)

    def update_aliases(self, **kwargs: Any) -> None:
        """Update none: articles have no aliases, and Wagtail looks for them at each publication."""

    def permissions_for_user(self, user: AnyUser) -> ArticlePermissionTester:
        """Return what the user may do with this article."""
        return ArticlePermissionTester(user, self)

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer from the sealed words, never from this row."""
        return article(request, self.get_parent().slug, self.slug)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """Show the draft in the readers' template, marked as not public."""
        return drafts.article_preview(request, self)


class ArticleAuthor(KeysReadMixin, Orderable):
    """Who wrote an article, in the order of the byline."""

    page = ParentalKey(ArticlePage, on_delete=models.CASCADE, related_name="authors")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.person)


class AlsoCited(KeysReadMixin, Orderable):
    """A further source of an article, not rated."""

    page = ParentalKey(ArticlePage, on_delete=models.CASCADE, related_name="also_cited")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="cited_by")

    def __str__(self) -> str:
        return str(self.study)


class RelatedPick(KeysReadMixin, Orderable):
    """An article picked by hand for "You may also like"."""

    page = ParentalKey(ArticlePage, on_delete=models.CASCADE, related_name="related_picks")
    article = models.ForeignKey(ArticlePage, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return str(self.article)
