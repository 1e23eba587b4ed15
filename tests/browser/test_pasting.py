"""Text pasted into the editor from Word and Google Docs, in a real browser."""

import time

import pytest
from playwright.sync_api import Browser, Page, expect

from research.models import ArticlePage
from tests.browser.editing import open_editor
from tests.factories import ArticlePageFactory, TopicIndexPageFactory, blocks, writer_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIELD = "[data-contentpath=body] [data-contentpath=html]"
WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>
<style>p.MsoNormal {color: red}</style></head><body>
<h1 style="color:blue">What it means</h1>
<p class="MsoNormal" style="margin:0">A <b>bold</b> start<span class="MsoCommentReference">[AR1]</span>,
<del>old words</del><ins>new words</ins> and <a href="https://example.org/a">a link</a>.
<span style="mso-hide: all; display: none">secret</span></p>
<p class="MsoListParagraph" style="mso-list: l0 level1 lfo1"><span style="mso-list: Ignore">·  </span>First point</p>
<p class="MsoListParagraph" style="mso-list: l0 level1 lfo1"><span style="mso-list: Ignore">·  </span>Second point</p>
</body></html>"""
GOOGLE = """<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1">
<h2 dir="ltr"><span style="font-size:16pt">From a document</span></h2>
<p dir="ltr"><span style="font-weight:400">Plain, </span><span style="font-weight:700">strong</span>
<a href="https://www.google.com/url?q=https://example.org/b&amp;sa=D"><span>and linked</span></a></p>
<ul><li dir="ltr"><p>One</p></li><li><p>Two</p></li></ul></b>"""


@pytest.fixture
def article(db):
    body = blocks.body(blocks.text("<p>Start.</p>"))
    return ArticlePageFactory(parent=TopicIndexPageFactory(), by=writer_user(), title="Cells", body=body)


@pytest.fixture
def desk(browser: Browser, site_server, article) -> Page:
    return open_editor(browser, site_server.url, article)


def paste(page: Page, html: str, text: str = "") -> None:
    field = page.locator(FIELD).first.get_by_role("textbox")
    field.click()
    page.keyboard.press("Control+A")
    field.evaluate(
        """(field, [html, text]) => {
            const clipboardData = new DataTransfer();
            if (html) clipboardData.setData("text/html", html);
            clipboardData.setData("text/plain", text);
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        [html, text],
    )


def stored(page: Page, article) -> str:
    expect(page.locator("[data-desk-saving-words]")).to_contain_text("Saved", timeout=60_000)
    body = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object().body
    return body[0].value[0].value["html"].source


def test_word_comes_in_clean_and_what_was_left_out_is_said(desk, article):
    paste(desk, WORD)

    expect(desk.get_by_role("status").filter(has_text="Pasted without")).to_have_text(
        "Pasted without 1 comment, 1 deletion, hidden text, marks of insertions."
    )
    html = stored(desk, article)
    for kept in (
        ">What it means</h3>",
        "<b>bold</b>",
        'href="https://example.org/a"',
        ">First point</li>",
        "new words",
    ):
        assert kept in html
    for dropped in ("AR1", "old words", "secret", "color", "mso", "·"):
        assert dropped not in html


def test_google_docs_comes_in_clean_and_nothing_needs_to_be_said(desk, article):
    paste(desk, GOOGLE)

    html = stored(desk, article)
    for kept in (">From a document</h3>", "<b>strong</b>", 'href="https://example.org/b"', "One</li>", "Plain, "):
        assert kept in html
    assert "<b>Plain" not in html
    expect(desk.get_by_text("Pasted without")).to_have_count(0)


@pytest.mark.parametrize("kind", ["html", "text"])
def test_a_paste_of_200000_characters_neither_hangs_nor_fails(desk, article, kind):
    paragraph = "Ninety-nine words about microglia and axons. " * 44
    lines = [paragraph] * 101
    started = time.monotonic()

    paste(desk, "".join(f"<p>{line}</p>" for line in lines) if kind == "html" else "", "\\n".join(lines))

    html = stored(desk, article)
    assert html.count("microglia") == 101 * 44
    assert time.monotonic() - started < 60
