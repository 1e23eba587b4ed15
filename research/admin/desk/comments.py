"""The comments on an article outside the editor: for reviewers, who edit nothing, and for reading what was resolved."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from wagtail.models import Comment

from common.models import AnyUser, signed_in
from common.odd_input import id_from
from research.admin.frame import crumbs
from research.admin.reviewing.blindness import HELD, speaks_unheard
from research.models.pages import ArticlePage
from research.newsroom import comments
from research.newsroom.permissions import can_comment
from research.review import blind


class CommentForm(forms.Form):
    """What is said, and of which place."""

    contentpath = forms.CharField(label="About", max_length=300)
    quote = forms.CharField(required=False, max_length=comments.LONGEST_COMMENT)
    text = forms.CharField(
        label="Comment",
        max_length=comments.LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write your comment first."},
    )


@never_cache
def article_comments(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show the comments on an article, open and resolved; take a new one, an answer, or that one is resolved.

    A script gets the list alone.

    Raises:
        PermissionDenied: the account neither reviews nor may edit the article.
    """
    row = get_object_or_404(ArticlePage, pk=page_id)
    if not can_comment(request.user, row):
        raise PermissionDenied
    page = row.get_latest_revision_as_object()
    problem = _take(request, page) if request.method == "POST" else ""
    is_script = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    if request.method == "POST" and not problem and not is_script:
        return redirect("research_comments", page_id)
    template = "research/admin/includes/comments.html" if is_script else "research/admin/comments.html"
    typed = request.POST if problem else {}
    context = {
        **material(page, request.user),
        "typed": typed,
        "problem": problem,
        "page": page,
        "header_title": gettext("Comments: %(title)s") % {"title": page.title},
        "header_icon": "comment",
        "breadcrumbs_items": crumbs(
            (reverse("wagtailadmin_pages:edit", args=[page_id]), page.title), ("", gettext("Comments"))
        ),
    }
    return render(request, template, context, status=400 if problem else 200)


def material(page: "ArticlePage", user: AnyUser) -> dict[str, Any]:
    """Return what the list of comments prints: what is open, what was resolved, and the places to speak of.

    Of the notes that reviewers' blindness keeps back, the user gets their own.
    """
    said = comments.listed(page, comments.comments_on(page))
    return {
        "open_comments": [one for one in said if one.comment.resolved_at is None],
        "resolved_comments": [one for one in said if one.comment.resolved_at is not None],
        "held_notes": blind.notes_held(page, user),
        "speaks_unheard": speaks_unheard(user, page),
        "places": comments.places_of(page),
        "longest_comment": comments.LONGEST_COMMENT,
    }


def _take(request: HttpRequest, page: ArticlePage) -> str:
    """Store what was sent; return what is wrong with it, "" when nothing is."""
    is_unheard = speaks_unheard(request.user, page)
    if is_unheard and "comment" in request.POST:
        return str(HELD)
    if "comment" in request.POST:
        found = Comment.objects.filter(page_id=page.pk, pk=id_from(request.POST["comment"]) or 0).first()
        if found is None:
            return "This comment is not there any more: somebody deleted it."
        if request.POST.get("act") == "resolve":
            comments.resolve(found, request.user)
            return ""
        answer = CommentForm({"contentpath": found.contentpath, "text": request.POST.get("text", "")})
        if not answer.is_valid():
            return _words(answer)
        comments.reply_to(found, request.user, answer.cleaned_data["text"])
        return ""
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _words(form)
    say = blind.hold_note if is_unheard else comments.add_comment
    try:
        say(
            page,
            signed_in(request.user),
            form.cleaned_data["contentpath"],
            form.cleaned_data["text"],
            form.cleaned_data["quote"],
        )
    except LookupError:
        return "This place is not in the article any more. Choose another; your words are still here."
    return ""


def _words(form: forms.Form) -> str:
    return " ".join(str(problem) for problems in form.errors.values() for problem in problems)
