"""A second publication from the same software: its name and colour on public pages, in the admin and in mails."""

import os
import re
from pathlib import Path

import pytest
from django.core import mail
from playwright.sync_api import Browser, Page, expect

from common import outbox
from home.models import SiteSettings
from tests.browser.editing import sign_in
from tests.factories import HomePageFactory, TopicIndexPageFactory, editor_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME, COLOUR, DRAWN = "Joint Ventures", "#7a1f3d", "rgb(122, 31, 61)"


@pytest.fixture
def brand(db):
    TopicIndexPageFactory(parent=HomePageFactory(), title="Arthritis", slug="arthritis")
    settings = SiteSettings.objects.first() or SiteSettings()
    settings.name, settings.colour = NAME, COLOUR
    settings.full_clean()
    settings.save()


def colour_of(page: Page, selector: str, property_name: str = "color") -> str:
    return page.locator(selector).first.evaluate(f"one => getComputedStyle(one).getPropertyValue('{property_name}')")


def picture(page: Page, name: str) -> None:
    """Keep pictures of the page in the folder that SCREENSHOTS names, where somebody wants to look at it."""
    folder = os.environ.get("SCREENSHOTS")
    for width in (390, 1280) if folder else ():
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"brand-{name}-{width}-{scheme}.png")


def test_readers_see_its_name_and_its_colour(page: Page, site_server, brand):
    page.emulate_media(color_scheme="light")
    page.goto(f"{site_server.url}/")

    assert NAME in page.title()
    expect(page.get_by_text(NAME).first).to_be_visible()
    accent = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent')")
    assert COLOUR in accent
    assert not re.search(r"\bCountersign\b", page.locator("body").inner_text())
    picture(page, "front")


def test_the_newsroom_has_its_name_and_its_colour(browser: Browser, site_server, brand):
    page = sign_in(browser, site_server.url, editor_user())
    page.emulate_media(color_scheme="light")
    page.goto(f"{site_server.url}/admin/board/")

    assert page.title().endswith(NAME)
    assert colour_of(page, ".cs-board__views a[aria-current]", "background-color") == DRAWN
    picture(page, "admin")


def test_its_mails_have_both(page: Page, brand):
    outbox.enqueue_mail("told", ["ada@example.org"], "Waiting for your review: A title", "Hello.\n\nRead it.")
    outbox.deliver_due()
    (message,) = mail.outbox

    page.set_content(message.alternatives[0][0])

    assert message.from_email.startswith(f"{NAME} <")
    assert colour_of(page, "a") == DRAWN
    assert colour_of(page, "table table", "border-top-color") == DRAWN
    picture(page, "mail")
