"""Retractions in part, marked titles and republished papers: told to readers, decided by editors, judged again."""

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.utils import timezone

from research.models import ArticlePage, PublishedArticle, Release, SourceTask, Study, StudyNotice
from research.reading.check_state import check_of
from research.record.importing import import_record
from research.record.reporting import report_notices
from research.review.guard import NotPermitted
from research.sources import crossref
from research.sources.nbib import read_nbib
from research.sources.records import Notice, NoticeKind, NoticeSource, PartialDate, Source, SourceRecord
from tests.factories import edit, publish, schedule, sign

pytestmark = pytest.mark.django_db

NOON = timezone.datetime(2027, 3, 1, 12, 0, tzinfo=timezone.get_fixed_timezone(0))
DAY = timezone.timedelta(days=1)

NEW_KINDS = {
    NoticeKind.PARTIAL_RETRACTION: "Part of this study was retracted",
    NoticeKind.MARKED_RETRACTED: "The title of this study is marked as retracted",
    NoticeKind.MARKED_WITHDRAWN: "The title of this study is marked as withdrawn",
    NoticeKind.CORRECTED_REPUBLISHED: "This study was corrected and published again",
    NoticeKind.REPLACEMENT: "This study was retracted and republished",
}
EVERY_KIND = pytest.mark.parametrize("kind", NEW_KINDS, ids=str)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def notice(kind, **values):
    told = {"date": PartialDate(2027, 2, 20), "doi": "10.1000/notice"}
    return Notice(kind, "word", NoticeSource.PUBMED, **{**told, **values})


def report(article, *notices):
    study = Study.objects.get(pk=article.study_id)
    return report_notices(study, SourceRecord(Source.PUBMED, doi=study.doi, notices=notices))


def soup_of(client, address="/ms/fewer-relapses/"):
    return BeautifulSoup(client.get(address).content, "html.parser")


def words_of(found):
    return " ".join(found.get_text(" ", strip=True).split())


@EVERY_KIND
def test_readers_see_a_banner_and_no_rating_and_editors_a_task(public_article, editor, client, kind):
    study = Study.objects.get(pk=public_article.study_id)
    Study.objects.filter(pk=study.pk).update(checked_at=NOON)

    report(public_article, notice(kind))

    page = soup_of(client)
    assert NEW_KINDS[kind] in words_of(page.select_one("aside.notice"))
    assert "No rating until a medical reviewer has looked at the notice" in words_of(page.select_one(".ratings"))
    assert SourceTask.objects.get().article == public_article
    assert "clear" not in check_of(Study.objects.get(pk=study.pk)).words


@EVERY_KIND
def test_cards_show_no_rating_either_until_it_is_signed_again(public_article, editor, reviewer, client, kind):
    assert soup_of(client, "/ms/").select(".card-rating")

    report(public_article, notice(kind))
    assert not soup_of(client, "/ms/").select(".card-rating")
    edit(public_article, title="Fewer relapses, looked at again")
    publish(ArticlePage.objects.get(pk=public_article.pk), reviewer, at=NOON + DAY)

    assert soup_of(client, "/ms/").select(".card-rating")
    assert "No rating" not in words_of(soup_of(client).select_one(".ratings"))
    assert NEW_KINDS[kind] in words_of(soup_of(client).select_one("aside.notice")), "the banner stays"


@EVERY_KIND
def test_what_is_scheduled_is_held(article, reviewer, kind):
    edit(article, go_live_at=NOON + DAY)
    release = schedule(article, reviewer)

    report(article, notice(kind))

    release.refresh_from_db()
    assert release.state == Release.State.HELD


@EVERY_KIND
def test_what_was_signed_before_is_not_published(article, reviewer, kind):
    sign(article, reviewer)

    report(article, notice(kind))

    with pytest.raises(NotPermitted, match="Only a signature made in knowledge of that notice"):
        ArticlePage.objects.get(pk=article.pk).get_latest_revision().publish(skip_permission_checks=True)


def test_the_banner_says_which_part_in_the_words_of_the_source(public_article, client):
    report(public_article, notice(NoticeKind.PARTIAL_RETRACTION, part="Figure 2 and what rests on it."))

    banner = words_of(soup_of(client).select_one("aside.notice"))
    assert "Which part: “Figure 2 and what rests on it”." in banner
    assert banner.count("Which part") == 1


def test_the_banner_says_which_part_as_an_editor_chose_or_that_nobody_said(public_article, client):
    (partial,) = report(public_article, notice(NoticeKind.PARTIAL_RETRACTION))
    assert "the source does not say" in words_of(soup_of(client).select_one("aside.notice"))

    partial.part = StudyNotice.Part.FIGURES
    partial.save()

    assert "Which part: One or more figures or tables." in words_of(soup_of(client).select_one("aside.notice"))


