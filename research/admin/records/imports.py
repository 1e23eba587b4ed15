"""Importing studies: paste or upload, look at what would happen, then let it happen in the background."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from common.models import User, signed_in
from common.rights import demand
from research.admin.desk.starting import import_and_start, sections_for, start_from_record, studies_of
from research.admin.frame import crumbs
from research.admin.records.uploads import CappedUploadHandler
from research.models.watch import ImportJob
from research.newsroom.permissions import can_import_studies
from research.record.importing import UNWATCHED, Action
from research.record.jobs import SOURCES_ARE_OFF, queue, read_job, start_import
from research.sources.pasted import MOST_IDENTIFIERS, identifiers_in
from research.sources.reading import UPLOAD_BYTES

MOST_LINES = 100
MOST_JOBS = 20
# The groups of a preview, in the order in which a person wants to see them.
GROUPS = (
    (
        "unconfirmed",
        _("Says that something happened to a study"),
        _(
            "A file tells readers nothing. The sources are asked at once, and readers are told what they say. Where no "
            "source can be asked, those who may add notices find it under “After a notice”."
        ),
    ),
    (str(Action.REFUSED), _("Refused"), _("These are left out. The others can be imported all the same.")),
    ("look", _("To look at"), _("These were read, but something about them is odd.")),
    (str(Action.ASK), _("Without DOI and PMID"), UNWATCHED),
    (str(Action.NEW), _("New"), ""),
    (
        str(Action.UPDATE),
        _("Known, with something new"),
        _("Ours stays; a difference becomes a proposal for a person."),
    ),
    (str(Action.UNCHANGED), _("Known, nothing new"), ""),
)
RESULT_WORDS = (
    (str(Action.NEW), "new"),
    (str(Action.UPDATE), "updated"),
    (str(Action.UNCHANGED), "unchanged"),
    (str(Action.REFUSED), "refused"),
)


WHO_IMPORTS = _("Writers and editors import studies.")


class ImportForm(forms.Form):
    """A pasted list, or a file; not both."""

    identifiers = forms.CharField(
        label=_("DOIs and PubMed numbers, one a line"),
        required=False,
        strip=True,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=format_lazy(
            _("For example 10.1000/xyz123 or 28721047. Addresses of doi.org and PubMed are fine too. At most {most}."),
            most=MOST_IDENTIFIERS,
        ),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        allow_empty_file=True,
        help_text=format_lazy(
            _("PubMed XML, .nbib, RIS or BibTeX, at most {size} MB."), size=UPLOAD_BYTES // 1_000_000
        ),
    )

    def __init__(self, *args: Any, is_too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_too_large = is_too_large

    def clean_file(self) -> UploadedFile | None:
        """Refuse a file that is too large or empty."""
        uploaded = self.cleaned_data.get("file")
        if self.is_too_large:
            raise forms.ValidationError(
                gettext(
                    "The file is larger than %(upload_bytes)s MB. Split it, or ask whoever runs this site "
                    "for “manage.py import_studies”, which has no such limit."
                )
                % {"upload_bytes": UPLOAD_BYTES // 1_000_000}
            )
        if uploaded is not None and not uploaded.size:
            raise forms.ValidationError(gettext("%(name)s: The file is empty.") % {"name": uploaded.name})
        return uploaded

    def clean_identifiers(self) -> str:
        """Refuse a list with nothing to ask for, or when no source may be asked."""
        pasted = self.cleaned_data["identifiers"]
        if not pasted:
            return ""
        found, problems = identifiers_in(pasted)
        if not found:
            raise forms.ValidationError(
                [problem.reason for problem in problems[:5]] or [gettext("No identifier in it.")]
            )
        if not settings.SOURCES_CONTACT:
            raise forms.ValidationError(SOURCES_ARE_OFF)
        return pasted

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        data = super().clean() or {}
        if not self.errors and bool(data.get("identifiers")) == bool(data.get("file")):
            raise forms.ValidationError(gettext("Paste a list or choose a file: one of the two."))
        return data


@csrf_exempt
def imports(request: HttpRequest) -> HttpResponse:
    """Take a list or a file. The limit is set before anything of the request is read, the token included."""
    handler = CappedUploadHandler(request, UPLOAD_BYTES)
    request.upload_handlers = [handler]
    return _imports(request, handler)


@csrf_protect
def _imports(request: HttpRequest, handler: CappedUploadHandler) -> HttpResponse:
    demand(can_import_studies, request.user, WHO_IMPORTS)
    form = ImportForm()
    if request.method == "POST":
        started = start_from_record(request, request.POST.get("identifiers", "")) if "start" in request.POST else None
        if started is not None:
            return started
        files = request.FILES  # reading them tells the handler how large they are
        form = ImportForm(request.POST, files, is_too_large=handler.is_too_large)
        if form.is_valid():
            return redirect("research_import", _make_job(form, signed_in(request.user)).pk)
    return render(
        request,
        "research/admin/imports/imports.html",
        {
            "header_title": gettext("Import studies"),
            "header_icon": "download",
            "breadcrumbs_items": _crumbs(),
            "form": form,
            "asking_is_off": "" if settings.SOURCES_CONTACT else SOURCES_ARE_OFF,
            "jobs": ImportJob.objects.select_related("created_by").defer("file_content", "lines")[:MOST_JOBS],
        },
    )


def _make_job(form: ImportForm, user: User) -> ImportJob:
    uploaded = form.cleaned_data.get("file")
    job = ImportJob.objects.create(
        identifiers=form.cleaned_data["identifiers"],
        file_name=uploaded.name[:255] if uploaded else "",
        file_content=uploaded.read() if uploaded else b"",
        created_by=user,
    )
    read_job.enqueue(job.pk)
    return job


@never_cache
def import_job(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one import: its progress, its preview, or what came of it."""
    demand(can_import_studies, request.user, WHO_IMPORTS)
    job = get_object_or_404(ImportJob.objects.select_related("created_by").defer("file_content"), pk=pk)
    preview = job.counts.get("preview", {})
    result = job.counts.get("result", {})
    return render(
        request,
        "research/admin/imports/import.html",
        {
            "header_title": str(job),
            "header_icon": "download",
            "breadcrumbs_items": [*_crumbs(), {"url": request.path, "label": str(job)}],
            "job": job,
            "groups": _groups(job.lines) if job.state == ImportJob.State.READY else [],
            "to_ask": preview.get(str(Action.ASK), 0),
            "to_import": preview.get(str(Action.NEW), 0) + preview.get(str(Action.UPDATE), 0),
            "result": [(result[key], words) for key, words in RESULT_WORDS if result.get(key)],
            "left_out": preview.get(str(Action.REFUSED), 0),
            "studies": studies_of(job) if job.state == ImportJob.State.DONE else [],
            "sections": sections_for(request.user),
            "is_one": job.total == 1,
            "reasons": job.counts.get("reasons", []),
            "problems": job.error.splitlines(),
            "percent": round(100 * job.done / job.total) if job.total else 0,
        },
    )


