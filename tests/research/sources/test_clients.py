import urllib.parse

import httpx
import pytest

from research.sources.biorxiv import BiorxivClient
from research.sources.crossref import CrossrefClient
from research.sources.errors import SourceError, SourceMalformed, SourceNotFound, SourceRefused, SourceUnavailable
from research.sources.europepmc import EuropePmcClient
from research.sources.pubmed import PubMedClient
from research.sources.records import Grant, JournalKind, NoticeKind, NoticeSource, PartialDate, RecordKind

from .helpers import Clock, Server, ok, reply, transport_to

DOWN = httpx.Response(503)
NOTHING = httpx.Response(404)


def pubmed(*answers, **options) -> tuple[PubMedClient, Server]:
    server = Server(*answers)
    return PubMedClient(transport_to(server), **options), server


def crossref(*answers) -> tuple[CrossrefClient, Server]:
    server = Server(*answers)
    return CrossrefClient(transport_to(server)), server


def europepmc(*answers) -> EuropePmcClient:
    return EuropePmcClient(transport_to(Server(*answers)))


def biorxiv(*answers) -> BiorxivClient:
    return BiorxivClient(transport_to(Server(*answers)))


def form(request: httpx.Request) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(request.content.decode()))


def test_pubmed_keeps_the_order_and_leaves_out_the_unknown():
    client, server = pubmed(ok("pubmed/retractions.xml"))

    records = client.fetch(["90000014", "90000099", "90000011", "90000014"])

    assert [record.pmid for record in records] == ["90000014", "90000011"]
    assert form(server.requests[0])["id"] == "90000014,90000099,90000011"


def test_pubmed_is_asked_in_batches_of_two_hundred():
    client, server = pubmed(httpx.Response(200, content=b"<PubmedArticleSet></PubmedArticleSet>"))

    assert client.fetch([str(number) for number in range(1, 402)]) == []

    assert [len(form(request)["id"].split(",")) for request in server.requests] == [200, 200, 1]


def test_pubmed_is_not_asked_about_nothing():
    client, server = pubmed(DOWN)

    assert client.fetch([]) == []
    assert server.requests == []


def test_the_key_stays_out_of_the_address():
    client, server = pubmed(ok("pubmed/retractions.xml"), api_key="secret")

    client.fetch(["90000011"])

    assert "secret" not in str(server.requests[0].url)
    assert form(server.requests[0])["api_key"] == "secret"
    assert form(server.requests[0])["email"] == "desk@newsroom.example"


@pytest.mark.parametrize(("key", "wait"), [("", 0.333), ("secret", 0.1)])
def test_ncbi_is_asked_three_times_a_second_or_ten_with_a_key(key, wait):
    clock = Clock()
    client = PubMedClient(transport_to(Server(ok("pubmed/retractions.xml")), clock=clock), api_key=key)

    client.fetch(["90000011"])
    client.fetch(["90000011"])

    assert clock.slept == [wait]


@pytest.mark.parametrize("pmid", ["", "abc", "1,2", "1&db=x", "0"])
def test_what_is_no_pubmed_number_is_not_sent(pmid):
    client, server = pubmed(DOWN)

    with pytest.raises(ValueError, match="No PubMed number"):
        client.fetch([pmid])

    assert server.requests == []


@pytest.mark.parametrize("path", ["efetch_error.xml", "bad_gateway.html", "cut_off.xml"])
def test_no_failure_of_pubmed_is_an_empty_list(path):
    client, _ = pubmed(ok(f"pubmed/{path}"))

    with pytest.raises(SourceMalformed, match="PubMed"):
        client.fetch(["90000001"])


@pytest.mark.parametrize("content", [b"", b"   ", b"{}", b"<PubmedArticleSet>"])
def test_an_empty_or_foreign_answer_is_malformed(content):
    client, _ = pubmed(httpx.Response(200, content=content))

    with pytest.raises(SourceMalformed):
        client.fetch(["90000001"])


def test_a_doi_is_searched_and_the_record_must_bear_it():
    client, server = pubmed(ok("pubmed/esearch_found.json"), ok("pubmed/traps.xml"))
    assert client.fetch_by_doi("https://doi.org/10.5555/RIGHT") is None

    client, server = pubmed(
        httpx.Response(200, content=b'{"esearchresult": {"idlist": ["90000001"]}}'), ok("pubmed/traps.xml")
    )
    record = client.fetch_by_doi("https://doi.org/10.5555/RIGHT")

    assert record.pmid == "90000001"
    assert form(server.requests[0])["term"] == '"10.5555/right"[doi]'