def test_a_later_full_retraction_is_a_notice_of_its_own(public_article, client):
    partial = notice(NoticeKind.PARTIAL_RETRACTION)
    report(public_article, partial)

    for _ in range(2):
        report(public_article, partial, notice(NoticeKind.RETRACTION, date=PartialDate(2027, 3, 1), doi="10.1000/full"))

    study = Study.objects.get(pk=public_article.study_id)
    assert study.notices.count() == 2
    assert study.status == Study.Status.RETRACTED
    assert "This study was retracted" in words_of(soup_of(client).select_one("main"))


def test_two_reports_of_one_partial_retraction_make_one(public_article):
    report(public_article, notice(NoticeKind.PARTIAL_RETRACTION, date=PartialDate(2027, 2, None, "2027 Feb"), doi=""))
    report(public_article, notice(NoticeKind.PARTIAL_RETRACTION))

    assert StudyNotice.objects.count() == 1


def test_two_parts_taken_back_on_two_days_are_two(public_article):
    for day, doi in ((PartialDate(2027, 2, 6), "10.1000/a"), (PartialDate(2027, 2, 20), "10.1000/b")):
        report(public_article, notice(NoticeKind.PARTIAL_RETRACTION, date=day, doi=doi))

    assert StudyNotice.objects.count() == 2


def test_the_mark_of_a_title_gives_way_to_the_notice_itself(public_article, client):
    report(public_article, notice(NoticeKind.MARKED_RETRACTED, date=PartialDate(), doi=""))
    assert Study.objects.get(pk=public_article.study_id).status == Study.Status.MARKED

    report(public_article, notice(NoticeKind.RETRACTION))

    banner = words_of(soup_of(client).select_one("aside.notice"))
    assert Study.objects.get(pk=public_article.study_id).status == Study.Status.RETRACTED
    assert "This study was retracted" in banner
    assert "marked" not in banner


def test_a_title_marked_by_crossref_makes_the_study_marked_and_proposes_no_other_title(public_article):
    study = Study.objects.get(pk=public_article.study_id)
    work = {"DOI": study.doi, "type": "journal-article", "title": [f"RETRACTED: {study.title}"]}

    import_record(crossref.read_work(work))

    study.refresh_from_db()
    assert study.status == Study.Status.MARKED
    assert not study.proposals.filter(field="title").exists()


def test_a_word_that_nobody_has_mapped_is_never_checked_and_clear(public_article, client):
    Study.objects.filter(pk=public_article.study_id).update(checked_at=NOON)

    report(public_article, notice(NoticeKind.NEEDS_A_LOOK))

    assert "something to look at" in check_of(Study.objects.get(pk=public_article.study_id)).words
    assert "No notices known" not in words_of(soup_of(client))


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("PRIN", NoticeKind.PARTIAL_RETRACTION),
        ("CRI", NoticeKind.CORRECTED_REPUBLISHED),
        ("RRI", NoticeKind.REPLACEMENT),
        ("RIN", NoticeKind.RETRACTION),
    ],
)
def test_files_of_pubmed_tell_the_kinds_apart(tag, kind):
    (read,) = read_nbib(f"PMID- 900\nTI  - A trial\n{tag:<4}- J Ex. 2020 Feb;3(1):1. PMID: 11\n", "one.nbib")

    assert [one.kind for one in read.notices] == [kind]


@pytest.mark.parametrize(
    ("update", "kind"),
    [
        ({"type": "partial_retraction"}, NoticeKind.PARTIAL_RETRACTION),
        ({"type": "retraction", "label": "Partial Retraction"}, NoticeKind.PARTIAL_RETRACTION),
        ({"type": "retraction", "label": "Retraction"}, NoticeKind.RETRACTION),
    ],
)
def test_crossref_tells_a_part_from_the_whole(update, kind):
    work = {
        "DOI": "10.1000/x",
        "type": "journal-article",
        "title": ["A"],
        "updated-by": [{"DOI": "10.1000/n", **update}],
    }

    assert [one.kind for one in crossref.read_work(work).notices] == [kind]


def test_the_flag_on_the_public_row_follows_a_notice_that_is_lifted(public_article, editor):
    report(public_article, notice(NoticeKind.MARKED_RETRACTED))
    assert PublishedArticle.objects.get().rating_withheld

    report(public_article, notice(NoticeKind.REINSTATEMENT))

    assert not PublishedArticle.objects.get().rating_withheld
