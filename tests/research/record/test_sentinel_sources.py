"""The sentinel with the real clients, on recorded answers of PubMed and Crossref."""

import httpx
import pytest
import time_machine
from django.utils import timezone

from research.models import Study, StudyNotice
from research.record import sentinel
from research.record.checkers import CrossrefChecker, PubMedChecker
from research.sources.crossref import CrossrefClient
from research.sources.pubmed import PubMedClient
from research.sources.transport import Transport
from tests.factories import ArticlePageFactory, StudyFactory, publish

pytestmark = pytest.mark.django_db

NOON = timezone.datetime(2027, 3, 1, 12, 0, tzinfo=timezone.get_fixed_timezone(0))


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def run(*checkers):
    return sentinel.run(checkers, NOON)


def study_of(article):
    return Study.objects.get(pk=article.study_id)


CROSSREF_RETRACTED = {
    "message": {
        "type": "journal-article",
        "DOI": "10.1000/test.x",
        "title": ["A trial"],
        "issued": {"date-parts": [[2018, 5]]},
        "updated-by": [
            {
                "DOI": "10.1000/retraction",
                "type": "retraction",
                "label": "Retraction",
                "source": "retraction-watch",
                "updated": {"date-parts": [[2027, 2, 18]]},
            }
        ],
    }
}
PUBMED_CLEAR = """<?xml version="1.0"?><PubmedArticleSet><PubmedArticle><MedlineCitation>
<PMID Version="1">{pmid}</PMID><Article><Journal><JournalIssue><PubDate><Year>2018</Year><Month>May</Month></PubDate>
</JournalIssue><Title>J Tests</Title></Journal><ArticleTitle>A trial</ArticleTitle></Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="doi">10.1000/test.x</ArticleId></ArticleIdList></PubmedData>
</PubmedArticle></PubmedArticleSet>"""


def checkers_answering(handler):
    transport = Transport(
        contact="desk@example.org", http=httpx.MockTransport(handler), attempts=2, sleep=lambda seconds: None
    )
    return PubMedChecker(PubMedClient(transport)), CrossrefChecker(CrossrefClient(transport))


@pytest.fixture
def watched(section, reviewer):
    """A public article whose study is 10.1000/test.x, PubMed 123."""
    study = StudyFactory(title="A trial", doi="10.1000/test.x", pmid="123")
    return publish(ArticlePageFactory(parent=section, study=study, title="Watched", slug="watched"), reviewer)


def test_crossrefs_word_alone_is_enough(watched, client):
    def answer(request):
        if "crossref" in request.url.host:
            return httpx.Response(200, json=CROSSREF_RETRACTED)
        return httpx.Response(200, text=PUBMED_CLEAR.format(pmid="123"))

    run(*checkers_answering(answer))

    found = StudyNotice.objects.get()
    assert (found.kind, str(found.date), found.source) == ("retraction", "2027-02-18", "Retraction Watch")
    assert "This study was retracted" in client.get("/ms/watched/").content.decode()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_source_that_is_down_is_a_failed_check(watched, status):
    result = run(*checkers_answering(lambda request: httpx.Response(status, text="<html>Bad gateway</html>")))

    study = study_of(watched)
    assert (result.checked, result.failed) == (0, 1)
    assert study.checked_at is None
    assert str(status) in study.check_error


def test_a_web_page_in_place_of_an_answer_is_a_failed_check(watched):
    run(*checkers_answering(lambda request: httpx.Response(200, text="<html><body>Maintenance</body></html>")))

    assert study_of(watched).check_failed_since == NOON


def test_sources_that_do_not_know_a_study_say_nothing_of_it(watched):
    def answer(request):
        if "crossref" in request.url.host:
            return httpx.Response(404, text="Resource not found.")
        return httpx.Response(200, text='<?xml version="1.0"?><PubmedArticleSet></PubmedArticleSet>')

    run(*checkers_answering(answer))

    study = study_of(watched)
    assert study.checked_at is None
    assert study.check_failed_since == NOON
