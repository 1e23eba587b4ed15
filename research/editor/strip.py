"""Where an article stands, in the words of the strip above the editor."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from wagtail.models import WorkflowState

from common.models import AnyUser
from research.content.article import ArticleContent
from research.content.completeness import missing_parts
from research.content.stored import read_canonical
from research.editor.drawn import drawn_content, drawn_refusals, open_review_of
from research.models.published import PublishedArticle
from research.models.releases import Release
from research.models.signoffs import SignOff
from research.newsroom import comments
from research.newsroom.permissions import can_reassign_reviews, can_revoke_sign_offs, is_editor
from research.newsroom.times import zone_words, zoned
from research.review import signing
from research.review.changes import changed_parts

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


def standing_of(page: "ArticlePage", user: AnyUser) -> dict[str, Any]:
    """Return what the strip prints.

    ``state`` is the signature's (see ``signature_state``); ``refusals`` are the reasons why the draft
    may not be public, ``missing`` what it lacks before it can be submitted, ``may_submit`` whether this user
    may submit it; ``review``, ``sent_back``
    and ``release`` are there when it is under review, came back, or is on the ledger; ``revocable`` are the
    signatures that this user may end.
    """
    content = drawn_content(page)
    review = open_review_of(page)
    return {
        "state": signature_state(page, content),
        "refusals": drawn_refusals(page),
        "missing": missing_parts(content),
        **_comments_on(page),
        "review": review,
        "may_submit": review is None and _may_submit(page, user),
        "may_plan": is_editor(user),
        "may_open_review": review is not None and (signing.is_reviewer(user) or can_reassign_reviews(user)),
        "sent_back": None if review else _sent_back(page),
        "release": _release(page),
        "zone_words": zone_words(),
        "page": page,
        "revocable": _revocable(page, content) if can_revoke_sign_offs(user) else [],
    }


def _comments_on(page: "ArticlePage") -> dict[str, Any]:
    """Return the comments that are open, with their places, and whether any were resolved."""
    said = comments.listed(page, comments.comments_on(page)) if page.pk else []
    still_open = [one for one in said if one.comment.resolved_at is None]
    return {"open_comments": still_open, "resolved_comments": len(said) - len(still_open)}


def _may_submit(page: "ArticlePage", user: AnyUser) -> bool:
    """True where the menu offers the submission too."""
    return bool(page.pk and page.has_workflow and page.permissions_for_user(user).can_submit_for_moderation())


def signature_state(page: "ArticlePage", content: ArticleContent) -> dict[str, Any]:
    """Return the signature's state: kind (signed, changed, none), words, and the changed parts."""
    standing = SignOff.objects.releasing(page.subject_uuid, content.digest)
    if standing is not None:
        return {"kind": "signed", "words": _signed_words(standing), "changes": []}
    latest = SignOff.objects.latest_for(page.subject_uuid)
    if latest is None:
        return {"kind": "none", "words": gettext("Not yet reviewed"), "changes": []}
    changes = changed_parts(read_canonical(latest.content), content)
    names = ", ".join(change.part for change in changes)
    return {
        "kind": "changed",
        "words": gettext("Changed since sign-off: %(names)s") % {"names": names}
        if changes
        else gettext("The sign-off was revoked"),
        "changes": changes,
    }


def _revocable(page: "ArticlePage", content: ArticleContent) -> list[dict[str, Any]]:
    """Return the signatures that stand, each with what of: what readers see, and the draft if it has other words."""
    public = PublishedArticle.objects.not_withdrawn().filter(page_id=page.pk).only("digest").first()
    of = {public.digest: gettext("what readers see")} if public else {}
    of.setdefault(content.digest, gettext("this draft"))
    lines = ((SignOff.objects.standing(page.subject_uuid, digest), words) for digest, words in of.items())
    return [{"line": line, "of": words} for line, words in lines if line is not None]


def _signed_words(line: SignOff) -> str:
    day = date_format(timezone.localtime(line.signed_at))
    return gettext("Signed off by %(reviewer_name)s, %(reviewer_credentials)s, on %(day)s") % {
        "reviewer_name": line.reviewer_name,
        "reviewer_credentials": line.reviewer_credentials,
        "day": day,
    }


def _sent_back(page: "ArticlePage") -> Any:
    """Return the review that sent the article back, while that is where it stands."""
    state = page.current_workflow_state
    if state is None or state.status != WorkflowState.STATUS_NEEDS_CHANGES:
        return None
    return state.current_task_state


def _release(page: "ArticlePage") -> dict[str, Any] | None:
    """Return the newest line of the ledger that a person should know of: planned, held or failed."""
    newest = Release.objects.filter(article_id=page.pk, kind=Release.Kind.PUBLISH).order_by("-pk").first()
    if newest is None or newest.state in (Release.State.DONE, Release.State.CANCELLED):
        return None
    stuck = newest.is_stuck
    return {"due": zoned(newest.due_at), "stuck": stuck, "reason": newest.reason}
