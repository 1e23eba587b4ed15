"""What the editor asks in the background: who is signed in, and which version of the page is the newest."""

from django.core.exceptions import PermissionDenied
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from wagtail.models import Page

from research.content.article import ArticleContent
from research.content.canonical import without_empty
from research.editor.panels.article import live_ratings
from research.editor.strip import standing_of
from research.models.pages import ArticlePage
from research.models.references import Study
from research.models.studies.appraisal import Appraisal


@never_cache
@require_GET
def pulse(request: HttpRequest) -> JsonResponse:
    """Return the account, a token of its session, and the newest version of the page it asks about.

    ``revision`` holds id, time and account, as the editor's form does; it is None where there is no such page, or
    where the account may not edit it.
    """
    return JsonResponse(
        {
            "user": request.user.pk,
            "token": get_token(request),
            "revision": _newest(request),
        }
    )


def _newest(request: HttpRequest) -> dict[str, object] | None:
    number = request.GET.get("page", "")
    page = Page.objects.filter(pk=number).first() if number.isdecimal() and len(number) < 10 else None
    if page is None or not page.permissions_for_user(request.user).can_edit():
        return None
    revision = page.latest_revision
    if revision is None:
        return None
    return {"id": revision.pk, "created_at": revision.created_at.isoformat(), "user": revision.user_id}


ANSWERS_FORM = modelform_factory(Appraisal, exclude=["page"])


@never_cache
@require_POST
def live_rating(request: HttpRequest) -> HttpResponse:
    """Print the two ratings of the answers that a form holds; nothing is stored.

    An answer that is none (letters for a number) counts as left open.
    """
    form = ANSWERS_FORM(request.POST)
    form.full_clean()
    appraisal = Appraisal(**form.cleaned_data)
    number = request.POST.get("study", "")
    study = Study.objects.filter(pk=number).first() if number.isdecimal() and len(number) < 10 else None
    content = ArticleContent(appraisal=without_empty(appraisal.answers()), reasons=appraisal.reasons())
    return render(request, "research/admin/includes/live_ratings.html", live_ratings(content, study))


@never_cache
@require_GET
def strip(request: HttpRequest, page_id: int) -> HttpResponse:
    """Print the strip above an article as its newest draft has it.

    Raises:
        PermissionDenied: the account may not edit the article.
    """
    page = get_object_or_404(ArticlePage, pk=page_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    draft = page.get_latest_revision_as_object()
    return render(request, "research/admin/sign_off_panel.html", standing_of(draft, request.user))
