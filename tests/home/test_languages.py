"""Languages: what a page speaks is decided by where it is, and nothing that is stored or signed depends on it."""

import re
from datetime import timedelta
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from bs4 import BeautifulSoup
from django.core import mail
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from common import languages
from common.languages import language_at
from home.following.models import Follower
from home.following.sending import send_due
from home.models import SiteSettings
from research.content.article import content_of
from research.content.stored import read_canonical
from research.models import ArticlePage, PublishedArticle, TopicIndexPage
from research.models.signoffs import SignOff
from research.publishing import planning
from tests.catalogs import LANGUAGES, READERS, po_file, read
from tests.factories import (
    ArticlePageFactory,
    InfoPageFactory,
    StudyNoticeFactory,
    TopicFactory,
    TopicIndexPageFactory,
    correct,
    edit,
    publish,
    reviewer_user,
    schedule,
    writer_user,
)
from tests.factories.blocks import body, more, question, text

pytestmark = pytest.mark.django_db

SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-listen", "data-stop", "data-suggestions")
PUT_IN = re.compile(r"%\(\w+\)s|<[^>]+>")
#: Pieces of a sentence between what is put in; shorter ones are in every text.
SHORTEST_PIECE = 10
ARTICLE = "/ms/fewer-relapses/"
PAGES = (
    "/",
    "/ms/",
    "/ms/topics/",
    "/ms/topics/microglia/",
    ARTICLE,
    f"{ARTICLE}made/",
    f"{ARTICLE}details/",
    f"{ARTICLE}questions/",
    f"{ARTICLE}versions/1/",
    f"{ARTICLE}report/",
    "/corrections/",
    "/follow/",
    "/follow/?asked=1",
    "/search/",
    "/search/?q=relapses",
    "/search/?q=nothingatall",
    "/search/?q=10.1000/nothing",
    "/nothing/",
    "/ms/nothing/",
    "/accounts/login/",
    "/accounts/password/reset/",
)
ERRORS = ("403.html", "403_csrf.html", "404.html", "429.html", "500.html", "research/withdrawn.html")


@pytest.fixture
def site(db):
    """A site with what its pages can show: a correction, an earlier version, a retracted study, topics."""
    section, reviewer = TopicIndexPageFactory(), reviewer_user()
    topic = TopicFactory(name="Microglia", slug="microglia")
    topic.parents.add(TopicFactory(name="Cells"))
    article = ArticlePageFactory(
        parent=section,
        title="Fewer relapses",
        slug="fewer-relapses",
        topics=[topic],
        body=body(text(), more(), question()),
    )
    publish(article, reviewer)
    edit(article, writer_user(), title="Fewer relapses now")
    publish(article, reviewer)
    retracted = ArticlePageFactory(parent=section, title="Relapses gone", slug="gone", topics=[topic])
    publish(retracted, reviewer)
    StudyNoticeFactory(study=retracted.study, kind="retraction")
    correct(article, "<p>It was 4 of 53.</p>")
    InfoPageFactory(title="Xx", slug="corrections", lists_corrections=True)
    return section


def speak(language: str) -> None:
    """Give the publication and its sections a language, as an editor's forms and a new section do."""
    settings = SiteSettings.objects.first() or SiteSettings()
    settings.language = language
    settings.save()
    for section in TopicIndexPage.objects.all():
        TopicIndexPage.objects.filter(pk=section.pk).update(language=language)
    from home.languages import forget

    forget()


def said_in(html: str) -> list[str]:
    """Return each piece of text that a page shows, prints in its head, or has read out."""
    soup = BeautifulSoup(html, "html.parser")
    for silent in soup(["script", "style", "code"]):
        if not silent.get("data-listen"):
            silent.decompose()
    # What is signed, or was written by people, is in a language of its own.
    for foreign in soup.select("[lang]:not(html), .prose, .takeaway-words, .why-reason, blockquote"):
        foreign.decompose()
    spoken = [tag[name] for name in SPOKEN for tag in soup.find_all(attrs={name: True})]
    return [" ".join(text.split()) for text in (*soup.stripped_strings, *spoken) if text.strip()]


