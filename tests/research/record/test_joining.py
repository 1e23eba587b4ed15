"""Joining two studies that turned out to be one."""

from datetime import date
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from research.models import (
    ArticlePage,
    PublishedArticle,
    SourceTask,
    Study,
    StudyMerge,
    StudyNotice,
    StudyProposal,
)
from research.models.studies.joined import histories_known_as, studies_known_as, uuids_by_study
from research.record.importing import Action, import_record
from research.record.joining import MayNotJoin, in_order, join, reasons_not_to_join, twins_of
from research.record.reporting import report_notices
from research.review import contributions
from research.sources.records import Notice, NoticeKind, NoticeSource, PartialDate, Source, SourceRecord
from tests.factories import (
    ArticlePageFactory,
    StudyFactory,
    StudyNoticeFactory,
    approve,
    edit,
    publish,
    reviewer_user,
    schedule,
    submit,
)

pytestmark = pytest.mark.django_db

REASON = "The journal's page names both numbers."


@pytest.fixture
def by_doi():
    return StudyFactory(title="A trial of rest", doi="10.1000/rest", pmid=None, funding="")


@pytest.fixture
def by_pmid():
    return StudyFactory(title="A trial of rest.", doi=None, pmid="555", funding="A fund.")


def joined(survivor, other, editor):
    return join(survivor, other, editor, REASON, timezone.now())


def retraction(**values):
    told = {"date": PartialDate(2027, 2, 6, "2027-02-06"), "doi": "10.1000/notice"}
    return Notice(NoticeKind.RETRACTION, "retraction", NoticeSource.PUBLISHER, **{**told, **values})


def reported(study, *notices):
    return report_notices(study, SourceRecord(Source.CROSSREF, doi=study.doi or "", notices=notices))


def test_a_third_record_that_names_both_asks_for_a_join_and_is_met_after_it(by_doi, by_pmid, editor):
    both = SourceRecord(Source.PUBMED, doi="10.1000/rest", pmid="555", title="A trial of rest")
    refused = import_record(both)
    assert (refused.action, "Join the two" in refused.reason) == (Action.REFUSED, True)

    joined(by_doi, by_pmid, editor)

    assert import_record(both).study == by_doi
    assert Study.objects.count() == 1


def test_the_survivor_gains_what_it_lacks_and_a_difference_is_proposed(by_doi, by_pmid, editor):
    Study.objects.filter(pk=by_pmid.pk).update(title="A trial of something else")
    by_pmid.refresh_from_db()

    joined(by_doi, by_pmid, editor)

    study = Study.objects.get()
    assert (study.doi, study.pmid, study.funding, study.title) == ("10.1000/rest", "555", "A fund.", "A trial of rest")
    assert list(StudyProposal.objects.values_list("field", "theirs", "source")) == [
        ("title", "A trial of something else", "joined")
    ]


def test_articles_citations_and_drafts_move(by_doi, by_pmid, editor, section, writer):
    draft = ArticlePageFactory(parent=section, by=writer, study=by_pmid)
    citing = ArticlePageFactory(parent=section, by=writer)
    version = citing.get_latest_revision_as_object()
    version.also_cited.add(version.also_cited.model(study=by_pmid))
    version.save_revision()

    joined(by_doi, by_pmid, editor)

    for page, of in ((draft, "study"), (citing, "also_cited")):
        again = ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
        found = again.study if of == "study" else again.also_cited.get().study
        assert found == by_doi
    assert ArticlePage.objects.get(pk=draft.pk).study == by_doi


def test_an_article_that_cites_both_cites_the_survivor_once(by_doi, by_pmid, editor, section):
    article = ArticlePageFactory(parent=section, study=by_doi)
    article.also_cited.add(article.also_cited.model(study=by_pmid))
    article.save()
    article.save_revision()

    joined(by_doi, by_pmid, editor)

    again = ArticlePage.objects.get(pk=article.pk)
    assert (again.study, again.also_cited.count()) == (by_doi, 0)
    assert again.get_latest_revision_as_object().also_cited.count() == 0


def test_a_retraction_of_the_twin_reaches_the_public_article_of_the_survivor(by_doi, by_pmid, editor, section, client):
    article = ArticlePageFactory(parent=section, study=by_doi, title="Rest", slug="rest")
    publish(article, reviewer_user())
    reported(by_pmid, retraction())

    joined(by_doi, by_pmid, editor)

    page = BeautifulSoup(client.get("/ms/rest/").content, "html.parser")
    assert "This study was retracted" in page.select_one("aside.notice").get_text()
    assert SourceTask.objects.get().article == article
    assert Study.objects.get().status == Study.Status.RETRACTED


