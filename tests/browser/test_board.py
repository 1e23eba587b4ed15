"""The planning board by mouse and by keyboard, in a real browser."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Page, expect

from research.models import ArticlePage
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, edit, writer_user
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


# Where a month puts today: on its first line, on the fifth of five, and on the last of six.
TODAYS = [date(2026, 6, 1), date(2026, 12, 31), date(2027, 5, 31)]


@pytest.fixture
def browser_context_args(browser_context_args):
    """The smallest screen that a desk may have."""
    return {**browser_context_args, "viewport": {"width": 1280, "height": 800}}


@pytest.fixture(params=TODAYS, ids=str)
def this_day(request):
    """Each of the days in turn is today, at half past ten in the morning."""
    with time_machine.travel(datetime.combine(request.param, time(10, 30), UTC), tick=True):
        yield request.param


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


def cell_of(board, day):
    return board.locator(f'td[data-board-day="{day}"]')


def fill_the_month(article, day):
    """Plan three more articles for each week, so that the month is far taller than the window."""
    for week in range(5):
        for number in range(3):
            ArticlePageFactory(
                parent=article.get_parent().specific,
                title=f"A rather long title of an article that needs three lines {week}{number}",
                planned_for=day.replace(day=1) + timedelta(weeks=week),
            )


def test_a_card_is_dragged_from_the_tray_to_today_and_back(this_day, board, article):
    card = board.locator(f"#article-{article.pk}")
    cell = cell_of(board, this_day)

    expect(cell).to_be_in_viewport(ratio=1)
    with board.expect_navigation():
        card.drag_to(cell)

    expect(cell.locator(f"#article-{article.pk}")).to_be_focused()
    expect(board.get_by_text("is planned for")).to_be_visible()
    assert planned_for(article) == this_day
    with board.expect_navigation():
        cell.locator(f"#article-{article.pk}").drag_to(board.locator(".cs-tray"))
    expect(board.locator(f".cs-tray #article-{article.pk}")).to_be_visible()
    assert planned_for(article) is None


def test_today_stands_in_view_in_a_month_full_of_cards(this_day, article, board):
    fill_the_month(article, this_day)

    board.reload()

    expect(cell_of(board, this_day).locator("time")).to_be_in_viewport(ratio=1)
    expect(board.locator(".cs-tray")).to_be_in_viewport(ratio=1)
    assert board.evaluate("document.querySelector('.cs-grid').getBoundingClientRect().height > window.innerHeight")


def test_a_card_of_the_tray_reaches_both_ends_of_a_month_full_of_cards(this_day, article, board):
    fill_the_month(article, this_day)
    board.reload()

    for row in ("first", "last"):
        cell = getattr(board.locator(".cs-grid tbody tr"), row).locator("td").nth(2)
        day = date.fromisoformat(cell.get_attribute("data-board-day"))
        cell.scroll_into_view_if_needed()
        with board.expect_navigation():
            board.locator(f".cs-tray #article-{article.pk}").drag_to(cell)
        assert planned_for(article) == day
        edit(article, planned_for=None)
        board.reload()


def test_filters_and_the_meaning_of_marks_unfold(article, board):
    choice, meaning = board.get_by_label("State"), board.get_by_text("publishes nothing")
    expect(choice).to_be_hidden()
    expect(meaning).to_be_hidden()

    board.get_by_text("What the marks mean").click()
    expect(meaning).to_be_visible()
    board.locator("summary", has_text="Filter").click()
    choice.select_option("drafting")
    with board.expect_navigation():
        board.get_by_role("button", name="Filter").click()

    expect(board.get_by_text("Only Drafting.")).to_be_visible()
    expect(choice).to_be_hidden()
    board.get_by_role("link", name="Show everything").click()
    expect(board.get_by_text("Only Drafting.")).to_be_hidden()


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