@cache
def catalogue(language: str) -> Catalog:
    return read(po_file(READERS, language), language)


def english_in(html: str, language: str) -> set[str]:
    """Return the sentences of the catalogue that stand untranslated in a page."""
    said = said_in(html)
    whole, all_of_it = set(said), " \n ".join(said)
    found = set()
    for message in catalogue(language):
        words = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        for one in words:
            pieces = [" ".join(piece.split()) for piece in PUT_IN.split(one)]
            long = [piece for piece in pieces if len(piece) >= SHORTEST_PIECE and " " in piece]
            # Names that are the same in both languages say nothing.
            if one in strings or any(piece in string for piece in long for string in strings):
                continue
            if one and (one in whole or any(piece in all_of_it for piece in long)):
                found.add(one)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_site_speaks_one_language(site, client, language):
    speak(language)
    client.raise_request_exception = False

    left = {}
    for address in PAGES:
        html = client.get(address).content.decode()
        assert f'<html lang="{language}" dir="ltr">' in html, address
        if english := english_in(html, language):
            left[address] = english
    request = RequestFactory().get("/")
    with translation.override(language):
        for template in ERRORS:
            if english := english_in(render_to_string(template, {}, request), language):
                left[template] = english

    assert left == {}


def test_english_words_would_be_seen(site, client):
    assert "How we work" in english_in(client.get("/").content.decode(), "de")


def test_dates_are_written_as_the_language_does(site, client):
    PublishedArticle.objects.update(published_at=timezone.now().replace(year=2026, month=3, day=2))

    speak("de")

    assert "2. März 2026" in client.get(ARTICLE).content.decode()


def test_nothing_that_a_reader_sends_changes_the_language(site, client):
    for address in ("/", ARTICLE, "/search/?q=relapses", "/nothing/", "/follow/"):
        plain = client.get(address)
        for headers in ({"Accept-Language": "fr"}, {"Cookie": "django_language=fr"}):
            asked = Client().get(address, headers=headers)

            assert asked.content == plain.content, address
            assert "accept-language" not in asked.headers.get("Vary", "").lower()
            assert "Content-Language" not in asked.headers


def test_a_section_speaks_its_own_language(client):
    TopicIndexPageFactory(slug="ms", language="en-gb")
    TopicIndexPageFactory(slug="als", title="ALS", language="de")

    spoken = [BeautifulSoup(client.get(a).content, "html.parser").html["lang"] for a in ("/ms/", "/als/", "/", "/x/")]

    assert spoken == ["en-gb", "de", "en-gb", "en-gb"]


def test_a_language_stays_with_its_request(client):
    TopicIndexPageFactory(slug="als", title="ALS", language="de")
    before = translation.get_language()

    client.get("/als/")
    client.get("/als/nothing/")

    assert translation.get_language() == before


@pytest.mark.parametrize("address", ["/", "/ms/", "/search/?q=relapses"])
def test_a_page_asks_once_which_languages_there_are(address, site, client):
    asked, find = [], languages._find

    def ask():
        asked.append(address)
        return find()

    languages.use(ask)
    try:
        client.get(address)
        client.get(address)
    finally:
        languages.use(find)

    assert asked == [address] * 2


def test_an_error_leaves_no_language_behind(client, monkeypatch):
    TopicIndexPageFactory(slug="als", title="ALS", language="de")
    monkeypatch.setattr("research.reading.section.topic_links", lambda *args, **kwargs: 1 / 0)
    client.raise_request_exception = False
    before = translation.get_language()

    response = client.get("/als/")

    assert response.status_code == 500
    assert '<html lang="de"' in response.content.decode()
    assert translation.get_language() == before


