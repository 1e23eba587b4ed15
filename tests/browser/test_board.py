"""The planning board by mouse and by keyboard, in a real browser."""

import re
from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from research.models import ArticlePage
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, writer_user
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def article(db):
    writer = writer_user(username="wren")
    return ArticlePageFactory(parent=TopicIndexPageFactory(), by=writer, title="Fewer relapses")


@pytest.fixture
def board(page: Page, site_server, article) -> Page:
    page.goto(f"{site_server.url}/admin/board/?view=month")
    page.locator("input[name=login]").fill("wren")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").first.click()
    page.goto(f"{site_server.url}/admin/board/?view=month")
    expect(page.get_by_role("heading", name="Board")).to_be_visible()
    return page


def planned_for(article):
    return ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object().planned_for


def test_a_card_is_dragged_from_the_tray_to_a_day_and_back(board, article):
    day = timezone.localdate()
    card = board.locator(f"#article-{article.pk}")
    cell = board.locator(f'td[data-board-day="{day}"]')

    with board.expect_navigation():
        card.drag_to(cell)

    expect(cell.locator(f"#article-{article.pk}")).to_be_focused()
    expect(board.get_by_text("is planned for")).to_be_visible()
    assert planned_for(article) == day
    with board.expect_navigation():
        cell.locator(f"#article-{article.pk}").drag_to(board.locator(".cs-tray"))
    expect(board.locator(f".cs-tray #article-{article.pk}")).to_be_visible()
    assert planned_for(article) is None


def test_a_card_is_moved_by_keyboard_alone(board, article):
    # The twelfth of December is typed the same whether the browser puts the day or the month first.
    day = date(timezone.localdate().year + 1, 12, 12)
    button = board.get_by_role("link", name="Move “Fewer relapses”")
    button.focus()

    board.keyboard.press("Enter")
    expect(board.get_by_role("dialog", name="Move")).to_be_visible()
    board.keyboard.press("Escape")
    expect(board.get_by_role("dialog", name="Move")).to_be_hidden()
    expect(button).to_be_focused()
    board.keyboard.press("Enter")
    expect(board.get_by_label("Planned for")).to_be_focused()
    board.keyboard.type(f"{day:%d%m%Y}")
    with board.expect_navigation():
        board.keyboard.press("Enter")

    expect(board.get_by_text("is planned for")).to_be_visible()
    assert planned_for(article) == day


def test_a_phone_gets_the_list(board, site_server):
    board.set_viewport_size({"width": 390, "height": 800})

    board.goto(f"{site_server.url}/admin/board/")

    expect(board).to_have_url(re.compile("view=list"))
    expect(board.get_by_role("heading", name=re.compile("Drafting"))).to_be_visible()
    assert board.evaluate("document.documentElement.scrollWidth") <= 390
