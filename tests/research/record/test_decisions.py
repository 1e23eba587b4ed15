"""An article started from a study, what sources propose, and what editors decide after a notice."""

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from research.models import ArticlePage, PublishedArticle, SourceTask, Study, StudyNotice, StudyProposal
from research.record.decisions import (
    AlreadyDecided,
    ProposalChanged,
    accept_proposal,
    decide_task,
    decline_proposal,
    is_settled,
)
from research.record.importing import import_record, propose
from research.review import contributions
from research.sources.records import PartialDate, Source, SourceRecord
from tests.factories import (
    ArticlePageFactory,
    StudyFactory,
    TopicFactory,
    TopicIndexPageFactory,
    edit,
    publish,
    reviewer_user,
    submit,
)

pytestmark = pytest.mark.django_db

ABSTRACT = [["BACKGROUND", "Relapses are common."], ["METHODS", "We randomised 120 patients to two groups."]]


def text_of(response, selector="main"):
    found = BeautifulSoup(response.content, "html.parser").select_one(selector)
    return found.get_text(" ", strip=True) if found else ""


@pytest.fixture
def study():
    return StudyFactory(
        title="A trial of something in multiple sclerosis",
        abstract=ABSTRACT,
        lay_summary="In plain words.",
        publication_types=["Journal Article", "Randomized Controlled Trial"],
        mesh_terms=[{"ui": "D009103", "name": "Multiple Sclerosis", "major": True, "automated": True}],
    )


# An article from a study.


def test_one_button_makes_a_draft_with_the_study_attached(client, writer, section, study):
    client.force_login(writer)
    address = reverse("research_start_article", args=[study.pk])
    assert client.get(address).status_code == 200
    assert not ArticlePage.objects.exists(), "asking writes nothing"

    response = client.post(address, {"section": section.pk})

    article = ArticlePage.objects.get()
    draft = article.get_latest_revision_as_object()
    assert response["Location"] == reverse("wagtailadmin_pages:edit", args=[article.pk])
    assert (draft.study, article.owner, article.get_latest_revision().user) == (study, writer, writer)
    assert article.title == "A trial of something in multiple sclerosis (working title)"
    assert not article.live
    assert list(draft.topics.all()) == []
    assert not draft.appraisals.exists()
    assert contributions.has_contributed(writer, [article.subject_uuid])


def test_a_long_title_is_cut_and_two_drafts_get_two_addresses(client, writer, section):
    study = StudyFactory(title="word " * 90)
    client.force_login(writer)
    for _ in range(2):
        client.post(reverse("research_start_article", args=[study.pk]), {"section": section.pk})

    titles = list(ArticlePage.objects.values_list("title", flat=True))
    assert len(titles) == 2
    assert max(map(len, titles)) <= len(" (working title)") + 100
    assert ArticlePage.objects.values("slug").distinct().count() == 2


def test_the_section_is_asked_for_when_there_are_several(client, writer, section, study):
    other = TopicIndexPageFactory(title="Lupus", slug="lupus", parent=section.get_parent())
    client.force_login(writer)

    page = client.get(reverse("research_start_article", args=[study.pk])).content.decode()
    client.post(reverse("research_start_article", args=[study.pk]), {"section": other.pk})

    assert page.count('type="radio"') == 2
    assert ArticlePage.objects.get().get_parent().specific == other


def test_a_reviewer_starts_no_article(client, section, study):
    client.force_login(reviewer_user())

    client.post(reverse("research_start_article", args=[study.pk]), {"section": section.pk})

    assert not ArticlePage.objects.exists()


def test_the_editor_shows_the_record_and_assigns_nothing(client, writer, section, study):
    topic = TopicFactory(name="MS", mesh_ui="D009103")
    client.force_login(writer)
    client.post(reverse("research_start_article", args=[study.pk]), {"section": section.pk})
    article = ArticlePage.objects.get()

    words = text_of(client.get(reverse("wagtailadmin_pages:edit", args=[article.pk])), "[data-study-record]")

    assert "Never checked" in words
    assert "METHODS We randomised 120 patients" in words
    assert "Randomised trial found in: publication type “Randomized Controlled Trial”" in words
    assert "120 found in" in words
    assert "confirm on the Ratings tab" in words
    assert "MS MeSH “Multiple Sclerosis” , chosen by a machine" in words.replace("”,", "” ,")
    assert "Suggested, never assigned" in words
    assert "do not copy them" in words
    assert topic not in article.get_latest_revision_as_object().topics.all()


def test_the_reviewer_reads_the_abstract_beside_the_article(client, section, writer, reviewer, study):
    article = ArticlePageFactory(parent=section, by=writer, study=study)
    state = submit(article, writer)
    client.force_login(reviewer)

    page = text_of(client.get(reverse("research_review", args=[state.pk])))

    assert "We randomised 120 patients" in page
    assert "Never checked" in page


