"""An article read aloud by the browser's own voice: what is said, in which order, and when nothing is offered."""

import pytest
from playwright.sync_api import Page, expect

from tests.factories import ArticlePageFactory, StudyNoticeFactory, TopicIndexPageFactory, publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A voice that says nothing and remembers what it was given; it speaks on when the test lets it.
VOICE = """
window.said = [];
const given = [];
class Utterance { constructor(text) { this.text = text; } }
window.SpeechSynthesisUtterance = Utterance;
const synthesis = {
  getVoices: () => [{ name: "test", lang: "en-GB", localService: %s }],
  speak: (utterance) => { window.said.push(utterance.text); given.push(utterance); },
  cancel: () => { window.cancelled = true; },
  pause: () => { window.paused = true; },
  resume: () => { window.paused = false; },
  addEventListener: () => {},
};
Object.defineProperty(window, "speechSynthesis", { value: synthesis });
window.speakOn = () => given.shift()?.onend();
"""


@pytest.fixture
def article(db):
    page = publish(ArticlePageFactory(parent=TopicIndexPageFactory(), title="Fewer relapses"))
    StudyNoticeFactory(study=page.study)
    return page


def opened(page: Page, server, article, *, is_local: bool = True) -> Page:
    page.add_init_script(VOICE % ("true" if is_local else "false"))
    page.goto(f"{server.url}{article.url}")
    return page


def said(page: Page) -> list[str]:
    """Let the voice go on to the end; return all that it said."""
    for _ in range(60):
        page.evaluate("window.speakOn()")
    return page.evaluate("window.said")


def test_the_notice_is_spoken_first_then_the_words_in_order(page, site_server, article):
    opened(page, site_server, article).get_by_role("button", name="Listen").click()

    words = said(page)

    assert "retracted" in words[0].lower()
    places = [
        words.index(each)
        for each in ("Fewer relapses", "Fewer people had a relapse.", "Key takeaway", "What they found")
    ]
    assert places == sorted(places)
    assert "The treatment may prevent some relapses." in words
    assert not [each for each in words if "doi.org" in each or "Medically reviewed" in each]
    expect(page.get_by_role("button", name="Listen")).to_be_visible()


def test_it_stops_goes_on_and_shows_where_it_is(page, site_server, article):
    opened(page, site_server, article).get_by_role("button", name="Listen").click()
    page.evaluate("window.speakOn()")
    expect(page.locator("h1.is-spoken")).to_have_count(1)

    page.get_by_role("button", name="Pause").click()
    assert page.evaluate("window.paused")
    page.get_by_role("button", name="Go on").click()
    assert not page.evaluate("window.paused")
    page.get_by_role("button", name="Stop").click()

    assert page.evaluate("window.cancelled")
    expect(page.locator(".is-spoken")).to_have_count(0)
    expect(page.get_by_role("button", name="Listen")).to_be_focused()
    assert len(said(page)) == 2


def test_a_voice_of_somebody_elses_machine_is_not_offered(page, site_server, article):
    opened(page, site_server, article, is_local=False)

    expect(page.get_by_role("heading", name="Fewer relapses")).to_be_visible()
    expect(page.get_by_role("button", name="Listen")).to_have_count(0)
