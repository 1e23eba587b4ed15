"""What articles are made of: answers, topics, terms, pictures."""

from typing import Any

import factory
import wagtail_factories
from factory.django import DjangoModelFactory

from common.models import Image
from research.models import Appraisal, GlossaryTerm, Topic
from tests.scenes import OneStep


class AppraisalFactory(OneStep, DjangoModelFactory):
    """A trial with 3,849 people, 18 points: Strong. Built for a page, and saved with it."""

    class Meta:
        model = Appraisal
        strategy = factory.BUILD_STRATEGY

    design = "randomised_trial"
    population = "people_outcome"
    people = 3849
    registered = "yes"
    measured_alike = "yes"
    checking = "peer_reviewed"
    interests = "declared"
    other_research = "agree"
    reach = "many"
    actionable = "available"
    novelty = "adds"
    reason_design = "People were put into the groups by chance."


class TopicFactory(OneStep, DjangoModelFactory):
    class Meta:
        model = Topic

    name = factory.Sequence(lambda n: f"Topic {n}")


class GlossaryTermFactory(OneStep, DjangoModelFactory):
    class Meta:
        model = GlossaryTerm

    term = factory.Sequence(lambda n: f"term {n}")
    plain_words = "Plain words for a hard one."


class ImageFactory(OneStep, wagtail_factories.ImageFactory):
    """A small picture whose hash is known, as after an upload."""

    class Meta:
        model = Image

    file = factory.django.ImageField(width=64, height=36)
    collection = None

    @classmethod
    def _create(cls, model_class: type[Image], *args: Any, **kwargs: Any) -> Image:
        kwargs = {name: value for name, value in kwargs.items() if name != "collection" or value is not None}
        image = super()._create(model_class, *args, **kwargs)
        image.get_file_hash()
        return image
