"""What no other test would miss: each of these fails when one comparison of the promise is taken out."""

from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.actions.publish_page_revision import PublishPageRevisionAction

from research.content.article import content_of
from research.models import AlsoCited, ArticlePage, PublishedArticle, PublishedText, Release
from research.publishing import planning
from research.publishing.carrying_out.runner import NotLive
from research.review.guard import NotPermitted
from tests.factories import (
    ArticlePageFactory,
    GlossaryTermFactory,
    StudyFactory,
    edit,
    publish,
    schedule,
    sign,
    sign_text_of,
)

pytestmark = pytest.mark.django_db

OTHER_WORDS = "Words that nobody signed."


def an_article(article):
    publish(article)
    row = PublishedArticle.objects.get()
    row.content = row.content.replace("Fewer people had a relapse.", OTHER_WORDS)
    return row


def a_shared_text(article):
    sign_text_of(GlossaryTermFactory())
    row = PublishedText.objects.get()
    row.values = {**row.values, "plain_words": OTHER_WORDS}
    return row


@pytest.mark.parametrize("make", [an_article, a_shared_text], ids=lambda make: make.__name__)
def test_other_words_under_a_signed_digest_are_not_written(article, make):
    """``guard_sealed`` compares the words with the digest, and does not only look for a signature of it."""
    row = make(article)
    assert OTHER_WORDS in row.sealed_words()

    with pytest.raises(NotPermitted):
        row.save()

    assert OTHER_WORDS not in type(row).objects.get().sealed_words()


@pytest.fixture
def two_sources(section):
    return ArticlePageFactory(
        parent=section,
        also_cited=[
            AlsoCited(study=StudyFactory(title="One"), sort_order=0),
            AlsoCited(study=StudyFactory(title="Two"), sort_order=1),
        ],
    )


def test_the_order_of_what_is_also_cited_is_signed(two_sources):
    sign(two_sources)
    draft = two_sources.get_latest_revision_as_object()
    first, second = draft.also_cited.all()
    first.sort_order, second.sort_order = 1, 0

    assert [cited.title for cited in content_of(draft).also_cited] == ["Two", "One"]
    with pytest.raises(NotPermitted):
        draft.save_revision().publish(skip_permission_checks=True)


def test_the_order_is_the_one_of_the_form_and_not_of_the_rows(two_sources):
    page = ArticlePage.objects.get(pk=two_sources.pk)
    page.also_cited = list(reversed(page.also_cited.all()))

    assert [cited.title for cited in content_of(page).also_cited] == ["One", "Two"]
    assert content_of(page).digest == content_of(ArticlePage.objects.get(pk=page.pk)).digest


def test_a_release_carries_out_only_the_words_it_was_planned_with(article, writer):
    """Both versions may go live by their signatures; the line on the ledger is of the first."""
    later = (timezone.now() + timedelta(hours=1)).replace(microsecond=0)
    edit(article, writer, go_live_at=later)
    release = schedule(article)
    newer = edit(article, writer, summary="Other words, signed too.")
    sign(article)
    Release.objects.filter(pk=release.pk).update(revision=newer.latest_revision_id)

    planning.run_due(later + timedelta(seconds=1))

    release.refresh_from_db()
    assert release.state == Release.State.HELD
    assert "changed after this release was planned" in release.reason
    assert not PublishedArticle.objects.exists()


def test_a_release_carries_out_the_revision_that_it_names_and_not_the_newest(article, writer):
    release = schedule(article)
    edit(article, writer, summary="A newer draft that nobody signed.")

    planning.run_due(timezone.now() + timedelta(seconds=1))

    release.refresh_from_db()
    assert release.state == Release.State.DONE
    row = ArticlePage.objects.get(pk=article.pk)
    assert row.live_revision_id == release.revision_id
    assert PublishedArticle.objects.get().summary == "Fewer people had a relapse."


def test_a_release_after_which_readers_have_nothing_is_not_done(article, monkeypatch):
    """Wagtail schedules instead of publishing where its clock is behind: that must not count as done."""
    release = schedule(article)
    monkeypatch.setattr(PublishPageRevisionAction, "execute", lambda *args, **kwargs: None)

    planning.run_due(timezone.now() + timedelta(seconds=1))

    release.refresh_from_db()
    assert release.state == Release.State.PLANNED
    assert release.attempts == 1
    assert NotLive.__name__ in release.reason
