"""What public pages promise is there: every link leads somewhere, and words that promise something are kept."""

import re
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.utils import timezone

from home.first_pages import first_pages
from home.models import SiteSettings
from home.site_setup import SiteWords, set_up_site
from research.models import Study
from research.publishing import versions
from research.review.transparency.checkpoints import make_due
from research.review.transparency.signed_notes import new_key
from tests.factories import (
    ArticlePageFactory,
    ExplainerFactory,
    StudyNoticeFactory,
    TopicFactory,
    correct,
    edit,
    publish,
    sign_text_of,
    unpublish,
)
from tests.factories.blocks import body, more, question, text

pytestmark = pytest.mark.django_db

HTML = "text/html; charset=utf-8"
START = ("/", "/search/", "/search/?q=relapse", "/search/?q=nothingofthekind")
# Pages that stand for something that is not there, and pieces of others.
NOT_LOOKED_AT = {
    "preview_page.html", "preview_unavailable.html", "sitemap.xml", "sitemap_index.xml", "contributor_removed.html",
    "guest_closed.html", "guest_declare.html", "guest_page.html", "guest_thanks.html",
}  # fmt: skip
#: Words that promise something, each with what a reader must be able to find somewhere on the public pages.
PROMISES = {
    r"earlier versions": r"Out of date – read the current summary",
    r"last checked": r"Last checked on \d",
    r"checked for notices": r"Last checked on \d",
    r"report a problem": r"A person reads every report",
    r"medically reviewed": r"Proof of the signature",
    r"correction": r"All corrections",
    r"how we rate": r"How we rate studies",
    r"why this rating": r"Together: ?\d+ of \d+ points",
    r"next review due": r"Next review due by",
    r"retracted": r"Retracted|retracted",
}


@pytest.fixture
def site(writer, reviewer, editor, settings):
    """A site with its first pages and an article in every state that readers meet."""
    words = SiteWords(
        "Myelin", section_title="MS", section_slug="ms", condition="multiple sclerosis", condition_short="MS",
        info=first_pages("Myelin", "multiple sclerosis"),
    )  # fmt: skip
    _, section = set_up_site(words)
    SiteSettings.objects.update(name="Myelin")
    sign_text_of(ExplainerFactory(section=section), reviewer)
    wide, narrow = TopicFactory(name="Immune system"), TopicFactory(name="Microglia")
    narrow.parents.add(wide)
    sign_text_of(narrow, reviewer)
    page = ArticlePageFactory(
        parent=section, by=writer, title="Fewer relapses", slug="fewer", topics=[wide, narrow],
        body=body(text(), more(), question()),
    )  # fmt: skip
    publish(page, reviewer)
    correct(page, "A number was wrong.")
    edit(page, summary="Somewhat fewer people had a relapse.")
    publish(page, reviewer)
    edit(page, summary="A little fewer people had a relapse.")
    publish(page, reviewer)
    Study.objects.update(checked_at=timezone.now())
    other = publish(ArticlePageFactory(parent=section, title="A relapse retracted", topics=[narrow]), reviewer)
    StudyNoticeFactory(study=other.study, kind="retraction")
    gone = publish(ArticlePageFactory(parent=section, title="Gone", slug="gone", topics=[narrow]), reviewer)
    unpublish(gone, editor)
    settings.CHECKPOINT_KEY = new_key()
    make_due(timezone.now())
    return page


def crawl(client, start=START):
    """Return the answers to every internal address that can be reached, by address; redirects are followed."""
    found, waiting = {}, list(start)
    while waiting:
        address = waiting.pop()
        if address in found:
            continue
        found[address] = client.get(address, follow=True)
        waiting += [link for link, _ in links_of(address, found[address])]
    return found


def links_of(address, response):
    """Return the internal addresses that a page leads to, each with its fragment."""
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return []
    page = BeautifulSoup(response.content, "html.parser")
    targets = [urldefrag(urljoin(f"http://testserver{address}", tag["href"])) for tag in page.select("[href]")]
    return [
        (urlsplit(url)._replace(scheme="", netloc="").geturl(), fragment)
        for url, fragment in targets
        if urlsplit(url).netloc == "testserver" and not urlsplit(url).path.startswith(settings.STATIC_URL)
    ]


def ids_on(response):
    return {tag["id"] for tag in BeautifulSoup(response.content, "html.parser").select("[id]")}


def words_of(response):
    main = BeautifulSoup(response.content, "html.parser").main
    return " ".join(main.get_text(" ").split()) if main else ""


def test_every_link_leads_somewhere(client, site):
    found = crawl(client)

    broken = {address: answer.status_code for address, answer in found.items() if answer.status_code != 200}
    lost = [
        (address, f"{link}#{fragment}")
        for address, answer in found.items()
        for link, fragment in links_of(address, answer)
        if fragment and fragment not in ids_on(found[link])
    ]
    assert broken == {}
    assert lost == []
    assert {"/ms/fewer/made/", "/ms/fewer/versions/1/", "/ms/fewer/versions/2/", "/corrections/"} <= found.keys()
    assert {"/ms/fewer/details/", "/ms/fewer/questions/"} <= found.keys()


def test_words_that_promise_something_are_kept(client, site):
    pages = [
        words_of(answer) for answer in crawl(client).values() if answer.headers["Content-Type"].startswith("text/h")
    ]

    made = {promise for promise in PROMISES if any(re.search(promise, words, re.IGNORECASE) for words in pages)}
    broken = [promise for promise in made if not any(re.search(PROMISES[promise], words) for words in pages)]

    assert broken == []
    assert made == set(PROMISES)


def test_a_version_that_is_withheld_breaks_no_promise(client, site, editor):
    versions.withhold_for_safety(site.published.versions.first(), editor)

    found = crawl(client)

    assert [address for address, answer in found.items() if answer.status_code != 200] == ["/ms/fewer/versions/1/"]
    assert found["/ms/fewer/versions/1/"].status_code == 410


def test_every_template_of_a_public_page_was_looked_at(client, site, editor):
    looked_at = {template.name for answer in crawl(client).values() for template in answer.templates or ()}
    looked_at |= {template.name for template in client.get("/ms/gone/").templates}
    versions.withhold_for_safety(site.published.versions.first(), editor)
    looked_at |= {template.name for template in client.get("/ms/fewer/versions/1/").templates}

    there = {
        str(path.relative_to(folder))
        for folder in [Path(settings.BASE_DIR) / "templates"]
        for app in ("home", "research", "search")
        for path in (folder / app).glob("*.*ml")
        if path.name not in NOT_LOOKED_AT
    }
    assert there - looked_at == set()
