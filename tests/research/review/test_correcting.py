"""A live article is corrected: readers keep the signed words until the new ones are signed."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, PageLogEntry

from research.content import article as content_module
from research.content.article import content_of
from research.models import ArticlePage, PublishedArticle, RelatedPick, Release, SignOff
from research.publishing import planning
from tests.factories import (
    ArticlePageFactory,
    TopicFactory,
    approve,
    edit,
    publish,
    reviewer_user,
    sign,
    submit,
    unpublish,
)
from tests.research.doors.forms import editor_post

pytestmark = pytest.mark.django_db

ADDRESS = "/ms/fewer-relapses/"


def read(address=ADDRESS):
    """Return what a reader gets."""
    return Client().get(address).content.decode()


def fresh(page):
    return ArticlePage.objects.get(pk=page.pk)


def press(user, article, button, **values):
    """Press a button of the editor with the draft's form; return the response."""
    browser = Client()
    browser.force_login(user)
    draft = fresh(article).get_latest_revision_as_object()
    data = editor_post(draft, **({f"action-{button}": f"action-{button}"} if button else {}))
    data |= _ids_of_children(draft) | values
    return browser.post(reverse("wagtailadmin_pages:edit", args=[article.pk]), data, follow=True)


def _ids_of_children(draft):
    """Say in the form which of its rows are there already, as the browser does."""
    ids = {}
    for name in ("appraisals", "authors", "also_cited"):
        rows = list(getattr(draft, name).all())
        ids[f"{name}-INITIAL_FORMS"] = str(len(rows))
        ids |= {f"{name}-{number}-id": str(row.pk) for number, row in enumerate(rows)}
    return ids


def approve_at_once(review, reviewer, capture):
    """Countersign as the review screen does; what waits for the commit is carried out."""
    with capture(execute=True):
        approve(review, reviewer)


@pytest.fixture
def second_reviewer(db):
    return reviewer_user(first_name="Second")


def test_readers_keep_the_signed_words_through_edit_review_and_send_back(public_article, writer, reviewer):
    seen = []

    edit(public_article, writer, title="Relapses, corrected", summary="A corrected number.")
    seen.append(read())
    review = submit(public_article, writer)
    seen.append(read())
    review.reject(user=reviewer, comment="Say how many.")
    seen.append(read())
    edit(public_article, writer, summary="A corrected number, said.")
    seen.append(read())

    for page in seen:
        assert "Fewer relapses" in page
        assert "corrected" not in page


def test_the_new_words_replace_the_old_when_they_are_signed(
    public_article, writer, second_reviewer, django_capture_on_commit_callbacks
):
    edit(public_article, writer, title="Relapses, corrected")
    review = submit(public_article, writer)
    assert "Fewer relapses" in read()

    approve_at_once(review, second_reviewer, django_capture_on_commit_callbacks)

    assert "Relapses, corrected" in read()
    row = PublishedArticle.objects.get()
    assert row.title == fresh(public_article).title == "Relapses, corrected"
    assert row.digest == content_of(fresh(public_article)).digest


def test_the_words_of_a_page_and_its_card_change_in_one_statement(public_article, writer):
    edit(public_article, writer, title="Relapses, corrected", summary="Corrected.")

    with CaptureQueriesContext(connection) as captured:
        publish(public_article)

    updates = [
        q["sql"]
        for q in captured
        if q["sql"].startswith('UPDATE "research_publishedarticle"') and '"content"' in q["sql"]
    ]
    assert len(updates) == 1
    assert '"title"' in updates[0]


def test_the_first_publication_keeps_its_date(public_article, writer):
    before = PublishedArticle.objects.get()

    edit(public_article, writer, title="Relapses, corrected")
    publish(public_article)

    after = PublishedArticle.objects.get()
    assert after.published_at == before.published_at
    assert after.updated_at > before.updated_at


def test_reviewer_and_date_are_those_of_what_is_live(public_article, writer, reviewer, second_reviewer):
    edit(public_article, writer, title="A draft with a later signature")
    later = sign(public_article, second_reviewer)

    page = read()

    assert reviewer.person.name in page
    assert second_reviewer.person.name not in page
    assert PublishedArticle.objects.get().sign_off_id < later.sequence


def test_reviewer_and_date_change_with_the_words(public_article, writer, second_reviewer):
    edit(public_article, writer, title="Relapses, corrected")
    publish(public_article, second_reviewer)

    assert second_reviewer.person.name in read()


def test_a_save_without_a_change_keeps_the_approval(public_article, editor):
    press(editor, public_article, "")
    response = press(editor, public_article, "publish")

    assert "has been published" in response.content.decode()
    assert fresh(public_article).live
    assert "Fewer relapses" in read()
    assert SignOff.objects.count() == 1


def test_a_save_without_a_change_keeps_an_approval_that_is_not_live_yet(article, reviewer, editor):
    sign(article, reviewer)

    press(editor, article, "")
    response = press(editor, article, "publish")

    assert "has been published" in response.content.decode()
    assert "Fewer relapses" in read()


def test_an_editor_changes_topics_without_a_new_signature(public_article, editor):
    topic = TopicFactory(name="Vitamin D")

    press(editor, public_article, "publish", topics=[str(topic.pk)])

    assert "Vitamin D" in read()
    assert "Fewer relapses" in read("/ms/topics/vitamin-d/")
    assert SignOff.objects.count() == 1


