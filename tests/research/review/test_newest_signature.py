"""The newest signature counts: what was countersigned later bars what was countersigned before."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from research.models import ArticlePage, PublishedArticle, PublishedText, Release, SignOff
from research.publishing import planning
from research.publishing.public_row import revoke
from research.review.guard import NotPermitted, Reason, permit
from tests.factories import GlossaryTermFactory, edit, publish, reviewer_user, schedule, sign, sign_text_of, unpublish

pytestmark = pytest.mark.django_db

TOO_MUCH, RIGHT = "Take 100 mg a day.", "Take 10 mg a day."


@pytest.fixture
def corrected(article, writer):
    """An article whose wrong dose was public, and was corrected."""
    edit(article, writer, summary=TOO_MUCH)
    publish(article)
    edit(article, writer, summary=RIGHT)
    return publish(article)


def reasons_for(page):
    with pytest.raises(NotPermitted) as refused:
        permit(page)
    return [refusal.reason for refusal in refused.value.refusals]


def back_to_the_wrong_dose(article, writer):
    return edit(article, writer, summary=TOO_MUCH)


def test_a_correction_is_not_undone_by_going_back_to_an_older_version(corrected, writer):
    draft = back_to_the_wrong_dose(corrected, writer)

    assert SignOff.objects.standing(draft.subject_uuid, SignOff.objects.order_by("sequence").first().digest)
    assert reasons_for(draft) == [Reason.SUPERSEDED]
    with pytest.raises(NotPermitted):
        draft.get_latest_revision().publish(skip_permission_checks=True)
    assert PublishedArticle.objects.get().summary == RIGHT


def test_no_release_of_older_words_is_planned_or_carried_out(corrected, writer):
    back_to_the_wrong_dose(corrected, writer)
    revision = ArticlePage.objects.get(pk=corrected.pk).get_latest_revision()
    first = SignOff.objects.order_by("sequence").first()

    with pytest.raises(NotPermitted):
        planning.plan_release(revision, digest=first.digest)

    assert PublishedArticle.objects.get().summary == RIGHT


def test_revoking_the_newer_signature_revives_nothing(corrected, writer, reviewer):
    revoke(SignOff.objects.latest_for(corrected.subject_uuid), reviewer, "Wrong again.")

    draft = back_to_the_wrong_dose(corrected, writer)

    assert reasons_for(draft) == [Reason.SUPERSEDED]
    assert not PublishedArticle.objects.filter(withdrawn_at__isnull=True).exists()


def test_older_words_go_live_again_with_a_signature_of_their_own(corrected, writer):
    back_to_the_wrong_dose(corrected, writer)

    publish(corrected)

    assert PublishedArticle.objects.get().summary == TOO_MUCH


def test_what_is_live_stays_until_the_newer_words_go_live(article, writer):
    publish(article)
    later = timezone.now() + timedelta(days=1)
    edit(article, writer, summary=RIGHT, embargo_until=later, embargo_source="The journal")
    schedule(article)

    page = ArticlePage.objects.get(pk=article.pk)
    page.save()
    assert PublishedArticle.objects.get(withdrawn_at__isnull=True).summary != RIGHT
    planning.run_due(later + timedelta(seconds=1))
    assert PublishedArticle.objects.get(withdrawn_at__isnull=True).summary != ""


def test_what_was_taken_down_does_not_come_back_once_newer_words_are_signed(article, writer):
    public = publish(article)
    unpublish(public)
    edit(article, writer, summary=RIGHT)
    sign(article)

    page = ArticlePage.objects.get(pk=article.pk)
    page.live = True
    with pytest.raises(PermissionDenied):
        page.save()

    assert not PublishedArticle.objects.filter(withdrawn_at__isnull=True).exists()


def test_a_scheduled_release_of_older_words_is_held(article, writer):
    later = (timezone.now() + timedelta(hours=1)).replace(microsecond=0)
    edit(article, writer, go_live_at=later)
    release = schedule(article)
    edit(article, writer, summary=RIGHT)
    sign(article, reviewer_user())

    planning.run_due(later + timedelta(seconds=1))

    release.refresh_from_db()
    assert release.state == Release.State.HELD
    assert "Newer words" in release.reason


def test_older_words_of_a_shared_text_are_not_written_back(reviewer):
    term = GlossaryTermFactory(plain_words="Old words.")
    sign_text_of(term)
    old = PublishedText.objects.get()
    term.plain_words = "New words."
    term.save()
    sign_text_of(term)

    with pytest.raises(NotPermitted):
        old.save()

    assert PublishedText.objects.get().value("plain_words") == "New words."
