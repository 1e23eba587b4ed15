"""What pages that are no articles say about health: shown on the page it was signed for, and only once it was."""

import pytest
from django.core.exceptions import ValidationError

from research.models import PageText
from research.publishing.public_row import revoke
from tests.factories import (
    ArticlePageFactory,
    HomePageFactory,
    InfoPageFactory,
    PageTextFactory,
    TopicIndexPageFactory,
    editor_user,
    sign_text_of,
)

pytestmark = pytest.mark.django_db

WORDS = "Nerve fibres lose their cover."
PAGES = {
    "home": (HomePageFactory, "/"),
    "section": (lambda: TopicIndexPageFactory(slug="ms"), "/ms/"),
    "information page": (lambda: InfoPageFactory(slug="about"), "/about/"),
}


@pytest.fixture(params=list(PAGES))
def shown(request):
    """Return the text of a page of each kind, not signed, and the page's address."""
    make, address = PAGES[request.param]
    return PageTextFactory(page=make().page_ptr, text=f"<p>{WORDS}</p>"), address


def words_at(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_readers_see_it_from_the_signature_to_the_revocation(client, shown):
    text, address = shown
    before = words_at(client, address)

    line = sign_text_of(text)
    signed = words_at(client, address)
    revoke(line, editor_user(), reason="It was wrong.")

    assert WORDS not in before
    assert WORDS in signed
    assert "Countersigned by a medical reviewer on" in signed
    assert WORDS not in words_at(client, address)


def test_other_words_wait_for_a_signature_of_their_own(client, shown):
    text, address = shown
    sign_text_of(text)
    PageText.objects.update(text="<p>Nerve fibres grow again.</p>")

    assert WORDS in words_at(client, address)
    assert "grow again" not in words_at(client, address)


def test_words_do_not_follow_their_row_to_another_page(client):
    section = TopicIndexPageFactory(slug="ms")
    other = TopicIndexPageFactory(slug="lupus")
    sign_text_of(PageTextFactory(page=section.page_ptr, text=f"<p>{WORDS}</p>"))
    PageText.objects.update(page=other.page_ptr)

    assert WORDS in words_at(client, "/ms/")
    assert WORDS not in words_at(client, "/lupus/")


def test_an_article_and_the_root_are_refused():
    article = ArticlePageFactory()
    for page in (article.page_ptr, article.get_root()):
        with pytest.raises(ValidationError, match="Choose the home page, a section, or an information page"):
            PageTextFactory.build(page=page).full_clean()
