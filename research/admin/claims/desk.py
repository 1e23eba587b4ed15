"""The writer's ledger of claims: what each sentence rests on, said with one click, beside the source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from common.models import signed_in
from research.admin.frame import crumbs
from research.checking.claims import Claim, ClaimKind, claims_of
from research.checking.passages import (
    Passage,
    QuoteNotFoundError,
    SourceText,
    find_passage,
    passage_at,
    typed_passage,
)
from research.content.article import content_of
from research.editor.claim_desk import desk_of, numbers_shared
from research.models.pages import ArticlePage
from research.publishing.public_row import is_bound
from research.review.claims import links as claim_links
from research.review.claims.texts import studies_behind, texts_behind

GONE = _("This sentence was changed meanwhile. Look at it again.")
LONGEST_NOTE = 300
LONGEST_PLACE = 7
# What a button of the screen says a sentence is.
KINDS = {
    "nothing": ClaimKind.UNDECLARED,
    "background": ClaimKind.BACKGROUND,
    "explanation": ClaimKind.EXPLANATION,
    "question": ClaimKind.QUESTION,
}


class NotSaidError(ValueError):
    """What was sent says nothing that could be kept; the message tells why."""


def claim_desk(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show every sentence of the newest draft with what it rests on, beside the stored texts."""
    draft, may_edit = _draft(request, page_id)
    return _screen(request, draft, may_edit=may_edit)


@require_POST
def say_claim(request: HttpRequest, page_id: int) -> HttpResponse:
    """Keep what one sentence, or one number, rests on; without a script the screen comes back where it was."""
    with transaction.atomic():
        get_object_or_404(ArticlePage.objects.select_for_update(), pk=page_id)
        draft, may_edit = _draft(request, page_id)
        if not may_edit:
            raise PermissionDenied(gettext("This article cannot be changed now."))
        key = request.POST.get("claim", "")
        try:
            _say(draft, key, Said.of(request.POST))
        except (NotSaidError, QuoteNotFoundError) as refused:
            problem = str(refused)
            if getattr(refused, "closest", ""):
                problem += gettext(" The likeliest place: “%(closest)s”") % {"closest": refused.closest}  # type: ignore[union-attr]
            return _screen(request, draft, may_edit=may_edit, problem=problem, problem_at=key)
        writer = signed_in(request.user)
        latest = draft.latest_revision
        before = _version(draft)
        is_own = latest is not None and latest.user_id == writer.pk and not is_bound(latest)
        own = latest if is_own else None
        draft.save_revision(user=writer, overwrite_revision=own, log_action=own is None)
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        newest: ArticlePage = ArticlePage.objects.get(pk=page_id).get_latest_revision_as_object()
        return _screen(request, newest, may_edit=True, before=before)
    return redirect(f"{reverse('research_claim_desk', args=[page_id])}#c-{key}")


@dataclass(frozen=True)
class Said:
    """What one form said: ``say`` of a claim, or of one ``number`` of its block."""

    say: str
    number: str = ""
    place: str = ""
    source: str = ""
    start: str = ""
    end: str = ""
    quote: str = ""
    page: str = ""
    study: str = ""
    note: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> "Said":
        """Return what was sent; a button of the screen says in its value what the fields would say."""
        given = {name: sent.get(name, "") for name in ("number", "source", "quote", "page", "study", "note")}
        if "offer" in sent:
            source, start, end = _words(sent["offer"], 3)
            return cls("passage", source=source, start=start, end=end)
        if "number_offer" in sent:
            number, source, start, end = _words(sent["number_offer"], 4)
            return cls("passage", number=number, source=source, start=start, end=end)
        if "drop_number" in sent:
            return cls("drop", number=sent["drop_number"])
        if "drop_place" in sent:
            return cls("drop", place=sent["drop_place"])
        if "earlier" in sent:
            return cls("earlier", place=sent["earlier"])
        return cls(sent.get("say", ""), **given)


def _words(value: str, count: int) -> list[str]:
    return (value.split(" ") + [""] * count)[:count]


def _say(draft: ArticlePage, key: str, said: Said) -> None:
    """Put what was said into the draft.

    Raises:
        NotSaidError: it says nothing that could be kept.
        QuoteNotFoundError: the quote is not in the text it is said to be from.
    """
    claim = next((found for found in claims_of(content_of(draft)) if found.key == key), None)
    if claim is None:
        raise NotSaidError(GONE)
    if said.number and said.say in ("passage", "drop"):
        passage = None if said.say == "drop" else _passage(draft, said)
        if not claim_links.set_origin(draft, said.number, passage):
            raise NotSaidError(gettext("This number is no longer there. Look at the block again."))
    elif said.say == "passage":
        _add_passage(draft, claim, _passage(draft, said))
    elif said.say == "drop":
        kept = [passage for place, passage in enumerate(claim.passages) if str(place) != said.place]
        kind = claim.kind if kept or claim.kind is not ClaimKind.SUPPORTED else ClaimKind.UNDECLARED
        claim_links.declare(draft, key, kind, kept, claim.note)
    elif said.say == "earlier":
        _take_earlier(draft, claim, said.place)
    elif said.say in KINDS:
        kind = KINDS[said.say]
        note = said.note.strip()[:LONGEST_NOTE] if kind is ClaimKind.BACKGROUND else ""
        claim_links.declare(draft, key, kind, (), note)
    else:
        raise NotSaidError(gettext("Choose what the sentence rests on."))


