"""A correction is everywhere at the moment that it is signed, and on nothing before."""

import json
from datetime import date

import pytest
from bs4 import BeautifulSoup

from research.models import Correction, PublishedText, SignOff
from research.publishing.public_row import revoke
from tests.factories import InfoPageFactory, correct, edit, editor_user, publish, sign_text_of, unpublish

pytestmark = pytest.mark.django_db

WORDS = "The dose was a tenth of that."
ARTICLE = "/ms/fewer-relapses/"
FEEDS = ("/feed/", "/feed.json", "/ms/feed/", "/ms/feed.json")
PLACES = (ARTICLE, f"{ARTICLE}made/", f"{ARTICLE}made.json", f"{ARTICLE}versions/1/", "/corrections/", *FEEDS)


@pytest.fixture
def changed(public_article, reviewer):
    InfoPageFactory(title="Corrections", slug="corrections", lists_corrections=True)
    edit(public_article, summary="Other words.")
    return publish(public_article, reviewer)


def places_of(client, words=WORDS):
    """Return where the words stand: pages, and what the article tells machines."""
    found = {place for place in PLACES if words in client.get(place).content.decode()}
    script = BeautifulSoup(client.get(ARTICLE).content, "html.parser").find("script", type="application/ld+json")
    corrections = json.loads(script.string)["mainEntity"].get("correction", [])
    return found | ({"json-ld"} if any(words in one["text"] for one in corrections) else set())


def test_it_is_everywhere_the_moment_it_is_signed_and_nowhere_before(client, changed, reviewer):
    correction = Correction.objects.create(article=changed, date=date(2026, 3, 2), text=f"<p>{WORDS}</p>")
    assert places_of(client) == set()

    sign_text_of(correction, reviewer)

    assert places_of(client) == {*PLACES, "json-ld"}


def test_other_words_of_it_are_nowhere_until_they_are_signed(client, changed):
    correction = correct(changed, WORDS)
    Correction.objects.filter(pk=correction.pk).update(text="<p>Something unsigned.</p>")

    assert places_of(client, "Something unsigned.") == set()
    assert places_of(client) == {*PLACES, "json-ld"}


def test_it_is_gone_from_everywhere_when_it_is_revoked(client, changed):
    correction = correct(changed, WORDS)
    text = PublishedText.objects.get(subject_uuid=correction.subject_uuid)
    revoke(SignOff.objects.get(pk=text.sign_off_sequence), editor_user(), "Wrong itself.")

    assert places_of(client) == set()


def test_the_list_has_the_newest_first_and_leads_to_the_articles(client, changed):
    correct(changed, "The older one.", date=date(2026, 1, 1))
    correct(changed, "The newer one.", date=date(2026, 2, 1))

    rows = BeautifulSoup(client.get("/corrections/").content, "html.parser").select(".corrections-list li")

    assert [row.select_one(".prose").get_text() for row in rows] == ["The newer one.", "The older one."]
    assert {row.a["href"] for row in rows} == {ARTICLE}


def test_it_leaves_the_list_with_its_article(client, changed, editor):
    correct(changed, WORDS)

    unpublish(changed, editor)

    assert "No article was corrected so far." in client.get("/corrections/").content.decode()


def test_only_a_page_that_says_so_lists_them(client, changed):
    correct(changed, WORDS)
    InfoPageFactory(title="About", slug="about")

    assert WORDS not in client.get("/about/").content.decode()
