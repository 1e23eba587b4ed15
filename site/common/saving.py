"""Saving a page: over nothing that was not seen, again when the database is busy, and never losing a text."""

import logging
import random
import time
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access
from wagtail.models import Page, Revision

from common import own_changes, parts
from common.admin_address import is_in_admin
from common.editing import (
    VERSION_FIELDS,
    IncompleteForm,
    NewerVersion,
    NotSaved,
    Saving,
    WholePageForm,
    latest_revision,
    saving,
)
from common.sent import panel_behind, texts_of

logger = logging.getLogger("countersign.saving")

SAVING_VIEWS = frozenset({"wagtailadmin_pages:edit", "wagtailadmin_pages:add"})
#: A save that met a busy database is tried again within this time; then its text goes back to the person.
PATIENCE_SECONDS = 25.0
LONGEST_PAUSE_SECONDS = 2.0
DRAFT_ONLY = _("The database is busy. What you wrote is saved as a draft, and nothing else was done: do it again.")
#: What the page that keeps a text does not send back: it belongs to one form, or one button.
NOT_SENT_AGAIN = ("csrfmiddlewaretoken", "keep", "newest", *VERSION_FIELDS)
# What no person wrote, though it is sent again.
NOT_WRITTEN = frozenset({*NOT_SENT_AGAIN, own_changes.NAME, "form_end", "comment_notifications", "next"})
#: How the choice of a part is named: this, and the part's key.
TAKE = "take-"