def _groups(lines: list[dict[str, str]]) -> list[dict[str, Any]]:
    groups = []
    for key, heading, words in GROUPS:
        found = [line for line in lines if line["action"] == key or key in line]
        if found:
            groups.append(
                {
                    "key": key,
                    "heading": heading,
                    "words": words,
                    "count": len(found),
                    "lines": found[:MOST_LINES],
                    "more": max(len(found) - MOST_LINES, 0),
                }
            )
    return groups


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry an import out; asked for again while it runs, go on where it stands."""
    demand(can_import_studies, request.user, WHO_IMPORTS)
    job = get_object_or_404(ImportJob.objects.defer("file_content"), pk=pk)
    started = import_and_start(request, job) if "article" in request.POST else None
    if started is not None:
        return started
    job.refresh_from_db(fields=["state"])
    if job.is_busy:
        queue(job)
        return redirect("research_import", pk)
    keep = _to_keep(request, job)
    if job.state == ImportJob.State.READY and not keep and not _has_to_import(job):
        messages.warning(request, gettext("Tick what you want to keep."))
    elif not start_import(job, keep=keep):
        messages.warning(
            request, gettext("This import is over: %(state)s.") % {"state": job.get_state_display().lower()}
        )
    return redirect("research_import", pk)


def _to_keep(request: HttpRequest, job: ImportJob) -> set[int]:
    """Return the places of the records without DOI and PMID that were ticked."""
    asked = {int(line["index"]) for line in job.lines if line["action"] == Action.ASK}
    if request.POST.get("keep_all"):
        return asked
    return asked & {int(index) for index in request.POST.getlist("keep") if index.isascii() and index.isdecimal()}


def _has_to_import(job: ImportJob) -> bool:
    preview = job.counts.get("preview", {})
    return bool(preview.get(str(Action.NEW)) or preview.get(str(Action.UPDATE)))


def _crumbs() -> list[dict[str, str]]:
    return crumbs((reverse("research_imports"), gettext("Import studies")))
