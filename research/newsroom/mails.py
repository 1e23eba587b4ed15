"""Mails to the people of the newsroom, through the outbox: written now, sent after the commit."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext, override
from wagtail.models import Comment
from wagtail.users.models import UserProfile

from common.models import AnyUser, OutboxMessage, User
from common.outbox import enqueue_mail
from common.words import Words
from research.newsroom.permissions import EDITORS, MEDICAL_REVIEWERS

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

PREFLIGHT_KEY = "release-preflight-"
GIVEN_UP_KEY = "mail-given-up-"
# Subject and body, said in the language that is active.
Letter = Callable[[], tuple[str, str]]


def announce_submission(state: Any, user: AnyUser | None) -> None:
    """Tell the reviewers, or the one it was given to, that an article waits for them."""
    page = state.revision.as_object()
    given_to = state.given_to()
    free = not given_to or (state.two_reviewers and len(given_to) == 1)
    to = _present(_members(MEDICAL_REVIEWERS)) if free else given_to

    def letter() -> tuple[str, str]:
        by = gettext(" Please review it by %(day)s.") % {"day": _day(state.due_on)} if state.due_on else ""
        if state.two_reviewers:
            by += " " + gettext(
                "Two reviewers read it, and neither sees what the other says before both have answered."
            )
        return gettext("Waiting for your review: %(title)s") % {"title": page.title}, gettext(
            "%(name)s submitted “%(title)s” for medical review.%(by)s\n\nRead and sign it here:\n%(address)s\n"
        ) % {"name": _name(user), "title": page.title, "by": by, "address": _admin_address("research_review", state.pk)}

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
            "day": _day(state.due_on),
            "address": _admin_address("research_review", state.pk),
        }

    send(
        f"review-remind-{state.pk}-{state.due_on:%Y%m%d}-{_whose_key(state)}-{stage}",
        [*people, *(_members(EDITORS) if with_editors else [])],
        letter,
    )


def announce_unheld(state: Any, words: Callable[[], str], *, time: int = 0) -> None:
    """Tell the editors, once for each ``time``, that nobody holds a review."""
    title = state.revision.object_str
    send(
        f"review-unheld-{state.pk}-{_whose_key(state)}-{time}",
        _members(EDITORS),
        lambda: (
            gettext("Nobody holds this review: %(title)s") % {"title": title},
            gettext(
                "“%(title)s” has waited for a signature since %(time)s. %(words)s.\n\n"
                "Give it to a reviewer here:\n%(address)s\n"
            )
            % {
                "title": title,
                "time": _time(state.started_at),
                "words": words(),
                "address": _admin_address("research_review", state.pk),
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
                "address": _admin_address("research_sign_text", text.subject_type, text.pk),
            },
        ),
    )


def announce_signature(state: Any, user: AnyUser | None) -> None:
    """Tell whoever submitted an article that it was countersigned, and what happens next."""
    page = state.revision.as_object()

    def letter() -> tuple[str, str]:
        when = (
            gettext("It will be published on %(time)s.") % {"time": _time(page.go_live_at)}
            if page.go_live_at and page.go_live_at > timezone.now()
            else gettext("It is being published now.")
        )
        return gettext("Countersigned: %(title)s") % {"title": page.title}, gettext(
            "%(name)s countersigned “%(title)s”. %(when)s\n\n%(address)s\n"
        ) % {"name": _signers(state, user), "title": page.title, "when": when, "address": _editor_address(page)}

    send(f"review-signed-{state.pk}", _submitters(state), letter)


def _signers(state: Any, user: AnyUser | None) -> str:
    """Return who signed: both, where two did."""
    if not state.two_reviewers:
        return _name(user)
    both = state.blind_answers.opened().filter(submission=state.submission_id).select_related("user")
    return get_text_list([_name(answer.user) for answer in both], gettext("and"))


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
                "name": _name(user),
                "title": page.title,
                "comment": state.comment,
                "waiting": _waiting_comments(page),
                "address": _editor_address(page),
            },
        ),
    )


def announce_rating_gap(state: Any) -> None:
    """Tell the editors that two reviewers signed and rate the study far apart: one of them decides."""
    title = state.revision.object_str
    send(
        f"review-gap-{state.pk}-{state.submission_id}",
        _members(EDITORS),
        lambda: (
            gettext("Two ratings far apart: %(title)s") % {"title": title},
            gettext(
                "Two reviewers countersigned “%(title)s” and rate the study two bands apart or more. Nothing is "
                "published before an editor decides, and says why.\n\nDecide here:\n%(address)s\n"
            )
            % {"title": title, "address": _admin_address("research_review", state.pk)},
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
                % {"title": title, "address": _admin_address("research_review", state.pk)},
            ),
        )


def announce_dropped(state: Any, people: Iterable[Any]) -> None:
    """Tell the editors that a reviewer who answered may not sign any more: somebody else has to read it."""
    title = state.revision.object_str
    send(
        f"review-dropped-{state.pk}-{'-'.join(str(person.pk) for person in people)}",
        _members(EDITORS),
        lambda: (
            gettext("Another reviewer is needed: %(title)s") % {"title": title},
            gettext(
                "One of the two reviewers of “%(title)s” may not sign it any more, so their answer does not count. "
                "Give the review to somebody else:\n%(address)s\n"
            )
            % {"title": title, "address": _admin_address("research_review", state.pk)},
        ),
    )


def announce_guest_answer(link: Any) -> None:
    """Tell the editors that a guest has said what they think of an article under review."""
    title = link.article.draft_title or link.article.title
    send(
        f"guest-answered-{link.pk}",
        _members(EDITORS),
        lambda: (
            gettext("A guest has answered: %(title)s") % {"title": title},
            gettext("%(name)s (%(kind)s) has answered about “%(title)s”.\n\nRead it here:\n%(address)s\n")
            % {
                "name": link.name,
                "kind": link.get_kind_display(),
                "title": title,
                "address": _admin_address("research_guests", link.article_id),
            },
        ),
    )


def announce_published(release: Any, page: "ArticlePage", sign_off: Any) -> None:
    """Tell the editors and the submitter that an article is public."""
    to = [*_members(EDITORS), *([release.requested_by] if release.requested_by else [])]
    send(
        f"published-{release.pk}",
        to,
        lambda: (
            gettext("Published: %(title)s") % {"title": page.title},
            gettext("“%(title)s” is public, as countersigned by %(reviewer)s.\n\n%(address)s\n")
            % {
                "title": page.title,
                "reviewer": sign_off.reviewer_name,
                "address": f"{settings.WAGTAILADMIN_BASE_URL}{page.url}",
            },
        ),
    )


def announce_held(release: Any, change: Any) -> None:
    """Tell the editors, once a change of state, that a release did not happen, and why."""
    send(
        f"release-{release.state}-{release.pk}-{change.pk}",
        _members(EDITORS),
        lambda: (
            gettext("Not published: %(title)s") % {"title": release.article.title},
            gettext("“%(title)s” was due at %(time)s and is not public.\n\n%(reason)s\n\n%(address)s\n")
            % _of_release(release),
        ),
    )


def _of_release(release: Any) -> dict[str, str]:
    return {
        "title": release.article.title,
        "time": _time(release.due_at),
        "reason": release.reason,
        "address": _editor_address(release.article),
    }


def send(key: str, people: Iterable[Any], letter: Letter) -> None:
    """Write one mail for each language among those who get it; the first of them has the key as it stands."""
    to = [person for person in people if person and person.email]
    chosen = dict(
        UserProfile.objects.filter(user__in=to).exclude(preferred_language="").values_list("user", "preferred_language")
    )
    languages: dict[str, set[str]] = {}
    for person in to:
        languages.setdefault(chosen.get(person.pk, settings.LANGUAGE_CODE), set()).add(person.email)
    ordered = sorted(languages, key=lambda language: (language != settings.LANGUAGE_CODE, language))
    for place, language in enumerate(ordered):
        with override(language):
            subject, body = letter()
        enqueue_mail(f"{key}-{language}" if place else key, sorted(languages[language]), subject[:180], body)


def _members(role: str) -> list[User]:
    return list(User.objects.filter(groups__role__key=role, is_active=True).distinct())


def _present(people: list[User]) -> list[User]:
    """Return who of these is not away today; all of them where nobody is left."""
    today = timezone.localdate()
    away = set(
        User.objects.filter(absences__first_day__lte=today, absences__last_day__gte=today).values_list("pk", flat=True)
    )
    return [person for person in people if person.pk not in away] or people


def _submitters(state: Any) -> list[Any]:
    return [state.workflow_state.requested_by]


def _name(user: AnyUser | None) -> str:
    return (user.get_full_name() or user.get_username()) if isinstance(user, User) else gettext("Someone")


def _day(day: Any) -> str:
    return date_format(day)


def _time(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "j F Y, H:i e")


def _waiting_comments(page: "ArticlePage") -> str:
    count = Comment.objects.filter(page_id=page.pk, resolved_at__isnull=True).count()
    if not count:
        return ""
    words = ngettext(
        "%(count)s comment stands beside the text.", "%(count)s comments stand beside the text.", count
    ) % {"count": count}
    return f"{words}\n\n"


def _admin_address(name: str, *args: Any) -> str:
    return f"{settings.WAGTAILADMIN_BASE_URL}{reverse(name, args=args)}"


def _editor_address(page: "ArticlePage") -> str:
    return _admin_address("wagtailadmin_pages:edit", page.pk)


def announce_late(release: Any, *, time: int = 0) -> None:
    """Tell the editors, once for each ``time``, that something due is not done."""

    def letter() -> tuple[str, str]:
        subject = gettext("Still late: %(title)s") if time else gettext("Late: %(title)s")
        tried = (
            ngettext("It was tried %(count)s time.", "It was tried %(count)s times.", release.attempts)
            % {"count": release.attempts}
            if release.attempts
            else gettext("Is the release runner running?")
        )
        return subject % {"title": release.article.title}, gettext(
            "“%(title)s” was due at %(time)s and is not done yet. %(tried)s "
            "It is tried again by itself until it succeeds.\n\n%(reason)s\n\n%(address)s\n"
        ) % {**_of_release(release), "tried": tried}

    send(f"release-late-{release.pk}{f'-{time}' if time else ''}", _members(EDITORS), letter)


def announce_re_review(row: Any, stage: str, words: Words, clock: Any) -> None:
    """Tell whoever looks after an article, else the editors, once a stage, that its next full review comes up."""
    owner = clock.owner if clock and clock.owner and clock.owner.is_active else None
    called = clock is not None and clock.called_at is not None and clock.called_at > row.reviewed_at

    def letter() -> tuple[str, str]:
        why = gettext("Called for because: %(reason)s") % {"reason": clock.reason} + "\n\n" if called else ""
        whose = (
            gettext("You look after it.")
            if owner
            else gettext("Nobody looks after it: give it to somebody in the report.")
        )
        return gettext("Re-review: %(title)s") % {"title": row.title}, gettext(
            "“%(title)s” %(words)s. Last reviewed %(reviewed)s, due %(due)s.\n\n%(why)s%(whose)s\n\n%(address)s\n"
        ) % {
            "title": row.title,
            "words": words,
            "reviewed": _time(row.reviewed_at),
            "due": _time(row.review_due_at),
            "why": why,
            "whose": whose,
            "address": _admin_address("research_due_report"),
        }

    send(
        f"re-review-{row.page_id}-{row.review_due_at:%Y%m%d%H%M}-{stage}",
        [owner] if owner else _members(EDITORS),
        letter,
    )


def announce_late_go_live(page: "ArticlePage", due_at: Any, *, time: int = 0) -> None:
    """Tell the editors and the writer, once for each ``time``, that a go-live passed without a signature."""
    title = page.draft_title or page.title

    def letter() -> tuple[str, str]:
        subject = (
            gettext("Still late, not countersigned: %(title)s")
            if time
            else gettext("Late, not countersigned: %(title)s")
        )
        return subject % {"title": title}, gettext(
            "“%(title)s” was to go live on %(time)s and is not countersigned, so it is not public. It goes live "
            "as soon as it is signed, unless you set another time, or none.\n\nDecide here:\n%(address)s\n"
        ) % {"title": title, "time": _time(due_at), "address": _admin_address("research_plan", page.pk)}

    send(
        f"go-live-late-{page.pk}-{due_at:%Y%m%d%H%M}{f'-{time}' if time else ''}",
        [*_members(EDITORS), *([page.owner] if page.owner else [])],
        letter,
    )


def announce_clock(reason: str, hour: str) -> None:
    """Tell the editors and the administrators, once an hour, why nothing is published: no clock to go by."""
    send(
        f"clock-{hour}",
        [*_members(EDITORS), *User.objects.filter(is_superuser=True, is_active=True)],
        lambda: (
            gettext("Nothing is published: a clock is wrong"),
            gettext("%(reason)s\n\nWhat is due waits and is published as soon as the clocks agree. Nothing is lost.\n")
            % {"reason": reason},
        ),
    )


def preflight_key(release: Any, window: str) -> str:
    """Return the key of the one mail about a release in a window before its time."""
    return f"{PREFLIGHT_KEY}{release.pk}-{window}"


def announce_preflight(release: Any, window: str, words: str) -> None:
    """Tell the editors, once a window, that a release would be refused at its time."""
    send(
        preflight_key(release, window),
        _members(EDITORS),
        lambda: (
            gettext("Would not be published as planned: %(title)s") % {"title": release.article.title},
            gettext(
                "“%(title)s” is due at %(time)s. As things stand it would be refused:\n\n%(words)s\n\n%(address)s\n"
            )
            % {**_of_release(release), "words": words},
        ),
    )


def announce_notice(notice: Any, articles: "Iterable[ArticlePage]") -> None:
    """Tell the editors, once, what happened to a study and which articles rest on it."""
    titles = "\n".join(f"- {article.title}: {_editor_address(article)}" for article in articles)
    send(
        f"study-notice-{notice.pk}",
        _members(EDITORS),
        lambda: (
            f"{notice.get_kind_display()}: {notice.study.title}",
            gettext(
                "%(source)s reports on “%(study)s”: %(kind)s.\n%(reason)s\n%(link)s\n\n"
                "Articles that rest on it:\n%(titles)s\n"
            )
            % {
                "source": notice.source,
                "kind": notice.get_kind_display(),
                "study": notice.study.title,
                "reason": notice.reason,
                "link": notice.link,
                "titles": titles or gettext("none"),
            },
        ),
    )


def announce_new_reviewer(user: User, by: str) -> None:
    """Tell all reviewers that somebody may sign from now on: who signs is everybody's business."""
    send(
        f"reviewer-added-{user.pk}-{timezone.now():%Y%m%d%H%M%S%f}",
        _members(MEDICAL_REVIEWERS),
        lambda: (
            gettext("New among the medical reviewers: %(name)s") % {"name": _name(user)},
            gettext(
                "%(name)s can countersign articles from now on. The role was given by %(by)s.\n\n"
                "If that is a mistake, tell an administrator.\n"
            )
            % {"name": _name(user), "by": by},
        ),
    )


