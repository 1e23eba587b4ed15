"""The page on how a summary was made says what its data says, and nothing that is not public."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from research.checking.claims import ClaimKind, claims_of
from research.checking.passages import find_passage
from research.content.article import content_of
from research.models import PublishedArticle, ReaderReport, SignOff, SignOffPersonal, Study
from research.reading.made.page import CheckView, checks_of
from research.review.claims.links import declare
from research.review.claims.texts import texts_behind
from research.review.questions import REVIEW_QUESTIONS
from research.review.transparency.checkpoints import make_due
from research.review.transparency.signed_notes import new_key
from tests.factories import NO_STAKE, StudyNoticeFactory, correct, edit, publish, unpublish

pytestmark = pytest.mark.django_db

ARTICLE = "/ms/fewer-relapses/"
ADDRESS = f"{ARTICLE}made/"


def page(client, address=ADDRESS):
    response = client.get(address)
    assert response.status_code == 200, address
    return BeautifulSoup(response.content, "html.parser").main


def words(client, part=""):
    found = page(client)
    return " ".join((found.select_one(f"#{part}") if part else found).get_text(" ").split())


def test_it_says_who_wrote_and_reviewed_it_and_what_was_declared(client, public_article):
    line = SignOff.objects.get(subject_uuid=public_article.subject_uuid)

    told = words(client, "people")

    assert line.reviewer_name in told
    assert line.reviewer_credentials in told
    assert NO_STAKE in told
    assert PublishedArticle.objects.get().authors[0] in told


def test_it_says_what_was_asked_and_answered(client, public_article):
    told = words(client, "checks")

    assert all(f"{question.asks} Yes" in told for question in REVIEW_QUESTIONS)


def test_notes_of_the_review_stay_in_the_newsroom(public_article):
    line = SignOff.objects.get(subject_uuid=public_article.subject_uuid)
    line.personal.answers = [
        {"key": "numbers", "asked": "Every number?", "answer": "no", "note": "Between us."},
        {"key": "claim:1", "asked": "A sentence.", "answer": "yes", "note": ""},
    ]

    assert checks_of(line) == (CheckView("Every number?", "No"),)


def test_what_is_erased_is_said_to_be_gone(client, public_article):
    line = SignOff.objects.get(subject_uuid=public_article.subject_uuid)
    SignOffPersonal.objects.filter(line=line).update(
        name="", credentials="", answers=[], conflict_statement="", comment="", salt=""
    )

    assert "name removed" in words(client, "people")
    assert "removed together with their name" in words(client, "people")
    assert "removed together with their name" in words(client, "checks")


def test_ratings_stand_with_their_reasons_open(client, public_article):
    whys = page(client).select("#ratings details.why")

    assert len(whys) == 2
    assert all(why.has_attr("open") for why in whys)


def test_each_sentence_stands_with_what_it_rests_on(client, article, reviewer):
    study = article.study
    study.abstract = [["", "Fewer people had a relapse in the group with the new treatment."]]
    study.save()
    draft = edit(article)
    claim = next(claim for claim in claims_of(content_of(draft)) if claim.field == "summary")
    passage = find_passage("Fewer people had a relapse", texts_behind(draft)[0])
    declare(draft, claim.key, ClaimKind.SUPPORTED, [passage])
    draft.save_revision()
    publish(article, reviewer)

    (group,) = page(client).select("#sentences details")

    assert "Summary" in group.summary.get_text()
    assert group.select_one(".made-sentence").get_text() == "Fewer people had a relapse."
    assert "Fewer people had a relapse" in group.blockquote.get_text()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"checked_at": None}, "Nobody has looked up yet"),
        ({"checked_at": "now"}, "No correction, concern or retraction is known. Last checked on"),
        ({"checked_at": "now", "check_failed_since": "now"}, "the check has failed, so something newer may be missing"),
        ({"is_example": True}, "an invented example"),
        ({"doi": None, "pmid": None, "checked_at": None}, "neither a DOI nor a PMID"),
    ],
)
def test_the_present_status_of_the_source_is_never_more_than_was_looked_up(client, public_article, values, expected):
    moment = timezone.now()
    given = {name: moment if value == "now" else value for name, value in values.items()}
    Study.objects.filter(pk=public_article.study_id).update(**given)

    assert expected in words(client, "source")


def test_a_retraction_stands_there_in_the_same_moment(client, public_article):
    StudyNoticeFactory(study=public_article.study, kind="retraction", date=date(2026, 1, 2), source="The journal")

    assert "Retracted" in words(client, "source")
    assert "The journal" in words(client)


def test_what_became_of_a_report_is_told_and_not_what_was_written(client, public_article):
    ReaderReport.objects.create(
        article=public_article, digest="0", kind="wrong", words="My own story", email="a@b.example", state="upheld"
    )
    ReaderReport.objects.create(article=public_article, digest="0", kind="unclear", words="Undecided", state="new")

    told = words(client, "corrections")

    assert "Something is wrong. Upheld: something was wrong" in told
    assert "own story" not in told
    assert "a@b" not in told
    assert "hard to understand" not in told


def test_the_proof_is_linked_as_soon_as_a_checkpoint_covers_the_line(client, public_article, settings):
    line = SignOff.objects.get(subject_uuid=public_article.subject_uuid)
    assert "None yet" in words(client, "proof")
    settings.CHECKPOINT_KEY = new_key()
    make_due(timezone.now())

    links = {link["href"] for link in page(client).select("#proof a[href]")}

    assert f"/.well-known/countersign/lines/{line.sequence}" in links
    assert all(client.get(link).status_code == 200 for link in links)
    assert line.digest in words(client, "proof")


def test_the_program_that_checks_is_the_one_of_the_papers(client):
    response = client.get(reverse("research_verifier"))

    assert response.status_code == 200
    assert "NotProven" in response.content.decode()


def test_nothing_of_a_draft_is_there(client, article, writer):
    assert client.get(ADDRESS).status_code == 404


def test_a_withdrawn_article_has_none(client, public_article, editor):
    unpublish(public_article, editor)

    assert client.get(ADDRESS).status_code == 410


def test_the_article_leads_there_and_it_leads_back(client, public_article):
    assert any(link["href"] == ADDRESS for link in page(client, ARTICLE).select(".made-link a"))
    assert any(link["href"] == ARTICLE for link in page(client).select("a"))


def test_its_data_says_the_same(client, public_article):
    Study.objects.filter(pk=public_article.study_id).update(checked_at=timezone.now())
    correct(public_article, "A number was wrong.")

    told = client.get(f"{ARTICLE}made.json").json()

    assert told["made"] == f"http://testserver{ADDRESS}"
    assert told["countersigned"]["declared_interests"] == NO_STAKE
    assert told["countersigned"]["openings"]["conflict_statement"]["value"] == NO_STAKE
    assert [check["answer"] for check in told["countersigned"]["checked"]] == ["Yes"] * len(REVIEW_QUESTIONS)
    assert told["status_checked_at"]
    (version,) = told["versions"]
    assert (version["number"], version["url"]) == (1, f"http://testserver{ARTICLE}")


def test_it_costs_the_same_with_more_versions(client, public_article, reviewer, django_assert_max_num_queries):
    client.get(ADDRESS)
    with CaptureQueriesContext(connection) as one:
        client.get(ADDRESS)
    for number in range(3):
        edit(public_article, summary=f"Other words, {number}.")
        publish(public_article, reviewer, at=timezone.now() + timedelta(minutes=number + 1))

    with django_assert_max_num_queries(len(one)):
        client.get(ADDRESS)
