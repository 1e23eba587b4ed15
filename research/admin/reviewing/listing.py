"""The list of reviews: which articles and shared texts wait for whom.

What it says of each review is asked for all of them together, so that a long list asks no more than a short one.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import Page

from common.models import AnyUser
from common.models.pages import know_parents, parents_of
from common.once import know
from common.one_statement import read_each
from common.rights import permitted
from common.stored_rows import reading_together
from research.admin.board import moving
from research.admin.frame import crumbs
from research.admin.reviewing import blindness, plans
from research.admin.sign_off_views import may_see_reviews
from research.content.stored import read_canonical
from research.models.pages import ArticlePage
from research.models.texts import SignableText
from research.models.workflow import MedicalReviewState
from research.newsroom.comments import know_open, open_on_each
from research.record import signature_queue
from research.review import blind, guard, signing

# What a draft says of its embargo, in the rows that are read of its page.
DRAFTED_EMBARGO = "latest_revision__content__embargo_until"


@permitted(may_see_reviews)
def reviews(request: HttpRequest) -> HttpResponse:
    """List the articles under review: those that wait for this user first."""
    states = MedicalReviewState.objects.open().select_related(
        "workflow_state__requested_by", "assigned_to", "second_to", "revision", "submission"
    )
    waiting = list(states.prefetch_related("revision__content_object").order_by("started_at"))
    read = _read_about(waiting)
    pages, comments_on = _drafts_of(waiting, read)
    reasons = _reasons_for_each(request.user, waiting, pages)
    rows = [
        _row(state, page, reasons_here, request.user, comments_on)
        for state, page, reasons_here in zip(waiting, pages, reasons, strict=True)
    ]
    rows.sort(key=lambda row: not row["mine"])
    return render(
        request,
        "research/admin/reviews.html",
        {
            "for_me": [row for row in rows if not row["reasons"]],
            "for_others": [row for row in rows if row["reasons"]],
            "texts": _text_rows(request.user, signature_queue.texts_waiting(read)),
            "is_reviewer": signing.is_reviewer(request.user),
            "header_title": gettext("Reviews"),
            "header_icon": "check",
            "breadcrumbs_items": crumbs(("", gettext("Reviews"))),
        },
    )


def _read_about(states: list[MedicalReviewState]) -> dict[Any, list[Any]]:
    """Return what the list says beside the drafts; who holds each review, and what was answered, is known then."""
    articles, day = [state.revision.content_object for state in states], timezone.localdate()
    asked: dict[Any, QuerySet[Any, Any]] = {
        **blind.answers_to_each(states),
        **signature_queue.holders_of(states, day),
        **signature_queue.texts_asked(),
        "parents": parents_of(articles),
        "comments": open_on_each(articles),
        "releases": moving.open_releases(articles),
        "embargoes": Page.objects.filter(pk__in={page.pk for page in articles}).values("pk", DRAFTED_EMBARGO),
    }
    read = read_each(asked)
    blind.know_answers(states, read)
    signature_queue.know_holders(states, day, read)
    know_parents(articles, read["parents"])
    moving.know_open_releases(articles, read["releases"])
    return read


def _drafts_of(
    states: list[MedicalReviewState], read: Mapping[Any, list[Any]]
) -> tuple[list[ArticlePage], dict[int, int]]:
    """Return the articles as they are under review, and how many open comments each has."""
    comments_on = know_open([state.revision.content_object for state in states], read["comments"])
    with reading_together((ArticlePage, state.revision.content) for state in states):
        pages = [state.revision.as_object() for state in states]
    embargoes = {row["pk"]: row[DRAFTED_EMBARGO] for row in read["embargoes"]}
    for page in pages:
        know(guard.drafted_embargo, embargoes[page.pk], page)
        cited = {row.study_id: row.study.embargo_until for row in page.also_cited.all()}
        know(guard.embargoes_of_studies, [*cited.values()], frozenset(cited))
    return pages, comments_on


def _reasons_for_each(user: AnyUser, states: list[MedicalReviewState], pages: list[ArticlePage]) -> list[list[str]]:
    # Who reviews nothing is told of no further reasons.
    if not signing.is_reviewer(user):
        return [[str(signing.NOT_A_REVIEWER)] for _ in pages]
    # Of words that were removed nothing is frozen any more.
    frozen = [state.submission.content if state.submission else "" for state in states]
    contents = [read_canonical(content) if content else None for content in frozen]
    return signing.reasons_not_to_sign_each(user, list(zip(pages, contents, strict=True)))


def _text_rows(user: AnyUser, texts: list[SignableText]) -> list[dict[str, Any]]:
    """Return the shared texts that wait, with what keeps this user from signing each."""
    rows = []
    # Who reviews nothing is told of no reasons.
    reasons = signing.reasons_not_to_sign_texts(user, texts) if signing.is_reviewer(user) else [[] for _ in texts]
    for text, reasons_here in zip(texts, reasons, strict=True):
        address = reverse("research_sign_text", args=[text.subject_type, text.pk])
        rows.append({"text": text, "kind": text._meta.verbose_name, "address": address, "reasons": reasons_here})
    return rows


def _row(
    state: MedicalReviewState, page: ArticlePage, reasons: list[str], user: AnyUser, comments_on: Mapping[int, int]
) -> dict[str, Any]:
    is_newest = page.latest_revision_id == state.revision_id
    two = blindness.material_for(state, user)
    if not reasons and two.get("has_answered"):
        reasons = [gettext("You have answered; it counts once the other reviewer has, too.")]
    return {
        "state": state,
        "page": page,
        "reasons": reasons,
        **two,
        "unheld": signature_queue.why_unheld(state, timezone.localdate()),
        "is_late": state.due_on is not None and state.due_on < timezone.localdate(),
        "mine": user in state.given_to(),
        "goes_live": plans.plan_of(page, page if is_newest else None).goes_live(timezone.now()),
        "open_comments": comments_on.get(page.pk, 0),
    }
