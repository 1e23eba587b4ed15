"""Sources: journals, studies, and what later happened to them."""

import factory
from factory.django import DjangoModelFactory

from research.models import Journal, Study, StudyNotice
from tests.scenes import OneStep


class JournalFactory(OneStep, DjangoModelFactory):
    class Meta:
        model = Journal

    name = factory.Sequence(lambda n: f"Journal of Tests {n}")


class StudyFactory(OneStep, DjangoModelFactory):
    """A journal article of May 2018 with DOI and PMID."""

    class Meta:
        model = Study

    title = factory.Sequence(lambda n: f"A trial of something, part {n}")
    journal = factory.SubFactory(JournalFactory)
    doi = factory.Sequence(lambda n: f"10.1000/test.{n}")
    pmid = factory.Sequence(lambda n: str(20_000_000 + n))
    year = 2018
    month = 5
    authors = "Park JH\nHalvard I"
    funding = "A public research council."
    interests = "The authors declared none."


class StudyNoticeFactory(OneStep, DjangoModelFactory):
    class Meta:
        model = StudyNotice

    study = factory.SubFactory(StudyFactory)
    kind = StudyNotice.Kind.RETRACTION
    date = factory.Faker("date_object")
    source = "The journal"
