"""Saved searches: what they find is suggested once, and never what is on record."""

import json
import threading
from datetime import timedelta

import httpx
import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from research import periodic
from research.models import SavedSearch, Study, StudySuggestion
from research.record import searches
from research.record.searches import ASK_AGAIN, ASK_EVERY
from research.sources.transport import Transport
from tests.factories import StudyFactory, TopicIndexPageFactory, writer_user
from tests.research.sources.helpers import reply

pytestmark = pytest.mark.django_db

NEEDS_SAMPLES = pytest.mark.skipif(
    not (settings.EVIDENCE_SAMPLES / "europepmc").exists(), reason="needs the sample records: set EVIDENCE_SAMPLES"
)
NOON = timezone.datetime(2027, 3, 1, 12, 0, tzinfo=timezone.get_fixed_timezone(0))


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def search(section):
    return SavedSearch.objects.create(section=section, name="Trials in MS", query="multiple sclerosis[majr]")


TRIAL = """<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article><Journal><JournalIssue><PubDate>
<Year>2027</Year><Month>Feb</Month></PubDate></JournalIssue><Title>J Tests</Title></Journal>
<ArticleTitle>{title}</ArticleTitle><Abstract><AbstractText>We randomised 240 patients.</AbstractText></Abstract>
<PublicationTypeList><PublicationType UI="{ui}">{kind}</PublicationType></PublicationTypeList></Article>{more}
</MedlineCitation><PubmedData><ArticleIdList>{doi}</ArticleIdList></PubmedData></PubmedArticle>"""


def trial(pmid, doi="", title="", kind="Randomized Controlled Trial", ui="D016449", more=""):
    doi = f'<ArticleId IdType="doi">{doi}</ArticleId>' if doi else ""
    return TRIAL.format(pmid=pmid, doi=doi, title=title or f"Trial {pmid}", kind=kind, ui=ui, more=more)


def pubmed(*articles, count=None, asked=None):
    """Return a transport to a PubMed that knows these articles, whatever is searched for."""
    found = {article.split('Version="1">')[1].split("<")[0]: article for article in articles}

    def answer(request):
        form = dict(httpx.QueryParams(request.read().decode()))
        if asked is not None:
            asked.append((request.url.path.rsplit("/", 1)[1], form))
        if "esearch" in request.url.path:
            ids = list(found)
            return httpx.Response(200, json={"esearchresult": {"count": str(count or len(ids)), "idlist": ids}})
        wanted = form["id"].split(",")
        xml = "".join(found[pmid] for pmid in wanted)
        return httpx.Response(200, content=f"<PubmedArticleSet>{xml}</PubmedArticleSet>".encode())

    return transport(answer)


def transport(answer):
    http = httpx.MockTransport(answer)
    return Transport(contact="desk@newsroom.example", http=http, attempts=1, resolve=lambda host: ["192.0.43.8"])


def titles():
    return [suggestion.title for suggestion in StudySuggestion.objects.unseen()]


def test_what_a_search_finds_is_suggested_with_what_its_record_says(search):
    assert searches.ask(search, pubmed(trial("91", "10.1000/a", "A trial of vitamin D")), NOON) == 1

    suggestion = StudySuggestion.objects.get()
    assert (suggestion.title, suggestion.journal, suggestion.people) == ("A trial of vitamin D", "J Tests", 240)
    assert "andomised" in suggestion.design
    assert (suggestion.section_id, suggestion.doi, suggestion.pmid) == (search.section_id, "10.1000/a", "91")
    assert not Study.objects.exists()


def test_a_search_that_was_asked_by_a_clock_that_was_years_ahead_is_asked_by_the_right_one(search):
    asked = []
    searches.ask(search, pubmed(), NOON + 1500 * ASK_EVERY)

    due = SavedSearch.objects.due(NOON).get()
    searches.ask(due, pubmed(trial("91"), asked=asked), NOON)

    assert not SavedSearch.objects.due(NOON).exists()
    assert asked[0][1]["mindate"] < f"{NOON:%Y/%m/%d}"


def test_europe_pmc_is_asked_in_its_own_way(search):
    search.source = SavedSearch.Source.EUROPE_PMC
    search.save()
    asked = []

    def answer(request):
        asked.append(dict(request.url.params))
        found = json.loads(reply("europepmc/found.json"))
        del found["resultList"]["result"][0]["commentCorrectionList"]
        return httpx.Response(200, json=found)

    assert searches.ask(search, transport(answer), NOON) == 1

    assert asked[0]["query"] == "(multiple sclerosis[majr]) AND FIRST_IDATE:[2027-01-30 TO 2027-03-01]"


