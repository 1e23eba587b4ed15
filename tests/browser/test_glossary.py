"""The glossary in real browsers: one click links a hard word; readers open its plain words without a script."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from research.content.article import content_of
from research.models import ArticlePage
from tests.browser.editing import open_editor
from tests.factories import (
    ArticlePageFactory,
    GlossaryTermFactory,
    TopicIndexPageFactory,
    blocks,
    edit,
    publish,
    reviewer_user,
    sign_text_of,
    writer_user,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAVED = re.compile(r"Saved \d\d:\d\d")
FIELD = "[data-contentpath=body] [data-contentpath=html]"


@pytest.fixture
def term(db):
    term = GlossaryTermFactory(term="Microglia", plain_words="Immune cells of the brain.")
    sign_text_of(term)
    GlossaryTermFactory(term="Axon", plain_words="A nerve fibre.")
    return term


@pytest.fixture
def article(term):
    writer = writer_user(username="wren")
    body = blocks.body(blocks.text("<p>Some microglia sit at an axon.</p>"))
    return ArticlePageFactory(
        parent=TopicIndexPageFactory(slug="ms"), by=writer, title="Cells", slug="cells", body=body
    )


@pytest.fixture
def desk(browser: Browser, site_server, article) -> Page:
    return open_editor(browser, site_server.url, article)


def draft(article) -> ArticlePage:
    return ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()


def test_a_hard_word_that_has_a_signed_term_is_linked_by_one_click(desk, article, term):
    offer = desk.locator(".cs-hard-words").first
    expect(offer.get_by_role("button")).to_have_text(["microglia"])

    offer.get_by_role("button", name="microglia").click()

    expect(desk.locator(f"{FIELD} .cs-term")).to_have_text(["microglia"])
    expect(desk.locator(".cs-hard-words").get_by_role("button", name="microglia")).to_have_count(0)
    expect(desk.locator("[data-desk-saving-words]")).to_have_text(SAVED, timeout=20_000)
    assert content_of(draft(article)).terms == [str(term.subject_uuid)]
    desk.reload()
    expect(desk.locator(f"{FIELD} .cs-term").first).to_have_text("microglia", timeout=20_000)


def test_the_chooser_tells_the_plain_words_and_whether_they_are_signed(desk, article):
    text = desk.locator(FIELD).first.get_by_role("textbox")
    text.click()
    desk.keyboard.press("End")
    desk.keyboard.press("Shift+Home")
    desk.get_by_role("button", name="Explain a word by the glossary").first.click()
    dialog = desk.get_by_role("dialog", name="Choose a glossary term")

    expect(dialog.get_by_role("button", name="Microglia")).to_contain_text("Immune cells of the brain. Countersigned")
    expect(dialog.get_by_role("button", name="Axon")).to_contain_text("Not countersigned")
    assert not Axe().run(desk, context=["dialog.cs-terms"]).response["violations"]
    dialog.get_by_label("Term").fill("axo")
    expect(dialog.get_by_role("button", name="Microglia")).to_have_count(0)
    dialog.get_by_role("button", name="Axon").click()

    expect(desk.locator(f"{FIELD} .cs-term")).to_have_count(1)
    expect(dialog).to_have_count(0)


def test_readers_open_a_term_at_its_word_without_a_script(browser: Browser, site_server, article, term):
    html = f'<p>Some <a linktype="term" id="{term.subject_uuid}">microglia</a> sit at an axon.</p>'
    edit(article, body=blocks.body(blocks.text(html)))
    publish(ArticlePage.objects.get(pk=article.pk), reviewer_user())
    page = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800}).new_page()
    page.goto(f"{site_server.url}/ms/cells/")
    note = page.locator(".term-note")
    expect(note).to_be_hidden()
    before = page.locator(".article-body").last.bounding_box()

    page.get_by_role("button", name="microglia").click()

    expect(note).to_be_visible()
    expect(note).to_have_text("Microglia Immune cells of the brain.")
    # It opens over the text: nothing moves.
    assert page.locator(".article-body").last.bounding_box()["height"] == before["height"]
    box = note.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()


def test_axe_finds_nothing_in_an_article_with_a_term(browser: Browser, site_server, article, term):
    html = f'<p>Some <a linktype="term" id="{term.subject_uuid}">microglia</a> sit at an axon.</p>'
    edit(article, body=blocks.body(blocks.text(html)))
    publish(ArticlePage.objects.get(pk=article.pk), reviewer_user())
    for scheme in ("light", "dark"):
        page = browser.new_context(color_scheme=scheme).new_page()
        page.goto(f"{site_server.url}/ms/cells/")
        page.get_by_role("button", name="microglia").click()

        assert not Axe().run(page, context=[".article-body"]).response["violations"], scheme
