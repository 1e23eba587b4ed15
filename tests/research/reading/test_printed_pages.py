"""A page that is printed whole is printed again when anything that it shows is another."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.db.models import QuerySet
from django.utils import timezone

from common import languages, letterhead
from common.outbox import deliver_due
from common.page_store.shown import Page, being_made
from common.printing import stored
from common.printing.memory import memory, unpacked
from home.models import HomePage, SiteSettings
from research.models import (
    ArticleNotice,
    NoticeWording,
    Person,
    PublishedArticle,
    Study,
    StudyNotice,
    Topic,
    TopicIndexPage,
)
from research.models.texts import PublishedText
from research.reading.article import views
from research.reading.article.presentation import presentation
from research.reading.article.rows import public_row, read_article
from research.record.erasure.erasing import erase_person
from tests.factories import (
    ArticlePageFactory,
    ExplainerFactory,
    GlossaryTermFactory,
    StudyNoticeFactory,
    TopicFactory,
    TopicIndexPageFactory,
    correct,
    publish,
    reviewer_user,
    sign,
    sign_text_of,
)
from tests.factories.blocks import body, glossary_term, text

pytestmark = pytest.mark.django_db
SOON = timedelta(days=9)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """Keep what is printed, in a folder of this test's own."""
    settings.PRINTED_DIR = tmp_path / "printed"
    return settings.PRINTED_DIR


@pytest.fixture
def article(section, reviewer):
    """Return a public article with one of everything that its page may show."""
    section.two_reviewers = True
    section.save_revision().publish()
    topic = TopicFactory(name="Cells", slug="cells")
    term, explainer = GlossaryTermFactory(term="relapse"), ExplainerFactory(section=section)
    for signable in (term, explainer):
        sign_text_of(signable)
    other = ArticlePageFactory(parent=section, title="Read this next", slug="next", topics=[topic])
    linked = text(f'<p>A <a linktype="page" id="{other.pk}">link</a>.</p>')
    page = ArticlePageFactory(
        parent=section, title="The article", slug="rich", topics=[topic], body=body(linked, glossary_term(term))
    )
    second = reviewer_user(username="second")
    for one in (other, page):
        sign(one, second)
        publish(one, reviewer)
    correct(page, "The dose was 20 mg.")
    wording = NoticeWording.objects.create(name="checking", heading="We are checking", text="<p>Wait for it.</p>")
    sign_text_of(wording)
    ArticleNotice.objects.create(article=page, wording=wording)
    StudyNoticeFactory(study=page.study, kind=StudyNotice.Kind.CORRECTION, date=timezone.localdate())
    return page


def read(article):
    now = timezone.now()
    return read_article(public_row("ms", article.slug, now), now)


def test_a_page_is_made_of_what_was_read_and_asks_for_nothing(article, django_assert_num_queries, monkeypatch):
    found = read(article)
    assert found.also_signed
    assert found.related.stored
    assert found.links.stored
    # What is asked of the publication is among what a page is known by.
    monkeypatch.setattr(letterhead, "_find", letterhead.Letterhead)
    monkeypatch.setattr(languages, "_find", dict)

    with django_assert_num_queries(0):
        printed = views._printed(found, "https://example.org/ms/rich/", {}, with_details=False).html

    for words in ("Read this next", "Cells", "The dose was 20 mg.", "We are checking", "relapse", "/ms/next/"):
        assert words in printed


def test_what_is_the_same_is_printed_once(article, client, monkeypatch):
    made = []
    monkeypatch.setattr(
        views, "presentation", lambda *args, **kwargs: made.append(args) or presentation(*args, **kwargs)
    )
    pages = {client.get("/ms/rich/").content for _ in range(3)}

    assert len(pages) == len(made) == 1


def test_another_process_does_not_print_it_again(article, client, monkeypatch):
    first = client.get("/ms/rich/").content
    memory().clear()
    monkeypatch.setattr(views, "presentation", None)

    assert client.get("/ms/rich/").content == first


def test_an_erased_name_is_in_no_file(article, client, admin, folder, django_capture_on_commit_callbacks):
    second = Person.objects.get(user__username="second")
    client.get("/ms/rich/")
    assert any(second.name in unpacked(file.read_bytes()[stored.SEAL_BYTES :]) for file in files(folder))

    with django_capture_on_commit_callbacks(execute=True):
        erase_person(user=second.user, by=admin, reason="They asked for it.")
    deliver_due(timezone.now())

    assert not files(folder)


def files(folder):
    return [path for path in folder.glob("*/*/*") if path.is_file()]


