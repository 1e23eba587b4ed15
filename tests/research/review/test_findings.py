from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from research.content.article import content_of
from research.models import FindingDismissal, StudyNotice
from research.review.claims.texts import source_texts
from research.review.findings import dismiss, facts_of, findings_for, reopen, standing_dismissals
from tests.factories.content import GlossaryTermFactory
from tests.factories.people import UserFactory
from tests.factories.references import StudyFactory, StudyNoticeFactory
from tests.factories.ways import submit


@pytest.fixture
def risky(article, writer):
    """The article with a title that two checks speak up at."""
    article.title = "A miracle for 621 people"
    article.study.abstract = [["RESULTS", "Fatigue improved in 612 people."]]
    article.study.save()
    article.save_revision(user=writer)
    return article.get_latest_revision_as_object()


def found(page):
    return findings_for(page, content_of(page), now=timezone.now())


def at_title(page, rule):
    lines = [line for line in found(page)["open_findings"] if line.finding.key.startswith(f"{rule}:")]
    return next(line.finding for line in lines if line.finding.sentence == page.title)


def test_the_findings_of_a_draft_stand_with_the_stored_source(risky):
    assert at_title(risky, "number_not_in_source").words == ("621",)
    assert at_title(risky, "hype").words == ("miracle",)
    assert found(risky)["is_source_stored"]


def test_a_dismissed_finding_is_kept_with_its_reason(risky, writer):
    finding = at_title(risky, "hype")

    assert dismiss(risky.subject_uuid, finding, reason="It is the drug's name.", user=writer)

    (line,) = found(risky)["dismissed_findings"]
    assert (line.finding.key, line.dismissal.reason) == (finding.key, "It is the drug's name.")


def test_an_edit_of_another_sentence_keeps_it_and_of_this_one_asks_again(risky, writer):
    dismiss(risky.subject_uuid, at_title(risky, "hype"), reason="A name.", user=writer)

    risky.summary = "Quite another summary."
    assert len(found(risky)["dismissed_findings"]) == 1

    risky.title = "A miracle for 612 people"
    assert found(risky)["dismissed_findings"] == []
    assert at_title(risky, "hype")


def test_the_first_reason_stays(risky, writer):
    finding = at_title(risky, "hype")

    assert dismiss(risky.subject_uuid, finding, reason="First.", user=writer)
    assert not dismiss(risky.subject_uuid, finding, reason="Second.", user=writer)

    assert [row.reason for row in standing_dismissals(risky.subject_uuid)] == ["First."]


def test_a_finding_can_be_opened_again_and_what_was_said_is_kept(risky, writer):
    finding = at_title(risky, "hype")
    dismiss(risky.subject_uuid, finding, reason="First.", user=writer)

    assert reopen(risky.subject_uuid, finding.key, now=timezone.now())
    assert not reopen(risky.subject_uuid, finding.key, now=timezone.now())

    assert at_title(risky, "hype") == finding
    assert FindingDismissal.objects.get().withdrawn_at is not None


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="races need row locks of a server")
@pytest.mark.django_db(transaction=True)
def test_of_eight_people_at_once_one_reason_stands(risky, writer):
    finding = at_title(risky, "hype")

    def say(number):
        try:
            return dismiss(risky.subject_uuid, finding, reason=f"Reason {number}.", user=writer)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as people:
        said = list(people.map(say, range(8)))

    assert sum(said) == 1
    assert len(standing_dismissals(risky.subject_uuid)) == 1


def test_facts_hold_texts_terms_and_only_the_notices_that_stand(db):
    study = StudyFactory(
        abstract=[["METHODS", "We did."], ["", "We found."]],
        lay_summary="In plain words.",
        mesh_terms=[{"name": "Animals"}],
    )
    StudyNoticeFactory(study=study, kind=StudyNotice.Kind.RETRACTION, date="2024-01-01")
    StudyNoticeFactory(study=study, kind=StudyNotice.Kind.REINSTATEMENT, date="2025-01-01")

    facts = facts_of(study)

    assert [text.kind for text in facts.texts] == ["abstract", "lay_summary"]
    assert facts.texts[0].label_at(0) == "METHODS"
    assert facts.mesh_terms == ("Animals",)
    assert [kind for kind, _ in facts.notices] == ["reinstatement"]


