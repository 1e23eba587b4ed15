"""The sentinel, from what sources say to what readers see."""

import json
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.models import OutboxMessage
from research.models import (
    ArticlePage,
    PublishedArticle,
    Release,
    SourceTask,
    Study,
    StudyNotice,
    StudyProposal,
)
from research.reading.check_state import check_of
from research.record import sentinel
from research.record.decisions import decline_proposal
from research.review.guard import NotPermitted
from research.sources.errors import SourceNotFound, SourceUnavailable
from research.sources.records import Notice, NoticeKind, NoticeSource, PartialDate, Source, SourceRecord
from tests.factories import ArticlePageFactory, StudyFactory, edit, publish, schedule, sign

pytestmark = pytest.mark.django_db

NOON = timezone.datetime(2027, 3, 1, 12, 0, tzinfo=timezone.get_fixed_timezone(0))
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


class FakeChecker:
    """A source that answers as told: a record, an error, or a function of the study."""

    clears = True

    def __init__(self, answer, name="PubMed", batch_size=200):
        self.answer, self.name, self.batch_size, self.asked = answer, name, batch_size, []

    def can_ask(self, study):
        return bool(study.doi or study.pmid)

    def ask(self, studies):
        self.asked += [study.pk for study in studies]
        if isinstance(self.answer, Exception):
            return dict.fromkeys((study.pk for study in studies), self.answer)
        return {study.pk: record_of(study, **self.answer) for study in studies}


def record_of(study, **values):
    """Return what a source says of a study: the same as our record, but for the values given."""
    told = {"doi": study.doi or "", "pmid": study.pmid or "", "title": study.title, "date": PartialDate(2018, 5)}
    return SourceRecord(Source.PUBMED, **{**told, **values})


def notice(kind=NoticeKind.RETRACTION, source=NoticeSource.PUBMED, **values):
    told = {"date": PartialDate(2027, 2, 20), "doi": "10.1000/notice", "reason": "Two groups were mixed up."}
    return Notice(kind=kind, raw_word="RetractionIn", source=source, **{**told, **values})


CLEAR = FakeChecker({})
RETRACTED = {"notices": (notice(),)}


def run(*checkers, at=NOON, **options):
    with time_machine.travel(at, tick=False):
        return sentinel.run(checkers, at, **options)


def study_of(article):
    return Study.objects.get(pk=article.study_id)


def soup_of(client, address):
    return BeautifulSoup(client.get(address).content, "html.parser")


def mails(start):
    return OutboxMessage.objects.filter(key__startswith=start)


# What readers see.


def test_a_retraction_is_on_the_page_in_the_same_run(public_article, client):
    run(FakeChecker(RETRACTED))

    page = soup_of(client, "/ms/fewer-relapses/")
    banner = page.select_one("aside.notice")
    words = banner.get_text(" ", strip=True)
    assert "This study was retracted" in words
    assert "20 February 2027" in words
    assert "PubMed" in words
    assert "Two groups were mixed up." in words
    assert banner.select_one("a")["href"] == "https://doi.org/10.1000/notice"
    assert page.get_text().index("This study was retracted") < page.get_text().index("Fewer relapses", 200)
    assert banner.find_next("h1") is not None, "the banner stands above the title"


def test_a_retracted_study_has_no_rating(public_article, client):
    run(FakeChecker(RETRACTED))

    words = soup_of(client, "/ms/fewer-relapses/").select_one(".ratings").get_text(" ", strip=True)
    assert "No rating: the study was retracted" in words
    assert "Strong" not in words


def test_a_retracted_article_leaves_every_list_and_keeps_its_address(public_article, reviewer, section, client):
    topic = public_article.topics.first()
    other = publish(ArticlePageFactory(parent=section, title="Another", slug="another", topics=[topic]), reviewer)
    lists = ["/", "/ms/", f"/ms/topics/{topic.slug}/", f"/ms/{other.slug}/"]
    for address in lists:
        assert "/ms/fewer-relapses/" in client.get(address).content.decode(), address
    assert "2 articles" in soup_of(client, "/ms/topics/").select_one("main").get_text()

    run(FakeChecker({"notices": (notice(),)}), limit=1)

    assert study_of(public_article).status == Study.Status.RETRACTED
    for address in lists:
        assert "/ms/fewer-relapses/" not in client.get(address).content.decode(), address
    assert "2 articles" not in soup_of(client, "/ms/topics/").select_one("main").get_text()
    assert client.get("/ms/fewer-relapses/").status_code == 200


