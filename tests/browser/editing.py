"""People at the editor, each in a browser of their own."""

from django.test import Client
from playwright.sync_api import Browser, Page, expect

from common.models import User
from research.models import ArticlePage


def sign_in(browser: Browser, server: str, user: User) -> Page:
    """Return an empty page of a browser in which somebody is signed in."""
    client = Client()
    client.force_login(user)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server}])
    page = context.new_page()
    page.set_default_timeout(90_000)
    return page


def open_editor(browser: Browser, server: str, article: ArticlePage) -> Page:
    """Return an article in the editor of its owner, when all of it is drawn."""
    page = sign_in(browser, server, article.owner)
    page.goto(f"{server}/admin/pages/{article.pk}/edit/")
    expect(page.locator("[data-desk-saving][data-ready]")).to_be_attached(timeout=60_000)
    return page
