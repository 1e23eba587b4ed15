"""The catalogues of translations are whole, and no template keeps words of its own back from them."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from django.conf import settings

from tests.catalogs import (
    LANGUAGES,
    NEWSROOM,
    READERS,
    ROOT,
    SCRIPTS,
    compiled,
    extracted,
    of_scripts,
    po_file,
    read,
    sources,
)
from tests.literal_text import literal_text

PLACEHOLDER = re.compile(r"%\(\w+\)s|%\d*[sd]|\{\w*\}|</?\w+|href=")
FOLDERS = (READERS, NEWSROOM)
CATALOGUES = [(folder, language) for folder in FOLDERS for language in LANGUAGES]
#: Templates in which a tag stands inside a tag, so that pieces of HTML look like words.
NOT_HTML = frozenset({"allauth/elements/button.html", "allauth/elements/field.html", "allauth/layouts/base.html"})
#: Words that are the same in every language (names of systems of numbers), or are no words (addresses).
ALLOWED = frozenset({"Countersign", "ORCID", ", doi:", "/topics/", "#tab-notifications --"})
TEMPLATES = [path for path in sources() if path.suffix in {".html", ".txt"} and "data" not in path.parts]


@pytest.fixture(scope="module")
def sentences():
    return extracted()


def texts_of(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


def ids_of(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, tuple | list) else [message.id]


@pytest.mark.parametrize(("folder", "language"), CATALOGUES)
def test_every_sentence_is_translated(folder, language, sentences):
    stored = read(po_file(folder, language), language)

    missing = [one.id for one in sentences[folder] if one.id and not stored.get(one.id, one.context)]
    empty = [one.id for one in stored if one.id and not all(texts_of(one))]

    assert missing == [], "run make messages"
    assert empty == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_scripts_say_nothing_that_is_not_translated(language):
    said = {one.id if isinstance(one.id, str) else one.id[0] for one in of_scripts() if one.id}
    stored = read(po_file(NEWSROOM, language, SCRIPTS), language)
    known = {ids_of(one)[0]: texts_of(one) for one in stored if one.id}

    assert set(known) == said, "run make messages"
    assert [words for words, texts in known.items() if not all(texts)] == []


@pytest.mark.parametrize(("folder", "language"), CATALOGUES)
def test_nothing_is_translated_that_is_not_said(folder, language, sentences):
    stored = read(po_file(folder, language), language)

    assert [one.id for one in stored if one.id and not sentences[folder].get(one.id, one.context)] == []


@pytest.mark.parametrize(("folder", "language"), CATALOGUES)
def test_nothing_is_guessed(folder, language):
    stored = read(po_file(folder, language), language)

    assert [one.id for one in stored if one.fuzzy] == []
    assert "Not checked by a native speaker" in stored.header_comment


@pytest.mark.parametrize(("folder", "language"), CATALOGUES)
def test_what_is_put_in_stays(folder, language):
    """Placeholders, tags and links are those of the original; of a singular, the plural's number may be left out."""
    for one in read(po_file(folder, language), language):
        wanted = [sorted(set(PLACEHOLDER.findall(words))) for words in ids_of(one)]
        for words in texts_of(one) if one.id else []:
            assert sorted(set(PLACEHOLDER.findall(words))) in wanted, words


def test_each_catalogue_is_compiled():
    stale = [
        path
        for path in sorted([*ROOT.glob("*/locale/*/*/*.po"), *ROOT.glob("site/*/locale/*/*/*.po")])
        if path.with_suffix(".mo").read_bytes() != compiled(path)
    ]

    assert stale == [], "run make messages"


def test_there_are_catalogues_for_what_editors_may_choose():
    assert {code for code, _ in settings.LANGUAGES} == {settings.LANGUAGE_CODE, *LANGUAGES}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_keeps_no_words_from_translation(template):
    if template.as_posix().endswith(tuple(NOT_HTML)):
        pytest.skip("pieces of tags look like words in it")

    assert [(line, words) for line, words in literal_text(template) if words not in ALLOWED] == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Words</p>",
        '<a title="Words">{{ link }}</a>',
        '<p>{% translate "This" %} and words</p>',
        '{% include "x.html" with words="Some words" %}',
        '{{ value|default:"Some words" }}',
        "{% blocktranslate %}This{% endblocktranslate %} not this",
        '<input placeholder="Words {{ here }}">',
    ],
)
def test_words_that_are_kept_back_would_be_seen(template, tmp_path: Path):
    file = tmp_path / "page.html"
    file.write_text(template, encoding="utf-8")

    assert list(literal_text(file))


@pytest.mark.parametrize(
    "template",
    [
        '<p>{% translate "Words" %}</p>',
        "<p>{% blocktranslate %}All of <b>these</b>{% endblocktranslate %}</p>",
        '<p class="words">{{ words }}, {{ others }}.</p>',
        "<script>const words = 1</script>",
        "{# Words for us. #}{% comment %}And these{% endcomment %}",
        '{% include "x.html" with words=_("Some words") %}',
    ],
)
def test_translated_words_are_no_words_kept_back(template, tmp_path: Path):
    file = tmp_path / "page.html"
    file.write_text(template, encoding="utf-8")

    assert list(literal_text(file)) == []
