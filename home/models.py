"""The front page and the small pages about the publication."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.fields import RichTextField
from wagtail.models import Page, PageViewRestriction
from wagtail.url_routing import RouteResult

from common.languages import languages
from common.letterhead import Letterhead
from common.models import TOP_LEVEL_ADDRESSES, BasePage, Image, Rendition
from common.page_store.memory import ACCESS_SECONDS, remembered, remembered_for_pages
from common.page_store.shown import keep
from common.prepared import Prepared
from home import brand, views
from home.following.models import Follower as Follower
from home.readership.models import DailyViews as DailyViews
from research.models import TopicIndexPage

INFO_FEATURES = ["h2", "h3", "bold", "italic", "ul", "ol", "link"]


@register_setting(icon="site", order=10)
class SiteSettings(BaseGenericSetting):
    """What the publication is called and how it looks, for readers and in the newsroom."""

    name = models.CharField(max_length=60, default="Countersign", help_text=_("What the publication is called."))
    logo = models.ForeignKey(
        "common.Image",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Stands before the name. Best wide and on a transparent ground. Empty: a mark of our own."),
    )
    icon = models.ForeignKey(
        "common.Image",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The square that browsers show in a tab. Empty: an icon of our own."),
    )
    colour = models.CharField(
        max_length=7,
        blank=True,
        help_text=_(
            "Of links and buttons, as #rrggbb. It must be dark enough to read on white; "
            "the lighter one for dark screens is made of it. Empty: a dark teal."
        ),
    )

    language = models.CharField(
        max_length=12,
        choices=languages,
        default=settings.LANGUAGE_CODE,
        help_text=_("Of the front page, the search and all else that belongs to no section; each section has its own."),
    )
    licence = models.CharField(
        max_length=80,
        blank=True,
        help_text=_(
            "Under which terms others may show the summaries, such as “CC BY-ND 4.0”. Empty: all rights reserved."
        ),
    )
    licence_url = models.URLField(_("address of the licence"), blank=True)

    panels = [
        *(FieldPanel("name"), FieldPanel("language")),
        *(FieldPanel("logo"), FieldPanel("icon"), FieldPanel("colour")),
        *(FieldPanel("licence"), FieldPanel("licence_url")),
    ]

    class Meta:
        verbose_name = "publication"

    def clean(self) -> None:
        """Refuse a colour that is none, or that nobody could read."""
        super().clean()
        if not self.colour:
            return
        try:
            seen = brand.parsed(self.colour)
        except ValueError:
            raise ValidationError(
                {"colour": gettext("Write the colour as # and six digits, for example #7a1f3d.")}
            ) from None
        found = brand.contrast(seen, brand.WHITE)
        if found < brand.READABLE:
            raise ValidationError(
                {
                    "colour": gettext("Too light to read on white (%(found)s to 1, at least %(needed)s is needed).")
                    % {"found": f"{found:.1f}", "needed": brand.READABLE}
                }
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and make the pictures' sizes now: reading a page writes nothing."""
        super().save(*args, **kwargs)
        for picture, *sizes in (
            (self.logo, brand.LOGO_FILTER, brand.MAIL_LOGO_FILTER),
            (self.icon, brand.ICON_FILTER),
        ):
            if picture is not None:
                picture.get_renditions(*sizes)
        brand.forget()
        transaction.on_commit(brand.forget, robust=True)

    def as_brand(self) -> brand.Brand:
        """Return what templates print."""
        return brand.Brand(
            name=self.name,
            logo_url=self.logo.get_rendition(brand.LOGO_FILTER).url if self.logo else "",
            icon_url=self.icon.get_rendition(brand.ICON_FILTER).url if self.icon else "",
            stylesheet=brand.stylesheet_of(self.colour),
            colours=brand.colours_of(self.colour),
            colour=self.colour or brand.OUR_COLOUR,
            licence=self.licence,
            licence_url=self.licence_url,
        )


def brand_of_site() -> brand.Brand:
    """Return the publication's brand; one statement in a while."""
    tables = (SiteSettings, Image, Rendition)
    return remembered(brand.CACHE_KEY, tables, lambda: (SiteSettings.objects.first() or SiteSettings()).as_brand())


def letterhead_of_site() -> Letterhead:
    """Return what mails carry; the logo has an address that does not end, as a mail is read whenever."""
    found = brand_of_site()
    logo = f"{settings.WAGTAILADMIN_BASE_URL}{reverse('brand_logo')}" if found.logo_url else ""
    return Letterhead(found.name, found.colour, logo, found.licence, found.licence_url)


class HomePage(BasePage):
    """The front: lead story, latest, topics."""

    tagline = models.CharField(
        max_length=120, blank=True, help_text=_("One line under the name, without medical claims.")
    )
    intro = RichTextField(features=["bold", "italic", "link"], blank=True)
    contact_email = models.EmailField(blank=True)
    lead_article = models.ForeignKey(
        "research.ArticlePage",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Leads the front while it is public. Otherwise the newest article does."),
    )

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("tagline"),
        FieldPanel("lead_article"),
        FieldPanel("intro"),
        FieldPanel("contact_email"),
    ]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["research.TopicIndexPage", "home.InfoPage"]
    max_count = 1

    class Meta:
        verbose_name = _("home page")

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Find a section in one statement; leave other pages to Wagtail."""
        if path_components:
            section = TopicIndexPage.objects.child_of(self).filter(slug=path_components[0]).first()
            if section is not None:
                return section.route(request, path_components[1:])
        return super().route(request, path_components)

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Print the front from sealed articles."""
        return views.front(request, self, brand_of_site().name)


HOME = Prepared(lambda: HomePage.objects.open_to_all().order_by("pk")[:1])


def home_for_all() -> HomePage | None:
    """Return the home page; None where it is for some readers only, or there is none yet."""
    tables = (HomePage, Page, PageViewRestriction)
    return remembered_for_pages("home-page", tables, HOME.first, seconds=ACCESS_SECONDS)


class InfoPage(BasePage):
    """A small page about the publication: how we rate, privacy, contact. No medical claims."""

    intro = models.TextField(blank=True, max_length=300)
    body = RichTextField(features=INFO_FEATURES, blank=True)

    lists_corrections = models.BooleanField(
        _("list of corrections"),
        default=False,
        help_text=_("Below the words, list the corrections of all articles, the newest first."),
    )

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("intro"),
        FieldPanel("body"),
        FieldPanel("lists_corrections"),
    ]
    parent_page_types = ["home.HomePage"]
    subpage_types: list[str] = []
    reserved_slugs = TOP_LEVEL_ADDRESSES

    class Meta:
        verbose_name = _("information page")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Print the page."""
        keep()
        return views.info_page(request, self)