def test_a_study_is_never_suggested_twice(search):
    asked = []
    answers = pubmed(trial("91", "10.1000/a"), asked=asked)
    searches.ask(search, answers, NOON)
    other = SavedSearch.objects.create(section=TopicIndexPageFactory(slug="other"), name="Other", query="more")

    assert searches.ask(search, answers, NOON + ASK_EVERY) == 0
    assert searches.ask(other, answers, NOON) == 0
    assert StudySuggestion.objects.count() == 1
    assert [what for what, _ in asked] == ["esearch.fcgi", "efetch.fcgi", "esearch.fcgi", "esearch.fcgi"]


def test_the_same_study_under_its_doi_alone_is_not_suggested_again(search):
    searches.ask(search, pubmed(trial("91", "10.1000/a")), NOON)

    assert searches.ask(search, pubmed(trial("92", "10.1000/A")), NOON) == 0


@pytest.mark.parametrize("known", [{"pmid": "91", "doi": None}, {"doi": "10.1000/a", "pmid": None}])
def test_what_is_on_record_is_not_suggested(search, known):
    StudyFactory(**known)

    assert searches.ask(search, pubmed(trial("91", "10.1000/a")), NOON) == 0


def test_what_comes_on_record_another_way_is_suggested_no_longer(search):
    searches.ask(search, pubmed(trial("91", "10.1000/a"), trial("92")), NOON)
    assert sorted(titles()) == ["Trial 91", "Trial 92"]

    StudyFactory(doi="10.1000/a", pmid=None)

    assert titles() == ["Trial 92"]


def test_retracted_studies_and_notices_are_not_suggested(search):
    retracted = trial("91", kind="Retracted Publication", ui="D016441")
    notice = trial("92", kind="Retraction of Publication", ui="D016440")

    assert searches.ask(search, pubmed(retracted, notice), NOON) == 0


@NEEDS_SAMPLES
def test_real_records_are_suggested_with_their_design_people_and_journal(search):
    folder = settings.EVIDENCE_SAMPLES / "multiple-sclerosis"
    files = [folder / f"pubmed-{pmid}.xml" for pmid in ("28731372", "31967741")]
    articles = [
        "<PubmedArticle>" + file.read_text().split("<PubmedArticle>")[1].rsplit("</PubmedArticleSet>")[0]
        for file in files
    ]

    assert searches.ask(search, pubmed(*articles), NOON) == 2

    vitamin = StudySuggestion.objects.get(pmid="28731372")
    assert vitamin.title.startswith("Exploring the effect of vitamin D")
    assert "andomised" in vitamin.design
    assert vitamin.journal == "Multiple sclerosis (Houndmills, Basingstoke, England)"
    assert StudySuggestion.objects.get(pmid="31967741").design == ""


@NEEDS_SAMPLES
def test_a_retracted_paper_that_europe_pmc_finds_is_not_suggested(search):
    search.source = SavedSearch.Source.EUROPE_PMC
    search.save()
    content = (settings.EVIDENCE_SAMPLES / "europepmc" / "search-9500320.json").read_bytes()

    assert searches.ask(search, transport(lambda request: httpx.Response(200, content=content)), NOON) == 0
    search.refresh_from_db()
    assert (search.error, search.left_out) == ("", 0)


def test_the_next_question_begins_a_week_before_the_last_answer(search):
    asked = []
    searches.ask(search, pubmed(trial("91"), asked=asked), NOON)
    search.refresh_from_db()
    searches.ask(search, pubmed(trial("91"), asked=asked), NOON + ASK_EVERY)

    days = [(form["mindate"], form["maxdate"]) for what, form in asked if what == "esearch.fcgi"]
    assert days == [("2027/01/30", "2027/03/01"), ("2027/02/22", "2027/03/02")]
    assert {form["datetype"] for what, form in asked if what == "esearch.fcgi"} == {"edat"}


