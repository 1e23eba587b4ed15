"""The first pages of a new site: home, a section, information pages. Safe to run again."""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from wagtail.models import Page, Site

from home.models import HomePage, InfoPage, SiteSettings
from research.models import TopicIndexPage


@dataclass(frozen=True)
class InfoWords:
    """One information page."""

    slug: str
    title: str
    intro: str = ""
    body: str = ""
    lists_corrections: bool = False


@dataclass(frozen=True)
class SiteWords:
    """What a new site starts with."""

    publication: str
    tagline: str = ""
    intro: str = ""
    section_title: str = "Research"
    section_slug: str = "research"
    section_intro: str = ""
    condition: str = ""
    condition_short: str = ""
    condition_mesh_ui: str = ""
    info: tuple[InfoWords, ...] = field(default_factory=tuple)


@transaction.atomic
def set_up_site(words: SiteWords) -> tuple[HomePage, TopicIndexPage]:
    """Create what is missing of home, section and information pages; return home and section."""
    home = HomePage.objects.first() or _create_home(words)
    section = TopicIndexPage.objects.child_of(home).filter(slug=words.section_slug).first()
    if section is None:
        section = _add(
            home,
            TopicIndexPage(
                title=words.section_title,
                slug=words.section_slug,
                intro=words.section_intro,
                condition_name=words.condition,
                condition_short_name=words.condition_short,
                condition_mesh_ui=words.condition_mesh_ui,
            ),
        )
    present = set(InfoPage.objects.child_of(home).values_list("slug", flat=True))
    for info in words.info:
        if info.slug not in present:
            _add(home, InfoPage(**asdict(info)))
    return home, section


def _create_home(words: SiteWords) -> HomePage:
    """Put our home page where Wagtail's own welcome page stands."""
    root = Page.objects.get(depth=1)
    Page.objects.child_of(root).filter(slug="home", content_type__model="page").delete()
    root = Page.objects.get(depth=1)
    home = _add(
        root,
        HomePage(
            title=words.publication,
            slug="home",
            tagline=words.tagline,
            intro=words.intro,
        ),
    )
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={"hostname": "localhost", "root_page": home, "site_name": words.publication},
    )
    _name_publication(words.publication)
    return home


def _name_publication(name: str) -> None:
    """Name the publication, unless somebody named it already."""
    if not SiteSettings.objects.exists():
        SiteSettings.objects.create(name=name)


def _add(parent: Any, page: Page) -> Any:
    parent.add_child(instance=page)
    page.save_revision().publish()
    page.refresh_from_db()
    return page
