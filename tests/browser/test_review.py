"""The reviewer's desk in a real browser: by keyboard alone, a second round, a narrow screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from research.models import ArticlePage, MedicalReviewState, SignOff
from tests.browser.editing import sign_in
from tests.factories import ArticlePageFactory, StudyFactory, TopicIndexPageFactory, blocks, edit, reviewer_user, submit
from tests.factories.people import writer_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ABSTRACT = [["RESULTS", "Relapses fell from 7% to 4% in one year."]]
RULES = {"runOnly": ["wcag2a", "wcag2aa"]}


@pytest.fixture
def state(db):
    article = ArticlePageFactory(
        parent=TopicIndexPageFactory(),
        by=writer_user(username="wren"),
        title="Fewer relapses in one year",
        study=StudyFactory(abstract=ABSTRACT),
        body=blocks.body(blocks.text("<p>Relapses fell to 4% in the trial. MS is common.</p>")),
    )
    return submit(article, article.owner)


@pytest.fixture
def reviewer(db):
    return reviewer_user(username="remy")


def screen_of(state) -> str:
    return reverse("research_review", args=[state.pk])


def open_desk(browser: Browser, server: str, state, reviewer) -> Page:
    page = sign_in(browser, server, reviewer)
    page.goto(f"{server}{screen_of(state)}")
    expect(page.locator("#your-review")).to_be_attached()
    return page


def tab_to(page: Page, selector: str, most: int = 400) -> None:
    """Press the tabulator until an element of this kind has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
    raise AssertionError(f"The tabulator never reaches {selector}")


def test_an_article_is_signed_by_keyboard_alone(browser: Browser, site_server, state, reviewer):
    page = open_desk(browser, site_server.url, state, reviewer)

    tab_to(page, ".cs-skip", 80)
    page.keyboard.press("Enter")
    expect(page.locator("#your-review")).to_be_focused()
    for _ in range(page.locator("input[name=ticks][data-required]").count()):
        tab_to(page, "input[data-required]:not(:checked)", 40)
        page.keyboard.press("Space")
    for name in page.eval_on_selector_all(
        "#review-form input[type=radio]", "fields => [...new Set(fields.map(field => field.name))]"
    ):
        tab_to(page, f"input[name='{name}']", 40)
        page.keyboard.press("Space")
    tab_to(page, ".cs-actions button", 10)
    page.keyboard.press("Enter")

    # All is "Yes", and the source was opened from nowhere: that is asked once.
    expect(page.get_by_role("alert")).to_contain_text("Did you read it")
    expect(page.locator(".cs-problems")).to_be_focused()
    tab_to(page, ".cs-actions button", 80)
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews/")

    assert SignOff.objects.get().reviewer_id == reviewer.pk


def test_a_refused_signature_puts_the_focus_on_what_is_missing(browser: Browser, site_server, state, reviewer):
    page = open_desk(browser, site_server.url, state, reviewer)
    page.locator("input[name=ticks]").first.check()

    page.get_by_role("button", name="Countersign").click()

    expect(page.get_by_role("alert")).to_contain_text("It is not signed yet")
    expect(page.locator("input[data-required]:not(:checked)").first).to_be_focused()
    for box in page.locator("input[data-required]").all():
        box.check()
    for question in page.locator("fieldset.cs-item").all():
        question.locator("input[type=radio]").first.check()
    page.locator("#item-species input[value=no]").check()
    page.get_by_role("button", name="Countersign").click()

    expect(page.locator("#item-species textarea")).to_be_focused()


def test_a_second_round_is_the_difference_alone(browser: Browser, site_server, state, reviewer):
    page = open_desk(browser, site_server.url, state, reviewer)
    page.locator("#item-numbers input[value=no]").check()
    page.locator("#item-numbers textarea").fill("The source says 9%.")
    page.get_by_role("button", name="Send back").click()
    page.wait_for_url("**/reviews/")
    article = ArticlePage.objects.get(published=None)
    newest = blocks.body(blocks.text("<p>Relapses fell to 9% in the trial. MS is common.</p>"))
    edit(article.get_latest_revision_as_object(), article.owner, body=newest)
    ArticlePage.objects.get(pk=article.pk).current_workflow_state.resume(user=article.owner)
    again = MedicalReviewState.objects.open().get()

    page.goto(f"{site_server.url}{screen_of(again)}")

    changed = page.locator(".cs-danger")
    expect(changed).to_have_count(1)
    expect(changed).to_contain_text("Relapses fell to 4%9% in the trial.")
    expect(page.locator("#item-numbers .cs-earlier")).to_contain_text("The source says 9%.")
    assert Axe().run(page, options=RULES).violations_count == 0


def test_on_a_narrow_screen_article_and_review_take_turns(browser: Browser, site_server, state, reviewer):
    page = open_desk(browser, site_server.url, state, reviewer)
    page.set_viewport_size({"width": 820, "height": 1100})
    frame, form = page.locator(".cs-review__frame"), page.locator("#item-numbers")

    expect(frame).to_be_hidden()
    form.scroll_into_view_if_needed()
    place = form.bounding_box()["y"]
    page.get_by_role("button", name="The article").dispatch_event("click")
    expect(frame).to_be_visible()
    page.get_by_role("button", name="Source and review").dispatch_event("click")

    expect(form).to_be_in_viewport()
    assert abs(form.bounding_box()["y"] - place) < 100
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
    assert Axe().run(page, options=RULES).violations_count == 0