def test_a_source_that_fails_is_asked_again_soon_and_from_where_it_stood(search):
    asked = []
    searches.ask(search, transport(lambda request: httpx.Response(503)), NOON)

    search.refresh_from_db()
    assert search.due_at == NOON + ASK_AGAIN
    assert search.answered_until is None
    assert "PubMed" in search.error

    searches.ask(search, pubmed(trial("91"), asked=asked), NOON + ASK_AGAIN)
    search.refresh_from_db()
    assert (search.error, search.due_at) == ("", NOON + ASK_AGAIN + ASK_EVERY)
    assert asked[0][1]["mindate"] == "2027/01/30"


def test_words_that_pubmed_does_not_know_are_said_and_nothing_is_taken(search):
    content = reply("pubmed/esearch_misunderstood.json")

    assert searches.ask(search, transport(lambda request: httpx.Response(200, content=content)), NOON) == 0

    search.refresh_from_db()
    assert "does not know" in search.error


def test_an_answer_that_nobody_foresaw_costs_no_other_search(section, settings, monkeypatch):
    settings.SOURCES_CONTACT = "desk@newsroom.example"
    one, two = (SavedSearch.objects.create(section=section, name=name, query=name) for name in ("one", "two"))

    def answer(search, *rest):
        if search.pk == one.pk:
            raise RuntimeError("no such luck")
        return [], 0

    monkeypatch.setattr(searches, "_answer", answer)

    searches.ask_due(NOON)

    one.refresh_from_db()
    two.refresh_from_db()
    assert one.error
    assert (two.error, two.due_at) == ("", NOON + ASK_EVERY)


def test_more_than_can_be_read_is_said(search):
    searches.ask(search, pubmed(trial("91"), count=2500), NOON)

    search.refresh_from_db()
    assert search.left_out == 2499


def test_searches_are_due_once_a_day_and_only_while_switched_on(search):
    assert list(SavedSearch.objects.due(NOON)) == [search]

    searches.ask(search, pubmed(), NOON)
    assert not SavedSearch.objects.due(NOON + timedelta(hours=23)).exists()
    assert SavedSearch.objects.due(NOON + timedelta(hours=24)).exists()

    SavedSearch.objects.update(is_active=False)
    assert not SavedSearch.objects.due(NOON + timedelta(days=9)).exists()


def test_a_search_with_other_words_is_asked_from_the_beginning(search):
    searches.ask(search, pubmed(), NOON)
    search.refresh_from_db()
    assert search.answered_until is not None

    search.query = "migraine"
    search.save()

    assert SavedSearch.objects.due(NOON).exists()
    assert SavedSearch.objects.get().answered_until is None


def test_an_answer_to_words_that_were_changed_meanwhile_dates_nothing(search):
    stale = SavedSearch.objects.get()
    search.query = "migraine"
    search.save()

    searches.ask(stale, pubmed(), NOON)

    assert SavedSearch.objects.get().answered_until is None


def test_nobody_is_asked_without_a_contact(search, settings, monkeypatch):
    settings.SOURCES_CONTACT = ""
    monkeypatch.setattr(searches, "open_transport", lambda: pytest.fail("asked"))

    assert searches.ask_due(NOON) == 0


def test_the_runner_asks_what_is_due(search, settings, monkeypatch):
    settings.SOURCES_CONTACT = "desk@newsroom.example"
    monkeypatch.setattr(searches, "open_transport", lambda: pubmed(trial("91")))

    periodic.run_due_jobs(NOON, ["searches"])

    assert titles() == ["Trial 91"]


def test_a_dismissed_study_stays_dismissed(search):
    answers = pubmed(trial("91"))
    searches.ask(search, answers, NOON)
    pk = StudySuggestion.objects.get().pk

    assert searches.dismiss(pk, writer_user(), reason="Only in mice", now=NOON)
    assert not searches.dismiss(pk, writer_user(), reason="Too small", now=NOON)
    assert searches.ask(search, answers, NOON + ASK_EVERY) == 0

    suggestion = StudySuggestion.objects.get()
    assert (suggestion.state, suggestion.reason) == ("dismissed", "Only in mice")
    assert titles() == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_people_who_start_at_once_put_it_on_record_once(search):
    searches.ask(search, pubmed(trial("91", "10.1000/a")), NOON)
    pk, user, started = StudySuggestion.objects.get().pk, writer_user(), []
    both = threading.Barrier(2)

    def start():
        try:
            both.wait()
            with transaction.atomic():
                started.append(searches.take_up(pk, user, NOON)[1])
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(study is None for study in started) == [False, True]
    assert Study.objects.count() == 1
