"""The writer's desk in a real browser: whatever breaks while someone types, every word is found again."""

import re
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, Route, expect

from research.models import ArticlePage
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, edit, writer_user
from tests.factories.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OURS = {"exclude": [["[data-tippy-root]"]]}
SAVED = re.compile(r"Saved \d\d:\d\d")


@pytest.fixture
def article(db):
    writer = writer_user(username="wren")
    return ArticlePageFactory(parent=TopicIndexPageFactory(), by=writer, title="Fewer relapses", summary="Start.")


@pytest.fixture
def address(site_server, article) -> str:
    return f"{site_server.url}/admin/pages/{article.pk}/edit/"


@pytest.fixture
def desk(page: Page, address) -> Page:
    """The article, open in the editor of the writer."""
    page.goto(address)
    page.locator("input[name=login]").fill("wren")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").first.click()
    ready(page)
    return page


def ready(page: Page) -> None:
    expect(summary(page)).to_be_visible(timeout=30_000)
    expect(page.locator("[data-desk-saving][data-ready]")).to_be_attached(timeout=20_000)


def summary(page: Page):
    return page.get_by_role("textbox", name="Summary")


def type_words(page: Page, words: str) -> None:
    summary(page).press("End")
    summary(page).press_sequentially(words)


def says(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("[data-desk-saving-words]")).to_have_text(words, timeout=20_000)


def stored(article) -> str:
    return ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object().summary


def is_save(route: Route) -> bool:
    return route.request.method == "POST" and "/edit/" in route.request.url and "preview" not in route.request.url


def break_saves(page: Page, answer: Callable[[Route], None], *, times: int = 1) -> None:
    """Let the next saves go wrong; those after them reach the server."""
    left = [times]

    def handle(route: Route) -> None:
        if not is_save(route) or left[0] == 0:
            route.fallback()
            return
        left[0] -= 1
        answer(route)

    page.route("**/admin/pages/**", handle)


def test_words_typed_while_a_save_is_under_way_are_saved_next(desk, article):
    def slowly(route: Route) -> None:
        response = route.fetch()
        type_words(desk, " Second.")
        route.fulfill(response=response)

    break_saves(desk, slowly)
    type_words(desk, " First.")

    says(desk, "Saving…")
    says(desk, SAVED)
    expect(summary(desk)).to_have_value("Start. First. Second.")
    assert stored(article) == "Start. First. Second."


def test_words_typed_before_the_editor_watches_are_saved_and_saved_is_said_of_those_only(desk, article, address):
    desk.goto(address)
    type_words(desk, " Early.")

    says(desk, "Not saved yet")
    says(desk, SAVED)
    assert stored(article) == "Start. Early."
    type_words(desk, " Late")
    says(desk, re.compile("Not saved yet|Saving…"))


def test_a_save_that_fails_is_said_and_tried_again(desk, article):
    failures = (
        (" Cut.", lambda route: route.abort(), "Not saved: no connection"),
        (" Fault.", lambda route: route.fulfill(status=500, body="oh"), "Not saved: the server had a fault"),
        (" Forbidden.", lambda route: route.fulfill(status=403, body="no"), "Not saved: the server had a fault"),
        (" Answered.", lambda route: (route.fetch(), route.abort()), "Not saved: no connection"),
    )
    typed = "Start."

    for words, answer, said in failures:
        break_saves(desk, answer)
        type_words(desk, words)
        typed += words

        says(desk, said)
        expect(desk.get_by_role("alert").filter(has_text="kept in this browser")).to_be_visible()
        expect(desk.get_by_text("paused")).to_have_count(0)
        says(desk, SAVED)
        assert stored(article) == typed


