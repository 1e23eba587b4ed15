"""What waits for whom: assigned reviews, retracted sources, reinstatements, embargoes and sections."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from research.models import AlsoCited, ArticlePage, Contribution, SignOff, StudyNotice
from research.publishing.public_row import refuse_to_change_section
from research.review.guard import NotPermitted, Reason, permit
from research.review.signing import MayNotSign
from tests.factories import (
    ANSWERS,
    ArticlePageFactory,
    StudyFactory,
    StudyNoticeFactory,
    TopicIndexPageFactory,
    approve,
    edit,
    publish,
    reviewer_user,
    sign,
    submit,
)

pytestmark = pytest.mark.django_db


# Assignment and answers


def test_what_was_given_to_one_reviewer_is_not_signed_by_another_without_a_word(article, writer, reviewer):
    given_to, state = reviewer_user(), submit(article, writer)
    state.assigned_to = given_to
    state.save()

    with pytest.raises(MayNotSign, match="was given to"):
        approve(state, reviewer)
    approve(state, reviewer, take_over="They are on leave.")

    assert "They are on leave." in SignOff.objects.get().comment
    assert OutboxMessage.objects.get(key__startswith="review-taken-over").payload["to"] == [given_to.email]


def test_the_screen_asks_for_the_word(client, article, writer, reviewer):
    state = submit(article, writer)
    state.assigned_to = reviewer_user(first_name="Ada")
    state.save()
    client.force_login(reviewer)

    text = client.get(reverse("research_review", args=[state.pk])).content.decode()

    assert "This review was given to Ada" in text


def test_all_items_answered_no_sign_nothing(article, writer, reviewer):
    no = {key: {"answer": "no", "note": "It is not."} for key in ANSWERS}

    with pytest.raises(ValidationError, match="nothing to sign"):
        approve(submit(article, writer), reviewer, answers=no)

    assert not SignOff.objects.exists()


# Notices, embargoes, sections


def test_a_retracted_study_that_is_also_cited_holds_a_release(section, reviewer):
    cited = StudyFactory(title="An earlier trial")
    page = ArticlePageFactory(parent=section, also_cited=[AlsoCited(study=cited)])
    sign(page, reviewer)
    StudyNoticeFactory(study=cited, kind="retraction")

    with pytest.raises(NotPermitted, match="An earlier trial") as refused:
        permit(ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object())

    assert [refusal.reason for refusal in refused.value.refusals] == [Reason.RETRACTED]


def test_a_refusal_says_all_that_holds_one_after_the_other(article):
    article.embargo_until = timezone.now() + timedelta(days=1)

    with pytest.raises(NotPermitted) as refused:
        permit(article)

    unsigned, embargo = (refusal.words for refusal in refused.value.refusals)
    assert str(refused.value) == f"{unsigned} {embargo}"
    assert (unsigned[:19], embargo[:19]) == ("No medical reviewer", "Under embargo until")


def test_signed_in_knowledge_of_the_retraction_it_goes_live(section, reviewer):
    cited = StudyFactory()
    page = ArticlePageFactory(parent=section, also_cited=[AlsoCited(study=cited)])
    notice = StudyNoticeFactory(study=cited, kind="retraction")

    publish(page, reviewer)

    assert SignOff.objects.get().notices_considered == [str(notice.uuid)]


def record_notice(client, study, **changes):
    given = {"study": study.pk, "kind": "reinstatement", "source": "The journal", "link": "https://example.org/back"}
    return client.post(reverse("research_studynotice_modeladmin_create"), given | changes)


def test_an_editor_does_not_reinstate_a_study_by_hand(client, article, editor):
    client.force_login(editor)

    response = record_notice(client, article.study)

    assert "Only a medical reviewer" in response.content.decode()
    assert not StudyNotice.objects.exists()


@pytest.mark.parametrize(("link", "made"), [("https://example.org/back", 1), ("", 0)])
def test_a_medical_reviewer_reinstates_with_a_link_only(client, article, reviewer, link, made):
    client.force_login(reviewer)

    record_notice(client, article.study, link=link)

    assert StudyNotice.objects.filter(recorded_by=reviewer).count() == made


def test_no_way_in_code_reinstates_for_an_editor(article, editor):
    with pytest.raises(ValidationError, match="Only a medical reviewer"):
        StudyNoticeFactory(study=article.study, kind="reinstatement", recorded_by=editor, link="https://example.org/")


@pytest.mark.parametrize("until", [None, "earlier"])
def test_a_writer_does_not_lift_an_embargo(article, writer, editor, until):
    later = timezone.now().replace(microsecond=0) + timedelta(days=3)
    edit(article, writer, embargo_until=later, embargo_source="The journal")
    changed = {"embargo_until": until and later - timedelta(days=1)}

    with pytest.raises(PermissionDenied, match="only an editor"):
        edit(article, writer, **changed)

    assert edit(article, editor, **changed).embargo_until == changed["embargo_until"]


def test_the_embargo_of_an_older_article_keeps_no_writer_from_this_one(article, section, writer):
    edit(article, embargo_until=timezone.now() + timedelta(days=1))
    newer = ArticlePageFactory(parent=section, slug="newer")

    assert edit(newer, writer, title="Newer words").embargo_until is None


def test_a_public_article_is_not_moved_to_another_condition(public_article, editor):
    other = TopicIndexPageFactory(slug="als", title="ALS")

    with pytest.raises(PermissionDenied, match="signed again there"):
        public_article.move(other, pos="last-child")

    assert ArticlePage.objects.get(pk=public_article.pk).get_parent().pk != other.pk
    with pytest.raises(PermissionDenied):
        refuse_to_change_section(public_article)


def test_moved_while_it_is_down_it_needs_a_new_signature(public_article, section):
    public_article.unpublish()
    other = TopicIndexPageFactory(slug="als", title="ALS")
    ArticlePage.objects.get(pk=public_article.pk).move(other, pos="last-child")

    moved = ArticlePage.objects.get(pk=public_article.pk).get_latest_revision_as_object()

    with pytest.raises(NotPermitted):
        permit(moved)
    assert Contribution.objects.filter(subject_uuid=moved.subject_uuid).exists()
