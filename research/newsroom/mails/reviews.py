"""Mails about reviews: who is asked, reminded, answered."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext
from wagtail.models import Comment

from common.models import AnyUser
from research.newsroom.mails.letters import admin_address, day, editor_address, members, moment, name_of, present, send
from research.newsroom.permissions import EDITORS, MEDICAL_REVIEWERS

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


def announce_submission(state: Any, user: AnyUser | None) -> None:
    """Tell the reviewers, or the one it was given to, that an article waits for them."""
    page = state.revision.as_object()
    given_to = state.given_to()
    free = not given_to or (state.two_reviewers and len(given_to) == 1)
    to = present(members(MEDICAL_REVIEWERS)) if free else given_to

    def letter() -> tuple[str, str]:
        by = gettext(" Please review it by %(day)s.") % {"day": day(state.due_on)} if state.due_on else ""
        if state.two_reviewers:
            by += " " + gettext(
                "Two reviewers read it, and neither sees what the other says before both have answered."
            )
        return gettext("Waiting for your review: %(title)s") % {"title": page.title}, gettext(
            "%(name)s submitted “%(title)s” for medical review.%(by)s\n\nRead and sign it here:\n%(address)s\n"
        ) % {
            "name": name_of(user),
            "title": page.title,
            "by": by,
            "address": admin_address("research_review", state.pk),
        }

    send(invitation_key(state), [person for person in to if person != user], letter)


def invitation_key(state: Any) -> str:
    """Return the key of the mail with which a review is asked of those whom it is for now."""
    return f"review-asked-{state.pk}-{_whose_key(state)}"


def _whose_key(state: Any) -> str:
    second = f"+{state.second_to_id}" if state.second_to_id else ""
    return f"{state.assigned_to_id or 'all'}{second}"


def remind_of_review(state: Any, stage: str, people: Iterable[Any], *, with_editors: bool) -> None:
    """Remind of a review, once a stage for those whom it is for, and from some stages on the editors with them."""
    title = state.revision.object_str

    def letter() -> tuple[str, str]:
        subject = gettext("Late: review of %(title)s") if with_editors else gettext("Due: review of %(title)s")
        body = (
            gettext("The review of “%(title)s” was due on %(day)s.\n\nRead and sign it here:\n%(address)s\n")
            if with_editors
            else gettext("The review of “%(title)s” is due on %(day)s.\n\nRead and sign it here:\n%(address)s\n")
        )
        return subject % {"title": title}, body % {
            "title": title,
            "day": day(state.due_on),
            "address": admin_address("research_review", state.pk),
        }

    send(
        f"review-remind-{state.pk}-{state.due_on:%Y%m%d}-{_whose_key(state)}-{stage}",
        [*people, *(members(EDITORS) if with_editors else [])],
        letter,
    )


def announce_unheld(state: Any, words: Callable[[], str], *, time: int = 0) -> None:
    """Tell the editors, once for each ``time``, that nobody holds a review."""
    title = state.revision.object_str
    send(
        f"review-unheld-{state.pk}-{_whose_key(state)}-{time}",
        members(EDITORS),
        lambda: (
            gettext("Nobody holds this review: %(title)s") % {"title": title},
            gettext(
                "“%(title)s” has waited for a signature since %(time)s. %(words)s.\n\n"
                "Give it to a reviewer here:\n%(address)s\n"
            )
            % {
                "title": title,
                "time": moment(state.started_at),
                "words": words(),
                "address": admin_address("research_review", state.pk),
            },
        ),
    )


def announce_text_waiting(text: Any, digest: str, people: Iterable[Any]) -> None:
    """Ask the reviewers who may, once for each wording, to sign a shared text."""
    send(
        f"text-asked-{text.subject_uuid}-{digest[:16]}",
        people,
        lambda: (
            gettext("Waiting for your signature: %(kind)s “%(text)s”")
            % {"kind": text._meta.verbose_name, "text": text},
            gettext(
                "The words of the %(kind)s “%(text)s” wait for a signature.\n\nRead and sign them here:\n%(address)s\n"
            )
            % {
                "kind": text._meta.verbose_name,
                "text": text,
                "address": admin_address("research_sign_text", text.subject_type, text.pk),
            },
        ),
    )


def announce_signature(state: Any, user: AnyUser | None) -> None:
    """Tell whoever submitted an article that it was countersigned, and what happens next."""
    page = state.revision.as_object()

    def letter() -> tuple[str, str]:
        when = (
            gettext("It will be published on %(time)s.") % {"time": moment(page.go_live_at)}
            if page.go_live_at and page.go_live_at > timezone.now()
            else gettext("It is being published now.")
        )
        return gettext("Countersigned: %(title)s") % {"title": page.title}, gettext(
            "%(name)s countersigned “%(title)s”. %(when)s\n\n%(address)s\n"
        ) % {"name": _signers(state, user), "title": page.title, "when": when, "address": editor_address(page)}

    send(f"review-signed-{state.pk}", _submitters(state), letter)


def _signers(state: Any, user: AnyUser | None) -> str:
    """Return who signed: both, where two did."""
    if not state.two_reviewers:
        return name_of(user)
    both = state.blind_answers.opened().filter(submission=state.submission_id).select_related("user")
    return get_text_list([name_of(answer.user) for answer in both], gettext("and"))


def announce_send_back(state: Any, user: AnyUser | None) -> None:
    """Tell whoever submitted an article that it came back, with the reviewer's words."""
    page = state.revision.as_object()
    send(
        f"review-sent-back-{state.pk}",
        _submitters(state),
        lambda: (
            gettext("Sent back with comments: %(title)s") % {"title": page.title},
            gettext("%(name)s sent “%(title)s” back:\n\n%(comment)s\n\n%(waiting)sEdit it here:\n%(address)s\n")
            % {
                "name": name_of(user),
                "title": page.title,
                "comment": state.comment,
                "waiting": _waiting_comments(page),
                "address": editor_address(page),
            },
        ),
    )


