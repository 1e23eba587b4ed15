"""Saves that are cut in every way that is known, one after the other: each word typed is found again.

A few of each kind in every run; ``make cuts`` does 400 at each desk.
"""

import os
import random
import re
from collections.abc import Callable
from functools import partial

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from research.models import ArticlePage, ReviewDraft
from tests.browser.test_claims import sign_in
from tests.browser.test_desk import SAVED, article, is_save, ready, says, summary
from tests.factories import reviewer_user, submit
from tests.factories.people import PASSWORD

__all__ = ["article"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CUTS = int(os.environ.get("CUTS", "0"))
PATIENCE = 30_000


def drawn(kinds: dict[str, Callable[..., None]]) -> list[str]:
    """Return the kinds of the cuts to come: each once, or as many as CUTS says, mostly of the network."""
    names = list(kinds)
    often = [9 if isinstance(cut, partial) else 1 for cut in kinds.values()]
    return random.Random(1).choices(names, often, k=CUTS) if CUTS else names


def once(page: Page, is_meant: Callable[[Route], bool], answer: Callable[[Route], None]) -> None:
    """Let the next request of a kind go wrong; those after it reach the server."""
    left = [True]

    def handle(route: Route) -> None:
        if not is_meant(route) or not left:
            route.fallback()
            return
        left.clear()
        answer(route)

    page.unroute("**/*")
    page.route("**/*", handle)


def abort(route: Route) -> None:
    route.abort()


def answer_is_lost(route: Route) -> None:
    route.fetch()
    route.abort()


def fault(route: Route) -> None:
    route.fulfill(status=500, body="oh")


def forbidden(route: Route) -> None:
    route.fulfill(status=403, body="no")


BROKEN = (abort, answer_is_lost, fault, forbidden)


class Writing:
    """A writer at the editor: types, is cut off, goes on."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        sign_in(page, address, "wren")
        ready(page)

    def cuts(self) -> dict[str, Callable[[str], None]]:
        return {
            **{cut.__name__: partial(self.broken, cut) for cut in BROKEN},
            "typed_meanwhile": self.typed_meanwhile,
            "signed_out": self.signed_out,
            "old_token": self.old_token,
            "crash": self.crash,
        }

    def type(self, words: str) -> None:
        summary(self.page).fill(words)

    def back(self) -> None:
        """As the browser says when it has a connection again."""
        self.page.evaluate("window.dispatchEvent(new Event('online'))")

    def broken(self, answer: Callable[[Route], None], words: str) -> None:
        once(self.page, is_save, answer)
        self.type(words)
        expect(self.page.locator("[data-desk-saving-words]")).to_contain_text("Not saved:", timeout=PATIENCE)
        self.back()

    def typed_meanwhile(self, words: str) -> None:
        def slowly(route: Route) -> None:
            response = route.fetch()
            summary(self.page).press("End")
            summary(self.page).press_sequentially(words[-4:])
            route.fulfill(response=response)

        once(self.page, is_save, slowly)
        self.type(words[:-4])
        expect(summary(self.page)).to_have_value(words, timeout=PATIENCE)

    def signed_out(self, words: str) -> None:
        Session.objects.all().delete()
        self.type(words)
        dialog = self.page.get_by_role("dialog", name="You are signed out")
        dialog.get_by_label("User name").fill("wren", timeout=PATIENCE)
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Sign in and save").click()
        expect(dialog).to_be_hidden(timeout=PATIENCE)

    def old_token(self, words: str) -> None:
        self.page.evaluate("window.wagtailConfig.CSRF_TOKEN = 'x'")
        self.type(words)

    def crash(self, words: str) -> None:
        once(self.page, is_save, abort)
        self.type(words)
        expect(self.page.locator("[data-desk-saving-words]")).to_contain_text("Not saved:", timeout=PATIENCE)
        after = self.page.context.new_page()
        self.page.close(run_before_unload=False)
        self.page = after
        after.goto(self.address)
        left = after.get_by_role("region", name="Words that were not saved")
        with after.expect_navigation():
            left.get_by_role("button", name="Put them back").click(timeout=PATIENCE)
        ready(after)

    def settle(self, words: str) -> None:
        expect(summary(self.page)).to_have_value(words, timeout=PATIENCE)
        if self.page.locator("[data-desk-saving-words]").text_content() != "":
            says(self.page, SAVED)


def test_a_writer_loses_no_word_however_a_save_is_cut(page: Page, site_server, article):
    writing = Writing(page, f"{site_server.url}/admin/pages/{article.pk}/edit/")
    cuts = writing.cuts()
    lost = []

    for number, kind in enumerate(drawn(cuts), 1):
        words = f"Start. Cut {number:04d}, {kind}, end."
        cuts[kind](words)
        writing.settle(words)
        if ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object().summary != words:
            lost.append((number, kind))

    assert not lost, f"{len(lost)} lost of {CUTS or len(cuts)}"


class Reviewing:
    """A reviewer at the form: answers, is cut off, goes on."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        sign_in(page, address, "remy")

    def cuts(self) -> dict[str, Callable[[str], None]]:
        return {
            **{cut.__name__: partial(self.broken, cut) for cut in BROKEN},
            "signed_out": self.signed_out,
            "signed_out_and_reloaded": self.signed_out_and_reloaded,
            "old_token": self.old_token,
            "reload_at_once": self.reload_at_once,
            "crash": self.crash,
        }

    @property
    def comment(self):
        return self.page.locator("textarea[name=comment]")

    def back(self) -> None:
        self.page.evaluate("window.dispatchEvent(new Event('online'))")

    def broken(self, answer: Callable[[Route], None], words: str) -> None:
        once(self.page, is_keep, answer)
        self.comment.fill(words)
        expect(self.page.get_by_text("Not kept yet")).to_be_visible(timeout=PATIENCE)
        self.back()

    def sign_in_elsewhere(self) -> None:
        other = self.page.context.new_page()
        sign_in(other, self.address, "remy")
        other.close()

    def signed_out(self, words: str) -> None:
        Session.objects.all().delete()
        self.comment.fill(words)
        expect(self.page.get_by_text("You are signed out.")).to_be_visible(timeout=PATIENCE)
        self.sign_in_elsewhere()
        self.back()

    def signed_out_and_reloaded(self, words: str) -> None:
        Session.objects.all().delete()
        self.comment.fill(words)
        expect(self.page.get_by_text("You are signed out.")).to_be_visible(timeout=PATIENCE)
        self.sign_in_elsewhere()
        self.page.goto(self.address)

    def old_token(self, words: str) -> None:
        self.page.evaluate("document.querySelector('#review-form [name=csrfmiddlewaretoken]').value = 'x'")
        # Nothing is said of it meanwhile: that the answers are kept stands there from before.
        with self.page.expect_response(lambda answer: answer.url.endswith("/keep/") and answer.ok, timeout=PATIENCE):
            self.comment.fill(words)

    def reload_at_once(self, words: str) -> None:
        self.comment.fill(words)
        self.page.goto(self.address)

    def crash(self, words: str) -> None:
        once(self.page, is_keep, abort)
        self.comment.fill(words)
        expect(self.page.get_by_text("Not kept yet")).to_be_visible(timeout=PATIENCE)
        after = self.page.context.new_page()
        self.page.close(run_before_unload=False)
        self.page = after
        after.goto(self.address)

    def settle(self, words: str) -> None:
        expect(self.comment).to_have_value(words, timeout=PATIENCE)
        # Nothing is said on a page that was loaded with all of it.
        expect(self.page.locator("[data-kept]")).to_have_text(
            re.compile(r"^(Your answers are kept\.)?$"), timeout=PATIENCE
        )


def is_keep(route: Route) -> bool:
    return route.request.url.endswith("/keep/")


def test_a_reviewer_loses_no_answer_however_keeping_is_cut(page: Page, site_server, article):
    reviewer_user(username="remy")
    state = submit(article, article.owner)
    page.on("dialog", lambda dialog: dialog.accept())
    page.context.on("page", lambda other: other.on("dialog", lambda dialog: dialog.accept()))
    reviewing = Reviewing(page, f"{site_server.url}{reverse('research_review', args=[state.pk])}")
    cuts = reviewing.cuts()
    lost = []

    for number, kind in enumerate(drawn(cuts), 1):
        words = f"Cut {number:04d}, {kind}."
        cuts[kind](words)
        reviewing.settle(words)
        if ReviewDraft.objects.get().answers["comment"] != words:
            lost.append((number, kind))

    assert not lost, f"{len(lost)} lost of {CUTS or len(cuts)}"


SLOW_PULSE = """() => {
    const real = window.fetch;
    const after = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
    window.fetch = async (address, ...rest) => {
        if (String(address).includes("pulse")) await after(1500);
        return real(address, ...rest);
    };
}"""


def test_what_failed_does_not_speak_for_what_was_kept_since(page: Page, site_server, article):
    reviewer_user(username="remy")
    state = submit(article, article.owner)
    reviewing = Reviewing(page, f"{site_server.url}{reverse('research_review', args=[state.pk])}")
    page.evaluate(SLOW_PULSE)
    once(page, is_keep, abort)

    with page.expect_event("requestfailed"):
        reviewing.comment.fill("The first.")
    reviewing.comment.fill("The first and the second.")
    reviewing.back()
    page.wait_for_timeout(3000)

    expect(page.locator("[data-kept]")).to_have_text("Your answers are kept.", timeout=PATIENCE)
    assert ReviewDraft.objects.get().answers["comment"] == "The first and the second."


def test_answers_that_never_arrived_are_offered_where_others_were_kept_since(page: Page, site_server, article):
    reviewer_user(username="remy")
    reviewing = Reviewing(
        page, f"{site_server.url}{reverse('research_review', args=[submit(article, article.owner).pk])}"
    )
    page.on("dialog", lambda dialog: dialog.accept())
    reviewing.comment.fill("Written before.")
    reviewing.settle("Written before.")
    page.route("**/keep/", abort)
    reviewing.comment.fill("Written on the train.")
    expect(page.get_by_text("Not kept yet")).to_be_visible(timeout=PATIENCE)
    kept = ReviewDraft.objects.get()
    kept.answers["comment"] = "Written at home."
    kept.save()

    page.goto(reviewing.address)

    expect(reviewing.comment).to_have_value("Written at home.")
    expect(page.get_by_text("Answers of")).to_contain_text("never reached the server")
    page.unroute("**/keep/")
    page.get_by_role("button", name="Put them back").click()
    reviewing.settle("Written on the train.")
    assert ReviewDraft.objects.get().answers["comment"] == "Written on the train."