def test_a_search_that_was_misunderstood_found_nothing():
    client, _ = pubmed(ok("pubmed/esearch_misunderstood.json"))

    assert client.find_pmids("10.5555/none") == []


@pytest.mark.parametrize(
    "content", [reply("pubmed/esearch_error.json"), b"{}", b"[]", b'{"error": "API rate limit"}', b"<x/>"]
)
def test_no_failure_of_the_search_is_an_empty_list(content):
    client, _ = pubmed(httpx.Response(200, content=content))

    with pytest.raises(SourceMalformed):
        client.find_pmids("10.5555/right")


def test_crossref_tells_what_happened_and_by_whom():
    client, server = crossref(ok("crossref/retracted.json"))

    record = client.fetch("10.5555/Study.One")

    retraction, erratum, unknown = record.notices
    assert (retraction.kind, retraction.source) == (NoticeKind.RETRACTION, NoticeSource.RETRACTION_WATCH)
    assert (retraction.doi, retraction.date) == ("10.5555/notice", PartialDate(2010, 2, 6, "2010-02-06"))
    assert (erratum.kind, erratum.raw_word, erratum.source) == (NoticeKind.CORRECTION, "err", NoticeSource.PUBLISHER)
    assert erratum.date == PartialDate(2004, None, None, "2004")
    assert (unknown.kind, unknown.raw_word, unknown.date) == (
        NoticeKind.NEEDS_A_LOOK,
        "hermeneutic_note",
        PartialDate(),
    )
    assert record.is_notice is False
    assert str(server.requests[0].url) == "https://api.crossref.org/works/10.5555%2Fstudy.one"


def test_crossref_titles_names_money_and_dates_are_read():
    record = crossref(ok("crossref/retracted.json"))[0].fetch("10.5555/study.one")

    assert record.title == "RETRACTED: Cells and 10⁹ & more: a trial"
    assert [author.name for author in record.authors] == ["Park AJ Jr", "Roe JP", "The Example Study Group"]
    assert record.funding == (Grant("Example Fund", "A"), Grant("Example Fund", "B"), Grant("Other Fund"))
    assert record.date == PartialDate(1998, 2, None, "1998-02")
    assert [(part.label, part.text) for part in record.abstract] == [("Aims", "p < 0.05."), ("Results", "One. Two.")]
    assert record.interests is None


def test_a_crossref_notice_is_told_from_the_paper():
    record = crossref(ok("crossref/notice.json"))[0].fetch("10.5555/notice")

    assert (record.is_notice, record.is_retracted, record.notices) == (True, False, ())
    assert (record.notice_of[0].kind, record.notice_of[0].doi) == (NoticeKind.RETRACTION, "10.5555/study.one")
    assert (record.title, record.abstract, record.date) == ("", (), PartialDate())


def test_crossref_lists_keep_the_order_and_leave_out_what_is_no_study():
    client, server = crossref(ok("crossref/list.json"))

    preprint, article = client.fetch_many(["10.5555/a", "10.5555/none", "10.5555/review", "10.5555/B"])

    assert (preprint.kind, preprint.journal.name) == (RecordKind.PREPRINT, "medRxiv")
    assert preprint.journal.kind is JournalKind.PREPRINT_SERVER
    assert (preprint.notices[0].kind, preprint.notices[0].doi) == (NoticeKind.NEWER_VERSION, "10.5555/b")
    assert server.requests[0].url.params["filter"].count("doi:") == 4
    # A record that names itself was corrected; it is no notice.
    assert ([notice.kind for notice in article.notices], article.is_notice) == ([NoticeKind.CORRECTION], False)


def test_a_doi_with_a_comma_is_asked_for_alone():
    client, server = crossref(ok("crossref/list.json"), NOTHING)

    client.fetch_many(["10.5555/a", "10.5555/x,y"])

    assert [request.url.raw_path.split(b"?")[0] for request in server.requests] == [
        b"/works",
        b"/works/10.5555%2Fx%2Cy",
    ]


def test_a_peer_review_is_no_study():
    content = b'{"message": {"DOI": "10.5555/r", "type": "peer-review", "title": ["x"]}}'

    with pytest.raises(SourceMalformed, match="no study"):
        crossref(httpx.Response(200, content=content))[0].fetch("10.5555/r")


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"{}",
        b'{"message": []}',
        b'{"message": {"title": ["x"]}}',
        b'{"message": {"DOI": 3}}',
        b"<html>",
        b'{"mess',
    ],
)
def test_no_failure_of_crossref_is_a_record(content):
    client, _ = crossref(httpx.Response(200, content=content))

    with pytest.raises(SourceMalformed, match="Crossref"):
        client.fetch("10.5555/a")


