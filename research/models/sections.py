"""The section of a publication: one condition, its articles and its topics."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import RichTextField
from wagtail.models import Page, PageViewRestriction

from common.languages import languages, publication_language
from common.models import TOP_LEVEL_ADDRESSES, AnyUser, BasePage
from research.editor.page_forms import SectionForm
from research.newsroom.permissions import SectionPermissionTester
from research.reading.feeds import atom_feed, section_channel
from research.reading.section import section_front
from research.reading.topics import pages as topic_pages


class TopicIndexPage(RoutablePageMixin, BasePage):
    """A section of the site for one condition: its articles and its topics."""

    condition_name = models.CharField(
        max_length=80, help_text=_("The condition in full, for example “multiple sclerosis”.")
    )
    condition_short_name = models.CharField(max_length=20, help_text=_("How people say it, for example “MS”."))
    review_months = models.PositiveSmallIntegerField(
        _("reviewed again after"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_(
            "In months: how long a signature is good in this section. Empty: as for the whole site. It holds for "
            "signatures from now on."
        ),
    )
    two_reviewers = models.BooleanField(
        _("two reviewers"),
        default=False,
        help_text=_(
            "Two medical reviewers read each article, neither seeing what the other says before both have answered. "
            "Nothing new is public without both signatures."
        ),
    )
    condition_mesh_ui = models.CharField(
        _("MeSH identifier"), max_length=12, blank=True, help_text=_("For search engines, e.g. D009103.")
    )
    language = models.CharField(
        max_length=12,
        choices=languages,
        default=publication_language,
        help_text="What its articles are written in, and what stands around them. Articles are signed as written in "
        "it, so it stays once one is public.",
    )
    intro = RichTextField(
        features=["bold", "italic", "link"],
        blank=True,
        help_text=_("What readers find here. No medical claims: those belong into articles."),
    )

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("condition_name"),
        FieldPanel("condition_short_name"),
        FieldPanel("confirm_rename"),
        FieldPanel("condition_mesh_ui"),
        FieldPanel("language"),
        FieldPanel("review_months"),
        FieldPanel("two_reviewers"),
        FieldPanel("intro"),
    ]
    base_form_class = SectionForm
    parent_page_types = ["home.HomePage"]
    subpage_types = ["research.ArticlePage"]
    reserved_slugs = TOP_LEVEL_ADDRESSES

    class Meta:
        verbose_name = "section"

    def clean(self) -> None:
        """Refuse another language once an article was published: it is signed as written in the first."""
        super().clean()
        others = TopicIndexPage.objects.filter(pk=self.pk).exclude(language=self.language)
        if self.pk and others.filter(published_articles__isnull=False).exists():
            raise ValidationError(
                {
                    "language": "Its articles are signed as written in the language it has. "
                    "Make another section for this one."
                }
            )

    @property
    def has_workflow(self) -> bool:
        """Tell whether what is written below can be submitted: so Wagtail asks when an article is created."""
        return Page.has_workflow.fget(self)

    def permissions_for_user(self, user: AnyUser) -> SectionPermissionTester:
        """Return what the user may do with this section."""
        return SectionPermissionTester(user, self)

    def get_view_restrictions(self) -> models.QuerySet[PageViewRestriction]:
        """Return what Wagtail's own returns, in one statement instead of two."""
        if self.alias_of_id:
            return super().get_view_restrictions()
        above = [self.path[:length] for length in range(self.steplen, len(self.path) + 1, self.steplen)]
        return PageViewRestriction.objects.filter(page__path__in=above)

    @path("")
    def front(self, request: HttpRequest) -> HttpResponse:
        """The section's front."""
        return section_front(request, self)

    @path("feed/")
    def feed(self, request: HttpRequest) -> HttpResponseBase:
        """The section's feed."""
        return atom_feed(request, section_channel(self))

    @path("topics/")
    def topics(self, request: HttpRequest) -> HttpResponse:
        """The A–Z of topics."""
        return topic_pages.topics_a_to_z(request, self)

    @path("topics/<slug:slug>/")
    def topic(self, request: HttpRequest, slug: str) -> HttpResponse:
        """The articles of one topic."""
        return topic_pages.topic_listing(request, self, slug)
