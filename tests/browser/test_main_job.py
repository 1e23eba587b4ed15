"""The whole main job in a real browser: from a writer's first line to a reader who finds the article."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect

from research.models import ArticlePage, Release
from research.publishing import planning
from research.review.questions import REVIEW_QUESTIONS
from tests.factories import StudyFactory, TopicFactory, TopicIndexPageFactory, reviewer_user, writer_user
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TITLE = "A short walk twice a week: small gains in balance"
SUMMARY = "People who walked twice a week kept their balance a little better."
TAKEAWAY = "Walking twice a week may help balance a little."
SECTIONS = {
    "What they found": "After six months 12 in 100 fell, instead of 18 in 100.",
    "Who should care and why": "People who are unsure on their feet, and those who walk with them.",
    "Important considerations": "The trial was short, and nobody with severe MS took part.",
}


@pytest.fixture
def section(db):
    TopicFactory(name="Balance", slug="balance")
    StudyFactory(title="A trial of something else", doi="10.1000/taken")
    return TopicIndexPageFactory(title="Multiple sclerosis", slug="ms")


@pytest.fixture
def sign_in(new_context: Callable[..., BrowserContext], site_server) -> Callable[[str], Page]:
    """Return a function that opens the newsroom for an account, each in a browser of its own."""

    def open_for(username: str) -> Page:
        page = new_context(base_url=site_server.url).new_page()
        page.goto("/admin/")
        page.locator("input[name=login]").fill(username)
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").first.click()
        expect(page.get_by_role("heading", name="Myelin")).to_be_visible()
        return page

    return open_for


def test_an_article_goes_from_a_writer_to_a_reader(section, sign_in, new_context, site_server):
    writer_user(username="wren")
    reviewer_user(username="remy")

    writer = sign_in("wren")
    _save_half_empty(writer, section)
    _submit_and_see_what_is_missing(writer)
    _complete(writer)
    _submit(writer)
    _countersign(sign_in("remy"))
    _let_time_pass()

    reader = new_context(base_url=site_server.url).new_page()
    _find_it(reader)
    _read_it(reader)


def _save_half_empty(page: Page, section) -> None:
    page.goto(f"/admin/pages/add/research/articlepage/{section.pk}/")
    page.get_by_placeholder("Page title").press_sequentially(TITLE)
    _save(page)
    expect(page.get_by_text("Not yet reviewed")).to_be_visible()


def _save(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Save draft").click()
    expect(page).to_have_url(re.compile("/edit/"))


def _choose_action(page: Page, label: str) -> None:
    """Press a button of the menu that opens beside "Save draft", and wait for the answer."""
    page.get_by_role("button", name="More actions").last.click()
    with page.expect_navigation():
        page.get_by_role("button", name=label).click()


def _submit_and_see_what_is_missing(page: Page) -> None:
    _choose_action(page, "Submit for review")

    for words in ("Choose the study that this article summarises.", "Write the key takeaway."):
        expect(page.get_by_text(words).first).to_be_visible()
    for heading in SECTIONS:
        expect(page.get_by_text(f"Write the section “{heading}”.").first).to_be_visible()


def _complete(page: Page) -> None:
    _add_study(page)
    page.get_by_role("textbox", name="Summary").fill(SUMMARY)
    _write(page.locator("[data-contentpath=key_takeaway]"), TAKEAWAY)
    for heading, words in SECTIONS.items():
        _write_section(page, heading, words)
    page.get_by_role("tab", name="Ratings").click()
    _answer_the_rubric(page)
    page.get_by_role("tab", name="Topics and plan").click()
    _choose_topics(page)
    _save(page)
    page.get_by_role("tab", name="Article").click()
    expect(page.get_by_text("It is complete.")).to_be_visible()


def _add_study(page: Page) -> None:
    page.get_by_role("button", name="Choose a study", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Add a study").click()
    dialog.get_by_label("Title").fill("Walking for balance: a randomised trial")
    dialog.get_by_label("DOI").fill("10.1000/TAKEN")
    dialog.get_by_role("button", name="Add study").click()
    expect(dialog.get_by_role("link", name="A trial of something else")).to_be_visible()
    dialog.get_by_label("DOI").fill("10.1000/walking")
    dialog.get_by_label("Year").fill("2024")
    dialog.get_by_role("button", name="Add study").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Walking for balance: a randomised trial").first).to_be_visible()


def _write_section(page: Page, heading: str, words: str) -> None:
    _write(page.locator("#panel-child-article-body-section").get_by_role("region", name=heading).first, words)


def _write(place: Locator, words: str) -> None:
    place.get_by_role("textbox").last.click()
    place.get_by_role("textbox").last.press_sequentially(words)


def _answer_the_rubric(page: Page) -> None:
    answers = {
        "1 What kind of study is it?": "Randomised trial",
        "2 Who or what was studied?": "People with the condition, and something they notice",
        "4 Registered in advance?": "Yes",
        "4 Blinded, or measured the same way for all?": "Yes",
        "5 Was it checked by others?": "Yes, in a peer-reviewed journal or book",
        "6 Money and interests": "Stated, with no stake in the result",
        "7 Does other research agree?": "Other studies agree in part",
        "1 How many readers does it touch?": "Most people with the condition",
        "2 Can anyone act on it now?": "Yes, it is available now",
        "3 Is it new to this site?": "Yes, we have not covered it before",
    }
    for question, answer in answers.items():
        page.get_by_label(question).select_option(label=answer)
    page.get_by_label("3 How many people took part?").fill("240")


def _choose_topics(page: Page) -> None:
    page.get_by_role("button", name="Find or add topics").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="Balance").check()
    dialog.get_by_role("button", name="Confirm selection").click()
    page.get_by_role("button", name="Find or add topics").click()
    dialog.get_by_role("tab", name="Add a topic").click()
    dialog.get_by_label("Name").fill("Walking")
    dialog.get_by_role("button", name="Add topic").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Remove Walking")).to_be_visible()


def _submit(page: Page) -> None:
    with page.expect_navigation():
        page.locator("footer").get_by_role("button", name="Submit for review").last.click()
    expect(page.get_by_text("has been submitted").first).to_be_visible()


def _countersign(page: Page) -> None:
    page.get_by_role("link", name=TITLE).click()
    expect(page.frame_locator("iframe").get_by_role("heading", name=TITLE)).to_be_visible()
    for question in REVIEW_QUESTIONS:
        page.get_by_role("group", name=question.asks).get_by_label("Yes").check()
    page.get_by_role("button", name="Countersign").click()
    expect(page.get_by_text("It is not signed yet.")).to_be_visible()
    for box in page.locator("input[name=ticks][data-required]").all():
        box.check()
    page.get_by_label("I have no stake in this study").check()
    page.get_by_role("button", name="Countersign").click()
    expect(page.get_by_text("Did you read it, and compare the numbers?")).to_be_visible()
    page.get_by_role("button", name="Countersign").click()
    expect(page.get_by_text("is countersigned")).to_be_visible()


def _let_time_pass() -> None:
    """Do a round of the runner a minute later, as ``run_releases`` does."""
    later = timezone.now() + timedelta(minutes=1)
    planning.run_due(later)
    article = ArticlePage.objects.get(title=TITLE)
    release = Release.objects.get(article=article)
    assert release.state == Release.State.DONE, release.reason


def _find_it(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("link", name=TITLE).first).to_be_visible()
    page.goto("/ms/topics/walking/")
    expect(page.get_by_role("link", name=TITLE).first).to_be_visible()
    page.goto("/search/?q=balance")
    page.get_by_role("link", name=TITLE).first.click()
    expect(page).to_have_url(re.compile("/ms/"))


def _read_it(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    headings = [
        "Key takeaway",
        *SECTIONS,
        "More details",
        "Article topics",
    ]
    shown = page.locator("main").inner_text()
    places = [shown.find(heading) for heading in headings]
    assert -1 not in places, dict(zip(headings, places, strict=True))
    assert places == sorted(places)