def test_the_record_says_when_no_source_is_asked(client, writer, study):
    client.force_login(writer)

    response = client.post(reverse("research_check_study", args=[study.pk]), follow=True)

    assert "SOURCES_CONTACT" in response.content.decode()
    study.refresh_from_db()
    assert study.check_asked_at is None


# Changes that sources propose.


@pytest.fixture
def proposal(study):
    return StudyProposal.objects.create(study=study, field="year", ours=2018, theirs=2019, source="pubmed")


def test_an_accepted_change_is_written_with_who_and_when(proposal, writer):
    now = timezone.now()

    accept_proposal(proposal, writer, now)

    proposal.refresh_from_db()
    assert Study.objects.get(pk=proposal.study_id).year == 2019
    assert (proposal.state, proposal.decided_by, proposal.decided_at) == ("accepted", writer, now)
    assert not contributions.has_contributed(writer, [proposal.study.subject_uuid]), "it is no edit of theirs"


def test_a_declined_change_is_not_proposed_again(proposal, writer):
    decline_proposal(proposal, writer, timezone.now())

    study = proposal.study
    record = SourceRecord(Source.PUBMED, doi=study.doi, pmid=study.pmid, title=study.title)
    import_record(record)

    assert Study.objects.get(pk=study.pk).year == 2018
    assert StudyProposal.objects.filter(state="open").count() == 0


def test_a_change_is_decided_once(proposal, writer):
    decline_proposal(proposal, writer, timezone.now())

    with pytest.raises(AlreadyDecided):
        accept_proposal(proposal, writer, timezone.now())


def test_reviewers_decide_nothing(proposal):
    with pytest.raises(PermissionDenied):
        accept_proposal(proposal, reviewer_user(), timezone.now())


def test_a_doi_that_another_study_has_is_not_accepted(study, writer, client):
    StudyFactory(doi="10.1000/taken")
    proposal = StudyProposal.objects.create(study=study, field="doi", theirs="10.1000/taken", source="pubmed")
    client.force_login(writer)

    response = client.post(*form_shown(client, proposal, "accept"), follow=True)

    proposal.refresh_from_db()
    assert "It was not accepted" in response.content.decode()
    assert proposal.state == "open"


def form_shown(client, proposal, decision, page="research_proposals", *args):
    """Return where the form of a proposal leads on a page, and what it brings when a button of it is pressed."""
    where = reverse("research_decide_proposal", args=[proposal.pk])
    form = BeautifulSoup(client.get(reverse(page, args=args)).content, "html.parser").select_one(f'[action="{where}"]')
    return where, {one["name"]: one["value"] for one in form.select("input")} | {"decision": decision}


def put_right_by_a_colleague(proposal):
    Study.objects.filter(pk=proposal.study_id).update(year=2017)


def said_otherwise_by_its_source(proposal):
    record = SourceRecord(Source.PUBMED, doi=proposal.study.doi, title=proposal.study.title)
    propose(proposal.study, {"year": 2016}, record)


@pytest.mark.parametrize("decision", ["accept", "decline"])
@pytest.mark.parametrize("happens", [put_right_by_a_colleague, said_otherwise_by_its_source])
@pytest.mark.parametrize("page", ["research_proposals", "research_study_record"])
def test_what_is_decided_is_what_was_shown(proposal, writer, client, decision, happens, page):
    client.force_login(writer)
    where, form = form_shown(client, proposal, decision, page, *([proposal.study_id] if "study" in page else []))
    happens(proposal)
    before = Study.objects.get(pk=proposal.study_id)

    response = client.post(where, form, follow=True)

    proposal.refresh_from_db()
    assert proposal.state == "open"
    assert Study.objects.get(pk=proposal.study_id).year == before.year
    words = text_of(response, ".messages")
    assert f"Year is now “{before.year}” here and “{proposal.theirs}” there." in words

    client.post(*form_shown(client, proposal, decision))

    proposal.refresh_from_db()
    assert proposal.state == ("accepted" if decision == "accept" else "declined")


@pytest.mark.parametrize("shown", [{}, {"shown": ""}, {"shown": "0" * 64}, {"shown": "\0"}])
def test_nothing_is_decided_by_a_form_that_showed_nothing(proposal, writer, client, shown):
    client.force_login(writer)

    client.post(reverse("research_decide_proposal", args=[proposal.pk]), {"decision": "accept"} | shown)

    proposal.refresh_from_db()
    assert proposal.state == "open"


def test_a_proposal_that_was_read_earlier_is_decided_as_it_was_read(proposal, writer):
    assert proposal.study.year == 2018
    said_otherwise_by_its_source(StudyProposal.objects.get(pk=proposal.pk))

    with pytest.raises(ProposalChanged):
        accept_proposal(proposal, writer, timezone.now())


