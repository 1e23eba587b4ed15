import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from research.content import richtext
from research.content.richtext import count_words, normalise_html, normalise_text, text_of

PIECES = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<ul>", "<li>", "</li>", "</ul>", "<br>", "<h3>", "</h3>", " ", "\n",
     "\t", "\xa0", "a", "word", "&amp;", "&lt;", "<", ">", "&", '"', "é", "</", "<a href='https://x.org/?a=1&b=2'>",
     "</a>", "<sup>", "</sup>", "<script>", "</script>", "<!--", "-->", "<p data-block-key='x1'>"]
)  # fmt: skip


@example("<h3><a href='https://x.org/?a=1&b=2'><h3><a href='https://x.org/?a=1&b=2'>")
@given(st.lists(PIECES, max_size=14).map("".join))
def test_normalising_twice_is_the_same_as_once(html):
    once = normalise_html(html)

    assert normalise_html(once) == once


@pytest.mark.parametrize(
    "html",
    [
        "<p>One  two</p>",
        "<p> One two </p>",
        "<p>One\n two</p>",
        '<p data-block-key="abc12">One two</p>',
        "\n<p>One two</p>\n",
        "<p>One two</p><p></p>",
        "<p>One two</p><p> </p>",
        '<p class="lead">One two</p>',
        "<p>One<span> two</span></p>",
    ],
)
def test_what_a_browser_ignores_leaves_one_form(html):
    assert normalise_html(html) == "<p>One two</p>"


@pytest.mark.parametrize(
    ("html", "written"),
    [
        ("word", "word"),
        (" One  two ", "One two "),
        ("<b> One</b>", "<b>One</b>"),
        ('<p>"so" & it\'s</p>', '<p>"so" &amp; it\'s</p>'),
        ("<p>One <b>two</b> three</p>", "<p>One <b>two</b> three</p>"),
        ("<p>One<b> two</b></p>", "<p>One<b> two</b></p>"),
        ("<p>One <b> two</b></p>", "<p>One <b>two</b></p>"),
        ("<p>One <b>two </b> three</p>", "<p>One <b>two </b>three</p>"),
        ("<p>One <b>two </b></p>", "<p>One <b>two</b></p>"),
        ("<p>One <br> two<br/>three </p>", "<p>One<br>two<br>three</p>"),
        ("<p>One</p><p> <b> two</b></p>", "<p>One</p><p><b>two</b></p>"),
        ("<p>One</p> <p>two</p>", "<p>One</p><p>two</p>"),
        ("<ul><li>one <ul><li>two</li></ul></li></ul>", "<ul><li>one<ul><li>two</li></ul></li></ul>"),
        ("<h3> One </h3>", "<h3>One</h3>"),
        ('<a id="" href="https://x.org/?a=1&b=%22">x</a>', '<a href="https://x.org/?a=1&amp;b=%22" id="">x</a>'),
        ("<a href>x</a>", '<a href="">x</a>'),
    ],
)
def test_rich_text_has_one_spelling(html, written):
    assert normalise_html(html) == written


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>One two</p>", "<p>One too</p>"),
        ("<p>4 mg</p>", "<p>4\xa0mg</p>"),
        ("<p>4 mg</p>", "<p>4mg</p>"),
        ("<p>not safe</p>", "<p>not <b>safe</b></p>"),
        ("<p>a</p><p>b</p>", "<p>a b</p>"),
        ("<p>10<sup>2</sup></p>", "<p>102</p>"),
        ('<p><a href="https://a.org">x</a></p>', '<p><a href="https://b.org">x</a></p>'),
    ],
)
def test_what_a_reader_sees_makes_a_difference(one, other):
    assert normalise_html(one) != normalise_html(other)


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        '<p onclick="alert(1)">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<style>p{}</style>",
        '<iframe src="https://x.org"></iframe>',
        '<p style="color:red">x</p>',
    ],
)
def test_hostile_html_loses_what_is_hostile(html):
    cleaned = normalise_html(html)

    for word in ("script", "onclick", "onerror", "onload", "javascript", "data:", "style", "iframe", "<img", "<svg"):
        assert word not in cleaned


def test_escaped_markup_stays_text():
    assert normalise_html("<p>p &lt; 0.05 &amp; &lt;b&gt;</p>") == "<p>p &lt; 0.05 &amp; &lt;b&gt;</p>"


def test_links_to_pages_keep_their_identifier():
    html = '<p><a linktype="page" id="7">here</a></p>'

    assert normalise_html(html) == '<p><a id="7" linktype="page">here</a></p>'


@pytest.mark.parametrize("empty", [None, "", "<p></p>", "<p> \n</p>", "<ul><li></li></ul>"])
def test_nothing_is_written_as_nothing(empty):
    assert normalise_html(empty) == ""


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>One</p><ul><li>two</li><li>th<b>ree</b></li></ul>", "One two three"),
        ("One<p>two</p>three<br>four", "One two three four"),
        ("5 &lt; 6 &amp; more", "5 < 6 & more"),
        ("word", "word"),
        ("AT&T", "AT&T"),
        ("5 <", "5 <"),
        (None, ""),
    ],
)
def test_blocks_stand_apart_in_plain_words(html, words):
    assert text_of(html) == words


def test_html_that_does_not_settle_is_kept_as_its_words(monkeypatch):
    crossed = "<h3>a<a href='https://x.org/'><h3>b &lt; <a href='https://x.org/'>\"c\""
    monkeypatch.setattr(richtext, "MOST_READINGS", 1)

    assert normalise_html(crossed) == 'a b &lt; "c"'


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("One two.", 2), ("T-cells don’t", 2), ("400–850 words", 2), ("— …", 0), ("0.05 in 100", 4)],
)
def test_words_are_counted_as_people_count_them(text, words):
    assert count_words(text) == words


def test_plain_text_keeps_its_no_break_spaces():
    assert normalise_text("  4\xa0mg \n twice ") == "4\xa0mg twice"
    assert normalise_text(None) == ""
