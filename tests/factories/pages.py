"""Page types. An article is complete and a draft: only the newsroom's ways make it public."""

from typing import Any

import factory
import wagtail_factories
from wagtail.models import Page, Site

from home.models import HomePage, InfoPage, SiteSettings
from research.models import ArticleAuthor, ArticlePage, TopicIndexPage
from tests.factories import blocks
from tests.factories.content import AppraisalFactory, TopicFactory
from tests.factories.people import PersonFactory
from tests.factories.references import StudyFactory
from tests.scenes import OneStep


def _home() -> HomePage:
    return HomePage.objects.first() or HomePageFactory()


def _section() -> TopicIndexPage:
    return TopicIndexPage.objects.first() or TopicIndexPageFactory()


class HomePageFactory(OneStep, wagtail_factories.PageFactory):
    """The root page of the default site."""

    class Meta:
        model = HomePage

    parent = factory.LazyFunction(lambda: Page.objects.get(depth=1))
    title = "Myelin"
    tagline = "Research in plain words"

    @classmethod
    def _create_instance(cls, model_class: type, parent: Any, kwargs: dict[str, Any]) -> HomePage:
        page = super()._create_instance(model_class, parent, kwargs)
        Site.objects.update_or_create(is_default_site=True, defaults={"hostname": "localhost", "root_page": page})
        Site.clear_site_root_paths_cache()
        SiteSettings.objects.get_or_create(defaults={"name": "Myelin"})
        return page


class TopicIndexPageFactory(OneStep, wagtail_factories.PageFactory):
    class Meta:
        model = TopicIndexPage

    parent = factory.LazyFunction(_home)
    title = "Multiple sclerosis"
    slug = "ms"
    condition_name = "multiple sclerosis"
    condition_short_name = "MS"


class InfoPageFactory(OneStep, wagtail_factories.PageFactory):
    class Meta:
        model = InfoPage

    parent = factory.LazyFunction(_home)
    title = factory.Sequence(lambda n: f"About {n}")


class ArticlePageFactory(OneStep, wagtail_factories.PageFactory):
    """A complete draft with one revision; ``topics``, ``authors`` and ``related`` are lists."""

    class Meta:
        model = ArticlePage

    parent = factory.LazyFunction(_section)
    title = factory.Sequence(lambda n: f"What one trial found, part {n}")
    summary = "Fewer people had a relapse."
    key_takeaway = "<p>The treatment <b>may</b> prevent some relapses.</p>"
    body = factory.LazyFunction(blocks.body)
    study = factory.SubFactory(StudyFactory)
    appraisals = factory.LazyFunction(lambda: [AppraisalFactory.build()])
    authors = factory.LazyFunction(lambda: [PersonFactory()])
    topics = factory.LazyFunction(lambda: [TopicFactory()])

    @classmethod
    def _create_instance(cls, model_class: type, parent: Any, kwargs: dict[str, Any]) -> ArticlePage:
        by, picks = kwargs.pop("by", None), kwargs.pop("related", [])
        people = kwargs.pop("authors")
        page = model_class(**kwargs, live=False, owner=by)
        page.authors = [ArticleAuthor(person=person) for person in people]
        page.related_picks = [model_class.related_picks.rel.related_model(article=pick) for pick in picks]
        parent.add_child(instance=page)
        page.save_revision(user=by)
        return page
