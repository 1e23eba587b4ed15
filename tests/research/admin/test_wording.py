"""The newsroom's words: no screen that a person reaches by following links speaks of the machinery below."""

import re
from collections import deque
from urllib.parse import urldefrag, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.utils import timezone, translation
from wagtail.models import Page

from tests.factories import ArticlePageFactory, edit, submit

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: What is said otherwise here: "take down", "send for review", "review", the publication's own name.
BARRED = re.compile(r"\b(?:wagtail|unpublish\w*|moderation|moderators?|workflows?)\b", re.IGNORECASE)
#: Attributes that are read out or shown.
SPOKEN = ("aria-label", "title", "placeholder", "alt", "value")
MOST_PAGES = 150
MOST_OF_A_SHAPE = 2


def menu_of(soup: BeautifulSoup, part: str) -> list[str]:
    """Return the labels or the addresses of the menu, which a script draws from what stands in the page."""
    props = soup.find(id="wagtail-sidebar-props")
    return re.findall(rf'"{part}": "([^"]+)"', props.string) if props else []


def words_of(content: bytes) -> str:
    """Return what a person sees or hears of a page, its title and the menu among it."""
    soup = BeautifulSoup(content, "html.parser")
    menu = menu_of(soup, "label")
    for silent in soup(["script", "style", "code"]):
        silent.decompose()
    spoken = [
        tag[name]
        for name in SPOKEN
        for tag in soup.find_all(attrs={name: True})
        if name != "value" or (tag.name == "input" and tag.get("type") in ("submit", "button"))
    ]
    return " ".join([soup.get_text(" "), *spoken, *menu])


def links_of(content: bytes) -> list[str]:
    """Return the addresses of the admin that a page leads to, those of the menu first."""
    soup = BeautifulSoup(content, "html.parser")
    links = [*menu_of(soup, "url"), *(link["href"] for link in soup.find_all("a", href=True))]
    addresses = [urldefrag(link)[0] for link in links]
    return [one for one in addresses if one.startswith("/admin/") and "logout" not in one]


def shape_of(address: str) -> str:
    """Return an address without its numbers: two of a shape say what the others say."""
    return re.sub(r"\d+|[0-9a-f-]{32,36}", "0", urlsplit(address).path)


def crawl(client) -> dict[str, set[str]]:
    """Return the barred words, each with what stands around it, by address of every page that links lead to."""
    waiting, seen, shapes, found = deque(["/admin/"]), {"/admin/"}, {}, {}
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.popleft()
        response = client.get(address)
        if response.status_code != 200 or "html" not in response["Content-Type"]:
            continue
        words = " ".join(words_of(response.content).split())
        if barred := {words[max(0, hit.start() - 30) : hit.end() + 30] for hit in BARRED.finditer(words)}:
            found[address] = barred
        for link in links_of(response.content):
            shape = shape_of(link)
            if link not in seen and shapes.get(shape, 0) < MOST_OF_A_SHAPE:
                shapes[shape] = shapes.get(shape, 0) + 1
                seen.add(link)
                waiting.append(link)
    assert len(seen) > 15
    return found


@pytest.fixture
def everything(section, writer, reviewer, public_article):
    """Articles in every state that screens speak of. Wagtail's own first page goes, as ``setup_site`` lets it go."""
    Page.objects.filter(title__contains="Wagtail").delete()
    waiting = ArticlePageFactory(parent=section, by=writer, title="In review", slug="in-review")
    submit(waiting, writer)
    ArticlePageFactory(parent=section, by=writer, title="A draft", slug="a-draft")
    edit(public_article, writer, summary="Changed since.")
    return timezone.now()


@pytest.mark.parametrize("role", ["writer", "reviewer", "editor", "admin"])
def test_no_screen_speaks_of_the_machinery(role, client, everything, request):
    client.force_login(request.getfixturevalue(role))

    assert crawl(client) == {}


def test_what_is_compiled_says_what_the_source_of_it_says():
    source = (settings.LOCALE_PATHS[0] / "en_GB" / "LC_MESSAGES" / "django.po").read_text()
    entries = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE)
    assert len(entries) > 100

    with translation.override("en-gb"):
        for ours in entries:
            asked, told = (words.replace('\\"', '"') for words in ours)
            assert translation.gettext(asked) == told