def test_the_list_shows_ours_beside_theirs(proposal, writer, client):
    client.force_login(writer)

    page = text_of(client.get(reverse("research_proposals")))

    assert "Ours 2018 Theirs 2019" in page
    assert "PubMed" in page


@pytest.fixture
def other_date(study):
    """A proposal of the whole date; ours is a year."""
    Study.objects.filter(pk=study.pk).update(year=2020, month=None, day=None, date_as_given="2020")
    import_record(
        SourceRecord(Source.PUBMED, doi=study.doi, title=study.title, date=PartialDate(2019, 12, 15, "2019 Dec 15"))
    )
    return StudyProposal.objects.get(study=study)


def test_a_date_is_shown_and_accepted_whole(other_date, writer, client):
    client.force_login(writer)
    page = text_of(client.get(reverse("research_proposals")))
    assert "Date of A trial" in page
    assert "Ours 2020 Theirs 15 December 2019, given as “2019 Dec 15”" in page

    client.post(*form_shown(client, other_date, "accept"))

    study = Study.objects.get(pk=other_date.study_id)
    assert (study.year, study.month, study.day, study.date_as_given) == (2019, 12, 15, "2019 Dec 15")
    assert "Ours 2020 Theirs 15 December 2019" in text_of(client.get(reverse("research_proposals"))), "as it was then"


def test_a_declined_date_stays_declined(other_date, writer):
    decline_proposal(other_date, writer, timezone.now())

    for words in ("2019 Dec 15", "2019-12-15"):
        study = other_date.study
        date = PartialDate(2019, 12, 15, words)
        import_record(SourceRecord(Source.CROSSREF, doi=study.doi, title=study.title, date=date))

    assert Study.objects.get(pk=study.pk).date_words == "2020"
    assert StudyProposal.objects.count() == 1


# After a notice.


@pytest.fixture
def task(public_article):
    notice = StudyNotice.objects.create(
        study=public_article.study, kind=StudyNotice.Kind.RETRACTION, source="The journal"
    )
    return SourceTask.objects.create(notice=notice, article=public_article)


def test_withdrawing_takes_the_article_down_at_once(task, editor, client):
    decide_task(task, editor, "withdraw", "The result no longer holds.", timezone.now())

    task.refresh_from_db()
    assert client.get("/ms/fewer-relapses/").status_code == 410
    assert (task.decision, task.decided_by, task.reason) == ("withdraw", editor, "The result no longer holds.")
    assert is_settled(task)


@pytest.mark.parametrize("decision", ["rewrite", "keep"])
def test_a_kept_article_stays_with_its_banner_and_waits_for_a_signature(task, editor, client, decision):
    decide_task(task, editor, decision, "Readers should find it.", timezone.now())

    response = client.get("/ms/fewer-relapses/")
    assert "This study was retracted" in response.content.decode()
    assert not is_settled(SourceTask.objects.get())


def test_a_signature_made_after_the_notice_settles_it(task, editor, reviewer):
    decide_task(task, editor, "rewrite", "A note will do.", timezone.now())
    edit(task.article, title="Fewer relapses: what was retracted")

    publish(task.article, reviewer)

    assert is_settled(SourceTask.objects.get())


def test_keeping_the_same_words_needs_a_signature_too_and_takes_its_date(task, editor, reviewer):
    before = PublishedArticle.objects.get().reviewed_at
    decide_task(task, editor, "keep", "The banner says it all.", timezone.now())

    publish(task.article, reviewer)

    assert is_settled(SourceTask.objects.get())
    assert PublishedArticle.objects.get().reviewed_at > before


def test_a_decision_needs_a_reason_and_an_editor(task, editor, writer):
    with pytest.raises(ValidationError):
        decide_task(task, editor, "keep", "  ", timezone.now())
    with pytest.raises(ValidationError):
        decide_task(task, editor, "nothing", "Why not.", timezone.now())
    with pytest.raises(PermissionDenied):
        decide_task(task, writer, "keep", "Why not.", timezone.now())


def test_the_dashboard_and_the_screen_lead_an_editor_to_the_decision(task, editor, client):
    client.force_login(editor)
    address = reverse("research_source_task", args=[task.pk])

    assert address in client.get(reverse("wagtailadmin_home")).content.decode()
    assert "Say why." in client.post(address, {"decision": "keep", "reason": ""}).content.decode()
    client.post(address, {"decision": "keep", "reason": "Readers should find it."})

    page = text_of(client.get(address))
    assert "needs a signature made after the notice" in page
    assert address not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_a_writer_sees_no_decisions(task, writer, client):
    client.force_login(writer)

    assert client.get(reverse("research_source_task", args=[task.pk])).status_code in (302, 403)
