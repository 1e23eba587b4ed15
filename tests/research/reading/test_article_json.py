"""A public article as data."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from research.models import PublishedArticle, SignOff
from tests.factories import StudyNoticeFactory, edit, unpublish

pytestmark = pytest.mark.django_db

ADDRESS = "/ms/fewer-relapses/made.json"


def test_it_says_what_was_signed_by_whom_and_what_it_is_rated(client, public_article):
    line = SignOff.objects.get(subject_uuid=public_article.subject_uuid)
    row = PublishedArticle.objects.get()

    told = client.get(ADDRESS).json()

    assert told["title"] == "Fewer relapses"
    assert told["url"] == "http://testserver/ms/fewer-relapses/"
    assert told["status"] == "none_known"
    assert told["credibility"] == {"value": row.credibility, "out_of": 5, "word": row.credibility_word}
    assert told["countersigned"]["by"] == line.reviewer_name
    assert told["countersigned"]["digest"] == line.digest
    assert told["countersigned"]["line_hash"] == line.line_hash
    assert told["study"]["title"] == public_article.study.title


def test_a_retraction_is_said_and_takes_the_rating_away(client, public_article):
    StudyNoticeFactory(
        study=public_article.study,
        kind="retraction",
        date=date(2026, 1, 2),
        source="The journal",
        reason="Made-up data",
        link="https://example.org/n",
    )

    told = client.get(ADDRESS).json()

    assert told["status"] == "retracted"
    assert told["credibility"]["value"] is None
    assert told["credibility"]["withheld"] == "No rating: the study was retracted"
    (notice,) = told["notices"]
    assert (notice["kind"], notice["date"], notice["by"]) == ("retraction", "2026-01-02", "The journal")
    assert notice["link"] == "https://example.org/n"
    assert "Made-up data" in notice["text"]


def test_a_draft_of_other_words_changes_nothing_in_it(client, public_article, writer):
    before = client.get(ADDRESS).content

    edit(public_article, writer, title="Many more relapses")

    assert client.get(ADDRESS).content == before


def test_what_is_not_public_is_not_there(client, article):
    assert client.get(ADDRESS).status_code == 404
    assert client.get("/ms/no-such-article/made.json").status_code == 404


def test_a_withdrawn_article_is_gone(client, public_article, editor):
    unpublish(public_article, editor)

    response = client.get(ADDRESS)

    assert response.status_code == 410
    assert response.json() == {"status": "withdrawn"}


def test_it_costs_no_more_statements_than_the_page(client, public_article):
    client.get(ADDRESS)
    with CaptureQueriesContext(connection) as queries:
        client.get(ADDRESS)

    assert len(queries) <= 8


def test_the_page_names_it(client, public_article):
    page = client.get("/ms/fewer-relapses/").content.decode()

    assert '<link rel="alternate" type="application/json"' in page
    assert 'href="http://testserver/ms/fewer-relapses/made.json"' in page
