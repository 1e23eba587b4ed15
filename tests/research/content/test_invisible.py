"""Text as seen: what nobody can see is refused with its place, or kept where a script needs it, and shown."""

import json

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from research.content.article import content_of
from research.content.canonical import digest_of
from research.content.completeness import missing_parts
from research.content.invisible import hidden_in, made_visible, name_of, without_surrogates
from research.content.richtext import normalise_html, normalise_text
from research.models import MedicalReviewState, SignOff
from research.review.signing import IncompleteArticle
from tests.factories import GlossaryTermFactory, edit, sign_text_of, submit
from tests.research.doors.forms import editor_post

REFUSED = {
    "\u202e": "RIGHT-TO-LEFT OVERRIDE",
    "\u2066": "LEFT-TO-RIGHT ISOLATE",
    "\u200b": "ZERO WIDTH SPACE",
    "\u2060": "WORD JOINER",
    "\ufeff": "ZERO WIDTH NO-BREAK SPACE",
    "\u00ad": "SOFT HYPHEN",
    "\u200d": "ZERO WIDTH JOINER",
    "\u200e": "LEFT-TO-RIGHT MARK",
    "\u3164": "HANGUL FILLER",
    "\u2800": "BRAILLE PATTERN BLANK",
    "\U000e0041": "TAG LATIN CAPITAL LETTER A",
    "\ufe0f": "VARIATION SELECTOR-16",
    "\x08": "U+0008",
    "\x7f": "U+007F",
    "\ufe00": "VARIATION SELECTOR-1",
    "\U000e0100": "VARIATION SELECTOR-17",
    "\U000e01ef": "VARIATION SELECTOR-256",
    "\ue000": "U+E000",
}
KEPT = [
    "می\u200cخواهم",  # Persian: the non-joiner is part of the spelling
    "क्\u200dष",  # Devanagari: the joiner chooses the form
    "\U0001f469\u200d\U0001f52c",  # a woman scientist
    "\u2764\ufe0f",  # a red heart
    "\u200fשלום",
]
VISIBLE = ["10 mg\ta\nday\r\f", "10\u00a0mg", "1\u202f000", "naïve – “so”", "H₂O ≥ 5 µg", "مرحبا", "日本語", "e\u0301"]


@pytest.mark.parametrize(("character", "name"), REFUSED.items(), ids=lambda value: ascii(value))
def test_what_nobody_can_see_is_found_with_its_place(character, name):
    (found,) = hidden_in(f"Take 10{character}0 mg")

    assert not found.needed
    assert name in str(found)
    assert "“Take 10”" in str(found)


@pytest.mark.parametrize("text", KEPT, ids=ascii)
def test_what_a_script_needs_is_kept_and_named(text):
    found = list(hidden_in(text))

    assert found
    assert all(hidden.needed for hidden in found)


@pytest.mark.parametrize("text", VISIBLE, ids=ascii)
def test_what_can_be_seen_is_nothing_hidden(text):
    assert list(hidden_in(text)) == []
    assert made_visible(text) == text


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        # A joiner stands between two letters of a script that joins.
        ("xक\u200dषx", True),
        ("\u200dकष", False),
        ("कष\u200d", False),
        ("a\u200dक", False),
        ("क\u200da", False),
        ("कa\u200daक", False),
        ("\u200cم", False),
        # Or between two emoji, of which one may have chosen its form.
        ("a\U0001f469\u200d\U0001f52ca", True),
        ("\U0001f469\u200d", False),
        ("\U0001f469\u200da", False),
        ("\U0001f469\u200b\U0001f52c", False),
        ("\U0001f469\u200c\U0001f52c", False),
        # A variation selector follows a symbol, or makes the key of a digit.
        ("a\u2764\ufe0fa", True),
        ("\ufe0f\u2764", False),
        ("a\ufe0f\u2764", False),
        ("\u2764a\ufe0fa", False),
        ("press 1\ufe0f\u20e3 now", True),
        ("press 1\ufe0f now", False),
        ("press 1\ufe0f \u20e3", False),
        ("\u2764\U000e0100", False),
        # A mark of direction stands anywhere in words that hold right-to-left letters.
        ("a\u200eשb", True),
        ("a\u200eم", True),
        ("a\u200eb", False),
        ("a\u202eש", False),
    ],
    ids=ascii,
)
def test_a_script_needs_what_stands_where_the_script_has_it(text, needed):
    (found,) = hidden_in(text)

    assert found.needed is needed


