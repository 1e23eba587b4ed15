"""The picture that goes with a shared link: what it says, when it changes, and that it goes with its article."""

import io
import json

import pytest
from bs4 import BeautifulSoup
from django.core.files.storage import default_storage
from PIL import Image

from research.artwork import share
from research.models import PublishedArticle
from research.reading.sharing import picture
from tests.factories import ArticlePageFactory, StudyNoticeFactory, edit, publish, unpublish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """What was drawn in a test, as facts."""
    told = []

    def draw(facts):
        told.append(facts)
        return share.draw_share(facts)

    monkeypatch.setattr(picture, "draw_share", draw)
    return told


@pytest.fixture
def public(section, reviewer):
    return publish(ArticlePageFactory(parent=section, title="Fewer relapses", slug="fewer"), reviewer)


def head(client, address="/ms/fewer/"):
    soup = BeautifulSoup(client.get(address).content, "html.parser")
    return {tag.get("property") or tag.get("name"): tag["content"] for tag in soup.select("meta[content]")}


def files_of(page):
    try:
        return default_storage.listdir(f"share/{page.subject_uuid}")[1]
    except FileNotFoundError:
        return []


def test_the_page_names_it_and_it_is_a_picture(client, public, drawn):
    tags = head(client)

    assert tags["og:image"].startswith("http://testserver/ms/fewer/share.png?v=")
    assert tags["twitter:image"] == tags["og:image"]
    assert tags["twitter:card"] == "summary_large_image"
    answer = client.get(tags["og:image"])
    drawing = Image.open(io.BytesIO(answer.content))
    assert (answer["Content-Type"], drawing.size) == ("image/png", (1200, 630))
    assert (tags["og:image:width"], tags["og:image:height"]) == ("1200", "630")
    row = PublishedArticle.objects.get()
    assert (drawn[0].title, drawn[0].value, drawn[0].warning) == ("Fewer relapses", row.credibility, "")
    assert tags["og:image:alt"] == f"Fewer relapses. Credibility {row.credibility} of 5: {row.credibility_word.lower()}"


def test_it_is_drawn_once_and_anew_for_other_words(client, public, reviewer, drawn):
    first = head(client)["og:image"]
    assert client.get(first).content == client.get(first).content
    assert len(drawn) == 1
    edit(public, title="Other words")
    publish(public, reviewer)

    second = head(client)["og:image"]
    client.get(second)

    assert second != first
    assert [facts.title for facts in drawn] == ["Fewer relapses", "Other words"]
    assert len(files_of(public)) == 1


def test_a_retraction_stands_on_it(client, public, drawn):
    before = head(client)["og:image"]
    StudyNoticeFactory(study=public.study)

    tags = head(client)
    client.get(tags["og:image"])

    assert tags["og:image"] != before
    assert (drawn[-1].warning, drawn[-1].value) == ("Retracted study", 0)
    assert tags["og:image:alt"].startswith("Retracted study. Fewer relapses")


def test_it_goes_with_the_article(client, public):
    assert client.get("/ms/fewer/share.png").status_code == 200
    unpublish(public)

    assert client.get("/ms/fewer/share.png").status_code == 410
    assert client.get("/ms/never/share.png").status_code == 404


def test_one_that_another_request_deletes_meanwhile_is_drawn_again(client, public, monkeypatch):
    client.get("/ms/fewer/share.png")
    opened = default_storage.open

    def deleted_before(name, *args):
        picture.delete_of(public.subject_uuid)
        return opened(name, *args)

    monkeypatch.setattr(default_storage, "open", deleted_before)

    assert client.get("/ms/fewer/share.png").status_code == 200


def test_one_that_is_drawn_while_its_article_comes_down_is_not_kept(client, public, editor, monkeypatch):
    drawn_before = picture.draw_share

    def taken_down_meanwhile(facts):
        unpublish(public, editor)
        picture.delete_of(public.subject_uuid)
        return drawn_before(facts)

    monkeypatch.setattr(picture, "draw_share", taken_down_meanwhile)
    client.get("/ms/fewer/share.png")

    assert files_of(public) == []


def test_no_draft_has_one(client, section):
    ArticlePageFactory(parent=section, slug="draft")

    assert client.get("/ms/draft/share.png").status_code == 404


def test_made_up_versions_do_not_fill_the_store(reader, public):
    reader.get("/ms/fewer/share.png")
    reader.get("/ms/fewer/share.png?v=0123456789ab")

    assert reader.is_kept("/ms/fewer/share.png")
    assert not reader.is_kept("/ms/fewer/share.png?v=0123456789ab")


def test_a_title_that_the_fonts_cannot_write_falls_back_to_the_articles_picture(client, section, reviewer):
    publish(ArticlePageFactory(parent=section, title="再発が減った", slug="fewer"), reviewer)

    tags = head(client)

    assert "share.png" not in tags["og:image"]
    assert client.get("/ms/fewer/share.png").status_code == 404


def test_structured_data_keeps_the_articles_own_picture(client, public):
    soup = BeautifulSoup(client.get("/ms/fewer/").content, "html.parser")
    data = json.loads(soup.select_one('script[type="application/ld+json"]').string)

    assert "share.png" not in data["mainEntity"]["image"]


@pytest.mark.parametrize("title", ["", "A", "word " * 60, "Unbreakable" * 30, "Żółć – “ćma” 1,200 μ"])
def test_any_title_is_drawn(title):
    facts = share.ShareFacts(
        title=title, publication="Myelin" * 9, section="MS" * 40, rating="x", value=5, label="y" * 200
    )

    assert share.draw_share(facts).size == share.SIZE
