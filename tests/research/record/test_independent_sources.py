"""Each source is asked on its own: what one says is recorded at once, and one that fails takes no other with it."""

import httpx
import pytest
import time_machine
from django.utils import timezone

from research.models import Journal, SourceCheck, Study, StudyNotice
from research.reading.check_state import check_of
from research.record import sentinel
from research.record.checkers import (
    BiorxivChecker,
    CrossrefChecker,
    EuropePmcChecker,
    PubMedChecker,
    RetractionWatchChecker,
    configured_checkers,
)
from research.sources.biorxiv import BiorxivClient
from research.sources.crossref import CrossrefClient
from research.sources.errors import SourceNotFound, SourceUnavailable
from research.sources.europepmc import EuropePmcClient
from research.sources.pubmed import PubMedClient
from research.sources.records import Notice, NoticeKind, NoticeSource, PartialDate, Source, SourceRecord
from research.sources.transport import Transport
from tests.factories import ArticlePageFactory, StudyFactory, publish, reviewer_user

pytestmark = pytest.mark.django_db

NOON = timezone.datetime(2027, 3, 1, 12, 0, tzinfo=timezone.get_fixed_timezone(0))
DAY = timezone.timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


class FakeChecker:
    """A source that answers as told: with an exception, or by a function of the study; it notes what it was asked."""

    clears = True

    def __init__(self, name, answer=None, batch_size=1):
        self.name, self.answer, self.batch_size, self.asked = name, answer, batch_size, []

    def can_ask(self, study):
        return True

    def ask(self, studies):
        self.asked += [study.pk for study in studies]
        if isinstance(self.answer, Exception):
            raise self.answer
        return {study.pk: self.answer(study) if self.answer else record_of(study) for study in studies}


def record_of(study, **values):
    told = {"doi": study.doi or "", "pmid": study.pmid or "", "title": study.title, "date": PartialDate(2018, 5)}
    return SourceRecord(Source.PUBMED, **{**told, **values})


def run(*checkers, at=NOON, **options):
    with time_machine.travel(at, tick=False):
        return sentinel.run(checkers, at, **options)


def studies(section, count):
    return [ArticlePageFactory(parent=section).study for _ in range(count)]


def transport_to(handler):
    return Transport(contact="desk@example.org", http=httpx.MockTransport(handler), attempts=1, sleep=lambda _: None)


# One record that cannot be read.


def article_xml(pmid, doi, title="A trial", more=""):
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><ArticleTitle>{title}</ArticleTitle></Article>"
        f"{more}</MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType='doi'>{doi}</ArticleId></ArticleIdList>"
        "</PubmedData></PubmedArticle>"
    )


@pytest.mark.parametrize("broken", ["<PubmedArticle><Title></PubmedArticle>", "<PubmedArticle/>"])
def test_one_unreadable_record_of_twenty_leaves_nineteen_checked(section, broken):
    found = studies(section, 20)
    bad = found[7]
    retracted = "<CommentsCorrectionsList><CommentsCorrections RefType='RetractionIn'/></CommentsCorrectionsList>"

    def answer(request):
        asked = dict(httpx.QueryParams(request.content.decode()))["id"].split(",")
        by_pmid = {study.pmid: study for study in found}
        parts = [
            broken
            if pmid == bad.pmid
            else article_xml(pmid, by_pmid[pmid].doi, more=retracted if pmid == found[19].pmid else "")
            for pmid in asked
        ]
        return httpx.Response(200, text=f"<PubmedArticleSet>{''.join(parts)}</PubmedArticleSet>")

    result = run(PubMedChecker(PubMedClient(transport_to(answer))))

    assert (result.checked, result.failed) == (19, 1)
    bad.refresh_from_db()
    assert bad.check_failed_since == NOON
    assert Study.objects.get(pk=found[19].pk).status == Study.Status.RETRACTED


def test_nonsense_in_one_answer_of_crossref_fails_one_study(section):
    found = studies(section, 3)

    def answer(request):
        doi = next(study.doi for study in found if study.doi.replace("/", "%2F") in str(request.url))
        if doi == found[1].doi:
            return httpx.Response(
                200, json={"message": {"DOI": doi, "title": [{"a": 1}], "author": "nobody", "issued": 7}}
            )
        return httpx.Response(200, json={"message": {"DOI": doi, "type": "journal-article", "title": ["A"]}})

    result = run(CrossrefChecker(CrossrefClient(transport_to(answer))))

    assert (result.checked, result.failed) in {(2, 1), (3, 0)}


# Independence.


def test_what_one_source_says_is_recorded_before_the_next_is_asked(section):
    study = studies(section, 1)[0]
    seen = []

    def look(asked):
        seen.append(SourceCheck.objects.filter(study=asked, source="PubMed").exists())
        return SourceNotFound("Crossref", "unknown")

    run(FakeChecker("PubMed"), FakeChecker("Crossref", look))

    assert seen == [True]
    study.refresh_from_db()
    assert study.checked_at == NOON


