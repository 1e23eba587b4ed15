"""Shared texts that need a signature of their own."""

from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from common.models import User
from research.models import ArticlePage, Correction, Explainer, PageText, SignableText, SignOff
from research.review.signing import sign_text
from tests.factories.people import reviewer_user
from tests.scenes import OneStep, one_step


class ExplainerFactory(OneStep, DjangoModelFactory):
    class Meta:
        model = Explainer

    section = factory.SubFactory("tests.factories.pages.TopicIndexPageFactory")
    journal_wording = "<p>This study appeared in {journal}.</p>"
    preprint_wording = "<p>This study was put on {journal} before review.</p>"
    book_series_wording = "<p>This chapter appeared in {journal}.</p>"
    body = "<p>See More details. Talk to your care team.</p>"


class PageTextFactory(OneStep, DjangoModelFactory):
    class Meta:
        model = PageText

    page = factory.SubFactory("tests.factories.pages.TopicIndexPageFactory")
    text = "<p>Multiple sclerosis affects the brain and the spinal cord.</p>"


@one_step
def sign_text_of(text: SignableText, reviewer: User | None = None) -> SignOff:
    """Countersign a shared text, which makes its words public."""
    return sign_text(text, reviewer or reviewer_user(), conflict_statement="No stake in what this text says.")


@one_step
def correct(article: ArticlePage, words: str, **values: Any) -> Correction:
    """Add a countersigned correction to an article."""
    given = {"date": date(2026, 3, 2), "text": f"<p>{words}</p>"} | values
    correction = Correction.objects.create(article=article, **given)
    sign_text_of(correction)
    return correction