def test_values_of_the_wrong_type_count_as_missing():
    content = (
        b'{"message": {"DOI": "10.5555/a", "type": 3, "title": {"a": 1}, "author": ["x", {"family": 3}], "issued": [],'
        b'"updated-by": "x", "update-to": [3], "funder": {}, "ISSN": 5, "relation": [], "abstract": []}}'
    )

    record = crossref(httpx.Response(200, content=content))[0].fetch("10.5555/a")

    assert (record.title, record.notices, record.is_notice) == ("", (), False)


def test_europe_pmc_invents_no_day():
    record = europepmc(ok("europepmc/found.json")).fetch_by_doi("10.5555/study.one")

    assert record.date == PartialDate(1998, 2, None, "1998 Feb")


def test_europe_pmc_tells_what_happened():
    record = europepmc(ok("europepmc/found.json")).fetch_by_pmid("90000011")

    assert [notice.kind for notice in record.notices] == [NoticeKind.RETRACTION, NoticeKind.CONCERN]
    assert (record.notices[0].doi, record.notices[0].pmid) == ("10.5555/notice", "90000012")
    assert [author.name for author in record.authors] == ["Park JH", "The Example Study Group"]
    assert [part.label for part in record.abstract] == ["Background", "Methods"]


def test_europe_pmc_must_answer_about_the_paper_asked_for():
    with pytest.raises(SourceNotFound):
        europepmc(ok("europepmc/found.json")).fetch_by_doi("10.5555/another")


def test_a_withdrawn_version_is_a_withdrawal():
    record = biorxiv(ok("biorxiv/withdrawn.json")).fetch("10.5555/2020.01.30")

    withdrawal, published = record.notices
    assert (withdrawal.kind, withdrawal.date) == (NoticeKind.WITHDRAWAL, PartialDate(2020, 2, 2, "2020-02-02"))
    assert (published.kind, published.doi) == (NoticeKind.NEWER_VERSION, "10.5555/journal")
    assert record.date == PartialDate(2020, 1, 31, "2020-01-31")
    assert record.kind is RecordKind.PREPRINT


def test_both_preprint_servers_are_asked():
    assert biorxiv(ok("biorxiv/nothing.json"), ok("biorxiv/withdrawn.json")).fetch("10.5555/2020.01.30").doi


ASKS = {
    "pubmed": lambda answer: pubmed(answer)[0].fetch(["90000001"]),
    "pubmed search": lambda answer: pubmed(answer)[0].find_pmids("10.5555/a"),
    "crossref": lambda answer: crossref(answer)[0].fetch("10.5555/a"),
    "crossref list": lambda answer: crossref(answer)[0].fetch_many(["10.5555/a"]),
    "europepmc": lambda answer: europepmc(answer).fetch_by_doi("10.5555/a"),
    "biorxiv": lambda answer: biorxiv(answer).fetch("10.5555/a"),
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS.keys())
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (DOWN, SourceUnavailable),
        (httpx.Response(429, headers={"retry-after": "1"}), SourceUnavailable),
        (httpx.ConnectError("no route"), SourceUnavailable),
        (httpx.Response(400), SourceRefused),
        (NOTHING, SourceNotFound),
        (ok("pubmed/bad_gateway.html"), SourceMalformed),
    ],
    ids=["503", "429", "network", "400", "404", "web page"],
)
def test_every_outcome_of_every_source_is_its_own_error(ask, answer, error):
    with pytest.raises(SourceError) as caught:
        ask(answer)

    assert isinstance(caught.value, error)


@pytest.mark.parametrize("content", [b'{"resultList": {}}', b'{"collection": "x"}', b"{}", b"null"])
def test_an_answer_of_another_shape_is_malformed(content):
    for client in (
        europepmc(httpx.Response(200, content=content)).fetch_by_doi,
        biorxiv(httpx.Response(200, content=content)).fetch,
    ):
        with pytest.raises(SourceMalformed):
            client("10.5555/a")


def test_what_is_unknown_is_not_found():
    with pytest.raises(SourceNotFound):
        europepmc(ok("europepmc/nothing.json")).fetch_by_doi("10.5555/a")
    with pytest.raises(SourceNotFound):
        biorxiv(ok("biorxiv/nothing.json")).fetch("10.5555/a")


@pytest.mark.parametrize("doi", ["", "abc", "https://evil.example/10.5555/a"])
def test_what_is_no_doi_is_not_sent(doi):
    client, server = crossref(DOWN)

    for ask in (client.fetch, europepmc(DOWN).fetch_by_doi, biorxiv(DOWN).fetch, pubmed(DOWN)[0].find_pmids):
        with pytest.raises(ValueError, match="No DOI"):
            ask(doi)
    assert server.requests == []