def test_who_is_signed_out_signs_in_without_leaving_and_the_words_are_saved(desk, article):
    Session.objects.all().delete()
    type_words(desk, " Written signed out.")

    dialog = desk.get_by_role("dialog", name="You are signed out")
    expect(dialog).to_be_visible(timeout=20_000)
    dialog.get_by_label("User name").fill("wren")
    dialog.get_by_label("Password").fill("wrong")
    dialog.get_by_role("button", name="Sign in and save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("not correct")
    expect(dialog.get_by_label("Password")).to_be_focused()
    desk.keyboard.type(PASSWORD)
    desk.keyboard.press("Enter")

    expect(dialog).to_be_hidden(timeout=20_000)
    says(desk, SAVED)
    assert stored(article) == "Start. Written signed out."


def test_who_has_a_second_factor_gives_its_code_in_the_same_dialog(desk, article):
    secret = generate_totp_secret()
    TOTP.activate(article.owner, secret)
    Session.objects.all().delete()
    type_words(desk, " With a code.")

    dialog = desk.get_by_role("dialog", name="You are signed out")
    expect(dialog).to_be_visible(timeout=20_000)
    dialog.get_by_label("User name").fill("wren")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in and save").click()
    expect(dialog.get_by_label("Code of your authenticator app")).to_be_focused()
    expect(dialog.get_by_label("Password")).to_be_hidden()
    dialog.get_by_label("Code of your authenticator app").fill("000000")
    dialog.get_by_role("button", name="Sign in and save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("not right")
    assert Axe().run(desk, context=".cs-dialog", options={"runOnly": ["wcag2a", "wcag2aa"]}).violations_count == 0
    now = list(yield_hotp_counters_from_time())
    code = format_hotp_value(hotp_value(secret, now[len(now) // 2]))
    dialog.get_by_label("Code of your authenticator app").fill(code)
    dialog.get_by_role("button", name="Sign in and save").click()

    expect(dialog).to_be_hidden(timeout=20_000)
    says(desk, SAVED)
    assert stored(article) == "Start. With a code."


def test_a_code_that_is_still_asked_for_is_asked_for_when_the_dialog_is_opened_again(desk, article):
    TOTP.activate(article.owner, generate_totp_secret())
    Session.objects.all().delete()
    type_words(desk, " With a code.")
    dialog = desk.get_by_role("dialog", name="You are signed out")
    for _ in range(2):
        expect(dialog).to_be_visible(timeout=20_000)
        dialog.get_by_label("User name").fill("wren")
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Sign in and save").click()
        expect(dialog.get_by_label("Code of your authenticator app")).to_be_visible(timeout=20_000)
        dialog.get_by_role("button", name="Later").click()
        desk.get_by_role("button", name="Sign in", exact=True).click()

    assert stored(article) == "Start."


def test_words_are_not_saved_under_the_name_of_who_signs_in_next(desk, article):
    writer_user(username="wanda")
    Session.objects.all().delete()
    type_words(desk, " By wren.")

    dialog = desk.get_by_role("dialog", name="You are signed out")
    dialog.get_by_label("User name").fill("wanda")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in and save").click()

    expect(dialog.get_by_role("alert")).to_contain_text("another account")
    assert stored(article) == "Start."
    expect(summary(desk)).to_have_value("Start. By wren.")


def test_an_expired_token_is_renewed(desk, article):
    desk.evaluate("document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach((field) => { field.value = 'x'; })")
    desk.evaluate("window.wagtailConfig.CSRF_TOKEN = 'x'")
    type_words(desk, " Token.")

    says(desk, SAVED)
    assert stored(article) == "Start. Token."


def test_what_a_crash_left_is_offered_with_what_differs_and_put_back(desk, article, address):
    break_saves(desk, lambda route: route.abort(), times=99)
    type_words(desk, " Before the crash.")
    says(desk, "Not saved: no connection")
    after = desk.context.new_page()
    desk.close(run_before_unload=False)

    after.goto(address)

    left = after.get_by_role("region", name="Words that were not saved")
    expect(left).to_contain_text("did not reach the server")
    left.get_by_text("What differs").click()
    expect(left).to_contain_text("Start. Before the crash.")
    with after.expect_navigation():
        left.get_by_role("button", name="Put them back").click()
    ready(after)
    expect(summary(after)).to_have_value("Start. Before the crash.")
    expect(left).to_have_count(0)
    assert stored(article) == "Start. Before the crash."


def test_two_windows_lose_no_word_of_either(desk, article, address):
    other = desk.context.new_page()
    other.goto(address)
    ready(other)
    type_words(desk, " One.")
    says(desk, SAVED)

    type_words(other, " Two.")

    says(other, "Not saved: a newer version exists")
    assert stored(article) == "Start. One."
    with other.expect_navigation():
        # As by "Save draft" once Wagtail's own question about it, which comes with its next ping, is answered.
        other.evaluate("document.querySelector('form[data-edit-form]').requestSubmit()")
    expect(other.get_by_text("Start. One.").first).to_be_visible()
    with other.expect_navigation():
        other.get_by_role("button", name="Save mine over it").click()
    texts = [revision.content["summary"] for revision in ArticlePage.objects.get(pk=article.pk).revisions.all()]
    assert {"Start. One.", "Start. Two."} <= set(texts)


def test_a_field_that_is_drawn_late_is_no_word_that_somebody_typed(desk, article, address):
    before = ArticlePage.objects.get(pk=article.pk).latest_revision_id
    desk.goto(address)
    ready(desk)

    desk.evaluate("document.querySelector('[name=key_takeaway]').value += ' '")
    desk.wait_for_timeout(4000)

    assert ArticlePage.objects.get(pk=article.pk).latest_revision_id == before
    says(desk, "")
    type_words(desk, " Typed.")
    says(desk, SAVED)
    assert stored(article) == "Start. Typed."


def test_leaving_with_unsaved_words_is_asked_about(desk):
    asked = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    break_saves(desk, lambda route: route.abort(), times=99)
    type_words(desk, " Unsaved.")

    desk.close(run_before_unload=True)
    desk.wait_for_timeout(500)

    assert asked == ["beforeunload"]


def test_a_chooser_left_empty_keeps_nothing_else_from_being_saved(desk, article):
    desk.get_by_role("tab", name="Topics and plan").click()
    desk.get_by_role("button", name="Add person").click()
    desk.get_by_role("tab", name="Article").click()
    type_words(desk, " Meanwhile.")

    says(desk, SAVED)
    assert stored(article) == "Start. Meanwhile."


def test_the_preview_and_the_checks_look_at_the_words_as_they_are_typed(desk):
    desk.get_by_role("button", name="Toggle preview").click()
    frame = desk.frame_locator("#w-preview-iframe")
    expect(frame.get_by_role("heading", name="Fewer relapses", level=1)).to_be_visible(timeout=60_000)
    for size in ("mobile", "tablet", "desktop"):
        desk.locator(f"input[name=preview-size][value={size}]").check(force=True)
        expect(frame.get_by_role("heading", name="Fewer relapses", level=1)).to_be_visible()

    type_words(desk, " Seen at once.")

    expect(frame.get_by_text("Start. Seen at once.").first).to_be_visible(timeout=60_000)
    desk.get_by_role("button", name="Toggle checks").click()
    expect(desk.locator("[data-content-word-count]")).to_have_text(re.compile(r"[1-9]\d*"), timeout=60_000)


def test_looking_at_the_ratings_saves_nothing_and_answering_shows_them(desk, article):
    article.appraisals.all().delete()
    edit(article, appraisals=[])
    before = ArticlePage.objects.get(pk=article.pk).latest_revision_id
    desk.reload()
    ready(desk)

    desk.get_by_role("tab", name="Ratings").click()
    expect(desk.get_by_label("1 What kind of study is it?")).to_be_visible()
    desk.wait_for_timeout(2500)

    assert ArticlePage.objects.get(pk=article.pk).latest_revision_id == before
    says(desk, "")
    desk.get_by_label("1 What kind of study is it?").select_option("randomised_trial")
    expect(desk.locator("[data-live-ratings]")).to_contain_text("9 questions open", timeout=20_000)
    says(desk, SAVED)


def test_a_suggested_answer_counts_once_it_is_confirmed_and_a_reason_is_asked_for_then(desk, article, address):
    article.study.publication_types = ["Randomized Controlled Trial"]
    article.study.save()
    edit(article, appraisals=[])
    desk.goto(address)
    ready(desk)
    desk.get_by_role("tab", name="Ratings").click()
    row = desk.locator(".cs-question").filter(has_text="1 What kind of study is it?")
    expect(row.get_by_label("Why (readers see this)")).to_be_hidden()

    row.get_by_role("button", name="Suggested: Randomised trial").click()

    expect(desk.get_by_label("1 What kind of study is it?")).to_have_value("randomised_trial")
    expect(row.get_by_label("Why (readers see this)")).to_be_visible()
    expect(row.get_by_role("button", name="Suggested")).to_be_hidden()
    expect(desk.locator("[data-live-ratings]")).to_contain_text("9 questions open", timeout=20_000)


@pytest.mark.parametrize(("width", "most"), [(1280, 1798), (390, 2200)])
def test_the_questions_take_half_the_height_they_took(desk, width, most):
    """They took 3,597 px at 1280 px and 4,325 px at 390 px, measured at a demo article before they were set in rows."""
    desk.set_viewport_size({"width": width, "height": 900})
    desk.get_by_role("tab", name="Ratings").click()
    expect(desk.get_by_label("1 What kind of study is it?")).to_be_visible()

    assert desk.locator("#tab-ratings").bounding_box()["height"] <= most


def test_axe_finds_nothing_that_we_wrote(desk):
    """Wagtail's rich-text fields have no name (aria-input-field-name) and its tooltips fade: neither is ours."""
    found = set()
    for width, scheme in ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")):
        desk.set_viewport_size({"width": width, "height": 900})
        desk.emulate_media(color_scheme=scheme)
        for tab in ("Ratings", "Topics and plan", "Article"):
            desk.get_by_role("tab", name=tab).click()
            for violation in Axe().run(desk, context=OURS).response["violations"]:
                for node in violation["nodes"]:
                    found.add((violation["id"], width, scheme, tab, node["html"][:200]))

    assert not {item for item in found if item[0] != "aria-input-field-name"}


def test_beside_a_form_that_is_on_its_way_nothing_is_saved(desk, site_server, article):
    """On a slow server, autosave made a second article of a new one that was just being saved by hand."""
    desk.goto(f"{site_server.url}/admin/pages/add/research/articlepage/{article.get_parent().pk}/")
    ready(desk)
    sent, held = [], []

    def is_slow(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.is_navigation_request())
        if sent and route.request.is_navigation_request():
            held.append(route)
        else:
            route.continue_()

    desk.route("**/add/**", is_slow)
    desk.get_by_placeholder("Page title").fill("Made once")
    desk.get_by_role("button", name="Save draft").click(no_wait_after=True)
    desk.wait_for_timeout(2_500)  # autosave begins half a second after the last key
    with desk.expect_navigation():
        held.pop().continue_()

    assert sent == [True]
    assert ArticlePage.objects.filter(title="Made once").count() == 1