def _waiting_comments(page: "ArticlePage") -> str:
    count = Comment.objects.filter(page_id=page.pk, resolved_at__isnull=True).count()
    if not count:
        return ""
    words = ngettext(
        "%(count)s comment stands beside the text.", "%(count)s comments stand beside the text.", count
    ) % {"count": count}
    return f"{words}\n\n"


def announce_taken_over(state: Any, user: AnyUser | None, word: str) -> None:
    """Tell the reviewer an article was given to that somebody else countersigned it, and why."""
    page = state.revision.as_object()
    send(
        f"review-taken-over-{state.pk}",
        [state.assigned_to],
        lambda: (
            gettext("Countersigned by somebody else: %(title)s") % {"title": page.title},
            gettext("%(name)s countersigned “%(title)s”, which was given to you:\n\n%(word)s\n\n%(address)s\n")
            % {"name": name_of(user), "title": page.title, "word": word, "address": editor_address(page)},
        ),
    )


def announce_rating_gap(state: Any) -> None:
    """Tell the editors that two reviewers signed and rate the study far apart: one of them decides."""
    title = state.revision.object_str
    send(
        f"review-gap-{state.pk}-{state.submission_id}",
        members(EDITORS),
        lambda: (
            gettext("Two ratings far apart: %(title)s") % {"title": title},
            gettext(
                "Two reviewers countersigned “%(title)s” and rate the study two bands apart or more. Nothing is "
                "published before an editor decides, and says why.\n\nDecide here:\n%(address)s\n"
            )
            % {"title": title, "address": admin_address("research_review", state.pk)},
        ),
    )


def announce_lapsed(state: Any, people: Iterable[Any]) -> None:
    """Tell reviewers whose answer nobody has read that another version is under review now."""
    title = state.revision.object_str
    for person in people:
        send(
            f"review-lapsed-{state.pk}-{state.submission_id}-{person.pk}",
            [person],
            lambda: (
                gettext("Changed since you answered: %(title)s") % {"title": title},
                gettext(
                    "“%(title)s” was changed, and the new version is under review. Your answer was about the one "
                    "before, so it does not count; what you typed is still in the form.\n\nRead what changed, and "
                    "answer again:\n%(address)s\n"
                )
                % {"title": title, "address": admin_address("research_review", state.pk)},
            ),
        )


def announce_dropped(state: Any, people: Iterable[Any]) -> None:
    """Tell the editors that a reviewer who answered may not sign any more: somebody else has to read it."""
    title = state.revision.object_str
    send(
        f"review-dropped-{state.pk}-{'-'.join(str(person.pk) for person in people)}",
        members(EDITORS),
        lambda: (
            gettext("Another reviewer is needed: %(title)s") % {"title": title},
            gettext(
                "One of the two reviewers of “%(title)s” may not sign it any more, so their answer does not count. "
                "Give the review to somebody else:\n%(address)s\n"
            )
            % {"title": title, "address": admin_address("research_review", state.pk)},
        ),
    )


def announce_guest_answer(link: Any) -> None:
    """Tell the editors that a guest has said what they think of an article under review."""
    title = link.article.draft_title or link.article.title
    send(
        f"guest-answered-{link.pk}",
        members(EDITORS),
        lambda: (
            gettext("A guest has answered: %(title)s") % {"title": title},
            gettext("%(name)s (%(kind)s) has answered about “%(title)s”.\n\nRead it here:\n%(address)s\n")
            % {
                "name": link.name,
                "kind": link.get_kind_display(),
                "title": title,
                "address": admin_address("research_guests", link.article_id),
            },
        ),
    )


def _submitters(state: Any) -> list[Any]:
    return [state.workflow_state.requested_by]