def test_a_kept_page_follows_its_section(reader, django_capture_on_commit_callbacks):
    section = TopicIndexPageFactory(slug="als", title="ALS")
    assert b'lang="en-gb"' in reader.get("/als/").body

    with django_capture_on_commit_callbacks(execute=True):
        section.language = "fr"
        section.save()

    assert b'lang="fr"' in reader.get("/als/").body


def test_kept_pages_follow_the_publication(reader, django_capture_on_commit_callbacks):
    TopicIndexPageFactory(slug="als", title="ALS")
    assert b'lang="en-gb"' in reader.get("/").body

    with django_capture_on_commit_callbacks(execute=True):
        SiteSettings.objects.update_or_create(defaults={"language": "de"})

    assert b'lang="de"' in reader.get("/").body


def test_a_new_section_begins_in_the_language_of_the_publication():
    SiteSettings.objects.update_or_create(defaults={"language": "fr"})

    assert TopicIndexPage().language == "fr"
    assert language_at("/search/") == "fr"


def test_a_section_with_public_articles_keeps_its_language(site):
    site.language = "de"

    with pytest.raises(ValidationError, match="signed as written"):
        site.save()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_signed_is_the_same_in_every_language(language):
    english = ArticlePageFactory(parent=TopicIndexPageFactory(), slug="one")
    publish(english, reviewer_user())
    before = PublishedArticle.objects.get(page_id=english.pk)
    line = SignOff.objects.get(pk=before.sign_off_id)
    with translation.override(language):
        other = ArticlePageFactory(parent=TopicIndexPage.objects.get(), slug="two", study=english.study)
        digest = content_of(ArticlePage.objects.get(pk=other.pk)).digest
        publish(other, line.signed_by if hasattr(line, "signed_by") else reviewer_user())

    row = PublishedArticle.objects.get(page_id=other.pk)

    assert content_of(ArticlePage.objects.get(pk=other.pk)).digest == digest == row.digest
    assert read_canonical(row.content).language == "en-gb"
    assert list(row.labels) == list(before.labels)
    asked = [[(one["key"], one["asked"]) for one in each.sign_off.answers if "asked" in one] for each in (before, row)]
    assert [pair for pair in asked[0] if ":" not in pair[0]] == [pair for pair in asked[1] if ":" not in pair[0]]


def test_what_was_signed_in_one_language_is_released_in_another():
    article = ArticlePageFactory(parent=TopicIndexPageFactory())
    with translation.override("de"):
        release = schedule(article, reviewer_user())

    with translation.override("fr"):
        planning.run_due(timezone.now())

    release.refresh_from_db()
    assert release.state == release.State.DONE, release.reason


def test_sealed_words_in_another_language_say_so(site, client):
    TopicIndexPage.objects.update(language="de")

    page = BeautifulSoup(client.get(ARTICLE).content, "html.parser")

    assert page.html["lang"] == "de"
    assert page.h1["lang"] == "en-gb"
    assert {part["lang"] for part in page.select(".article-section [lang]")} == {"en-gb"}


def test_a_language_written_from_the_right_is_printed_so(settings, client):
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "العربية")]
    TopicIndexPageFactory(slug="ms", language="ar")

    page = BeautifulSoup(client.get("/ms/").content, "html.parser")

    assert (page.html["lang"], page.html["dir"]) == ("ar", "rtl")


def test_each_follower_is_written_to_in_the_language_of_what_they_follow():
    now = timezone.now()
    german = TopicIndexPageFactory(slug="als", title="ALS", language="de")
    for email, section in (("a@example.org", german), ("b@example.org", None)):
        Follower.objects.create(email=email, section=section, asked_at=now, link_due_at=now)

    send_due(now + timedelta(minutes=1))

    subjects = {message.to[0]: message.subject for message in mail.outbox}
    assert subjects["a@example.org"].startswith("Bitte bestätigen")
    assert subjects["b@example.org"].startswith("Please confirm")
    assert 'lang="de"' in str(mail.outbox[0].alternatives[0][0])