def announce_renaming(was: str, name: str, by: str) -> None:
    """Tell all reviewers that the group which may sign has another name; who may sign is the same."""
    send(
        f"reviewers-renamed-{timezone.now():%Y%m%d%H%M%S%f}",
        _members(MEDICAL_REVIEWERS),
        lambda: (
            gettext("The medical reviewers are called “%(name)s” now") % {"name": name},
            gettext(
                "The group “%(was)s” was renamed to “%(name)s” by %(by)s. Its members sign as before.\n\n"
                "If that is a mistake, tell an administrator.\n"
            )
            % {"was": was, "name": name, "by": by},
        ),
    )


def announce_taken_over(state: Any, user: AnyUser | None, word: str) -> None:
    """Tell the reviewer an article was given to that somebody else countersigned it, and why."""
    page = state.revision.as_object()
    send(
        f"review-taken-over-{state.pk}",
        [state.assigned_to],
        lambda: (
            gettext("Countersigned by somebody else: %(title)s") % {"title": page.title},
            gettext("%(name)s countersigned “%(title)s”, which was given to you:\n\n%(word)s\n\n%(address)s\n")
            % {"name": _name(user), "title": page.title, "word": word, "address": _editor_address(page)},
        ),
    )


def announce_report(report: Any) -> None:
    """Tell the editors that a reader reported a problem."""
    send(
        f"reader-report-{report.pk}",
        _members(EDITORS),
        lambda: (
            gettext("A reader reports: %(title)s") % {"title": report.article.title},
            f"{report.get_kind_display()}.\n\n{report.words}\n\n{_answer_to(report)}\n"
            f"{_editor_address(report.article)}\n",
        ),
    )