def test_two_notices_of_one_event_become_one_and_no_decision_is_lost(by_doi, by_pmid, editor, section):
    article = ArticlePageFactory(parent=section, study=by_doi)
    article.also_cited.add(article.also_cited.model(study=by_pmid))
    article.save()
    reported(by_doi, retraction())
    reported(by_pmid, retraction(doi="", pmid="777", date=PartialDate(2027, 2, None, "2027 Feb")))
    theirs = SourceTask.objects.get(notice__study=by_pmid)
    theirs.decision, theirs.reason = SourceTask.Decision.KEEP, "Readers should find it."
    theirs.save()

    joined(by_doi, by_pmid, editor)

    notice, task = StudyNotice.objects.get(), SourceTask.objects.get()
    assert (notice.study, notice.doi, notice.pmid) == (by_doi, "10.1000/notice", "777")
    assert (task.notice, task.decision) == (notice, SourceTask.Decision.KEEP)


def test_the_uuid_of_the_joined_one_stands_for_the_survivor_through_a_second_join(by_doi, by_pmid, editor):
    third = StudyFactory(doi=None, pmid=None, url="https://example.org/")
    first, second = by_pmid.subject_uuid, by_doi.subject_uuid
    joined(by_doi, by_pmid, editor)

    joined(third, Study.objects.get(pk=by_doi.pk), editor)

    found = studies_known_as([first, second, third.subject_uuid])
    assert {study.pk for study in found.values()} == {third.pk}
    printed = {first, second, third.subject_uuid, third.journal.subject_uuid}
    assert uuids_by_study([third.pk]) == {third.pk: printed}


def test_what_happened_to_a_study_is_found_under_every_uuid_it_had(by_doi, by_pmid, editor, django_assert_num_queries):
    other, unknown = StudyFactory(doi=None, pmid=None, url="https://example.org/"), uuid4()
    later = StudyNoticeFactory(study=by_doi, kind="correction", date=date(2026, 3, 2))
    sooner = StudyNoticeFactory(study=by_doi, kind="correction", date=date(2026, 3, 1))
    joined(by_doi, by_pmid, editor)

    found = histories_known_as([by_pmid.subject_uuid, by_doi.subject_uuid, other.subject_uuid, unknown])

    assert found == {
        by_pmid.subject_uuid: (by_doi.pk, [sooner, later]),
        by_doi.subject_uuid: (by_doi.pk, [sooner, later]),
        other.subject_uuid: (other.pk, []),
    }
    assert found[by_pmid.subject_uuid].notices[0].date == date(2026, 3, 1)
    with django_assert_num_queries(1):
        histories_known_as([by_doi.subject_uuid, other.subject_uuid])
    with django_assert_num_queries(0):
        histories_known_as([])


def test_whoever_edited_the_twin_cannot_sign(by_doi, by_pmid, editor, section):
    somebody = reviewer_user()
    contributions.record(by_pmid.subject_uuid, somebody)
    article = ArticlePageFactory(parent=section, study=by_doi)

    joined(by_doi, by_pmid, editor)

    state = submit(ArticlePage.objects.get(pk=article.pk), editor)
    with pytest.raises(PermissionDenied, match="edited the record of its study"):
        approve(state, somebody)


def test_it_is_recorded_with_what_was_there(by_doi, by_pmid, editor):
    merge = joined(by_doi, by_pmid, editor)

    kept = StudyMerge.objects.get()
    assert kept == merge
    assert (kept.record["pmid"], kept.reason, kept.merged_by) == ("555", REASON, editor)
    assert contributions.has_contributed(editor, [by_doi.subject_uuid])


def test_two_that_are_public_under_different_words_wait_for_a_signature(by_doi, by_pmid, editor, section, client):
    reviewer = reviewer_user()
    publish(ArticlePageFactory(parent=section, study=by_doi, title="One", slug="one"), reviewer)
    two = publish(ArticlePageFactory(parent=section, study=by_pmid, title="Two", slug="two"), reviewer)

    with pytest.raises(MayNotJoin, match="“One” and “Two” are public, each signed with other words"):
        joined(by_doi, by_pmid, editor)
    assert (Study.objects.count(), StudyMerge.objects.count()) == (2, 0)

    edit(two, study=by_doi)
    publish(ArticlePage.objects.get(pk=two.pk), reviewer)
    joined(by_doi, by_pmid, editor)

    assert set(PublishedArticle.objects.values_list("study", flat=True)) == {by_doi.pk}


