"""Two people in real browsers at one article."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from research.models import ArticlePage
from tests.browser.editing import sign_in
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, editor_user, writer_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def save(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Save draft").click()


def both_at_one_article(browser: Browser, server: str) -> tuple[ArticlePage, Page, Page]:
    """Return an article, and the pages of its writer and of an editor who opened it at the same time."""
    writer = writer_user()
    article = ArticlePageFactory(parent=TopicIndexPageFactory(), by=writer, title="First", summary="As it was.")
    mine, theirs = sign_in(browser, server, writer), sign_in(browser, server, editor_user())
    for page in (mine, theirs):
        page.goto(f"{server}/admin/pages/{article.pk}/edit/")
    return article, mine, theirs


def test_the_second_one_is_shown_both_texts_and_chooses(browser, site_server, settings):
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 0
    article, mine, theirs = both_at_one_article(browser, site_server.url)

    theirs.fill("[name=summary]", "Theirs, saved first, with a summary that is long enough to be seen.")
    save(theirs)
    mine.fill("[name=summary]", "Mine, an hour of work on a summary that says it in other words.")
    save(mine)

    assert mine.get_by_text("Nothing was overwritten.").is_visible()
    assert mine.get_by_text("Theirs, saved first").is_visible()
    assert mine.get_by_text("Mine, an hour of work").is_visible()
    picture(mine)
    with mine.expect_navigation():
        mine.get_by_role("button", name="Save mine over it").click()
    mine.wait_for_load_state("load")
    draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    assert draft.summary.startswith("Mine, an hour of work")
    assert len(draft.body) == len(article.body)


def test_the_second_one_takes_parts_of_both(browser, site_server, settings):
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 0
    article, mine, theirs = both_at_one_article(browser, site_server.url)
    theirs.fill("[name=title]", "Their title, which says what was found")
    theirs.fill("[name=summary]", "Theirs, saved first, with a summary that is long enough to be seen.")
    save(theirs)
    mine.fill("[name=summary]", "Mine, an hour of work on a summary that says it in other words.")
    save(mine)

    summary = mine.get_by_role("radiogroup", name="Summary: which to take")
    assert mine.get_by_role("radiogroup", name="Title: which to take").get_by_label("Newer, saved").is_checked()
    assert summary.get_by_label("Yours, not saved").is_checked()
    summary.get_by_label("Newer, saved").check()
    picture(mine, "parts")
    with mine.expect_navigation():
        mine.get_by_role("button", name="Save the parts chosen above").click()

    draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    assert draft.title.startswith("Their title")
    assert draft.summary.startswith("Theirs, saved first")


def test_a_browser_that_saves_by_itself_and_then_by_hand_is_let_through(browser, site_server):
    writer = writer_user()
    article = ArticlePageFactory(parent=TopicIndexPageFactory(), by=writer, title="First", summary="As it was.")
    page = sign_in(browser, site_server.url, writer)
    page.set_default_timeout(90_000)
    page.goto(f"{site_server.url}/admin/pages/{article.pk}/edit/")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(5000)  # the editor compares with what it held a while after it was opened

    with page.expect_response(lambda answer: answer.request.method == "POST" and "/edit/" in answer.url) as saved:
        page.locator("[name=summary]").press_sequentially(" Typed, and saved by the browser.")
    assert saved.value.status == 200, saved.value.text()
    page.fill("[name=summary]", "Typed, and saved by hand.")
    save(page)

    assert ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object().summary == "Typed, and saved by hand."


def picture(page: Page, name: str = "not-saved") -> None:
    """Keep pictures of the page in the folder that SCREENSHOTS names, where somebody wants to look at it."""
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    for width in (390, 1280):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 1000})
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
