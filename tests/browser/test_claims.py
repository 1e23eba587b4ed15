"""The ledger of claims in a real browser: linked by keyboard alone, by selection, kept while it is reviewed."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from research.checking.claims import claims_of
from research.content.article import content_of
from research.models import ArticlePage, ReviewDraft
from tests.factories import ArticlePageFactory, StudyFactory, TopicIndexPageFactory, blocks, reviewer_user, submit
from tests.factories.people import PASSWORD, writer_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ABSTRACT = [["RESULTS", "Relapses fell from 7% to 4% in one year. Fatigue did not change in either group."]]
RESULT = "Relapses fell to 4% in the trial."


@pytest.fixture
def article(db):
    return ArticlePageFactory(
        parent=TopicIndexPageFactory(),
        by=writer_user(username="wren"),
        title="Fewer relapses in one year",
        study=StudyFactory(abstract=ABSTRACT),
        body=blocks.body(blocks.text(f"<p>{RESULT} MS is common.</p>")),
    )


def sign_in(page: Page, address: str, username: str) -> None:
    page.goto(address)
    page.locator("input[name=login]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").first.click()
    page.wait_for_url(address)


def declared(article) -> dict[str, str]:
    newest = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    return {claim.text: str(claim.kind) for claim in claims_of(content_of(newest))}


def current(page: Page):
    return page.locator(".cs-card--current .cs-claim__words")


def test_a_writer_links_every_sentence_by_keyboard_alone(page: Page, site_server, article):
    sign_in(page, f"{site_server.url}{reverse('research_claim_desk', args=[article.pk])}", "wren")
    total = page.locator("[data-claim]").count()

    for settled in range(1, total + 1):
        has_offer = page.locator(".cs-card--current [data-key='1']").count()
        page.keyboard.press("1" if has_offer else "e")
        expect(page.locator(".cs-desk__count strong")).to_have_text(str(settled))

    assert set(declared(article).values()) <= {"supported", "explanation"}
    assert declared(article)[RESULT] == "supported"
    assert Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).violations_count == 0


def test_a_passage_that_is_selected_in_the_source_becomes_what_the_sentence_rests_on(page: Page, site_server, article):
    sign_in(page, f"{site_server.url}{reverse('research_claim_desk', args=[article.pk])}", "wren")
    # The words, not the middle of the card: a passage that is offered may lie there, and a click takes it.
    page.locator(".cs-claim__words", has_text=RESULT).click()
    expect(current(page)).to_have_text(RESULT)

    page.evaluate(
        """() => {
            const words = document.querySelector("[data-source-words]").firstChild;
            const range = document.createRange();
            range.setStart(words, 0);
            range.setEnd(words, words.length);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
        }"""
    )
    page.get_by_role("button", name="Use for").click()

    expect(page.locator("[data-claim]", has_text=RESULT).locator("blockquote")).to_contain_text("Relapses fell from")
    assert declared(article)[RESULT] == "supported"


def test_two_sentences_said_at_once_are_both_kept_and_shown(page: Page, site_server, article):
    sign_in(page, f"{site_server.url}{reverse('research_claim_desk', args=[article.pk])}", "wren")
    held = []

    def hold_the_first(route):
        held.append(route)
        if len(held) > 1:
            route.continue_()

    page.route("**/say/**", hold_the_first)
    for words in (RESULT, "MS is common."):
        page.locator("[data-claim]", has_text=words).get_by_role("button", name="Background", exact=True).click()
    page.wait_for_timeout(500)
    assert len(held) == 1
    held[0].continue_()

    expect(page.locator("[data-claim]:not([data-open])")).to_have_count(2)
    assert declared(article) == {**declared(article), RESULT: "background", "MS is common.": "background"}


@pytest.mark.parametrize("is_offline", [True, False])
def test_what_could_not_be_kept_is_said_at_its_sentence(page: Page, site_server, article, is_offline):
    sign_in(page, f"{site_server.url}{reverse('research_claim_desk', args=[article.pk])}", "wren")
    if is_offline:
        page.context.set_offline(True)
    else:
        page.context.clear_cookies()
    card = page.locator("[data-claim]", has_text=RESULT)
    card.get_by_role("button", name="Background", exact=True).click()

    expect(card.get_by_role("alert")).to_contain_text("no connection" if is_offline else "signed out")
    assert declared(article)[RESULT] == ""


def test_a_sentence_is_linked_beside_the_text_and_the_text_saves_on(page: Page, site_server, article, settings):
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 0
    page.set_default_timeout(90_000)
    sign_in(page, f"{site_server.url}{reverse('wagtailadmin_pages:edit', args=[article.pk])}", "wren")
    page.wait_for_load_state("networkidle")
    page.fill("[name=summary]", "Typed before anything was linked.")

    page.get_by_role("button", name="Link sentences beside the text").click()
    beside = page.frame_locator(".cs-beside iframe")
    beside.locator(".cs-claim__words", has_text=RESULT).click()
    beside.locator(".cs-card--current [data-key='1']").click()
    expect(beside.locator("[data-claim]", has_text=RESULT).locator("blockquote")).to_contain_text("Relapses fell from")
    picture(page)
    assert Axe().run(page, context=".cs-beside", options={"runOnly": ["wcag2a", "wcag2aa"]}).violations_count == 0
    page.locator(".cs-beside").get_by_role("button", name="Close").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Save draft").click()

    draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    assert draft.summary == "Typed before anything was linked."
    assert declared(article)[RESULT] == "supported"


def picture(page: Page) -> None:
    """Keep pictures of the page in the folder that SCREENSHOTS names, where somebody wants to look at it."""
    folder = os.environ.get("SCREENSHOTS")
    for width in (390, 1280) if folder else ():
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"beside-{width}-{scheme}.png")


def test_a_reviewers_ticks_are_kept_as_they_are_given(page: Page, site_server, article):
    reviewer_user(username="remy")
    state = submit(article, ArticlePage.objects.get(pk=article.pk).owner)
    address = f"{site_server.url}{reverse('research_review', args=[state.pk])}"
    sign_in(page, address, "remy")

    page.locator("input[name=ticks]").first.check()
    expect(page.locator("[data-claims-ticked]")).to_have_text("1")
    expect(page.get_by_text("Your answers are kept.")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, address, "remy")

    expect(page.locator("input[name=ticks]").first).to_be_checked()
    assert len(ReviewDraft.objects.get().ticks) == 1


def test_answers_wait_for_a_network_that_was_cut(page: Page, site_server, article):
    reviewer_user(username="remy")
    state = submit(article, ArticlePage.objects.get(pk=article.pk).owner)
    sign_in(page, f"{site_server.url}{reverse('research_review', args=[state.pk])}", "remy")

    page.route("**/keep/", lambda route: route.abort())
    page.locator("textarea[name=comment]").fill("Written while nothing could be sent.")
    expect(page.get_by_text("Not kept yet")).to_be_visible()
    page.unroute("**/keep/")

    expect(page.get_by_text("Your answers are kept.")).to_be_visible(timeout=15_000)
    assert ReviewDraft.objects.get().answers["comment"] == "Written while nothing could be sent."