def test_an_editor_changes_the_address_without_a_new_signature(public_article, editor):
    press(editor, public_article, "publish", slug="relapses")

    assert "Fewer relapses" in read("/ms/relapses/")


def test_picks_and_artwork_change_without_a_new_signature(public_article, section, editor):
    picked = publish(ArticlePageFactory(parent=section, title="Picked by hand", topics=[]))
    draft = fresh(public_article).get_latest_revision_as_object()
    draft.related_picks = [RelatedPick(article=picked)]
    draft.artwork = "waves"
    draft.save_revision(user=editor).publish(user=editor)

    row = PublishedArticle.objects.get(page_id=public_article.pk)
    assert row.related_ids == [picked.pk]
    assert "Picked by hand" in read()


def test_a_changed_word_is_not_published_with_the_filing(public_article, editor):
    response = press(editor, public_article, "publish", title="Far fewer relapses")

    assert "Fewer relapses" in read()
    assert "Far fewer relapses" not in read()
    assert "No medical reviewer has countersigned exactly these words." in response.content.decode()
    assert fresh(public_article).get_latest_revision_as_object().title == "Far fewer relapses"


def test_taking_down_is_immediate_and_logged(public_article, editor):
    browser = Client()
    browser.force_login(editor)

    browser.post(reverse("wagtailadmin_pages:unpublish", args=[public_article.pk]), follow=True)

    response = Client().get(ADDRESS)
    assert response.status_code == 410
    assert "Fewer relapses" not in response.content.decode()
    entry = PageLogEntry.objects.get(page=public_article.pk, action="wagtail.unpublish")
    assert entry.user == editor


def test_taking_down_during_a_review_of_the_correction_works(public_article, writer, editor):
    edit(public_article, writer, title="Relapses, corrected")
    submit(public_article, writer)
    browser = Client()
    browser.force_login(editor)

    browser.post(reverse("wagtailadmin_pages:unpublish", args=[public_article.pk]), follow=True)

    assert Client().get(ADDRESS).status_code == 410


def test_a_withdrawn_article_answers_in_fixed_words(public_article):
    unpublish(public_article)

    response = Client().get(ADDRESS)

    assert response.status_code == 410
    assert "This article was withdrawn" in response.content.decode()
    assert "noindex" in response.content.decode()
    for word in (public_article.title, public_article.summary, "Park"):
        assert word not in response.content.decode()


def test_a_withdrawn_article_is_on_no_list(public_article):
    unpublish(public_article)

    for address in ("/", "/ms/", "/search/?q=relapses"):
        assert "Fewer relapses" not in read(address)


def delete_in_admin(browser, page):
    return browser.post(reverse("wagtailadmin_pages:delete", args=[page.pk]), follow=True)


def delete_in_bulk(browser, page):
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
    return browser.post(f"{address}?id={page.pk}", follow=True)


@pytest.mark.parametrize("delete", [delete_in_admin, delete_in_bulk])
@pytest.mark.parametrize("of", ["article", "section"])
@pytest.mark.parametrize("is_live", [True, False])
def test_what_was_ever_public_is_not_deleted_and_says_so(public_article, section, admin, delete, of, is_live):
    if not is_live:
        unpublish(public_article)
    browser = Client()
    browser.force_login(admin)

    response = delete(browser, public_article if of == "article" else section)

    assert "its record is kept. Take it down instead" in response.content.decode()
    assert Page.objects.filter(pk=public_article.pk).exists()
    assert PublishedArticle.objects.count() == 1


@pytest.mark.parametrize("delete", [delete_in_admin, delete_in_bulk])
def test_a_draft_that_was_never_public_is_deleted(article, admin, delete):
    browser = Client()
    browser.force_login(admin)

    delete(browser, article)

    assert not ArticlePage.objects.exists()


def test_deleting_in_code_is_refused_too(public_article, section):
    with pytest.raises(PermissionDenied, match="its record is kept"):
        fresh(public_article).delete()

    assert fresh(public_article).live


def test_a_public_view_compares_nothing_and_writes_nothing(public_article, monkeypatch):
    """It reads the sealed text: a digest of anything would be a comparison."""

    def compared(*args):
        raise AssertionError("a public view computed a digest")

    read()
    monkeypatch.setattr(content_module, "digest_of", compared)
    monkeypatch.setattr("research.review.guard.content_of", compared)
    monkeypatch.setattr("research.reading.drafts.content_of", compared)
    with CaptureQueriesContext(connection) as captured:
        response = Client().get(ADDRESS)

    assert response.status_code == 200
    verbs = {query["sql"].lstrip("(").split()[0] for query in captured}
    assert verbs == {"SELECT"}
    tables = " ".join(query["sql"] for query in captured)
    assert '"research_articlepage"' not in tables
    assert "wagtailcore_revision" not in tables


def test_a_correction_with_a_time_goes_live_at_that_time(public_article, writer, second_reviewer):
    later = timezone.now() + timedelta(hours=2)
    edit(public_article, writer, title="Relapses, corrected", go_live_at=later)
    line = sign(public_article, second_reviewer)
    release = planning.plan_release(fresh(public_article).get_latest_revision(), digest=line.digest)

    planning.run_due(timezone.now())
    assert "Relapses, corrected" not in read()

    with time_machine.travel(later):
        planning.run_due(timezone.now())
    release.refresh_from_db()
    assert release.state == Release.State.DONE, release.reason
    assert "Relapses, corrected" in read()
