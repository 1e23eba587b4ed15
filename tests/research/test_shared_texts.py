"""Shared texts: signed as they were read, shown as and where they were signed, kept, and revoked."""

from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from research import signing
from research.models import (
    Correction,
    Explainer,
    GlossaryTerm,
    NoticeWording,
    PublishedText,
    SignOff,
    Topic,
)
from tests.factories import (
    NO_STAKE,
    ArticlePageFactory,
    ExplainerFactory,
    GlossaryTermFactory,
    TopicFactory,
    admin_user,
    editor_user,
    publish,
    reviewer_user,
    writer_user,
)

pytestmark = pytest.mark.django_db

ROLES = {"writer": writer_user, "reviewer": reviewer_user, "editor": editor_user, "admin": admin_user}
ADDRESS = "/ms/fewer-relapses/"


def notice_wording():
    return NoticeWording.objects.create(name="Being checked", heading="Being checked", text="<p>First words.</p>")


def correction():
    article = publish(ArticlePageFactory(title="Corrected", slug="corrected"))
    return Correction.objects.create(article=article, date=date(2026, 3, 2), text="<p>First words.</p>")


# A text of each kind, and the field that a writer rewrites.
KINDS = {
    "topic": (lambda: TopicFactory(name="Microglia", definition="First words."), "definition"),
    "term": (lambda: GlossaryTermFactory(plain_words="First words."), "plain_words"),
    "explainer": (lambda: ExplainerFactory(body="<p>First words.</p>"), "body"),
    "correction": (correction, "text"),
    "notice": (notice_wording, "text"),
}


@pytest.fixture(params=list(KINDS))
def kind(request):
    """A kind of shared text, each in turn."""
    return request.param


@pytest.fixture
def text(kind):
    """A text of the kind, not signed."""
    return KINDS[kind][0]()


def rewrite(text, words="Other words."):
    type(text).objects.filter(pk=text.pk).update(**{KINDS[text.subject_type][1]: words})
    text.refresh_from_db()


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


def sign_url(text):
    return reverse("research_sign_text", args=[text.subject_type, text.pk])


def list_url(text, view, *args):
    return reverse(f"research_{text._meta.model_name}_modeladmin_{view}", args=args)


def shown_digest(response):
    """Return the digest in the form of a screen."""
    return BeautifulSoup(response.content, "html.parser").find("input", {"name": "digest"})["value"]


def words_of(response):
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


def read(address):
    """Return what a reader is shown; "" where nothing is."""
    response = Client().get(address)
    return words_of(response) if response.status_code == 200 else ""


def is_refused(response):
    """True where the admin turned the user away."""
    return response.status_code == 403 or (response.status_code == 302 and response.url == "/admin/")


# What was read is what is signed.


def test_the_screen_signs_the_words_that_it_showed(text, reviewer):
    browser = signed_in(reviewer)

    digest = shown_digest(browser.get(sign_url(text)))
    browser.post(sign_url(text), {"stake": "none", "digest": digest})

    assert PublishedText.objects.get(subject_uuid=text.subject_uuid).digest == digest


def test_words_that_changed_after_they_were_read_are_not_signed(text, reviewer):
    browser = signed_in(reviewer)
    digest = shown_digest(browser.get(sign_url(text)))
    rewrite(text)

    response = browser.post(sign_url(text), {"stake": "none", "digest": digest}, follow=True)

    assert not SignOff.objects.filter(subject_uuid=text.subject_uuid).exists()
    assert "Read them again before you sign." in words_of(response)
    assert "Other words." in words_of(response)
    assert shown_digest(response) != digest


@pytest.mark.parametrize("posted", [{}, {"digest": ""}, {"digest": "0" * 64}])
def test_a_post_that_does_not_say_which_words_signs_nothing(text, reviewer, posted):
    signed_in(reviewer).post(sign_url(text), {"stake": "none", **posted})

    assert not PublishedText.objects.filter(subject_uuid=text.subject_uuid).exists()


def test_words_in_memory_that_are_not_those_on_record_are_not_signed(text, reviewer):
    type(text).objects.filter(pk=text.pk).update(**{KINDS[text.subject_type][1]: "Other words."})

    with pytest.raises(signing.WordsChanged, match="Read them again"):
        signing.sign_text(text, reviewer, conflict_statement=NO_STAKE)


@pytest.mark.parametrize(("role", "allowed"), [("writer", False), ("reviewer", True), ("editor", False)])
def test_who_signs_a_shared_text_on_its_screen(text, role, allowed):
    digest = signing.digest_of(signing.canonical_text(text))

    signed_in(ROLES[role]()).post(sign_url(text), {"stake": "none", "digest": digest})

    assert PublishedText.objects.filter(subject_uuid=text.subject_uuid).exists() == allowed


def test_every_kind_of_shared_text_is_tried(db):
    assert {model.subject_type for model in (Topic, GlossaryTerm, Explainer, Correction, NoticeWording)} == set(KINDS)
