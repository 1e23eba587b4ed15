"""A glossary term sits on its word: sealed with it, explained in signed words only, opened without a script."""

import re

import pytest
from bs4 import BeautifulSoup

from research.content.article import content_of
from research.content.richtext import normalise_html
from research.content.stored import read_canonical
from research.content.terms import Explained, WordNotes, terms_in, with_term_at_its_word
from research.models import ArticlePage
from tests.factories import ArticlePageFactory, GlossaryTermFactory, blocks, publish, sign_text_of
from tests.factories.people import reviewer_user

UUID = "0b0e6d0e-1d6c-4ae6-9b33-2f5d6f0a3c11"
LINK = f'<a id="{UUID}" linktype="term">microglia</a>'


def test_a_link_to_a_term_is_part_of_what_is_signed():
    assert normalise_html(f'<p>See <a linktype="term" id="{UUID}">microglia</a>.</p>') == f"<p>See {LINK}.</p>"


def test_the_terms_of_a_text_are_told_in_reading_order():
    other = UUID.replace("0b", "1c", 1)
    html = f'<p>{LINK.replace(UUID, other)} {LINK} <a href="https://x.org/">microglia</a> {LINK}</p>'

    assert terms_in(html) == [other, UUID, UUID]


def test_a_signed_term_becomes_a_note_on_its_word():
    notes = WordNotes({UUID: Explained("Microglia", "Immune cells <of> the brain.")})

    page = BeautifulSoup(notes.written(f"<p>See {LINK} and {LINK}.</p>"), "html.parser")

    words = page.select("button.term")
    assert [word.text for word in words] == ["microglia", "microglia"]
    shown = [page.find(id=word["popovertarget"]) for word in words]
    assert shown[0] is not shown[1]
    assert shown[0].text == "Microglia Immune cells <of> the brain."
    assert shown[0].has_attr("popover")


def test_notes_are_counted_on_through_the_article():
    notes = WordNotes({UUID: Explained("Microglia", "Cells.")})

    written = f"{notes.written(LINK)} {notes.written('<p>No term.</p>')} {notes.written(LINK)}"

    assert re.findall('popovertarget="(.*?)"', written) == re.findall(' id="(.*?)"', written) == ["term-1", "term-2"]
    assert "<p>No term.</p>" in written


def test_a_term_that_nobody_signed_leaves_the_bare_word():
    assert WordNotes({}).written(f"<p>See {LINK}.</p>") == "<p>See microglia.</p>"


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>Many microglia.</p>", f"<p>Many {LINK}.</p>"),
        (
            '<p><a href="https://x.org/">microglia</a> and microglia</p>',
            f'<a href="https://x.org/">microglia</a> and {LINK}',
        ),
        ("<h3>Microglia</h3><p>A microglia cell</p>", f"<h3>Microglia</h3><p>A {LINK} cell</p>"),
        (f"<p>{LINK}, <b>microglias</b></p>", f"<p>{LINK}, <b>{LINK.replace('</a>', 's</a>')}</b></p>"),
        ("<p>Two microglia, microglia.</p>", f"<p>Two {LINK}, microglia.</p>"),
        ("<p>macromicroglias</p>", None),
        ("<h2>Microglia</h2><p><a href='https://x.org/'>microglia</a></p>", None),
        ("<p>Nothing of it.</p>", None),
    ],
)
def test_the_first_mention_outside_links_and_headings_is_the_word(html, found):
    written = with_term_at_its_word(html, UUID, "Microglia")

    assert written is None if found is None else found in written


def test_a_short_term_is_met_only_as_it_is_written():
    assert with_term_at_its_word("<p>the ms and the edss of it</p>", UUID, "MS") is None
    assert with_term_at_its_word("<p>the ms and the edss of it</p>", UUID, "EDSS") is None
    assert ">MS<" in with_term_at_its_word("<p>People with MS</p>", UUID, "MS")
    assert ">Cells<" in with_term_at_its_word("<p>Cells</p>", UUID, "cells")


@pytest.fixture
def term(db):
    term = GlossaryTermFactory(term="Microglia", plain_words="Immune cells of the brain.")
    sign_text_of(term)
    return term


def page_of(client, body, section, writer):
    article = ArticlePageFactory(parent=section, by=writer, title="Cells", slug="cells", body=body)
    publish(article, reviewer_user())
    return BeautifulSoup(client.get("/ms/cells/").content, "html.parser"), ArticlePage.objects.get(pk=article.pk)


@pytest.mark.django_db
def test_readers_open_the_plain_words_at_the_linked_word(client, section, writer, term):
    html = f'<p>We saw <a linktype="term" id="{term.subject_uuid}">microglia</a>.</p>'

    page, article = page_of(client, blocks.body(blocks.text(html)), section, writer)

    word = page.select_one("button.term")
    assert word.text == "microglia"
    assert "Immune cells of the brain." in page.find(id=word["popovertarget"]).text
    assert content_of(article).terms == [str(term.subject_uuid)]


@pytest.mark.django_db
def test_a_block_of_a_term_sits_on_the_first_mention_of_its_word(client, section, writer, term):
    page, article = page_of(
        client, blocks.body(blocks.glossary_term(term), blocks.text("<p>We saw microglia.</p>")), section, writer
    )

    assert page.select_one("button.term").text == "microglia"
    assert not page.select(".glossary")
    # What was signed is not touched by where it is shown.
    assert "linktype" not in content_of(article).canonical


@pytest.mark.django_db
def test_a_block_whose_word_is_nowhere_is_a_disclosure_and_no_box(client, section, writer, term):
    page, _ = page_of(
        client, blocks.body(blocks.glossary_term(term), blocks.text("<p>We saw cells.</p>")), section, writer
    )

    assert page.select_one("details.glossary summary").text.strip() == "In plain words: Microglia"


@pytest.mark.django_db
def test_sealed_words_with_a_link_read_back_to_the_same_digest(section, writer, term):
    html = f'<p>We saw <a linktype="term" id="{term.subject_uuid}">microglia</a>.</p>'
    article = ArticlePageFactory(parent=section, by=writer, body=blocks.body(blocks.text(html)))

    content = content_of(article)

    assert read_canonical(content.canonical).digest == content.digest
    assert re.search(r'linktype=\\"term\\"', content.canonical)
