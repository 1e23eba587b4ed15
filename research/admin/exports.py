"""Spreadsheets that run nothing: a cell that a program would take for a formula is written as plain text."""

import re
from typing import Any

from wagtail_modeladmin.views import IndexView

# What Excel, LibreOffice and Google Sheets may take for the beginning of a formula.
FORMULA_START = re.compile(r"^[\s\x00-\x1f]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def neutralised(value: Any) -> Any:
    """Return a value as a cell may hold it: text that looks like a formula gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    text = CONTROL.sub("", value)
    return f"'{text}" if FORMULA_START.search(value) else text


class SafeExportMixin:
    """For Wagtail's exports as CSV and XLSX, of reports and of lists alike."""

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        """Return a cell's value, neutralised."""
        return neutralised(super().preprocess_field_value(field, value, export_format))  # type: ignore[misc]


class SafeIndexView(SafeExportMixin, IndexView):
    """A list of the admin whose exports run nothing in a spreadsheet."""