def test_a_study_without_texts_has_no_sources(db):
    assert source_texts(StudyFactory()) == []
    assert facts_of(None).texts == ()


def test_the_glossary_and_the_sections_short_name_are_explained(risky):
    GlossaryTermFactory(term="Remyelination", synonyms="EDSS")
    risky.title = "Remyelination and EDSS in MS"

    words = [word for line in (*found(risky)["open_findings"], *found(risky)["hints"]) for word in line.finding.words]

    assert not {"Remyelination", "EDSS", "MS"} & set(words)


def test_the_number_of_statements_does_not_grow_with_the_findings(risky, django_assert_max_num_queries):
    content = content_of(risky)

    with django_assert_max_num_queries(12):
        findings_for(risky, content, now=timezone.now())


class TestScreens:
    def address(self, page, rule="hype"):
        return reverse("research_dismiss_finding", args=[page.pk, at_title(page, rule).key])

    def test_the_editor_shows_the_findings(self, client, risky, writer):
        client.force_login(writer)

        answer = client.get(reverse("wagtailadmin_pages:edit", args=[risky.pk]))

        assert "is not the source&#x27;s word" in answer.content.decode()
        assert self.address(risky) in answer.content.decode()

    def test_a_reason_is_asked_for_and_kept(self, client, risky, writer):
        client.force_login(writer)
        address = self.address(risky)

        asked = client.get(address)
        client.post(address, {"reason": "It is the drug's name."})

        assert "A miracle for 621 people" in asked.content.decode()
        (row,) = standing_dismissals(risky.subject_uuid)
        assert (row.reason, row.user) == ("It is the drug's name.", writer)

    @pytest.mark.parametrize("reason", ["", "   ", "…", "x" * 301])
    def test_a_reason_without_a_word_or_too_long_is_refused_and_not_lost(self, client, risky, writer, reason):
        client.force_login(writer)

        answer = client.post(self.address(risky), {"reason": reason})

        assert answer.status_code == 400
        assert standing_dismissals(risky.subject_uuid) == []
        assert reason.strip() in answer.content.decode()

    def test_a_reviewer_may_say_so_and_open_it_again(self, client, risky, reviewer):
        client.force_login(reviewer)
        address = self.address(risky)
        client.post(address, {"reason": "A name."})

        shown = client.get(address)
        client.post(f"{address}reopen/")

        assert "Open it again" in shown.content.decode()
        assert standing_dismissals(risky.subject_uuid) == []

    def test_who_may_not_edit_may_not_say_so(self, client, risky):
        client.force_login(UserFactory())

        for answer in (client.get(self.address(risky)), client.post(self.address(risky), {"reason": "No."})):
            assert answer.status_code in (302, 403)
        assert standing_dismissals(risky.subject_uuid) == []

    def test_a_finding_that_is_gone_is_said_so(self, client, risky, writer):
        client.force_login(writer)

        answer = client.get(reverse("research_dismiss_finding", args=[risky.pk, "hype:0000"]), follow=True)

        assert "no longer there" in answer.content.decode()

    @pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "javascript:alert(1)"])
    def test_it_leads_back_to_this_site_only(self, client, risky, writer, elsewhere):
        client.force_login(writer)

        answer = client.post(self.address(risky), {"reason": "A name.", "next": elsewhere})

        assert answer.headers["Location"] == reverse("wagtailadmin_pages:edit", args=[risky.pk])

    def test_the_review_screen_shows_the_findings_of_the_words_under_review(self, client, risky, writer, reviewer):
        state = submit(risky, writer)
        client.force_login(reviewer)

        answer = client.get(reverse("research_review", args=[state.pk]))

        assert "What the checks found" in answer.content.decode()
        assert self.address(risky) in answer.content.decode()