CHANGES = {
    "title": (PublishedArticle, {"title": "Another title of a card"}),
    "picture": (PublishedArticle, {"lead_alternative_text": "Another picture"}),
    "authors": (PublishedArticle, {"authors": ["Someone Else"]}),
    "overdue": (PublishedArticle, {"review_due_at": timezone.now() - timedelta(days=1)}),
    "due": (PublishedArticle, {"review_due_at": timezone.now() + SOON}),
    "updated": (PublishedArticle, {"updated_at": timezone.now() + SOON}),
    "ratings": (PublishedArticle, {"credibility_word": "Strange"}),
    "address": (PublishedArticle.objects.filter(title="Read this next"), {"address": "/ms/elsewhere/"}),
    "gone": (PublishedArticle.objects.filter(title="Read this next"), {"withdrawn_at": timezone.now()}),
    "topic": (Topic, {"name": "Other cells"}),
    "topic's address": (Topic, {"slug": "other"}),
    "study's status": (Study, {"status": Study.Status.RETRACTED}),
    "study's check": (Study, {"checked_at": timezone.now() - SOON}),
    "notice": (StudyNotice, {"reason": "Another reason"}),
    # Past the rule that a notice stays what it was recorded as.
    "notice's kind": (QuerySet(StudyNotice), {"kind": StudyNotice.Kind.RETRACTION}),
    "notice's date": (QuerySet(StudyNotice), {"date": timezone.localdate() - SOON}),
    "texts": (PublishedText.objects.filter(subject_type="correction"), {"values": {"date": "2020-01-01", "text": "x"}}),
    "term": (PublishedText.objects.filter(subject_type="term"), {"values": {"term": "attack", "plain_words": "x"}}),
    "site": (SiteSettings, {"name": "Another paper", "licence_url": "https://example.org/licence"}),
    "section": (TopicIndexPage, {"title": "Another section", "condition_short_name": "AS"}),
    "language": (TopicIndexPage, {"language": "de"}),
    "front": (HomePage, {"title": "Home", "tagline": "Another line"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_another_is_printed_anew(change, article, client):
    SiteSettings.objects.get_or_create()
    client.get("/ms/rich/")
    rows, values = CHANGES[change]
    assert (rows.objects.all() if isinstance(rows, type) else rows.all()).update(**values)
    caches["default"].clear()

    assert client.get("/ms/rich/").status_code == 200
    assert same_without_memory(client)


def same_without_memory(client, address="/ms/rich/"):
    got = client.get(address).content
    stored.forget()
    return got == client.get(address).content


def test_time_alone_makes_it_another(article, client):
    due = timezone.now() + timedelta(seconds=60)  # memory holds for longer
    PublishedArticle.objects.filter(page_id=article.pk).update(review_due_at=due)
    before = client.get("/ms/rich/").content

    with time_machine.travel(due + timedelta(seconds=1), tick=False):
        assert client.get("/ms/rich/").content != before
        assert same_without_memory(client)


def test_a_card_in_another_language_says_so_at_once(article, client, reviewer):
    elsewhere = TopicIndexPageFactory(parent=article.get_parent().get_parent(), slug="als", title="ALS")
    publish(ArticlePageFactory(parent=elsewhere, title="Of another section", slug="other"), reviewer)
    assert b"Of another section" in client.get("/ms/rich/").content

    TopicIndexPage.objects.filter(slug="als").update(language="de")
    caches["default"].clear()

    assert b'lang="de"' in client.get("/ms/rich/").content
    assert same_without_memory(client)


def test_who_countersigned_too_is_no_longer_named_once_erased(article, client, admin):
    second = Person.objects.get(user__username="second")
    assert second.name in client.get("/ms/rich/").content.decode()

    erase_person(user=second.user, by=admin, reason="They asked for it.")

    got = client.get("/ms/rich/")
    assert second.name not in got.content.decode()


@pytest.mark.parametrize("asked", [{"headers": {"host": "testserver:81"}}, {"secure": True}])
def test_each_address_has_a_page_of_its_own(asked, article, client):
    client.get("/ms/rich/")
    got = client.get("/ms/rich/", **asked).content
    stored.forget()
    assert got == client.get("/ms/rich/", **asked).content


def test_a_page_from_memory_or_a_file_says_what_it_shows(article, client):
    shown = []
    for at in range(3):
        if at == 2:
            memory().clear()
        page = Page()
        token = being_made.set(page)
        client.get("/ms/rich/")
        being_made.reset(token)
        shown.append((page.tags, page.tables, page.until, page.may_be_kept))

    assert shown[0] == shown[1] == shown[2]
    assert f"study-{article.study_id}" in shown[0][0]
    assert shown[0][3]


def test_lists_are_printed_whole(article, client, monkeypatch):
    for address in ("/", "/ms/", "/ms/topics/", "/ms/topics/cells/"):
        first = client.get(address)
        again = client.get(address)
        assert first.templates, address
        assert again.templates == [], address
        assert first.content == again.content


def test_none_of_them_names_who_asks(article, client, editor):
    client.force_login(editor)
    signed_in = {address: client.get(address).content for address in ("/", "/ms/", "/ms/rich/")}
    client.logout()
    stored.forget()  # what was printed first for the editor would be given to everybody

    assert {address: client.get(address).content for address in signed_in} == signed_in
    assert not [address for address, page in signed_in.items() if editor.get_username().encode() in page]