def test_a_retracted_article_is_found_by_search_with_its_notice(public_article, client):
    run(FakeChecker(RETRACTED))

    page = soup_of(client, "/search/?q=relapses").select_one("main").get_text(" ", strip=True)
    assert "Fewer relapses" in page
    assert "Retracted: do not rely on its results" in page


def test_the_metadata_of_a_retracted_article_says_so(public_article, client):
    run(FakeChecker({"notices": (notice(reason="</script><script>alert(1)</script>"),)}))

    content = client.get("/ms/fewer-relapses/").content.decode()
    page = BeautifulSoup(content, "html.parser")
    data = json.loads(page.select_one('script[type="application/ld+json"]').string)
    article = data["mainEntity"]
    assert page.title.string.strip().startswith("Retracted study: ")
    assert page.select_one('meta[property="og:title"]')["content"].startswith("Retracted study: ")
    assert data["name"].startswith("Retracted study: ")
    assert article["isBasedOn"]["creativeWorkStatus"] == "This study was retracted"
    assert article["correction"][0]["datePublished"] == "2027-02-20"
    assert article["correction"][0]["url"] == "https://doi.org/10.1000/notice"
    assert "review" not in article["isBasedOn"]
    assert "<script>alert" not in content


def test_a_clear_article_has_no_word_of_it_in_its_metadata(public_article, client):
    content = client.get("/ms/fewer-relapses/").content.decode()

    assert "Retracted" not in content
    assert "creativeWorkStatus" not in content


def test_concern_and_correction_are_milder(public_article, client):
    concern = notice(NoticeKind.CONCERN, doi="10.1000/concern", reason="")
    run(FakeChecker({"notices": (concern, notice(NoticeKind.CORRECTION, doi="10.1000/err", reason=""))}))

    page = soup_of(client, "/ms/fewer-relapses/").get_text(" ", strip=True)
    assert "The journal has voiced concern about this study" in page
    assert "This study was corrected" in page
    assert "No rating" not in page
    assert "2 of 5 Weak" in page, "concern leaves at most Weak"
    assert "/ms/fewer-relapses/" in client.get("/ms/").content.decode()


def test_a_correction_asks_nobody_to_decide(public_article, editor):
    run(FakeChecker({"notices": (notice(NoticeKind.CORRECTION),)}))

    assert not SourceTask.objects.exists()
    assert mails("study-notice").count() == 1


def test_a_reinstatement_lifts_the_banner_and_says_so(public_article, client):
    run(FakeChecker(RETRACTED))
    lifted = (notice(), notice(NoticeKind.REINSTATEMENT, doi="10.1000/back", date=PartialDate(2027, 3, 1), reason=""))

    run(FakeChecker({"notices": lifted}), at=NOON + DAY)
    run(FakeChecker({"notices": lifted}), at=NOON + 2 * DAY)

    page = soup_of(client, "/ms/fewer-relapses/").get_text(" ", strip=True)
    assert study_of(public_article).status == Study.Status.REINSTATED
    assert StudyNotice.objects.count() == 2, "naming the lifted retraction again is no new one"
    assert "This study was reinstated" in page
    assert "This study was retracted" not in page
    assert "4 of 5" in page or "5 of 5" in page
    assert "/ms/fewer-relapses/" in client.get("/ms/").content.decode()


def test_a_retraction_after_a_reinstatement_is_a_new_one(public_article):
    back = notice(NoticeKind.REINSTATEMENT, doi="10.1000/back", date=PartialDate(2027, 2, 25))
    again = notice(doi="10.1000/again", date=PartialDate(2027, 3, 1))
    run(FakeChecker({"notices": (notice(), back)}))

    run(FakeChecker({"notices": (notice(), back, again)}), at=NOON + DAY)

    assert study_of(public_article).status == Study.Status.RETRACTED