def _add_passage(draft: ArticlePage, claim: Claim, passage: Passage) -> None:
    kind = claim.kind if claim.kind is ClaimKind.BACKGROUND else ClaimKind.SUPPORTED
    passages = [*claim.passages, *([passage] if passage not in claim.passages else [])]
    claim_links.declare(draft, claim.key, kind, passages, claim.note)
    if claim.block_kind == "numbers":
        content = content_of(draft)
        for field in numbers_shared(content, claim, passage):
            if not claim_links.has_origin(draft, field):
                claim_links.set_origin(draft, field, passage)


def _take_earlier(draft: ArticlePage, claim: Claim, place: str) -> None:
    earlier = claim_links.earlier_links(draft)
    if not place.isdecimal() or int(place) >= len(earlier):
        raise NotSaidError(GONE)
    entry = earlier[int(place)]
    passages = [Passage.from_stored(stored) for stored in entry.get("passages", ())]
    claim_links.declare(draft, claim.key, ClaimKind(entry["kind"]), passages, entry.get("note", ""))


def _passage(draft: ArticlePage, said: Said) -> Passage:
    """Return the passage that was taken, selected or typed.

    Raises:
        NotSaidError: no such text is stored.
        QuoteNotFoundError: the quote is not in it, or is too short or too long.
    """
    texts = {text.hash: text for text in texts_behind(draft)}
    if not said.source:
        study = next((s for s in studies_behind(draft) if str(s.subject_uuid) == said.study), draft.study)
        uuid, licence = (str(study.subject_uuid), study.licence) if study else ("", "")
        return typed_passage(said.quote, said.page, uuid, licence)
    if said.source not in texts:
        raise NotSaidError(gettext("The stored text was changed meanwhile. Choose the passage again."))
    return _offered(texts[said.source], said) or find_passage(said.quote, texts[said.source])


def _offered(text: SourceText, said: Said) -> Passage | None:
    if not (said.start.isdecimal() and said.end.isdecimal()) or max(len(said.start), len(said.end)) > LONGEST_PLACE:
        return None
    passage = passage_at(text, int(said.start), int(said.end))
    # A passage by its place is held to what holds for any quote.
    find_passage(passage.quote, text)
    return passage


def _draft(request: HttpRequest, page_id: int) -> tuple[ArticlePage, bool]:
    """Return the newest draft, and whether it can be changed now.

    Raises:
        PermissionDenied: the account may not edit the article.
    """
    page = get_object_or_404(ArticlePage, pk=page_id)
    tester = page.permissions_for_user(request.user)
    if not tester.can_edit():
        raise PermissionDenied
    draft: ArticlePage = page.get_latest_revision_as_object()
    return draft, not tester.page_locked()


def _version(draft: ArticlePage) -> str:
    """Return what the editor's form says of a version: its id and its time."""
    latest = draft.latest_revision
    return f"{latest.pk} {latest.created_at.isoformat()}" if latest else ""


def _screen(
    request: HttpRequest,
    draft: ArticlePage,
    *,
    may_edit: bool,
    problem: str = "",
    problem_at: str = "",
    before: str = "",
) -> HttpResponse:
    """Print the ledger; ``before`` is the version that what was said just now was put into."""
    if problem and request.headers.get("X-Requested-With") != "XMLHttpRequest":
        messages.error(request, problem)
    edit = reverse("wagtailadmin_pages:edit", args=[draft.pk])
    context: dict[str, Any] = {
        "page": draft,
        "base_template": "research/admin/beside.html" if "beside" in request.GET else "wagtailadmin/generic/base.html",
        "version": _version(draft),
        "version_before": before,
        "may_edit": may_edit,
        "problem": problem,
        "problem_at": problem_at,
        "edit_url": edit,
        "longest_note": LONGEST_NOTE,
        "header_title": gettext("Where it comes from"),
        "header_icon": "list-ul",
        "breadcrumbs_items": crumbs((edit, draft.title), ("", gettext("Where it comes from"))),
        **desk_of(draft, now=timezone.now()),
    }
    return render(request, "research/admin/claim_desk.html", context, status=400 if problem else 200)
