"""The demo publication, loaded once for the whole module."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from wagtail.models import TaskState

from common.models import User
from home.demo.accounts import ACCOUNTS, PASSWORD, start_lines
from home.models import HomePage
from research.models import (
    ArticlePage,
    MedicalReviewState,
    PublishedArticle,
    PublishedText,
    Release,
    SignOff,
    Study,
    Topic,
)
from research.publishing import pictures

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker):
    """Load the demo before the first test of the module and take it back after the last."""
    from django.db import transaction

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "ARTWORK_SIZE", (32, 18))
        patch.setattr(pictures, "WIDTHS", (8, 16, 32))
        patch.setattr("home.demo.articles.FIGURE_SIZE", (64, 36))
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            call_command("load_demo", stdout=StringIO())
            yield
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)


def listed():
    return PublishedArticle.objects.listable(timezone.now())


def test_readers_find_at_least_24_articles_on_at_least_30_topics():
    assert PublishedArticle.objects.public_now(timezone.now()).count() >= 24
    assert Topic.objects.filter(published_articles__in=listed()).distinct().count() >= 30


def test_there_is_an_article_in_every_state():
    states = set(MedicalReviewState.objects.values_list("status", flat=True))
    never_submitted = ArticlePage.objects.filter(live=False, first_published_at=None).exclude(
        pk__in=[int(pk) for pk in TaskState.objects.values_list("workflow_state__object_id", flat=True)]
    )

    assert {TaskState.STATUS_IN_PROGRESS, TaskState.STATUS_REJECTED} <= states
    assert never_submitted.exists()
    assert ArticlePage.objects.filter(expired=True).exists()
    assert Release.objects.filter(state=Release.State.PLANNED, due_at__gt=timezone.now()).count() == 1


def test_the_lead_is_about_the_two_sides_of_microglia_and_rests_on_a_complete_citation():
    row = PublishedArticle.objects.select_related("study__journal").get(address__endswith="/two-faces-of-microglia/")
    page = Client().get(row.address).content.decode()

    assert HomePage.objects.get().lead_article.slug == "two-faces-of-microglia"
    assert row.study.journal.name == "eLife"
    assert (row.study.year, row.study.month, row.study.day) == (2021, 3, 23)
    assert 'href="https://doi.org/10.7554/elife.65469"' in page
    assert "not on record" not in page


def test_nothing_rates_a_retracted_study():
    rows = PublishedArticle.objects.public_now(timezone.now()).filter(study__status=Study.Status.RETRACTED)
    pages = [Client().get(row.address).content.decode() for row in rows]

    assert pages
    for page in pages:
        assert page.count("No rating: the study was retracted") == 2
        assert 'class="rating-value"' not in page
        assert 'class="why"' not in page
        assert "Peer reviewed" not in page


def test_a_study_without_a_journal_on_record_names_none():
    row = PublishedArticle.objects.get(address__endswith="/face-pain-in-a-large-clinic/")
    page = Client().get(row.address).content.decode()

    assert "Published in" not in page
    assert 'href="https://pubmed.ncbi.nlm.nih.gov/7617185/"' in page


def test_every_public_article_is_rated_has_a_study_and_a_picture():
    for row in PublishedArticle.objects.public_now(timezone.now()).select_related("study"):
        assert row.study is not None, row
        assert row.credibility, row
        assert row.interest, row
        assert row.pictures["lead"]["src"], row


def test_every_word_readers_see_is_signed_by_a_reviewer_who_did_not_write_it():
    reviewers = set(User.objects.filter(groups__name="Medical reviewers").values_list("pk", flat=True))

    for row in [*PublishedArticle.objects.all(), *PublishedText.objects.all()]:
        line = SignOff.objects.standing(row.subject_uuid, row.digest)
        assert line is not None, row
        assert line.reviewer_id in reviewers, row


def test_every_public_page_answers():
    client = Client()
    addresses = ["/", "/ms/", "/ms/topics/", "/search/?q=pain", "/about/", "/how-we-rate/"]
    addresses += listed().values_list("address", flat=True)

    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)


def test_the_accounts_sign_in_and_are_printed_at_the_start():
    lines = "\n".join(start_lines())

    for username, *_ in ACCOUNTS:
        assert Client().login(username=username, password=PASSWORD)
        assert username in lines


def test_loading_it_again_changes_nothing():
    models = (ArticlePage, PublishedArticle, SignOff, Release, Topic, User, MedicalReviewState, PublishedText)
    before = [model.objects.count() for model in models]
    out = StringIO()

    call_command("load_demo", stdout=out)

    assert [model.objects.count() for model in models] == before
    assert "Everything was there already" in out.getvalue()