@pytest.mark.parametrize("date", [PartialDate(), PartialDate(2027, None, None, "2027")], ids=["no date", "a year"])
def test_a_reinstatement_without_a_day_lifts_the_banner_and_not_a_later_retraction(public_article, date):
    back = notice(NoticeKind.REINSTATEMENT, doi="10.1000/back", date=date, reason="")
    run(FakeChecker(RETRACTED))

    run(FakeChecker({"notices": (notice(), back)}), at=NOON + DAY)
    assert study_of(public_article).status == Study.Status.REINSTATED

    again = notice(doi="10.1000/again", date=PartialDate(2028, 2, None, "2028 Feb"))
    run(FakeChecker({"notices": (notice(), back, again)}), at=NOON + 365 * DAY)
    run(FakeChecker({"notices": (notice(), back, again)}), at=NOON + 366 * DAY)

    assert study_of(public_article).status == Study.Status.RETRACTED
    assert StudyNotice.objects.count() == 3


def test_words_that_nobody_has_mapped_are_for_the_newsroom_only(public_article, editor, client):
    run(FakeChecker({"notices": (notice(NoticeKind.NEEDS_A_LOOK),)}))

    page = client.get("/ms/fewer-relapses/")
    assert page.status_code == 200
    assert 'class="notice' not in page.content.decode()
    assert mails("study-notice").count() == 1


def test_a_further_source_that_is_retracted_says_so_where_it_is_cited(public_article, reviewer, client):
    cited = StudyFactory()
    article = ArticlePageFactory(parent=public_article.get_parent(), title="With more", slug="with-more")
    draft = article.get_latest_revision_as_object()
    draft.also_cited.add(draft.also_cited.model(study=cited))
    draft.save_revision()
    publish(article, reviewer)

    StudyNotice.objects.create(study=cited, kind=StudyNotice.Kind.RETRACTION, source="The journal")

    assert "This study was retracted" in soup_of(client, "/ms/with-more/").select_one(".also").get_text()


# Checks, and what is claimed of them.


def test_readers_are_told_of_a_good_check_only(public_article, client):
    def checked():
        return "Checked for notices" in client.get("/ms/fewer-relapses/").content.decode()

    assert not checked(), "nothing is claimed before the first check"
    run(FakeChecker(SourceUnavailable("PubMed", "down")))
    assert not checked()

    run(CLEAR, at=NOON + DAY)

    assert "No notices known, checked on 2 March 2027" in client.get("/ms/fewer-relapses/").content.decode()


def test_the_three_states_of_a_check_are_told_apart(public_article):
    assert check_of(study_of(public_article)).words == "Never checked"

    run(FakeChecker(SourceUnavailable("PubMed", "down (503)")))
    failed = check_of(study_of(public_article))
    assert failed.kind == "failed"
    assert "Check failed since 1 March 2027, 12:00 GMT: PubMed: down (503)." in failed.words
    assert "Never checked before" in failed.words

    run(CLEAR, at=NOON + DAY)
    assert check_of(study_of(public_article)).words == "Checked, clear at 2 March 2027, 12:00 GMT"


@pytest.mark.parametrize(
    "error",
    [SourceUnavailable("PubMed", "down (503)"), SourceNotFound("PubMed", "unknown", status=404)],
    ids=["outage", "404"],
)
def test_no_answer_clears_nothing(public_article, error):
    run(FakeChecker(RETRACTED))

    run(FakeChecker(error), at=NOON + DAY)
    run(CLEAR, at=NOON + 3 * DAY)

    assert study_of(public_article).status == Study.Status.RETRACTED, "silence of a source is no reinstatement"
    assert StudyNotice.objects.count() == 1


def test_failed_since_is_the_first_failure(public_article):
    run(CLEAR)
    for days in (1, 2, 3):
        run(FakeChecker(SourceUnavailable("PubMed", "down")), at=NOON + days * DAY)

    study = study_of(public_article)
    assert study.check_failed_since == NOON + DAY
    assert study.checked_at == NOON


