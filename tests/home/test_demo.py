"""The demo publication, loaded once for the whole module."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from wagtail.models import TaskState

from common.models import User
from common.outbox import deliver_due
from home.demo.accounts import ACCOUNTS, PASSWORD, start_lines
from home.models import HomePage
from research.audit import check_seals
from research.checking.claims import claims_of
from research.content.article import content_of
from research.content.stored import read_canonical
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
from research.review.claims.texts import texts_behind

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


# By hand: what tells a result or a number of the study and stands in no text that may be quoted here.
WITHOUT_SOURCE = {
    "Five authors report links with companies that sell MS medicines, or with a consultancy.",
    "Two authors have a stake in the drugs through patents or payments.",
    "It was mainly about a drug, and two of the authors have a stake in the drugs through patents or payments.",
    "A study from 1998 compared versions of an ancient virus gene in people with multiple sclerosis (MS) and healthy "
    "people in Shanghai.",
}


def claims_of_demo():
    """Yield every sentence of the demo's newest drafts, with what it rests on."""
    for page in ArticlePage.objects.all():
        for claim in claims_of(content_of(page.get_latest_revision_as_object())):
            yield page, claim


def test_every_claim_of_the_demo_is_supported_or_declared():
    assert [(page.slug, claim.text) for page, claim in claims_of_demo() if not claim.is_declared] == []


def test_nearly_all_that_state_a_result_or_a_number_of_the_study_are_supported():
    kinds = {claim.text: claim.kind for _, claim in claims_of_demo()}
    supported = [text for text, kind in kinds.items() if kind == "supported"]
    without = [text for text in WITHOUT_SOURCE if text in kinds]

    assert len(supported) > 600
    assert {kinds[text] for text in without} == {"explanation"}
    assert len(supported) / len(supported + without) >= 0.95


def test_every_passage_of_a_stored_text_stands_in_it_and_the_others_say_that_no_machine_compared_them():
    passages = [(page, passage) for page, claim in claims_of_demo() for passage in claim.passages]
    compared = [(page, passage) for page, passage in passages if passage.is_machine_checked]

    assert len(compared) > 60
    assert all(passage.stands_in(texts_behind(page)) for page, passage in compared)
    assert all(passage.study and passage.locator for _, passage in passages)


def test_the_demos_numbers_in_people_say_where_they_come_from():
    for page in ArticlePage.objects.all():
        for section in content_of(page.get_latest_revision_as_object()).sections:
            for block in section.blocks:
                if block.kind == "numbers":
                    assert set(block.values["origin"]) == {"before", "after"} & set(block.values), page.slug


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


def test_some_articles_are_read_in_two_lengths_and_the_lead_is_one_of_them():
    rows = {row.address: row for row in PublishedArticle.objects.public_now(timezone.now())}
    two = {address for address, row in rows.items() if read_canonical(row.content).has_details}

    assert "/ms/two-faces-of-microglia/" in two
    assert 3 <= len(two) < len(rows)
    assert all(Client().get(f"{address}details/").status_code == 200 for address in two)


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


def test_all_that_is_public_is_as_signed_and_stands_where_it_should():
    deliver_due(limit=1_000)  # what stands beside an article

    assert list(check_seals()) == []


def test_every_public_page_answers():
    client = Client()
    addresses = ["/", "/ms/", "/ms/topics/", "/search/?q=pain", "/about/", "/how-we-rate/"]
    articles = list(listed().values_list("address", flat=True))
    addresses += [*articles, *(f"{address}made/" for address in articles)]

    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)


def test_a_corrected_article_keeps_its_earlier_version_and_says_why():
    address = "/ms/tablets-for-stiff-muscles/"
    pages = {place: Client().get(place).content.decode() for place in (
        address, f"{address}made/", f"{address}versions/1/", "/corrections/"
    )}  # fmt: skip

    assert "A 2002 review gathered all trials" not in pages[address]
    assert "A mistake was corrected." in pages[f"{address}made/"]
    assert "A 2002 review gathered all trials" in pages[f"{address}versions/1/"]
    assert "The summary first said" in pages["/corrections/"]


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