def test_a_joiner_may_follow_an_emoji_that_has_chosen_its_form():
    assert [hidden.needed for hidden in hidden_in("\u2764\ufe0f\u200d\U0001f525")] == [True, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\u202e10 mg", "U+202E RIGHT-TO-LEFT OVERRIDE at the start"),
        ("a \u202e10 mg", "U+202E RIGHT-TO-LEFT OVERRIDE after “a”"),
        ("Take one of the small tablets a day \u202e", "U+202E RIGHT-TO-LEFT OVERRIDE after “the small tablets a day”"),
        ("\ta\x08", "U+0008 after “a”"),
    ],
    ids=ascii,
)
def test_what_is_hidden_is_told_by_its_name_and_the_words_before_it(text, said):
    assert [str(hidden) for hidden in hidden_in(text)] == [said]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x08b", "a⟨U+0008⟩b"),
        ("a\n\tb\x08\u200bé", "a\n\tb⟨U+0008⟩⟨U+200B⟩é"),
        ("\u2764\ufe0f", "\u2764⟨U+FE0F⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
    ],
    ids=ascii,
)
def test_what_is_hidden_is_shown_as_its_number_among_the_rest(text, shown):
    assert made_visible(text) == shown


def test_a_character_without_a_name_is_called_by_its_number():
    assert name_of("\x08") == "U+0008"
    assert name_of("a") == "U+0061 LATIN SMALL LETTER A"


@pytest.mark.parametrize("character", ["\ud7ff", "\ue000", "a"], ids=ascii)
def test_what_is_no_half_of_a_character_stays(character):
    assert without_surrogates(f"é{character}") == f"é{character}"


def test_half_a_character_never_breaks_a_digest():
    assert normalise_text("a\ud800b") == "a\ufffdb"
    assert normalise_html("<p>a\udfffb</p>") == "<p>a\ufffdb</p>"
    assert len(digest_of(normalise_text("\ud83d"))) == 64


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["title", "summary", "key_takeaway", "seo_title", "search_description"])
def test_a_submission_with_an_invisible_character_is_refused_with_its_place(article, writer, field):
    edit(article, writer, **{field: "Take 10\u202e0 mg a day"})

    with pytest.raises(IncompleteArticle, match=r"U\+202E RIGHT-TO-LEFT OVERRIDE after “Take 10”"):
        submit(article, writer)

    assert not MedicalReviewState.objects.exists()


@pytest.mark.django_db
def test_one_in_the_record_of_the_study_is_refused_too(article, writer):
    article.study.interests = "None\u200b declared"
    article.study.save()

    (part,) = missing_parts(content_of(article))

    assert part.field == "study"
    assert "ZERO WIDTH SPACE" in part.words


@pytest.mark.django_db
def test_one_that_a_script_needs_is_signed_and_shown_on_the_screen(client, article, writer, reviewer):
    edit(article, writer, summary=KEPT[0])
    state = submit(article, writer)
    client.force_login(reviewer)

    page = BeautifulSoup(client.get(reverse("research_review", args=[state.pk])).content, "html.parser")

    assert "U+200C ZERO WIDTH NON-JOINER" in page.select_one(".cs-also").get_text()


@pytest.mark.django_db
def test_a_shared_text_with_an_invisible_character_is_not_signed(reviewer):
    term = GlossaryTermFactory(plain_words="Take 10\u202e0 mg.")

    with pytest.raises(IncompleteArticle, match="RIGHT-TO-LEFT OVERRIDE"):
        sign_text_of(term, reviewer)

    assert not SignOff.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("half", ["\\ud800", "\\udfff", "\\ud83d and"])
def test_half_a_character_in_a_posted_text_never_answers_500(client, article, editor, half):
    client.force_login(editor)
    words = {"blocks": [{"key": "a", "text": "REPLACED", "type": "unstyled", "depth": 0}], "entityMap": {}}
    posted = json.dumps(words).replace("REPLACED", f"Words {half} \\ud83d\\ude00")

    response = client.post(
        reverse("wagtailadmin_pages:edit", args=[article.pk]), editor_post(article) | {"key_takeaway": posted}
    )

    assert response.status_code in (200, 302)
    kept = type(article).objects.get(pk=article.pk).get_latest_revision_as_object().key_takeaway
    assert "\ufffd" in kept
    assert "\U0001f600" in kept