class SavingMiddleware:
    """Watches over the forms of the page editor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Answer a form of the editor; leave everything else alone."""
        match = request.resolver_match
        if request.method != "POST" or match is None or match.view_name not in SAVING_VIEWS:
            return None
        return _save(request, kwargs.get("page_id"), lambda: view(request, *args, **kwargs))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a page of the admin that met a busy database with words, and the way to ask again."""
        if not _is_busy(error) or not is_in_admin(request):
            return None
        logger.warning("The database was busy: %s %s", request.method, request.path_info)
        return not_saved(request, "busy", status=503)


def _save(request: HttpRequest, page_id: int | None, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    end = time.monotonic() + PATIENCE_SECONDS
    pause = 0.1
    while True:
        with saving(request.POST, page_id) as current:
            try:
                response = view()
                if hasattr(response, "render"):
                    response = response.render()
                return _gone(request) if response.status_code == 404 and _is_gone(page_id) else response
            except NotSaved as refused:
                return _refuse(request, refused, current.form)
            except OperationalError as error:
                if not _is_busy(error):
                    raise
                # What was committed before the database was busy is no longer what the form was based on.
                if current.is_committed or time.monotonic() + pause > end:
                    return _give_back(request, current)
            except Exception:
                # Wagtail takes it for granted that a page is there which it read before: any error may say it is not.
                if not _is_gone(page_id):
                    raise
                logger.warning("The page was deleted while it was saved: %s", request.path_info, exc_info=True)
                return _gone(request)
        time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - only spreads the attempts
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _is_gone(page_id: int | None) -> bool:
    return page_id is not None and not Page.objects.filter(pk=page_id).exists()


def _gone(request: HttpRequest) -> HttpResponse:
    """Answer somebody whose page was deleted while they wrote."""
    return _answer(request, "gone", gettext("The page was deleted meanwhile. Nothing was saved."), 404)


def _give_back(request: HttpRequest, current: Saving) -> HttpResponseBase:
    """Answer somebody whose save met a busy database until it was too late."""
    logger.warning("A save was given back, the database is busy: %s", request.path_info)
    if current.is_committed and current.form is not None and request.accepts("text/html"):
        messages.error(request, gettext(DRAFT_ONLY))
        return redirect("wagtailadmin_pages:edit", current.form.instance.pk)
    return _answer(request, "busy", gettext("The database is busy. Nothing was saved."), 503)


def _is_busy(error: Exception) -> bool:
    words = str(error).lower()
    return isinstance(error, OperationalError) and any(word in words for word in ("locked", "lock timeout", "deadlock"))


def _refuse(request: HttpRequest, refused: NotSaved, form: Any) -> HttpResponse:
    if isinstance(refused, IncompleteForm):
        logger.warning("A form arrived without %s: %s", refused, request.path_info)
        return _answer(
            request,
            "incomplete",
            gettext("Not saved: the form arrived without %(refused)s.") % {"refused": refused},
            400,
            missing=refused,
        )
    return _answer(
        request,
        "newer",
        gettext("Saving would overwrite a newer version."),
        409,
        code="invalid_revision",
        **_both(form),
    )


def _answer(request: HttpRequest, why: str, words: str, status: int, *, code: str = "", **context: Any) -> HttpResponse:
    """Answer a person with a page that keeps the text, and a browser that saves by itself with words."""
    if not request.accepts("text/html"):
        error = {"success": False, "error_code": code or why, "error_message": words}
        return JsonResponse(error, status=400 if status == 409 else status)
    return not_saved(request, why, status=status, **context)


def not_saved(request: HttpRequest, why: str, *, status: int, **context: Any) -> HttpResponse:
    """Return the page that says why nothing was saved and holds everything that was sent."""
    sent = request.POST.lists() if request.method == "POST" else []
    # For a save that is new over what is stored now: all but the buttons and the version it was based on.
    sent = [(name, values) for name, values in sent if not name.startswith(TAKE)]
    kept = [(name, value) for name, values in sent if _is_sent_again(name) for value in values]
    context |= {
        "why": why,
        "header_title": gettext("Not saved") if request.method == "POST" else gettext("The database is busy"),
        "kept": [(name, value) for name, value in kept if why == "busy" or not name.startswith("action-")],
        "versions": [(name, request.POST[name]) for name in VERSION_FIELDS if name in request.POST],
        "texts": texts_of(_written(sent), panel_behind(request)) if sent else [],
    }
    return render(request, "common/not_saved.html", context, status=status)


def _is_sent_again(name: str) -> bool:
    """Tell whether the page keeps what came under a name: no password is written into a page."""
    return name not in NOT_SENT_AGAIN and "password" not in name


def _written(sent: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """Return what a person filled in, without buttons."""
    return [(name, values) for name, values in sent if name not in NOT_WRITTEN and not name.startswith("action-")]


def _both(form: Any) -> dict[str, Any]:
    """Return what differs between the text that was sent and the one that is stored, and whose that is."""
    latest = latest_revision(form.instance)
    assert latest is not None  # noqa: S101 - for the type checker: there is a newer one
    theirs = latest.as_object()
    base = Revision.objects.filter(pk=_number(form.data.get("loaded_revision_id")), object_id=str(form.instance.pk))
    began = base.first()
    whose = gettext("you, in another tab") if latest.user == form.for_user else (latest.user or "somebody")
    mine = _sent_content(form, theirs)
    if mine is None:
        # What is not valid can be shown, and saved as it is; parts of it cannot be told apart.
        stored = type(form)(instance=theirs, parent_page=form.parent_page, for_user=form.for_user).texts()
        texts = form.texts().items()
        found = [parts.Part("", label, text, stored.get(label, "")) for label, text in texts]
        differences = [part for part in found if part.mine != part.theirs]
    else:
        content = began.content if began else None
        differences = parts.parts_of(theirs, form, mine, theirs.serializable_data(), content)
    return {
        "page": form.instance,
        "latest": latest,
        "latest_at": latest.created_at.isoformat(),
        "whose": whose,
        "differences": differences,
        "take": TAKE,
        "has_parts": len(differences) > 1 and all(part.key for part in differences),
    }


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _sent_content(form: Any, theirs: Page) -> dict[str, Any] | None:
    """Return what was sent as a version would store it; None where it is not valid."""
    page = theirs.specific_class.objects.get(pk=theirs.pk).get_latest_revision_as_object()
    bound = type(form)(form.data, instance=page, parent_page=form.parent_page, for_user=form.for_user)
    bound.defer_required_fields()
    if not super(WholePageForm, bound).is_valid():
        return None
    content: dict[str, Any] = bound.save(commit=False).serializable_data()
    return content


@require_admin_access
@require_POST
def keep_theirs(request: HttpRequest, page_id: int) -> HttpResponse:
    """Leave the newer version in place, and put the text that was sent into the history below it.

    Raises:
        PermissionDenied: who asks may not edit the page, or it is locked for them.
    """
    form, latest = _asked_about(request, page_id)
    if latest is None or form.missing_fields() or not form.is_valid():
        return _not_valid(request)
    theirs = latest.as_object()
    with transaction.atomic():
        form.save(commit=False).save_revision(user=request.user, log_action=True, clean=False)
        theirs.save_revision(user=request.user, log_action=True, previous_revision=latest, clean=False)
    messages.success(request, gettext("The newer version stays. Your text is in the history, right below it."))
    return redirect("wagtailadmin_pages:edit", page_id)


@require_admin_access
@require_POST
def take_parts(request: HttpRequest, page_id: int) -> HttpResponse:
    """Save one version made of parts of both; both stay in the history below it.

    Raises:
        PermissionDenied: who asks may not edit the page, or it is locked for them.
    """
    form, latest = _asked_about(request, page_id)
    if latest is None or form.missing_fields() or not form.is_valid():
        return _not_valid(request)
    taken = {
        name.removeprefix(TAKE) for name in request.POST if name.startswith(TAKE) and request.POST[name] == "newer"
    }
    with transaction.atomic():
        list(Page.objects.select_for_update().filter(pk=page_id).values_list("pk"))
        newest = latest_revision(form.instance)
        if newest is None or request.POST.get("newest") != str(newest.pk):
            return _refuse(request, NewerVersion(), form)
        mine = form.save(commit=False)
        content = parts.merged(mine, form, mine.serializable_data(), newest.as_object().serializable_data(), taken)
        mine.save_revision(user=request.user, log_action=True, clean=False)
        page = mine.with_content_json(content)
        if not page.live:
            page.save()
        page.save_revision(user=request.user, log_action=True, clean=False)
    messages.success(
        request, gettext("Saved, with the parts that you chose. Both versions are in the history below it.")
    )
    return redirect("wagtailadmin_pages:edit", page_id)


def _asked_about(request: HttpRequest, page_id: int) -> tuple[Any, Revision | None]:
    """Return the form that was sent again, on the version that is stored, and that version.

    Raises:
        PermissionDenied: who asks may not edit the page, or it is locked for them.
    """
    page = get_object_or_404(Page, pk=page_id).specific
    lock = page.get_lock()
    if not page.permissions_for_user(request.user).can_edit() or (lock and lock.for_user(request.user)):
        raise PermissionDenied
    latest = latest_revision(page)
    draft = page.get_latest_revision_as_object()
    form_class = page.get_edit_handler().get_form_class()
    form = form_class(request.POST, instance=draft, parent_page=page.get_parent(), for_user=request.user)
    form.defer_required_fields()
    return form, latest


def _not_valid(request: HttpRequest) -> HttpResponse:
    words = gettext("Your text could not be put into the history: it is not valid. Copy what you need from this page.")
    messages.error(request, words)
    return not_saved(request, "invalid", status=400)
