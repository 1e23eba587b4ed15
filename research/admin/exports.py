"""Spreadsheets that run nothing: a cell that a program would take for a formula is written as plain text."""

import re
from functools import wraps
from typing import Any

from wagtail.admin.views.mixins import SpreadsheetExportMixin

# What Excel, LibreOffice and Google Sheets may take for the beginning of a formula.
FORMULA_START = re.compile(r"^[\s\x00-\x1f]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def neutralised(value: Any) -> Any:
    """Return a value as a cell may hold it: text that looks like a formula gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    text = CONTROL.sub("", value)
    return f"'{text}" if FORMULA_START.search(value) else text


def neutralise_all_exports() -> None:
    """Put ``neutralised`` under every export of Wagtail's and ours, of reports and of lists alike.

    Wagtail writes text as it is: https://github.com/wagtail/wagtail, ``wagtail/admin/views/mixins.py``, 8.0.1. Remove
    when it does this itself. Calling it again changes nothing.
    """
    plain = SpreadsheetExportMixin.preprocess_field_value
    if getattr(plain, "is_neutralised", False):
        return

    @wraps(plain)
    def preprocess(self: Any, field: str, value: Any, export_format: str) -> Any:
        return neutralised(plain(self, field, value, export_format))

    preprocess.is_neutralised = True  # type: ignore[attr-defined]
    SpreadsheetExportMixin.preprocess_field_value = preprocess