def test_a_retraction_of_one_source_stands_though_the_run_dies_at_the_next(section):
    study = studies(section, 1)[0]
    retracted = FakeChecker("PubMed", lambda asked: record_of(asked, notices=(retraction(),)))

    with pytest.raises(KeyboardInterrupt):
        run(retracted, FakeChecker("Crossref", lambda asked: interrupt()))

    assert Study.objects.get(pk=study.pk).status == Study.Status.RETRACTED
    crossref = FakeChecker("Crossref")
    run(FakeChecker("PubMed"), crossref, at=NOON + DAY / 24)
    assert crossref.asked == [study.pk], "the next run takes up what was left"


def retraction():
    return Notice(NoticeKind.RETRACTION, "RetractionIn", NoticeSource.PUBMED, PartialDate(2027, 2, 6), doi="10.1000/n")


def interrupt():
    raise KeyboardInterrupt


def test_a_source_that_is_down_is_asked_three_times_and_left_alone(section):
    found = studies(section, 10)
    down, up = FakeChecker("Crossref", SourceUnavailable("Crossref", "down (503)")), FakeChecker("PubMed")

    result = run(down, up)

    assert len(down.asked) == 3
    assert len(up.asked) == 10
    assert result.skipped == ["Crossref"]
    assert result.failed == 3
    assert check_of(Study.objects.get(pk=found[9].pk)).words == "Never checked", "nobody was asked about it yet"


def test_those_that_were_not_asked_are_the_first_of_the_next_run(section):
    found = [study.pk for study in studies(section, 5)]
    run(FakeChecker("Crossref", SourceUnavailable("Crossref", "down")))
    up = FakeChecker("Crossref")

    run(up, at=NOON + DAY / 24)

    assert up.asked == found[3:]


def test_a_source_that_fails_now_and_then_goes_on(section):
    answers = iter([True, True, False, True, True, False, True, True])
    calls = []

    def sometimes(study):
        calls.append(study.pk)
        return SourceUnavailable("Crossref", "down") if next(answers) else record_of(study)

    studies(section, 8)
    run(FakeChecker("Crossref", sometimes))

    assert len(calls) == 8


def test_studies_of_public_articles_come_first_then_the_oldest_check(section):
    draft, old, public = studies(section, 3)
    Study.objects.filter(pk=old.pk).update(check_asked_at=NOON - 9 * DAY)
    Study.objects.filter(pk=draft.pk).update(check_asked_at=NOON - 2 * DAY)
    Study.objects.filter(pk=public.pk).update(check_asked_at=NOON - DAY)
    publish(public.articles.get(), reviewer_user())
    checker = FakeChecker("PubMed")

    run(checker)

    assert checker.asked == [public.pk, old.pk, draft.pk]


# What counts as checked.


def test_a_study_that_no_source_knows_is_not_checked(section):
    study = studies(section, 1)[0]
    unknown = SourceNotFound("X", "does not know it")

    run(FakeChecker("PubMed", lambda _: unknown), FakeChecker("Crossref", lambda _: unknown))

    study.refresh_from_db()
    assert study.checked_at is None
    assert check_of(study).kind == "failed"


def test_one_that_one_source_does_not_know_is_checked_by_the_other(section):
    study = studies(section, 1)[0]

    run(FakeChecker("PubMed", lambda _: SourceNotFound("PubMed", "unknown")), FakeChecker("Crossref"))

    study.refresh_from_db()
    assert (study.checked_at, study.check_failed_since) == (NOON, None)


@pytest.mark.parametrize(
    ("message", "is_checked"),
    [
        ({"DOI": "10.1000/other"}, False),
        ({"DOI": "10.1000/other", "aliases": ["10.1000/other-still"]}, False),
        ({"DOI": "10.1000/other", "aliases": ["10.1000/Asked"]}, True),
        ({"DOI": "10.1000/ASKED"}, True),
        ({}, False),
    ],
)
def test_crossref_must_answer_about_the_doi_that_was_asked_for(section, message, is_checked):
    study = ArticlePageFactory(parent=section, study=StudyFactory(doi="10.1000/asked", pmid=None)).study
    work = {"type": "journal-article", "title": ["Another"], "updated-by": [{"DOI": "10.1000/r", "type": "retraction"}]}

    run(CrossrefChecker(CrossrefClient(transport_to(lambda _: httpx.Response(200, json={"message": work | message})))))

    study.refresh_from_db()
    assert (study.checked_at == NOON) is is_checked
    assert (study.status == Study.Status.RETRACTED) is is_checked, "another work's retraction is not ours"


def test_pubmed_must_answer_about_the_doi_that_we_have(section):
    study = ArticlePageFactory(parent=section, study=StudyFactory(doi="10.1000/ours", pmid="123")).study
    answer = f"<PubmedArticleSet>{article_xml('123', '10.1000/theirs')}</PubmedArticleSet>"

    run(PubMedChecker(PubMedClient(transport_to(lambda _: httpx.Response(200, text=answer)))))

    study.refresh_from_db()
    assert study.checked_at is None
    assert "about another work (DOI 10.1000/theirs PMID 123)" in study.check_error


