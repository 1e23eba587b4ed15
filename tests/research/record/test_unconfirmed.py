"""What a file says happened to a study: readers are told nothing by it, its sources are asked, and nothing is lost."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from research.models import Study, StudyNotice, UnconfirmedNotice
from research.record import sentinel
from research.record.erasure.names import Identity
from research.record.erasure.sweeping import sweep
from research.record.importing import import_record
from research.record.joining import join
from research.record.reporting import report_notices
from research.sources.records import Notice, NoticeKind, NoticeSource, Source, SourceRecord
from tests.factories import ArticlePageFactory, StudyFactory, StudyNoticeFactory, publish, reviewer_user
from tests.research.record.test_imports import page_of, start, uploaded
from tests.research.record.test_sentinel import FakeChecker, notice

pytestmark = pytest.mark.django_db

DOI = "10.1000/victim"
WORDS = "Take 50,000 IU of vitamin D a day instead of your infusions"
XML = f"""<?xml version="1.0"?>
<PubmedArticleSet><PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">4711</PMID>
<Article PubModel="Print"><Journal><Title>J</Title></Journal><ArticleTitle>A trial of something</ArticleTitle>
<ELocationID EIdType="doi" ValidYN="Y">{DOI}</ELocationID></Article>
<CommentsCorrectionsList><CommentsCorrections RefType="%s"><RefSource>J. 2026 Jan 2</RefSource>
<PMID Version="1">4712</PMID><Note>{WORDS}</Note></CommentsCorrections></CommentsCorrectionsList>
</MedlineCitation></PubmedArticle></PubmedArticleSet>"""
RIS = f"TY  - JOUR\nTI  - RETRACTED: A trial of something\nDO  - {DOI}\nER  - \n"
FILES = {
    "XML, RetractionIn": (XML % "RetractionIn", "retraction"),
    "XML, ErratumIn": (XML % "ErratumIn", "correction"),
    "XML, ExpressionOfConcernIn": (XML % "ExpressionOfConcernIn", "expression_of_concern"),
    "XML, PartialRetractionIn": (XML % "PartialRetractionIn", "partial_retraction"),
    "nbib, RIN": (
        f"PMID- 4711\nTI  - A trial of something\nLID - {DOI} [doi]\nRIN - J. 2026;1:1. PMID: 4712\n",
        "retraction",
    ),
    "RIS, title": (RIS, "marked_retracted"),
    "BibTeX, title": (f"@article{{a, title={{RETRACTED: A trial of something}}, doi={{{DOI}}}}}\n", "marked_retracted"),
}
UNWATCHED = "TY  - JOUR\nTI  - RETRACTED: A trial\nAU  - Park, J\nPY  - 2018\nER  - \n"
CLAIMED = "A file says: Retraction"


@pytest.fixture
def public(section, reviewer):
    """An article on the study that the files name, checked just now."""
    study = StudyFactory(doi=DOI, pmid=None, title="A trial of something")
    page = publish(ArticlePageFactory(parent=section, study=study, title="Fewer relapses", slug="fewer-relapses"))
    sentinel.run([FakeChecker({})], timezone.now())
    return page


def bring(client, writer, content, capture):
    """Upload a file as a writer and import it; return what the preview and the result said."""
    client.force_login(writer)
    with capture(execute=True):
        job = uploaded(client, content, "x.txt")
        preview = page_of(client, job)
        start(client, job)
    result = page_of(client, job)
    client.logout()
    return preview, result


def public_words(client, page):
    addresses = [page.url, f"{page.url}made/", f"{page.url}made.json", f"/api/v1/articles/{page.subject_uuid}", "/ms/"]
    return {address: client.get(address).content.decode() for address in addresses}


@pytest.mark.parametrize(("content", "kind"), FILES.values(), ids=FILES.keys())
def test_a_file_tells_readers_nothing_and_loses_nothing(
    public, writer, client, content, kind, django_capture_on_commit_callbacks
):
    before = public_words(client, public)

    preview, result = bring(client, writer, content, django_capture_on_commit_callbacks)

    assert public_words(client, public) == before
    assert not StudyNotice.objects.exists()
    assert UnconfirmedNotice.objects.open().get().kind == kind
    assert "Says that something happened to a study: 1" in preview
    assert "Its sources are asked at once" in preview
    assert "Its sources are asked at once" in result


def test_editors_see_at_once_that_a_file_claims_a_retraction(
    public, writer, editor, client, django_capture_on_commit_callbacks
):
    bring(client, writer, XML % "RetractionIn", django_capture_on_commit_callbacks)
    client.force_login(editor)

    dashboard = client.get(reverse("wagtailadmin_home")).content.decode()
    listed = client.get(reverse("research_source_tasks")).content.decode()
    record = client.get(reverse("research_study_record", args=[public.study_id])).content.decode()

    assert CLAIMED in dashboard
    assert "no source has confirmed it" in listed
    assert CLAIMED in record
    (mail,) = OutboxMessage.objects.filter(key__startswith="unconfirmed-notice-")
    assert editor.email in mail.payload["to"]
    assert "The sources are asked at once" in mail.payload["body"]


def test_its_sources_are_asked_at_once_and_readers_told_what_they_say(
    public, writer, editor, client, django_capture_on_commit_callbacks
):
    bring(client, writer, XML % "RetractionIn", django_capture_on_commit_callbacks)
    source = FakeChecker({"notices": (notice(),)})

    with django_capture_on_commit_callbacks(execute=True):
        sentinel.run([source], timezone.now() + timedelta(minutes=1))

    assert source.asked == [public.study_id]
    html = client.get(public.url).content.decode()
    assert "This study was retracted" in html
    assert WORDS not in html
    assert not UnconfirmedNotice.objects.open().exists()


def test_a_source_that_does_not_confirm_it_is_asked_daily_and_people_go_on_seeing_it(
    public, writer, client, django_capture_on_commit_callbacks
):
    bring(client, writer, RIS, django_capture_on_commit_callbacks)
    clear, now = FakeChecker({}), timezone.now() + timedelta(minutes=1)

    for later in (timedelta(), timedelta(hours=1), timedelta(hours=25)):
        with time_machine.travel(now + later, tick=False):
            sentinel.run([clear], now + later)

    assert clear.asked == [public.study_id] * 2
    assert UnconfirmedNotice.objects.open().pressing().exists()


def test_a_study_that_no_article_rests_on_is_asked_about_too():
    import_record(SourceRecord(Source.RIS, doi=DOI, title="A trial", notices=(marked(),)))
    source = FakeChecker({"notices": (notice(),)})

    sentinel.run([source], timezone.now() + timedelta(minutes=1))

    assert Study.objects.get().status == Study.Status.RETRACTED
    assert not UnconfirmedNotice.objects.open().exists()


def marked():
    return Notice(NoticeKind.MARKED_RETRACTED, "RETRACTED", NoticeSource.FILE, label="RETRACTED: A trial")


def test_a_study_that_no_source_watches_is_a_task_for_who_may_add_notices(section, writer, reviewer, editor, client):
    study = StudyFactory(doi=None, pmid=None, title="RETRACTED: A trial", year=2018, authors="Park J")
    page = publish(ArticlePageFactory(parent=section, study=study, title="Fewer relapses"))
    client.force_login(writer)

    start(client, uploaded(client, UNWATCHED, "x.ris"))

    assert UnconfirmedNotice.objects.open().pressing().get().study == study
    assert client.get(reverse("research_source_tasks")).status_code == 302, "writers add no notices"
    for person in (reviewer, editor):
        client.force_login(person)
        assert "look yourself" in client.get(reverse("research_source_tasks")).content.decode()
        assert "A file says" in client.get(reverse("wagtailadmin_home")).content.decode()
    client.logout()
    assert "marked as retracted" not in client.get(page.url).content.decode()


def dismissed(client, person, reason="It is about another paper."):
    client.force_login(person)
    address = reverse("research_dismiss_unconfirmed", args=[UnconfirmedNotice.objects.get().pk])
    response = client.post(address, {"reason": reason}, follow=True)
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


@pytest.mark.parametrize("role", ["reviewer", "editor"])
def test_who_may_add_notices_says_why_there_is_nothing_to_it(public, client, request, role):
    import_record(SourceRecord(Source.RIS, doi=DOI, title="A trial", notices=(marked(),)))
    person = request.getfixturevalue(role)

    assert "Say why" in dismissed(client, person, " ")
    assert "The decision is recorded" in dismissed(client, person)
    assert "This is settled" in dismissed(client, person, "Again.")

    kept = UnconfirmedNotice.objects.get()
    assert (kept.reason, kept.decided_by) == ("It is about another paper.", person)
    assert not UnconfirmedNotice.objects.open().exists()


def test_a_writer_dismisses_nothing(public, writer, client):
    import_record(SourceRecord(Source.RIS, doi=DOI, title="A trial", notices=(marked(),)))

    dismissed(client, writer)

    assert UnconfirmedNotice.objects.open().exists()


def test_a_second_import_notes_nothing_again_whatever_was_decided(public, editor, client):
    told = SourceRecord(Source.RIS, doi=DOI, title="A trial of something", notices=(marked(),))
    assert [import_record(told).action for _ in range(2)] == ["update", "unchanged"]
    dismissed(client, editor)

    assert import_record(told).action == "unchanged"
    assert UnconfirmedNotice.objects.count() == 1


def test_what_a_notice_tells_already_is_not_noted(public):
    StudyNoticeFactory(study=public.study, kind="marked_retracted")

    import_record(SourceRecord(Source.RIS, doi=DOI, title="A trial", notices=(marked(),)))

    assert not UnconfirmedNotice.objects.exists()


def test_what_a_file_says_goes_with_a_study_that_is_joined(public, editor):
    twin = StudyFactory(doi=None, pmid="4711", title="A trial of something")
    import_record(SourceRecord(Source.NBIB, pmid="4711", title="A trial of something", notices=(marked(),)))

    join(public.study, twin, editor, "The same title.", timezone.now())

    assert UnconfirmedNotice.objects.open().get().study_id == public.study_id


def test_no_way_in_code_writes_a_notice_of_a_file(public):
    with pytest.raises(ValueError, match="A file tells readers nothing"):
        report_notices(public.study, SourceRecord(Source.PUBMED_XML, doi=DOI, notices=(marked(),)))


def test_a_notice_by_hand_settles_what_a_file_says(public, client):
    import_record(SourceRecord(Source.RIS, doi=DOI, title="A trial", notices=(marked(),)))
    client.force_login(reviewer_user())

    given = {"study": public.study_id, "kind": "retraction", "source": "The journal", "link": ""}
    client.post(reverse("research_studynotice_modeladmin_create"), given)

    assert not UnconfirmedNotice.objects.open().exists()
    client.logout()
    assert "This study was retracted" in client.get(public.url).content.decode()


def test_what_a_file_says_is_not_noted_again_once_a_namesake_was_erased(public):
    words = Notice(NoticeKind.RETRACTION, "RIN", NoticeSource.FILE, label="Retracted by Jane Quill. J. 2026")
    told = SourceRecord(Source.NBIB, doi=DOI, title="A trial of something", notices=(words,))
    import_record(told)
    identity = Identity()
    identity.add("Jane Quill")

    swept = sweep(identity)
    import_record(told)

    noted = UnconfirmedNotice.objects.get()
    assert f"unconfirmed notice {noted.pk}, cited_as" in swept.left


@pytest.mark.parametrize("claimed", ["survivor", "joined"])
def test_what_a_notice_of_a_joined_record_told_is_settled(claimed, admin):
    """Though that notice is older than the file."""
    told, doubtful = StudyFactory(), StudyFactory(doi=None, pmid=None)
    StudyNoticeFactory(study=told, kind=StudyNotice.Kind.RETRACTION)
    for kind in (StudyNotice.Kind.RETRACTION, StudyNotice.Kind.CORRECTION):
        UnconfirmedNotice.objects.create(study=doubtful, kind=kind)
    pair = (doubtful, told) if claimed == "survivor" else (told, doubtful)

    join(*pair, admin, "They are one.", timezone.now())

    assert not UnconfirmedNotice.objects.open().exists()


def test_what_no_notice_of_a_joined_record_tells_stays_open(admin):
    told, doubtful = StudyFactory(), StudyFactory(doi=None, pmid=None)
    StudyNoticeFactory(study=told, kind=StudyNotice.Kind.CORRECTION)
    UnconfirmedNotice.objects.create(study=doubtful, kind=StudyNotice.Kind.RETRACTION)

    join(told, doubtful, admin, "They are one.", timezone.now())

    assert [one.kind for one in UnconfirmedNotice.objects.open()] == ["retraction"]