def test_the_one_that_is_public_stays_and_its_sealed_words_with_it(by_doi, by_pmid, editor, section, client):
    publish(ArticlePageFactory(parent=section, study=by_pmid, title="Two", slug="two"), reviewer_user())
    before = PublishedArticle.objects.get().digest
    assert in_order(by_doi, by_pmid) == (by_pmid, by_doi)
    with pytest.raises(MayNotJoin, match="Join this one to that one instead"):
        joined(by_doi, by_pmid, editor)

    joined(by_pmid, by_doi, editor)

    assert PublishedArticle.objects.get().digest == before
    assert client.get("/ms/two/").status_code == 200


@pytest.mark.parametrize("waits", [schedule, submit])
def test_what_is_signed_or_under_review_is_not_changed_under_its_reviewer(by_doi, by_pmid, editor, section, waits):
    article = ArticlePageFactory(parent=section, study=by_pmid, title="Two")
    if waits is schedule:
        edit(article, go_live_at=timezone.now() + timezone.timedelta(days=3))
        schedule(ArticlePage.objects.get(pk=article.pk), reviewer_user())
    else:
        submit(article, editor)

    reasons = reasons_not_to_join(by_doi, by_pmid)

    assert len(reasons) == 1
    assert "“Two”: signed, scheduled or under review" in reasons[0]


def test_two_works_are_not_joined(by_doi, editor):
    other = StudyFactory(doi="10.1000/other", pmid=None)

    with pytest.raises(MayNotJoin, match="Each has a DOI of its own"):
        joined(by_doi, other, editor)
    with pytest.raises(MayNotJoin, match="same record"):
        joined(by_doi, by_doi, editor)


def test_only_an_editor_joins_and_says_why(by_doi, by_pmid, writer, editor):
    with pytest.raises(PermissionDenied):
        joined(by_doi, by_pmid, writer)
    with pytest.raises(ValidationError):
        join(by_doi, by_pmid, editor, " ", timezone.now())

    assert Study.objects.count() == 2


def test_every_relation_to_a_study_is_moved_or_named_here():
    moved = {
        "articles", "cited_by", "published_articles", "notices", "proposals", "checks", "merged", "full_text",
        "unconfirmed_notices", "former_identifiers",
    }  # fmt: skip

    assert {relation.get_accessor_name() for relation in Study._meta.related_objects} == moved


def test_twins_are_found_by_title_and_by_what_a_source_proposes(by_doi, by_pmid):
    third = StudyFactory(pmid="888", doi=None)
    StudyProposal.objects.create(study=by_doi, field="pmid", theirs="888", source="pubmed")

    assert set(twins_of(by_doi)) == {by_pmid, third}
    assert by_doi in twins_of(by_pmid)


# The screen.


def words_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").select_one("main").get_text(" ", strip=True).split())


def test_an_editor_finds_the_other_record_compares_and_joins(by_doi, by_pmid, editor, client):
    client.force_login(editor)
    address = reverse("research_join_study", args=[by_doi.pk])
    assert f"Number {by_pmid.pk}" in words_of(client.get(address)), "one of the same title is offered"
    assert f"Number {by_pmid.pk}" in words_of(client.get(address, {"q": "555"}))

    beside = words_of(client.get(address, {"with": by_pmid.pk}))
    assert "PMID – 555 (filled in)" in beside
    assert "Funding – A fund. (filled in)" in beside
    refused = client.post(f"{address}?with={by_pmid.pk}", {"reason": ""})
    assert "Say how you know" in words_of(refused)
    done = client.post(f"{address}?with={by_pmid.pk}", {"reason": REASON}, follow=True)

    assert f"“A trial of rest.” (number {by_pmid.pk}) was joined to it" in words_of(done)
    assert Study.objects.count() == 1


def test_the_screen_says_why_two_cannot_be_joined_and_offers_no_button(by_doi, editor, client):
    other = StudyFactory(doi="10.1000/other")
    client.force_login(editor)

    page = client.get(reverse("research_join_study", args=[by_doi.pk]), {"with": other.pk})

    assert "Each has a DOI of its own" in words_of(page)
    assert "Join them" not in words_of(page)


@pytest.mark.parametrize("with_", ["", "abc", "-1", "٣", "9" * 30])
def test_odd_numbers_lead_back_to_the_choice(by_doi, editor, client, with_):
    client.force_login(editor)

    response = client.get(reverse("research_join_study", args=[by_doi.pk]), {"with": with_}, follow=True)

    assert response.status_code == 200


def test_writers_and_reviewers_do_not_join(by_doi, by_pmid, writer, client):
    for user in (writer, reviewer_user()):
        client.force_login(user)
        response = client.post(
            reverse("research_join_study", args=[by_doi.pk]) + f"?with={by_pmid.pk}", {"reason": REASON}
        )
        assert response.status_code in (302, 403)

    assert Study.objects.count() == 2
