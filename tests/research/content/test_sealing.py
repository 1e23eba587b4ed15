"""What editors leave in a block becomes plain JSON, the half-filled and the oddly posted too."""

from types import SimpleNamespace
from uuid import UUID

import pytest
from wagtail.rich_text import RichText

from common.models import Image
from research.content.sealing import seal_as_is, seal_image, seal_rich_text, seal_table, seal_term, seal_text


@pytest.mark.parametrize(
    ("table", "caption", "header_row", "header_column", "rows"),
    [
        (None, "", False, False, []),
        ({"data": None, "table_caption": None}, "", False, False, []),
        ({"data": [[" a  b ", None]], "table_caption": " C "}, "C", False, False, [["a b", ""]]),
        ({"data": [], "first_row_is_table_header": True, "first_col_is_header": False}, "", True, False, []),
        ({"data": [], "first_row_is_table_header": None, "first_col_is_header": "yes"}, "", False, True, []),
        ({"data": [], "first_row_is_table_header": 1, "first_col_is_header": None}, "", True, False, []),
    ],
)
def test_a_table_is_sealed_as_its_cells_and_which_of_them_are_headings(table, caption, header_row, header_column, rows):
    sealed = seal_table(table)

    assert sealed["rows"] == rows
    assert sealed["caption"] == caption
    assert sealed["header_row"] is header_row
    assert sealed["header_column"] is header_column


@pytest.mark.parametrize("value", [RichText("<p> One  <i>two</i></p><p></p>"), "<p> One  <i>two</i></p><p></p>"])
def test_rich_text_is_sealed_as_canonical_html(value):
    assert seal_rich_text(value) == "<p>One <i>two</i></p>"


def test_text_is_folded_and_a_number_stays():
    assert seal_text(" One  two ") == "One two"
    assert seal_as_is(0) == 0


def test_a_term_is_sealed_as_its_identifier():
    assert seal_term(SimpleNamespace(subject_uuid=UUID(int=7))) == str(UUID(int=7))
    assert seal_term(None) == ""


def test_a_picture_is_sealed_as_its_master_or_as_unreadable():
    known = Image(collection_id=1, file_hash="1", master_id="2" * 64, master_made_from="1:")

    assert seal_image(None) is None
    assert seal_image(known) == {"hash": "2" * 64}
    assert seal_image(Image(collection_id=1)) == {"unreadable": True}
