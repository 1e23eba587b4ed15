from dataclasses import replace
from datetime import UTC, datetime

from django.template.loader import render_to_string
from django.utils import timezone, translation

from research.reading import shapes
from research.reading.shapes import Card

CARD = Card(
    title="Fewer relapses",
    url="/ms/fewer-relapses/",
    summary="Fewer people had a relapse.",
    published_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC),
    picture=None,
    credibility_value=4,
    credibility_word="Strong",
)


def test_a_card_is_printed_as_its_template_does():
    context = {"card": CARD, "variant": "", "sizes": shapes.CARD_SIZES}

    assert CARD.printed == render_to_string("research/includes/card.html", context)


def test_what_was_printed_before_is_not_printed_again(monkeypatch):
    before = CARD.printed
    monkeypatch.setattr("common.printing.memory.render_to_string", None)

    assert replace(CARD).printed == before


def test_a_card_of_other_words_is_another_card():
    withheld = replace(CARD, notice="Retracted: do not rely on its results", credibility_value=None)

    assert "Retracted" in withheld.printed
    assert "4 of 5" in CARD.printed
    assert "4 of 5" not in withheld.printed


def test_a_card_is_printed_for_each_language_and_time_zone():
    with timezone.override("Europe/London"):
        printed = {language: _in(language) for language in ("en-gb", "de")}
        assert "1 March 2026" in printed["en-gb"]
        assert "1. März 2026" in printed["de"]
    with timezone.override("Asia/Tokyo"):
        assert "2 March 2026" in _in("en-gb")


def _in(language: str) -> str:
    with translation.override(language):
        return CARD.printed