def test_one_source_down_is_a_failed_check_though_the_other_is_clear(public_article):
    run(CLEAR, FakeChecker(SourceUnavailable("Crossref", "down"), "Crossref"))

    study = study_of(public_article)
    assert study.checked_at is None
    assert study.check_failed_since == NOON


@pytest.mark.parametrize("first_clear", [True, False])
def test_when_sources_disagree_the_worse_one_counts(public_article, first_clear):
    checkers = [CLEAR, FakeChecker(RETRACTED, "Crossref")]

    run(*(checkers if first_clear else reversed(checkers)))

    assert study_of(public_article).status == Study.Status.RETRACTED


def test_two_reports_of_one_retraction_make_one_notice_and_one_mail(public_article, editor):
    by_crossref = notice(source=NoticeSource.PUBLISHER, doi="10.1000/other", date=PartialDate(2027, 2), reason="")

    run(FakeChecker(RETRACTED), FakeChecker({"notices": (by_crossref,)}, "Crossref"))

    assert StudyNotice.objects.count() == 1
    assert "Crossref" in StudyNotice.objects.get().source
    assert mails("study-notice").count() == 1


def test_ten_runs_send_one_mail_and_make_one_task(public_article, editor):
    for days in range(10):
        run(FakeChecker(RETRACTED), at=NOON + days * DAY)

    assert mails("study-notice").count() == 1
    assert editor.email in str(mails("study-notice").get().payload)
    assert SourceTask.objects.count() == 1


def test_a_job_that_was_off_for_40_days_checks_everything_on_its_next_run(section, reviewer):
    articles = [ArticlePageFactory(parent=section) for _ in range(5)]
    run(CLEAR)

    result = run(CLEAR, at=NOON + 40 * DAY)

    assert result.checked == 5
    assert {study_of(article).checked_at for article in articles} == {NOON + 40 * DAY}


def test_a_study_that_was_checked_by_a_clock_that_was_years_ahead_is_checked_by_the_right_one(section):
    study = study_of(ArticlePageFactory(parent=section))
    run(CLEAR, at=NOON + 1500 * DAY)

    run(CLEAR)

    study.refresh_from_db()
    assert study.checked_at == NOON


def test_a_study_of_which_nothing_can_be_recorded_keeps_no_other_from_its_check(section, monkeypatch):
    odd, other = (study_of(ArticlePageFactory(parent=section)) for _ in range(2))
    take_in = sentinel._take_in

    def fail_for_one(pk, *args):
        if pk == odd.pk:
            raise ValueError("It cannot be written.")
        return take_in(pk, *args)

    monkeypatch.setattr(sentinel, "_take_in", fail_for_one)
    run(CLEAR)

    other.refresh_from_db()
    assert other.checked_at == NOON


def test_the_oldest_check_comes_first(section):
    articles = [ArticlePageFactory(parent=section) for _ in range(3)]
    run(CLEAR, at=NOON)
    Study.objects.filter(pk=articles[2].study_id).update(check_asked_at=NOON - 9 * DAY)
    checker = FakeChecker({})

    run(checker, at=NOON + 2 * DAY, limit=1)

    assert checker.asked == [articles[2].study_id]


def test_only_studies_of_articles_are_asked_about_and_never_examples(article):
    StudyFactory()
    ArticlePageFactory(parent=article.get_parent(), study=StudyFactory(is_example=True))
    ArticlePageFactory(parent=article.get_parent(), study=StudyFactory(doi=None, pmid=None))
    checker = FakeChecker({})

    run(checker)

    assert checker.asked == [article.study_id]


def test_a_check_costs_no_more_statements_a_study(section):
    def cost(at):
        with CaptureQueriesContext(connection) as captured:
            run(FakeChecker({}), at=at)
        return len(captured)

    ArticlePageFactory(parent=section)
    one = cost(NOON)
    for _ in range(4):
        ArticlePageFactory(parent=section)

    assert cost(NOON + DAY) <= 5 * one


