import pytest
from django.conf import settings

from research.sources.jats import FullTextUnreadable, paragraphs_of, read_full_text

SAMPLE = settings.EVIDENCE_SAMPLES / "multiple-sclerosis/jats-pone.0094497.xml"
ARTICLE = """<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "JATS.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta><permissions>
<license xlink:href="https://creativecommons.org/licenses/by/4.0/"><license-p>Open.</license-p></license>
</permissions></article-meta></front><body>
<sec><title>Results</title><p>We counted 10<sup>6</sup> cells, as <xref>1</xref> did.</p>
<sec><p>In a part without a title.</p></sec>
<table-wrap><label>Table 1</label><table><tbody><tr><td>Placebo</td><td>7%</td></tr></tbody></table></table-wrap></sec>
<p>Without a heading.</p></body><back><ref-list><ref><p>Not this.</p></ref></ref-list></back></article>"""


def test_paragraphs_and_rows_come_with_their_headings():
    parts, licence = read_full_text(ARTICLE.encode())

    assert parts == [
        ("Results", "We counted 10⁶ cells, as 1 did."),
        ("Results", "In a part without a title."),
        ("Results", "Placebo; 7%"),
        ("", "Without a heading."),
    ]
    assert licence == "CC BY 4.0"


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
        ("http://creativecommons.org/licenses/by-nc-nd/3.0", "CC BY-NC-ND 3.0"),
        ("https://example.org/terms", ""),
    ],
)
def test_the_licence_is_the_one_it_links_to(link, named):
    text = ARTICLE.replace("https://creativecommons.org/licenses/by/4.0/", link)

    assert read_full_text(text.encode())[1] == named


@pytest.mark.parametrize(
    "data",
    [
        b"", b"plain words", b"<html><body><p>x</p></body></html>", b"<article><front/></article>",
        b"<article><body/></article>", b"\xff\xfe\x00", b"<article><body><p>&x;</p></body></article>",
        b'<!DOCTYPE article [<!ENTITY x "y">]><article><body><p>&x;</p></body></article>',
        b"<article><body><p>" + b"x" * 10_000_001,
    ],
)  # fmt: skip
def test_what_is_no_article_is_refused_in_words(data):
    with pytest.raises(FullTextUnreadable, match=r"\w"):
        read_full_text(data)


def test_a_pasted_text_is_parted_by_its_blank_lines():
    assert paragraphs_of(" One\nline.\n\n\n  \nTwo. \r\n\r\nThree.") == [
        ("", "One line."),
        ("", "Two."),
        ("", "Three."),
    ]
    assert paragraphs_of(" \n ") == []


@pytest.mark.samples
@pytest.mark.skipif(not SAMPLE.exists(), reason="needs the sample records: set EVIDENCE_SAMPLES")
def test_a_real_article_is_read_whole():
    parts, licence = read_full_text(SAMPLE.read_bytes())

    assert licence == "CC BY 4.0"
    assert len(parts) > 40
    assert {"Introduction", "Discussion"} <= {heading for heading, _ in parts}