HEADER = (
    "RetractionDate,RetractionDOI,RetractionPubMedID,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,Reason"
)


def test_retraction_watch_is_looked_up_by_doi_and_by_pmid(section, tmp_path):
    study = ArticlePageFactory(parent=section, study=StudyFactory(doi="10.1000/both", pmid="777")).study
    silent = studies(section, 1)[0]
    rows = (
        "2/6/2020 0:00,10.1000/c,0,10.1000/both,0,Correction,+Error\n"
        "3/6/2021 0:00,10.1000/r,0,unavailable,777,Retraction,+Fraud\n"
    )
    data = tmp_path / "watch.csv"
    data.write_text(f"{HEADER}\n{rows}", encoding="utf-8")

    run(RetractionWatchChecker(data))

    assert set(study.notices.values_list("kind", flat=True)) == {"correction", "retraction"}
    assert Study.objects.get(pk=silent.pk).checked_at is None, "silence clears nothing"


# Preprints.


@pytest.fixture
def preprint(section):
    server = Journal.objects.create(name="bioRxiv", kind=Journal.Kind.PREPRINT_SERVER)
    study = StudyFactory(doi="10.1101/2026.12.01.1", pmid=None, kind=Study.Kind.PREPRINT, journal=server)
    ArticlePageFactory(parent=section, study=study)
    return study


def versions(*found, published="NA"):
    rows = [
        {"doi": "10.1101/2026.12.01.1", "title": "A preprint", "version": number, "date": day, "type": kind,
         "server": "bioRxiv", "published": published}
        for number, day, kind in found
    ]  # fmt: skip
    return lambda _: httpx.Response(200, json={"collection": rows})


def kinds_of(study):
    return set(StudyNotice.objects.filter(study=study).values_list("kind", "doi"))


def test_the_withdrawal_of_a_preprint_is_found(preprint):
    answer = versions(("1", "2026-12-01", "new results"), ("2", "2027-02-20", "WITHDRAWN"))

    run(BiorxivChecker(BiorxivClient(transport_to(answer))))

    assert Study.objects.get(pk=preprint.pk).status == Study.Status.WITHDRAWN
    assert StudyNotice.objects.get().source == "The preprint server"


def test_a_version_that_came_after_the_study_was_recorded_is_news_and_an_older_one_is_not(preprint):
    answer = versions(("1", "2026-12-01", "new results"), ("2", "2027-01-20", "new results"))
    run(BiorxivChecker(BiorxivClient(transport_to(answer))))
    assert kinds_of(preprint) == set()

    newer = versions(("1", "2026-12-01", "new results"), ("2", "2027-01-20", "n"), ("3", "2027-03-05", "n"))
    for days in (7, 8):
        run(BiorxivChecker(BiorxivClient(transport_to(newer))), at=NOON + days * DAY)

    assert kinds_of(preprint) == {("newer_version", "10.1101/2026.12.01.1")}
    assert StudyNotice.objects.count() == 1


def test_that_a_preprint_was_published_is_told_once_by_both(preprint):
    result = {
        "source": "PPR", "doi": preprint.doi, "title": "A preprint",
        "commentCorrectionList": {"commentCorrection": [
            {"id": "39999999", "source": "MED", "type": "Preprint of", "reference": "J Ex. 2027 Feb;1(1):1"}]},
    }  # fmt: skip
    answer = versions(("1", "2026-12-01", "new results"), published="10.1000/journal")
    found = httpx.Response(200, json={"resultList": {"result": [result]}})

    run(
        BiorxivChecker(BiorxivClient(transport_to(answer))),
        EuropePmcChecker(EuropePmcClient(transport_to(lambda _: found))),
    )

    told = StudyNotice.objects.get()
    assert (told.kind, told.doi, told.pmid) == ("newer_version", "10.1000/journal", "39999999")


def test_europe_pmc_tells_of_preprints_on_any_server(section):
    study = StudyFactory(doi="10.21203/rs.3.rs-1/v1", pmid=None, kind=Study.Kind.PREPRINT)
    ArticlePageFactory(parent=section, study=study)
    result = {
        "source": "PPR", "doi": study.doi, "title": "WITHDRAWN: A preprint",
        "pubTypeList": {"pubType": ["Preprint", "preprint-withdrawal"]},
    }  # fmt: skip
    answer = httpx.Response(200, json={"resultList": {"result": [result]}})

    run(EuropePmcChecker(EuropePmcClient(transport_to(lambda _: answer))))

    assert Study.objects.get(pk=study.pk).status == Study.Status.WITHDRAWN


def test_every_preprint_and_no_article_is_asked_about(preprint, section, settings):
    settings.SENTINEL_ENABLED, settings.SOURCES_CONTACT = True, "desk@example.org"
    article = studies(section, 1)[0]

    with configured_checkers() as checkers:
        asked = {checker.name: (checker.can_ask(preprint), checker.can_ask(article)) for checker in checkers}

    assert asked["bioRxiv"] == asked["Europe PMC"] == (True, False)
    assert asked["Crossref"] == (True, True)