def _answer_to(report: Any) -> str:
    if not report.email:
        return gettext("No answer wanted.")
    return gettext("Answer to %(email)s") % {"email": report.email}


def answer_report(report: Any) -> None:
    """Mail a reader who left an address what became of their report."""
    enqueue_mail(
        f"report-answer-{report.pk}",
        [report.email],
        f"Your report on “{report.article.title}”"[:180],
        f"You wrote to us about “{report.article.title}”:\n\n{report.words}\n\n{report.answer}\n\n"
        f"{settings.WAGTAILADMIN_BASE_URL}{report.article.url}\n",
    )


def announce_given_up(message: OutboxMessage) -> None:
    """Tell the editors who did not get a mail that was given up, and what it was about.

    A mail of this kind that is given up itself is told to nobody: the log and the health page have it.
    """
    missed = message.waiting_for()
    if not missed or message.key.startswith(GIVEN_UP_KEY):
        return
    editors = [person for person in _members(EDITORS) if person.email not in missed]
    send(
        f"{GIVEN_UP_KEY}{message.pk}",
        editors,
        lambda: (
            gettext("Not delivered: %(subject)s") % {"subject": message.payload["subject"]},
            gettext(
                "This mail was tried %(attempts)s times, and these did not get it:\n\n%(missed)s\n\n%(error)s\n\n"
                "Please tell them, and have the addresses corrected under Settings, Users.\n\n"
                "The mail said:\n\n%(body)s"
            )
            % {
                "attempts": message.attempts,
                "missed": "\n".join(f"- {address}" for address in missed),
                "error": message.last_error,
                "body": message.payload["body"],
            },
        ),
    )
