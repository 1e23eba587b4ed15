"""What eight threads of one process share when people edit at the same time; ``make race`` takes longer."""

import copy
import json
import os
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.models import get_page_models
from wagtail.rich_text import FeatureRegistry, features, get_rewriter

from common import rich_text
from research.models import ArticlePage
from research.reading.page_links import PublicPageLinkHandler

THREADS = 8
SECONDS = float(os.environ.get("RACE_SECONDS", "1"))


@pytest.fixture
def _switching_often():
    """Let threads take turns in the middle of things, as they do on a busy machine."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def race(work: Callable[[int], str]) -> Counter[str]:
    """Call ``work`` with its own number in each of eight threads until the time is over; count what it says."""
    said: list[Counter[str]] = [Counter() for _ in range(THREADS)]
    end = time.monotonic() + SECONDS

    def repeat(number: int) -> None:
        while time.monotonic() < end:
            try:
                said[number][work(number)] += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
                said[number][f"raised {type(error).__name__}"] += 1

    threads = [threading.Thread(target=repeat, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(said, Counter())


def rich_text_block():
    return ArticlePage.body.field.stream_block.child_blocks["what_they_found"].child_blocks["text"].child_blocks["html"]


def own_words(number: int) -> str:
    return "".join(f"<p>writer {number} <b>paragraph {line}</b> end.</p>" for line in range(12))


@pytest.mark.usefixtures("_switching_often")
def test_nobodys_words_come_out_in_somebody_elses_editor():
    widget = rich_text_block().field.widget
    alone = {number: rich_text_of(widget, own_words(number)) for number in range(THREADS)}

    said = race(lambda number: "right" if rich_text_of(widget, own_words(number)) == alone[number] else "wrong")

    assert set(said) == {"right"}, said
    assert said["right"] > THREADS


def rich_text_of(widget, html: str) -> list[tuple]:
    """Return what the editor would show: the keys of blocks are drawn by lot each time."""
    shown = json.loads(widget.format_value(html))
    return [(block["text"], block["type"], str(block["inlineStyleRanges"])) for block in shown["blocks"]]


@pytest.mark.usefixtures("_switching_often")
def test_nobodys_words_are_stored_in_somebody_elses_text():
    widget = rich_text_block().field.widget
    posted = {number: {"text": widget.format_value(own_words(number))} for number in range(THREADS)}
    alone = {number: widget.value_from_datadict(data, {}, "text") for number, data in posted.items()}

    said = race(
        lambda number: "right" if widget.value_from_datadict(posted[number], {}, "text") == alone[number] else "wrong"
    )

    assert set(said) == {"right"}, said


@pytest.mark.usefixtures("_switching_often")
def test_a_draft_that_is_saved_loosens_no_submission_in_another_thread():
    block = ArticlePage.body.field.stream_block
    fact = block.child_blocks["what_they_found"].child_blocks["fact"].child_blocks["text"]
    empty_fact = [{"type": "what_they_found", "value": [{"type": "fact", "value": {"text": ""}}]}]
    value = block.to_python(empty_fact)

    def save_or_submit(number: int) -> str:
        if number % 2:
            block.clean_deferred(value)
            return "draft saved"
        try:
            block.clean(value)
        except ValidationError:
            return "submission refused"
        return "submission let through"

    said = race(save_or_submit)

    assert set(said) == {"draft saved", "submission refused"}, said
    assert fact.field.required is True


@pytest.mark.usefixtures("_switching_often")
def test_each_form_shows_the_body_that_it_was_given():
    """Everything else that a form's body goes through: blocks, widgets, adapters, the definition for the browser."""
    field = ArticlePage.body.field
    values = {number: field.stream_block.to_python(body_of(number)) for number in range(THREADS)}

    def shown(number: int) -> str:
        page = field.formfield().widget.render_with_errors("body", values[number])
        numbers = set(re.findall(r"writer (\d)", page))
        return "right" if numbers == {str(number)} and page.count(f"writer {number}") == 24 else f"wrong: {numbers}"

    said = race(shown)

    assert set(said) == {"right"}, said


def body_of(number: int) -> list[dict]:
    section = [
        {"type": "text", "value": {"html": own_words(number)}},
        {"type": "more", "value": {"summary": "More", "html": own_words(number)}},
    ]
    return [{"type": "what_they_found", "value": section}]


def rich_text_widgets(form_class: type[WagtailAdminPageForm]) -> list:
    return [field.widget for field in form_class.base_fields.values() if hasattr(field.widget, "converter")]


def test_every_editor_of_rich_text_is_the_one_with_a_parser_for_each_text():
    from wagtail.blocks import RichTextBlock

    widgets = [rich_text_block().field.widget, RichTextBlock().field.widget]
    for model in get_page_models():
        widgets += rich_text_widgets(model.get_edit_handler().get_form_class())

    assert len(widgets) > 4
    assert {type(widget) for widget in widgets} == {rich_text.DraftailRichTextArea}


def test_two_first_requests_at_once_find_our_handler_of_page_links(monkeypatch):
    """A second registration that has come half-way must not decide what the process prints."""
    import config.urls  # noqa: F401 - what the first request imports

    assert features.has_scanned_for_features
    assert get_rewriter.cache_info().currsize == 1
    late = copy.copy(features)
    late.link_types = {}
    FeatureRegistry._scan_for_features(late)
    assert late.link_types["page"] is PublicPageLinkHandler
