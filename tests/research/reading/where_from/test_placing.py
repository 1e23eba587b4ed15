"""A disclosure stands right after its sentence, whatever markup is around it, and takes no word away."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from research.checking.claims import claims_of
from research.content.article import ArticleContent
from research.content.richtext import normalise_html
from research.reading.where_from import placing
from research.reading.where_from.placing import with_sources
from research.reading.where_from.quoting import WhereFrom

MARK = re.compile(r"⟦\d+⟧")


@pytest.fixture(autouse=True)
def marks(monkeypatch):
    """Print a disclosure as the place it is for."""
    with monkeypatch.context() as patch:
        patch.setattr(placing, "_printed", lambda place: f"⟦{place.end}⟧")
        yield


def marked(html):
    """Return the takeaway with a mark after each of its sentences, and the sentences."""
    html = normalise_html(html)
    claims = claims_of(ArticleContent(key_takeaway=html))
    return with_sources(html, [WhereFrom(claim.span[1]) for claim in claims]), claims


@pytest.mark.parametrize(
    ("html", "printed"),
    [
        ("<p>One. Two.</p>", '<div class="paragraph" role="paragraph">One.⟦4⟧ Two.⟦9⟧</div>'),
        ("<p><b>One.</b> Two.</p>", '<div class="paragraph" role="paragraph"><b>One.</b>⟦4⟧ Two.⟦9⟧</div>'),
        ("<ul><li>One.</li><li>Two</li></ul>", "<ul><li>One.⟦4⟧</li><li>Two⟦8⟧</li></ul>"),
        (
            "<p>p &lt; 0.05 &amp; so. Then.</p>",
            '<div class="paragraph" role="paragraph">p &lt; 0.05 &amp; so.⟦14⟧ Then.⟦20⟧</div>',
        ),
        (
            '<p>See <a href="https://a.example/">one. Two</a> more.</p>',
            '<div class="paragraph" role="paragraph">See <a href="https://a.example/">one. Two</a>⟦8⟧ more.⟦18⟧</div>',
        ),
        ("<p>It is 10<sup>6</sup>.</p>", '<div class="paragraph" role="paragraph">It is 10<sup>6</sup>.⟦10⟧</div>'),
    ],
)
def test_a_mark_follows_its_sentence(html, printed):
    assert marked(html)[0] == printed


def test_paragraphs_without_a_source_stay_as_they_are():
    html = "<p>One.</p><p>Two.</p>"

    assert with_sources(html, []) == html
    assert with_sources(html, [WhereFrom(9)]) == '<p>One.</p><div class="paragraph" role="paragraph">Two.⟦9⟧</div>'


PIECES = ["One word. ", "Dr. Who said 0.5% so. ", "<b>bold. </b>", "A &amp; B &lt; C. ", "<i>it</i>",
          "10<sup>6</sup>. ", '<a href="https://a.example/">a link. on</a> ', "x ", "<br/>",
          "”Quoted.” ", "é. "]  # fmt: skip
BLOCKS = st.lists(
    st.tuples(st.sampled_from(["p", "li", "h3"]), st.lists(st.sampled_from(PIECES), min_size=1, max_size=6)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=300)
@given(BLOCKS)
def test_every_mark_stands_behind_exactly_its_sentence_and_no_word_is_lost(blocks):
    html = "".join(
        f"<ul><li>{''.join(pieces)}</li></ul>" if tag == "li" else f"<{tag}>{''.join(pieces)}</{tag}>"
        for tag, pieces in blocks
    )

    printed, claims = marked(html)

    assert len(MARK.findall(printed)) == len(claims)
    for claim in claims:
        before = printed.partition(f"⟦{claim.span[1]}⟧")[0]
        in_link = before.rpartition("<a ")[2] if before.endswith("</a>") else ""
        words = " ".join(unescape(re.sub(r"<[^>]*>", "", MARK.sub("", before))).split())
        last = claim.text.replace("⁶", "6").split()[-1]
        assert words.endswith(last) or last in in_link
    plain = normalise_html(html)
    assert (
        re.sub(r'<div class="paragraph" role="paragraph">', "<p>", MARK.sub("", printed)).replace("</div>", "</p>")
        == plain
    )
