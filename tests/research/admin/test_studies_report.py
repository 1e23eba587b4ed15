"""The studies report and the section's feed."""

import csv
import io
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from research.admin.exports import neutralised
from research.models import PublishedArticle, Study, StudyNotice
from tests.factories import ArticlePageFactory, StudyFactory, StudyNoticeFactory, publish, reviewer_user

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def desk(client, writer):
    client.force_login(writer)
    return client


def titles(client, **filters):
    response = client.get(reverse("research_studies_report"), filters)
    assert response.status_code == 200
    return {study.title for study in response.context["object_list"]}


def test_the_report_filters_by_status_check_design_year_and_use(desk, section):
    now = timezone.now()
    used = ArticlePageFactory(parent=section, study=StudyFactory(title="Used", year=2020)).study
    StudyNoticeFactory(study=StudyFactory(title="Gone", year=2011))
    for title, values in {
        "Fresh": {"checked_at": now},
        "Old": {"checked_at": now - timedelta(days=8)},
        "Failed": {"checked_at": now, "check_failed_since": now},
    }.items():
        Study.objects.filter(pk=StudyFactory(title=title).pk).update(**values)

    assert titles(desk, status="retracted") == {"Gone"}
    assert titles(desk, last_check="never") == {"Used", "Gone"}
    assert titles(desk, last_check="ok") == {"Fresh", "Old"}
    assert titles(desk, last_check="failed") == {"Failed"}
    assert titles(desk, last_check="old") == {"Old"}
    assert titles(desk, design="randomised_trial") == {"Used"}
    assert titles(desk, year="2020") == {"Used"}
    assert titles(desk, used="yes") == {used.title}
    assert "Used" not in titles(desk, used="no")


def test_the_report_costs_no_more_with_twenty_studies(desk):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            desk.get(reverse("research_studies_report"))
        return len(captured)

    StudyFactory()
    cost()
    one = cost()
    StudyFactory.create_batch(19)

    assert cost() <= one


def test_the_screen_tells_the_three_states_apart(desk):
    Study.objects.filter(pk=StudyFactory(title="A").pk).update(checked_at=timezone.now())
    Study.objects.filter(pk=StudyFactory(title="B").pk).update(
        check_failed_since=timezone.now(), check_error="PubMed: down"
    )
    StudyFactory(title="C")

    page = desk.get(reverse("research_studies_report")).content.decode()

    assert "Checked, clear at" in page
    assert "Check failed since" in page
    assert "PubMed: down" in page
    assert "Never checked" in page


FORMULAS = ['=cmd|"/c calc"!A1', "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "  =1+1"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_written_as_text(desk, formula):
    StudyFactory(title=formula)
    address = reverse("research_studies_report")

    exported = b"".join(desk.get(address, {"export": "csv"}).streaming_content).decode()
    sheet = load_workbook(io.BytesIO(b"".join(desk.get(address, {"export": "xlsx"}).streaming_content))).active

    assert list(csv.reader(io.StringIO(exported, newline="")))[1][0].startswith("'")
    assert sheet["A2"].value.startswith("'")
    assert sheet["A2"].data_type == "s"


def test_the_list_of_the_record_exports_as_safely(desk):
    StudyFactory(title="=1+1")

    response = desk.get("/admin/research/study/", {"export": "csv"})

    assert b"'=1+1" in b"".join(response.streaming_content)


def test_what_is_no_formula_stays_as_it_is():
    assert [neutralised(value) for value in ("Plain = fine", 12, None, "a-b")] == ["Plain = fine", 12, None, "a-b"]


# The feed.


def feed(client):
    response = client.get("/ms/feed/")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/atom+xml")
    return ET.fromstring(response.content).findall("a:entry", ATOM)  # noqa: S314 - our own feed


def said(entry, name):
    return entry.find(f"a:{name}", ATOM).text


def test_the_feed_has_the_listed_articles_newest_first(public_article, section, reviewer, client):
    publish(ArticlePageFactory(parent=section, title="A later one", summary="p < 0.05 & more"), reviewer)
    ArticlePageFactory(parent=section, title="A draft")
    gone = publish(ArticlePageFactory(parent=section, title="Gone"), reviewer)
    gone.unpublish()

    entries = feed(client)

    assert [said(entry, "title") for entry in entries] == ["A later one", "Fewer relapses"]
    assert said(entries[0], "summary") == "p &lt; 0.05 &amp; more"
    assert said(entries[1], "id") == f"urn:uuid:{public_article.subject_uuid}"


def test_a_retracted_article_has_one_last_entry_with_its_notice(public_article, client):
    before = said(feed(client)[0], "id")
    StudyNotice.objects.create(
        study=public_article.study,
        kind=StudyNotice.Kind.RETRACTION,
        source="The journal",
        reason="<b>Wrong</b>",
        link="https://doi.org/10.1000/n",
    )

    once, again = feed(client), feed(client)

    assert [said(entry, "title") for entry in once] == ["Retracted: Fewer relapses"]
    assert said(once[0], "id") == said(again[0], "id") != before
    assert "The journal" in said(once[0], "summary")
    assert "&lt;b&gt;Wrong" in said(once[0], "summary")
    assert once[0].find("a:link", ATOM).get("href").endswith("/ms/fewer-relapses/")


def test_the_feed_costs_no_more_with_more_articles(public_article, section, reviewer, client):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            client.get("/ms/feed/")
        return len(captured)

    cost()
    one = cost()
    for number in range(3):
        article = publish(ArticlePageFactory(parent=section), reviewer)
        if number:
            StudyNoticeFactory(study=article.study)

    assert cost() <= one + 2, "what is retracted asks for its notices once"
    assert PublishedArticle.objects.count() == 4


@pytest.mark.parametrize("address", ["/ms/", "/ms/topics/", "/ms/fewer-relapses/"])
def test_pages_name_the_feed_in_their_head(public_article, client, address):
    page = BeautifulSoup(client.get(address).content, "html.parser")

    link = page.head.select_one('link[rel="alternate"]')
    assert link["href"] == "/ms/feed/"
    assert link["type"] == "application/atom+xml"


def test_reviewers_may_read_the_report_and_strangers_may_not(client):
    assert client.get(reverse("research_studies_report")).status_code == 302
    client.force_login(reviewer_user())

    assert client.get(reverse("research_studies_report")).status_code == 200
