"""A release leaves behind what Wagtail leaves when it publishes: on the page, its revisions and in its history."""

import pytest
import time_machine
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.models import Comment, Page, PageLogEntry
from wagtail.signals import page_slug_changed

from common.models.pages import stored_as
from research.models import ArticlePage
from research.publishing.carrying_out.runner import run_due
from tests.factories import ArticlePageFactory, edit, publish, schedule, sign
from tests.research.publishing.ledger.moments import NOON as NOW

pytestmark = pytest.mark.django_db

OF_A_LINE = ("action", "label", "data", "content_changed", "deleted", "content_type_id", "user_id", "uuid")


@pytest.fixture(autouse=True)
def _at_one_moment():
    with time_machine.travel(NOW, tick=False):
        yield


def stored(page):
    return ArticlePage.objects.get(pk=page.pk)


def history(page):
    lines = PageLogEntry.objects.filter(page=page.pk, action__in=("wagtail.publish", "wagtail.rename"))
    return [
        {**{name: getattr(line, name) for name in OF_A_LINE}, "of": line.revision_id} for line in lines.order_by("pk")
    ]


def release(page, reviewer):
    schedule(stored(page), reviewer)
    assert run_due(NOW) == 1


def by_wagtail(page, reviewer):
    """Publish the newest words as Wagtail does; the guard lets them pass."""
    revision = stored(page).get_latest_revision()
    sign(stored(page), reviewer)
    PublishPageRevisionAction(revision, user=None).execute(skip_permission_checks=True)


@pytest.mark.parametrize("titles", [("One title",), ("One title", "One title"), ("One title", "Another title")])
def test_the_history_has_the_lines_that_wagtail_writes(section, reviewer, titles):
    ours, wagtails = (ArticlePageFactory(parent=section, slug=slug, title="Draft") for slug in ("ours", "wagtails"))
    for number, title in enumerate(titles):
        for page, act in ((ours, release), (wagtails, by_wagtail)):
            edit(stored(page), title=title, summary=f"Summary {number}.")
            act(page, reviewer)

    lines, expected = history(ours), history(wagtails)
    numbered = [[line.pop("of") for line in some] for some in (lines, expected)]
    assert lines == expected
    for page, of in zip((ours, wagtails), numbered, strict=True):
        assert set(of) <= set(page.revisions.values_list("pk", flat=True))
    assert stored(ours).live_revision_id == numbered[0][-1]


@pytest.mark.parametrize("is_newer", [True, False])
def test_the_page_says_whether_there_are_newer_words(article, reviewer, is_newer):
    schedule(article, reviewer)
    if is_newer:
        stored(article).save_revision()

    assert run_due(NOW) == 1

    page = stored(article)
    assert (page.live, page.has_unpublished_changes) == (True, is_newer)
    assert page.first_published_at == page.last_published_at == NOW


def test_no_revision_stays_scheduled(article, reviewer):
    publish(article, reviewer)
    edit(stored(article), summary="Newer words.")

    release(article, reviewer)

    assert not article.revisions.filter(approved_go_live_at__isnull=False).exists()


def test_who_asked_for_the_release_stands_in_the_history(article, reviewer, editor):
    planned = schedule(article, reviewer)
    type(planned).objects.filter(pk=planned.pk).update(requested_by=editor)

    assert run_due(NOW) == 1

    assert [line["user_id"] for line in history(article)] == [editor.pk]


def comments_on(page, user):
    """Put two comments on a draft, one of them resolved, which is stored with the places that they have in it."""
    draft = stored(page).get_latest_revision_as_object()
    draft.wagtail_admin_comments = [
        Comment(user=user, text=text, contentpath="title", position=f"place of {text}") for text in ("open", "settled")
    ]
    draft.save()
    Comment.objects.filter(page=page.pk, text="settled").update(resolved_at=NOW)
    stored(page).save_revision()
    Comment.objects.filter(page=page.pk).update(position="moved since")


def test_comments_are_left_as_wagtail_leaves_them(section, reviewer, writer):
    ours, wagtails = (ArticlePageFactory(parent=section, slug=slug) for slug in ("ours", "wagtails"))
    for page, act in ((ours, release), (wagtails, by_wagtail)):
        comments_on(page, writer)
        act(page, reviewer)

    left = [
        list(Comment.objects.filter(page=page.pk).order_by("text").values_list("text", "position", "resolved_at"))
        for page in (ours, wagtails)
    ]
    assert left[0] == left[1] == [("open", "moved since", None)]


def test_a_new_address_is_told_as_wagtail_tells_it(section, reviewer, django_capture_on_commit_callbacks):
    article = publish(ArticlePageFactory(parent=section, slug="before"), reviewer)
    edit(article, slug="after")
    told = []

    def hears(sender, instance, instance_before, **kwargs):
        told.append((instance_before.slug, instance.slug))

    page_slug_changed.connect(hears)
    with django_capture_on_commit_callbacks(execute=True):
        release(article, reviewer)
    page_slug_changed.disconnect(hears)

    assert told == [("before", "after")]
    assert stored(article).url_path.endswith("/after/")


def test_a_row_that_was_read_already_is_compared_with_once(article):
    known = stored(article)

    with stored_as(known):
        assert ArticlePage.objects.get(id=article.pk) is known
        assert ArticlePage.objects.get(id=article.pk) is not known
    assert ArticlePage.objects.get(id=article.pk) is not known


def test_the_row_of_one_page_is_not_that_of_another(section, article):
    other, known = ArticlePageFactory(parent=section), stored(article)

    with stored_as(known):
        assert ArticlePage.objects.get(id=other.pk) == other
        assert Page.objects.get(id=article.pk) is not known
        assert ArticlePage.objects.get(id=article.pk) is known