def test_bibliographic_differences_become_proposals_and_nothing_else_changes(public_article):
    before = Study.objects.filter(pk=public_article.study_id).values().get()

    run(FakeChecker({"title": "A trial of something else", "date": PartialDate(2019, 5)}))
    run(FakeChecker({"title": "A trial of something else", "date": PartialDate(2019, 5)}), at=NOON + DAY)

    after = Study.objects.filter(pk=public_article.study_id).values().get()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"checked_at", "check_asked_at"}
    assert dict(StudyProposal.objects.values_list("field", "theirs")) == {
        "title": "A trial of something else",
        "date": {"year": 2019, "month": 5, "day": None, "date_as_given": ""},
    }
    assert StudyProposal.objects.count() == 2
    assert not OutboxMessage.objects.filter(key__startswith="study-notice").exists()


def test_a_more_exact_date_is_one_proposal_of_the_sentinel_and_stays_declined(public_article, writer):
    exact = FakeChecker({"date": PartialDate(2018, 5, 3, "2018 May 3")})
    run(exact)
    proposal = StudyProposal.objects.get()
    assert (proposal.field, proposal.theirs["day"]) == ("date", 3)
    decline_proposal(proposal, writer, NOON)

    run(exact, at=NOON + DAY)

    assert study_of(public_article).day is None
    assert StudyProposal.objects.count() == 1


@pytest.mark.parametrize("given", [PartialDate(2018, 5, None, "2018 May"), PartialDate(2018, None, None, "2018")])
def test_a_date_that_says_no_more_than_ours_is_not_proposed(public_article, given):
    run(FakeChecker({"date": given}))

    assert not StudyProposal.objects.exists()


# Releases, and signing again.


def test_a_scheduled_release_is_held(article, reviewer, client):
    edit(article, go_live_at=NOON + DAY)
    release = schedule(article, reviewer)

    run(FakeChecker(RETRACTED))

    release.refresh_from_db()
    assert release.state == Release.State.HELD
    assert "Retraction of its study, reported by PubMed" in release.reason
    assert client.get("/ms/fewer-relapses/").status_code == 404


def test_the_guard_refuses_to_publish_without_a_newer_sign_off(public_article, reviewer):
    run(FakeChecker(RETRACTED))
    edit(public_article, title="Fewer relapses, and a note")
    draft = ArticlePage.objects.get(pk=public_article.pk).get_latest_revision()

    with pytest.raises(NotPermitted):
        draft.publish(skip_permission_checks=True)


def test_a_signature_made_after_the_notice_publishes_again(public_article, reviewer, client):
    run(FakeChecker(RETRACTED))
    edit(public_article, title="A treatment whose study was retracted")

    publish(public_article, reviewer, at=NOON + DAY)

    page = soup_of(client, "/ms/fewer-relapses/")
    assert "A treatment whose study was retracted" in page.h1.get_text()
    assert "This study was retracted" in page.select_one("aside.notice").get_text()
    assert "/ms/fewer-relapses/" not in client.get("/ms/").content.decode()


def test_a_signature_made_before_the_notice_does_not(article, reviewer):
    sign(article, reviewer)
    run(FakeChecker(RETRACTED))

    with pytest.raises(NotPermitted):
        ArticlePage.objects.get(pk=article.pk).get_latest_revision().publish(skip_permission_checks=True)

    assert not PublishedArticle.objects.exists()


def test_a_retraction_whose_recording_lost_a_deadlock_is_recorded_all_the_same(section, monkeypatch):
    study = StudyFactory()
    publish(ArticlePageFactory(parent=section, study=study))
    real, lost = sentinel.report_notices, ["deadlock detected"]

    def report(*args, **kwargs):
        if lost:
            raise OperationalError(lost.pop())
        return real(*args, **kwargs)

    monkeypatch.setattr(sentinel, "report_notices", report)

    run(FakeChecker(RETRACTED))

    study.refresh_from_db()
    assert (study.status, study.check_failed_since) == (Study.Status.RETRACTED, None)
