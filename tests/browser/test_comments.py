"""Comments in real browsers: a reviewer says something beside the text, the writer finds it where it belongs."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as NotThere
from wagtail.models import Comment

from research.models import ArticlePage, Contribution
from tests.browser.editing import open_editor, sign_in
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, reviewer_user, submit, writer_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAVED = re.compile(r"Saved \d\d:\d\d")


@pytest.fixture
def article(db):
    writer = writer_user(username="wren")
    return ArticlePageFactory(parent=TopicIndexPageFactory(), by=writer, title="Fewer relapses", summary="Start.")


def test_a_reviewer_comments_on_a_selection_and_loses_no_answer(browser: Browser, site_server, article):
    state = submit(article, article.owner)
    before = ArticlePage.objects.get(pk=article.pk).latest_revision_id
    remy = reviewer_user(username="remy")
    page = sign_in(browser, site_server.url, remy)
    page.goto(f"{site_server.url}/admin/reviews/{state.pk}/")
    page.get_by_role("group").get_by_label("Yes").first.check()
    select_in_frame(page, "Start.")

    page.get_by_role("button", name="Comment", exact=True).click()
    assert page.get_by_label("Comment on", exact=True).input_value() == "summary"
    page.get_by_label("What you want to say").press_sequentially("Of how many people?")
    page.get_by_role("button", name="Add comment").click()

    expect(page.locator(".cs-comment").get_by_text("Of how many people?")).to_be_visible()
    expect(page.get_by_role("group").get_by_label("Yes").first).to_be_checked()
    comment = Comment.objects.get()
    assert comment.contentpath == "summary"
    assert comment.text.startswith("“Start.”")
    assert ArticlePage.objects.get(pk=article.pk).latest_revision_id == before
    assert not Contribution.objects.filter(subject_uuid=article.subject_uuid, user_id=remy.pk).exists()
    found = Axe().run(page, context=[".cs-comments"]).response["violations"]
    assert not found


def select_in_frame(page: Page, words: str) -> None:
    frame = page.frame_locator(".cs-review__frame")
    expect(frame.get_by_text(words).first).to_be_visible()
    page.wait_for_timeout(500)
    frame.get_by_text(words, exact=True).first.select_text()


def click_until(button: Locator, seen: Callable[[], Any]) -> None:
    """Click until something is seen: Wagtail moves its threads to their fields while the page settles."""
    for _ in range(5):
        button.click()
        with suppress(NotThere, AssertionError):
            seen()
            return
    seen()


def test_the_writer_finds_it_beside_its_field_answers_and_resolves_it(browser: Browser, site_server, article):
    remy = reviewer_user(username="remy")
    Comment.objects.create(page=article, user=remy, contentpath="summary", text="Of how many people?")
    page = open_editor(browser, site_server.url, article)
    expect(page.locator("[data-desk-strip]").get_by_text("1 open comment")).to_be_visible()

    page.get_by_role("button", name="Toggle comments").click()
    thread = page.locator("#comments").get_by_text("Of how many people?")
    expect(thread).to_be_visible()
    reply = page.get_by_role("textbox", name="Enter your reply")
    click_until(thread, lambda: reply.wait_for(timeout=4_000))
    reply.press_sequentially("Of 120.")
    is_saved = expect(page.locator("[data-desk-saving-words]"))
    click_until(page.get_by_role("button", name="Reply"), lambda: is_saved.to_have_text(SAVED, timeout=20_000))

    assert Comment.objects.get().replies.get().text == "Of 120."
    resolve = page.locator("#comments").get_by_role("menuitem", name="Resolve")
    more = page.locator("#comments").get_by_role("button", name="More actions").first
    click_until(more, lambda: resolve.wait_for(timeout=4_000))
    resolve.click()
    expect(page.locator("[data-desk-strip]").get_by_text("1 of them resolved")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="All comments").click()
    page.get_by_text("1 resolved comment").click()
    expect(page.get_by_text("Of how many people?")).to_be_visible()
    expect(page.get_by_text("Of 120.")).to_be_visible()


def test_every_field_and_block_has_a_button_for_a_comment(browser: Browser, site_server, article):
    page = open_editor(browser, site_server.url, article)

    for path in ("title", "summary", "study", "topics", "appraisals"):
        assert page.locator(f"[data-contentpath={path}] [data-comment-add]").count(), path
    texts = page.locator("[data-contentpath=body] [data-contentpath=html]")
    assert texts.count() == len([block for section in article.body for block in section.value])
    texts.first.get_by_role("textbox").click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.get_by_role("button", name="Add a comment").click()
    page.locator("#comments").get_by_role("textbox").press_sequentially("Which people?")
    page.locator("#comments").get_by_role("button", name="Comment").click()
    expect(page.locator("[data-desk-saving-words]")).to_have_text(SAVED, timeout=20_000)
    assert Comment.objects.get().contentpath.endswith(".html")
