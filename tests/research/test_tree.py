"""Where a page stands only the tree says: no save of a page that was read earlier changes it."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from bs4 import BeautifulSoup
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from wagtail import hooks
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.models import Page, Revision, Workflow, WorkflowState

from common import saving, tree
from common.editing import current_saving
from research.models import ArticlePage, TopicIndexPage
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, admin_user
from tests.research.doors.forms import editor_post

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(section):
    return TopicIndexPageFactory(parent=section.get_parent(), title="Other", slug="other")


def moved(page, target):
    Page.objects.get(pk=page.pk).move(Page.objects.get(pk=target.pk), pos="last-child")


def is_whole():
    return not any(Page.find_problems())


def posted(draft):
    """Return the form of a draft whose rows below it are stored."""
    data = editor_post(draft)
    for name in ("appraisals", "authors", "also_cited"):
        rows = list(getattr(draft, name).all())
        data[f"{name}-INITIAL_FORMS"] = str(len(rows))
        data |= {f"{name}-{number}-id": str(row.pk or "") for number, row in enumerate(rows)}
    return data


def test_a_form_saves_a_draft_where_it_was_moved_meanwhile(section, other, writer):
    article = ArticlePageFactory(parent=section, by=writer)
    data = posted(article.get_latest_revision_as_object())
    browser = Client()
    browser.force_login(writer)

    with hooks.register_temporarily("before_edit_page", lambda request, page: moved(page, other)):
        browser.post(reverse("wagtailadmin_pages:edit", args=[article.pk]), data | {"title": "Saved"})

    stored = ArticlePage.objects.get(pk=article.pk)
    assert stored.get_parent().pk == other.pk
    assert stored.url_path == f"{other.url_path}{stored.slug}/"
    assert stored.get_latest_revision_as_object().title == "Saved"
    assert is_whole()


def test_a_section_that_was_read_earlier_keeps_what_was_put_into_it(section, other):
    early = TopicIndexPage.objects.get(pk=section.pk)
    articles = [ArticlePageFactory(parent=section) for _ in range(2)]
    moved(articles[0], other)
    early.title = "Renamed"
    early.save()
    early.save_revision().publish()

    assert is_whole()
    assert TopicIndexPage.objects.get(pk=section.pk).title == "Renamed"


def test_a_new_slug_stands_below_the_new_place(section, other):
    early = ArticlePageFactory(parent=section, slug="one")
    moved(early, other)
    early.slug = "two"
    early.save()

    assert ArticlePage.objects.get(pk=early.pk).url_path == f"{other.url_path}two/"
    assert is_whole()


def test_a_page_that_was_deleted_meanwhile_is_not_saved(section):
    early = ArticlePageFactory(parent=section)
    ArticlePage.objects.get(pk=early.pk).delete()

    with pytest.raises(ArticlePage.DoesNotExist):
        early.save()
    assert is_whole()


def test_the_words_of_who_wrote_on_are_kept_where_the_page_was_deleted(section, writer):
    article = ArticlePageFactory(parent=section, by=writer)
    address = reverse("wagtailadmin_pages:edit", args=[article.pk])
    data = posted(article.get_latest_revision_as_object()) | {"summary": "What took an hour to write."}
    ArticlePage.objects.get(pk=article.pk).delete()
    browser = Client()
    browser.force_login(writer)

    answer = browser.post(address, data)
    assert answer.status_code == 404
    assert "this page was deleted while you wrote" in answer.content.decode()
    assert "What took an hour to write." in answer.content.decode()

    by_itself = browser.post(address, data, headers={"accept": "application/json"})
    assert by_itself.json()["error_message"] == "The page was deleted meanwhile. Nothing was saved."


@pytest.mark.django_db(transaction=True)
def test_so_are_they_where_it_is_deleted_at_the_same_moment(section, writer):
    article = ArticlePageFactory(parent=section, by=writer)
    data = posted(article.get_latest_revision_as_object()) | {"summary": "What took an hour to write."}
    browser = Client()
    browser.force_login(writer)

    with hooks.register_temporarily("before_edit_page", deleted):
        answer = browser.post(reverse("wagtailadmin_pages:edit", args=[article.pk]), data)

    assert "What took an hour to write." in answer.content.decode()
    assert not ArticlePage.objects.exists()
    assert is_whole()


def deleted(request, page):
    ArticlePage.objects.get(pk=page.pk).delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", [(Revision, "as_object"), (Workflow, "start")])
def test_so_are_they_where_it_is_deleted_while_it_is_submitted(section, writer, monkeypatch, step):
    article = ArticlePageFactory(parent=section, by=writer)
    data = posted(article.get_latest_revision_as_object()) | {"summary": "What took an hour to write."}
    browser, go_on = Client(), getattr(*step)
    browser.force_login(writer)

    def delete_first(*args, **kwargs):
        ArticlePage.objects.filter(pk=article.pk).delete()
        return go_on(*args, **kwargs)

    monkeypatch.setattr(*step, delete_first)
    answer = browser.post(address_of(article), data | {"action-submit": "action-submit"})

    assert answer.status_code == 404
    assert "this page was deleted while you wrote" in answer.content.decode()
    assert "What took an hour to write." in answer.content.decode()
    assert not WorkflowState.objects.exists()


# Statements of somebody who submits, before which somebody else deletes the article.
STEPS = [
    'UPDATE "wagtailcore_page"',
    'INSERT INTO "wagtailcore_revision"',
    'INSERT INTO "wagtailcore_workflowstate"',
    'INSERT INTO "wagtailcore_taskstate"',
    'INSERT INTO "research_submission"',
]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", STEPS)
def test_who_submits_and_who_deletes_at_the_same_moment_come_one_after_the_other(section, writer, step):
    article = ArticlePageFactory(parent=section, by=writer)
    data = posted(article.get_latest_revision_as_object()) | {"summary": "What took an hour to write."}
    browsers = Client(), Client()
    for browser, user in zip(browsers, (writer, admin_user()), strict=True):
        browser.force_login(user)
    deleting = []

    def delete():
        try:
            return browsers[1].post(reverse("wagtailadmin_pages:delete", args=[article.pk]))
        finally:
            connection.close()

    def delete_before(execute, sql, *args):
        if str(sql).startswith(step) and not deleting:
            deleting.append(pool.submit(delete))
            wait(deleting, timeout=1)  # it is done then, or waits for who submits
        return execute(sql, *args)

    with ThreadPoolExecutor(1) as pool, connection.execute_wrapper(delete_before):
        answer = browsers[0].post(address_of(article), data | {"action-submit": "action-submit"})
        deleted = deleting[0].result(30)

    # Submitted and then deleted, or told that it is gone, with all that was written.
    assert answer.status_code == 302 or "What took an hour to write." in answer.content.decode()
    assert deleted.status_code == 302
    assert not ArticlePage.objects.exists()
    assert not WorkflowState.objects.exists()


def address_of(article):
    return reverse("wagtailadmin_pages:edit", args=[article.pk])


@pytest.mark.django_db(transaction=True)
def test_words_that_could_not_be_committed_are_given_back(section, writer, monkeypatch):
    article = ArticlePageFactory(parent=section, by=writer)
    data = posted(article.get_latest_revision_as_object()) | {"title": "What took an hour to write"}
    browser = Client()
    browser.force_login(writer)
    commit = connection._commit

    def fail():
        current = current_saving()
        if current is not None and current.has_stored:
            raise OperationalError("deadlock detected")  # a deferred key is checked at the commit
        commit()

    monkeypatch.setattr(connection, "_commit", fail)
    monkeypatch.setattr(saving, "PATIENCE_SECONDS", 0)
    answer = browser.post(reverse("wagtailadmin_pages:edit", args=[article.pk]), data)

    assert article.revisions.count() == 1
    assert "What took an hour to write" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_who_is_busy_after_the_draft_was_stored_is_told_just_that(section, monkeypatch):
    browser, address = Client(), reverse("wagtailadmin_pages:edit", args=[section.pk])
    browser.force_login(admin_user())
    form = {"go_live_at": "", "expire_at": ""} | sent_by(browser.get(address))  # these two Wagtail draws elsewhere
    form |= {"search_description": "Another word.", "action-publish": "action-publish"}

    def busy(*args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr(PublishPageRevisionAction, "execute", busy)
    answer = browser.post(address, form, follow=True)

    assert "What you wrote is saved as a draft" in answer.content.decode()
    assert (
        TopicIndexPage.objects.get(pk=section.pk).get_latest_revision_as_object().search_description == "Another word."
    )


def sent_by(page):
    """Return what a browser sends of a form of the editor that nobody touched."""
    fields = BeautifulSoup(page.content, "html.parser").select("[name]:not([type=submit]):not(button)")
    return {
        field["name"]: value_of(field) for field in fields if field.get("type") not in ("checkbox", "radio", "file")
    }


def value_of(field):
    if field.name == "select":
        return (field.select_one("option[selected]") or field.select_one("option") or {}).get("value", "")
    return field.get_text().strip() if field.name == "textarea" else field.get("value", "")


def bulk(action, query):
    return reverse("wagtail_bulk_action", args=["wagtailcore", "page", action]) + f"?{query}"


DELETING = {
    "one": lambda article: reverse("wagtailadmin_pages:delete", args=[article.pk]),
    "several": lambda article: bulk("delete", f"id={article.pk}&id=no-number"),
    "all": lambda article: bulk("delete", f"id=all&childOf={article.get_parent().pk}"),
}


@pytest.mark.parametrize("way", DELETING)
def test_who_deletes_while_the_database_is_busy_is_told(section, editor, monkeypatch, way):
    article = ArticlePageFactory(parent=section)
    browser = Client()
    browser.force_login(editor)
    asked = []

    def busy(pages):
        asked.extend(pages)
        raise OperationalError("deadlock detected")

    monkeypatch.setattr(tree, "_hold", busy)
    answer = browser.post(DELETING[way](article), {})

    assert answer.status_code == 503
    assert asked == [article.pk]
    assert ArticlePage.objects.filter(pk=article.pk).exists()


@pytest.mark.parametrize("action", ["publish", "unpublish"])
def test_what_leaves_pages_in_their_place_does_not_hold_the_tree(section, editor, monkeypatch, action):
    article = ArticlePageFactory(parent=section)
    browser = Client()
    browser.force_login(editor)
    held = []

    monkeypatch.setattr(tree, "_hold", held.append)
    browser.post(bulk(action, f"id={article.pk}"), {})

    assert held == []


def test_several_pages_are_moved_at_once(section, other):
    articles = [ArticlePageFactory(parent=section) for _ in range(2)]
    browser = Client()
    browser.force_login(admin_user())

    browser.post(bulk("move", "&".join(f"id={one.pk}" for one in articles)), {"chooser": str(other.pk)})

    assert list(Page.objects.child_of(Page.objects.get(pk=other.pk)).values_list("pk", flat=True)) == [
        one.pk for one in articles
    ]
    assert is_whole()
