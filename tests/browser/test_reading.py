"""Readers in a real browser, by keyboard alone: search, filters, terms, how a summary was made, mails."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from home.following.models import Follower
from research.models import ArticlePage
from tests.factories import (
    ArticlePageFactory,
    GlossaryTermFactory,
    HomePageFactory,
    InfoPageFactory,
    StudyNoticeFactory,
    TopicFactory,
    TopicIndexPageFactory,
    blocks,
    correct,
    edit,
    publish,
    reviewer_user,
    sign_text_of,
    writer_user,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# How often a reader presses Tab at most until what they look for has the focus.
MOST_TABS = 60


@pytest.fixture
def library(db) -> ArticlePage:
    """Three articles on two topics; one of two versions, with a term at its word, and a correction."""
    section = TopicIndexPageFactory(parent=HomePageFactory(), slug="ms")
    InfoPageFactory(title="Corrections", slug="corrections", lists_corrections=True)
    writer, reviewer = writer_user(), reviewer_user()
    cells, walking = TopicFactory(name="Microglia", slug="microglia"), TopicFactory(name="Walking")
    cells.parents.add(TopicFactory(name="Immune system"))
    term = GlossaryTermFactory(term="Axon", plain_words="A nerve fibre.")
    sign_text_of(term)
    html = f'<p>Microglia sit at an <a linktype="term" id="{term.subject_uuid}">axon</a>.</p>'
    given = {"parent": section, "by": writer}
    main = ArticlePageFactory(
        **given, title="Microglia at work", slug="work", topics=[cells], body=blocks.body(blocks.text(html))
    )
    publish(main, reviewer)
    edit(main, summary="A few more people had a relapse.")
    publish(main, reviewer)
    correct(main, "A word was wrong.")
    publish(ArticlePageFactory(**given, title="Microglia and walking", topics=[cells, walking]), reviewer)
    retracted = publish(ArticlePageFactory(**given, title="Walking again", topics=[walking]), reviewer)
    StudyNoticeFactory(study=retracted.study)
    return main


@pytest.fixture
def reader(browser: Browser, site_server, library) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{site_server.url}/search/")
    yield page
    context.close()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what matches has the focus, and see that the focus can be seen."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focus = "document.activeElement"
        if page.evaluate(f"selector => {focus}.matches(selector)", selector):
            style = page.evaluate(f"getComputedStyle({focus}).outlineStyle")
            assert style != "none", f"no focus to be seen on {selector}"
            return
    raise AssertionError(f"{selector} cannot be reached with {MOST_TABS} presses of Tab")


def test_search_is_reached_and_sent_by_keyboard(reader):
    tab_to(reader, "#search")
    reader.keyboard.type("walking", delay=10)
    reader.keyboard.press("Enter")

    expect(reader).to_have_url(re.compile(r"\?q=walking$"))
    expect(reader.get_by_role("heading", name=re.compile("2 "))).to_be_visible()


def test_suggestions_are_a_combobox(reader):
    box = reader.get_by_role("combobox", name=re.compile("Search"))
    expect(box).to_have_attribute("aria-expanded", "false")
    tab_to(reader, "#search")
    reader.keyboard.type("microg", delay=10)
    listed = reader.get_by_role("listbox", name="Suggestions")
    options = listed.get_by_role("option")

    expect(box).to_have_attribute("aria-expanded", "true")
    expect(box).to_have_attribute("aria-controls", listed.get_attribute("id"))
    expect(reader.get_by_role("status").filter(has_text=re.compile(r"^Number of suggestions: \d"))).to_have_count(1)
    assert options.count() >= 2
    expect(listed.locator("[aria-selected=true]")).to_have_count(0)

    reader.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    expect(box).to_be_focused()
    reader.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    reader.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert not Axe().run(reader).response["violations"]


def test_escape_closes_suggestions_and_keeps_what_was_typed(reader):
    tab_to(reader, "#search")
    reader.keyboard.type("microg", delay=10)
    listed = reader.get_by_role("listbox", name="Suggestions")
    expect(listed).to_be_visible()

    reader.keyboard.press("Escape")

    expect(listed).to_be_hidden()
    box = reader.get_by_role("combobox", name=re.compile("Search"))
    expect(box).to_have_value("microg")
    expect(box).to_have_attribute("aria-expanded", "false")
    assert box.get_attribute("aria-activedescendant") is None
    reader.keyboard.press("Enter")
    expect(reader).to_have_url(re.compile(r"\?q=microg$"))


def test_a_suggestion_that_is_chosen_leads_to_its_page(reader):
    tab_to(reader, "#search")
    reader.keyboard.type("microglia at", delay=10)
    option = reader.get_by_role("option").filter(has_text="Microglia at work")
    expect(option).to_be_visible()

    for _ in range(reader.get_by_role("option").count()):
        reader.keyboard.press("ArrowDown")
        if option.get_attribute("aria-selected") == "true":
            break
    reader.keyboard.press("Enter")

    expect(reader).to_have_url(re.compile(r"/ms/work/$"))


def test_leaving_the_field_closes_suggestions(reader):
    tab_to(reader, "#search")
    reader.keyboard.type("microg", delay=10)
    listed = reader.get_by_role("listbox", name="Suggestions")
    expect(listed).to_be_visible()

    reader.keyboard.press("Tab")

    expect(listed).to_be_hidden()


def test_results_are_narrowed_down_and_widened_by_keyboard(reader, site_server):
    reader.goto(f"{site_server.url}/search/?q=microglia")
    tab_to(reader, "[aria-labelledby=facet-topic] a")
    chosen = reader.locator(":focus .facet-value").inner_text()
    reader.keyboard.press("Enter")

    expect(reader).to_have_url(re.compile(r"topic="))
    taken = reader.get_by_role("list", name="Chosen")
    expect(taken).to_contain_text(chosen)
    tab_to(reader, ".chosen a")
    reader.keyboard.press("Enter")
    expect(reader).not_to_have_url(re.compile(r"topic="))


def test_a_term_is_opened_and_closed_by_keyboard(reader, site_server):
    reader.goto(f"{site_server.url}/ms/work/")
    note = reader.locator(".term-note")
    expect(note).to_be_hidden()
    tab_to(reader, ".article-body button")
    expect(reader.locator(":focus")).to_have_text("axon")

    reader.keyboard.press("Enter")
    expect(note).to_be_visible()
    expect(note).to_contain_text("A nerve fibre.")

    reader.keyboard.press("Escape")
    expect(note).to_be_hidden()
    expect(reader.get_by_role("button", name="axon")).to_be_focused()


def test_how_it_was_made_and_back_by_keyboard(reader, site_server):
    reader.goto(f"{site_server.url}/ms/work/")
    tab_to(reader, ".made-link a")
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("heading", level=1)).to_have_text("How this summary was made")

    tab_to(reader, ".made-versions a[href$='versions/1/']")
    reader.keyboard.press("Enter")
    expect(reader.locator("main")).to_contain_text("Out of date – read the current summary")

    tab_to(reader, ".out-of-date a.button")
    reader.keyboard.press("Enter")
    expect(reader).to_have_url(re.compile(r"/ms/work/$"))


def test_following_by_mail_is_asked_for_agreed_to_changed_and_ended_by_keyboard(reader, site_server):
    reader.goto(f"{site_server.url}/ms/topics/microglia/")
    tab_to(reader, "main .follow a[href^='/follow/']")
    reader.keyboard.press("Enter")
    expect(reader.get_by_label("Only one topic?").locator("option:checked")).to_have_text("Microglia")
    tab_to(reader, "[name=email]")
    reader.keyboard.type("reader@example.org", delay=5)
    tab_to(reader, "[name=frequency]")
    reader.keyboard.press("ArrowDown")
    tab_to(reader, "main button[type=submit]")
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    follower = Follower.objects.get(email="reader@example.org")
    assert (follower.frequency, follower.topic.name) == ("monthly", "Microglia")

    # What the link in the mail opens.
    reader.goto(f"{site_server.url}{reverse('home_follow_confirm', args=[follower.token])}")
    tab_to(reader, "main button[type=submit]")
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("status")).to_contain_text("Thank you. Mails go to reader@example.org.")

    tab_to(reader, "[name=least_credibility]")
    reader.keyboard.press("ArrowDown")
    tab_to(reader, "main button[type=submit]")
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("status")).to_have_text("Saved.")
    assert Follower.objects.get().least_credibility == 2

    tab_to(reader, "form[action$='/end/'] button")
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("status")).to_contain_text("Your address is deleted.")
    assert not Follower.objects.exists()
