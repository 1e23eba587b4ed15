"""Mails to the people of the newsroom, through the outbox: written now, sent after the commit."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from wagtail.models import Comment

from common.models import AnyUser, OutboxMessage, User
from common.outbox import enqueue_mail
from research.newsroom.permissions import EDITORS, MEDICAL_REVIEWERS

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

PREFLIGHT_KEY = "release-preflight-"
GIVEN_UP_KEY = "mail-given-up-"


def announce_submission(state: Any, user: AnyUser | None) -> None:
    """Tell the reviewers, or the one it was given to, that an article waits for them."""
    page = state.revision.as_object()
    given_to = state.given_to()
    free = not given_to or (state.two_reviewers and len(given_to) == 1)
    to = _present(_members(MEDICAL_REVIEWERS)) if free else given_to
    by = f" Please review it by {date_format(state.due_on, 'j F Y')}." if state.due_on else ""
    two = (
        " " + _("Two reviewers read it, and neither sees what the other says before both have answered.")
        if state.two_reviewers
        else ""
    )
    _mail(
        invitation_key(state),
        [person for person in to if person != user],
        f"Waiting for your review: {page.title}",
        f"{_name(user)} submitted “{page.title}” for medical review.{by}{two}\n\nRead and sign it here:\n"
        f"{_admin_address('research_review', state.pk)}\n",
    )


def invitation_key(state: Any) -> str:
    """Return the key of the mail with which a review is asked of those whom it is for now."""
    return f"review-asked-{state.pk}-{_whose_key(state)}"


def _whose_key(state: Any) -> str:
    second = f"+{state.second_to_id}" if state.second_to_id else ""
    return f"{state.assigned_to_id or 'all'}{second}"


def remind_of_review(state: Any, stage: str, people: Iterable[Any], *, with_editors: bool) -> None:
    """Remind of a review, once a stage for those whom it is for, and from some stages on the editors with them."""
    title = state.revision.object_str
    _mail(
        f"review-remind-{state.pk}-{state.due_on:%Y%m%d}-{_whose_key(state)}-{stage}",
        [*people, *(_members(EDITORS) if with_editors else [])],
        f"{'Late' if with_editors else 'Due'}: review of {title}"[:180],
        f"The review of “{title}” {'was' if with_editors else 'is'} due on {date_format(state.due_on, 'j F Y')}."
        f"\n\nRead and sign it here:\n{_admin_address('research_review', state.pk)}\n",
    )


def announce_unheld(state: Any, words: str, *, time: int = 0) -> None:
    """Tell the editors, once for each ``time``, that nobody holds a review."""
    title = state.revision.object_str
    _mail(
        f"review-unheld-{state.pk}-{_whose_key(state)}-{time}",
        _members(EDITORS),
        f"Nobody holds this review: {title}"[:180],
        f"“{title}” has waited for a signature since {_time(state.started_at)}. {words}.\n\n"
        "Give it to a reviewer here:\n"
        f"{_admin_address('research_review', state.pk)}\n",
    )


def announce_text_waiting(text: Any, digest: str, people: Iterable[Any]) -> None:
    """Ask the reviewers who may, once for each wording, to sign a shared text."""
    kind = str(text._meta.verbose_name)
    _mail(
        f"text-asked-{text.subject_uuid}-{digest[:16]}",
        people,
        f"Waiting for your signature: {kind} “{text}”"[:180],
        f"The words of the {kind} “{text}” wait for a signature.\n\nRead and sign them here:\n"
        f"{_admin_address('research_sign_text', text.subject_type, text.pk)}\n",
    )


def announce_signature(state: Any, user: AnyUser | None) -> None:
    """Tell whoever submitted an article that it was countersigned, and what happens next."""
    page = state.revision.as_object()
    when = (
        f"It will be published on {_time(page.go_live_at)}."
        if page.go_live_at and page.go_live_at > timezone.now()
        else "It is being published now."
    )
    _mail(
        f"review-signed-{state.pk}",
        _submitters(state),
        f"Countersigned: {page.title}",
        f"{_signers(state, user)} countersigned “{page.title}”. {when}\n\n{_editor_address(page)}\n",
    )


def _signers(state: Any, user: AnyUser | None) -> str:
    """Return who signed: both, where two did."""
    if not state.two_reviewers:
        return _name(user)
    both = state.blind_answers.opened().filter(submission=state.submission_id).select_related("user")
    return get_text_list([_name(answer.user) for answer in both], _("and"))


def announce_send_back(state: Any, user: AnyUser | None) -> None:
    """Tell whoever submitted an article that it came back, with the reviewer's words."""
    page = state.revision.as_object()
    _mail(
        f"review-sent-back-{state.pk}",
        _submitters(state),
        f"Sent back with comments: {page.title}",
        f"{_name(user)} sent “{page.title}” back:\n\n{state.comment}\n\n{_waiting_comments(page)}"
        f"Edit it here:\n{_editor_address(page)}\n",
    )


def announce_rating_gap(state: Any) -> None:
    """Tell the editors that two reviewers signed and rate the study far apart: one of them decides."""
    title = state.revision.object_str
    _mail(
        f"review-gap-{state.pk}-{state.submission_id}",
        _members(EDITORS),
        (_("Two ratings far apart: %(title)s") % {"title": title})[:180],
        _(
            "Two reviewers countersigned “%(title)s” and rate the study two bands apart or more. Nothing is published "
            "before an editor decides, and says why.\n\nDecide here:\n%(address)s\n"
        )
        % {"title": title, "address": _admin_address("research_review", state.pk)},
    )


def announce_lapsed(state: Any, people: Iterable[Any]) -> None:
    """Tell reviewers whose answer nobody has read that another version is under review now."""
    title = state.revision.object_str
    for person in people:
        _mail(
            f"review-lapsed-{state.pk}-{state.submission_id}-{person.pk}",
            [person],
            (_("Changed since you answered: %(title)s") % {"title": title})[:180],
            _(
                "“%(title)s” was changed, and the new version is under review. Your answer was about the one before, "
                "so it does not count; what you typed is still in the form.\n\nRead what changed, and answer again:\n"
                "%(address)s\n"
            )
            % {"title": title, "address": _admin_address("research_review", state.pk)},
        )


def announce_dropped(state: Any, people: Iterable[Any]) -> None:
    """Tell the editors that a reviewer who answered may not sign any more: somebody else has to read it."""
    title = state.revision.object_str
    _mail(
        f"review-dropped-{state.pk}-{'-'.join(str(person.pk) for person in people)}",
        _members(EDITORS),
        (_("Another reviewer is needed: %(title)s") % {"title": title})[:180],
        _(
            "One of the two reviewers of “%(title)s” may not sign it any more, so their answer does not count. Give "
            "the review to somebody else:\n%(address)s\n"
        )
        % {"title": title, "address": _admin_address("research_review", state.pk)},
    )


def announce_guest_answer(link: Any) -> None:
    """Tell the editors that a guest has said what they think of an article under review."""
    title = link.article.draft_title or link.article.title
    _mail(
        f"guest-answered-{link.pk}",
        _members(EDITORS),
        (_("A guest has answered: %(title)s") % {"title": title})[:180],
        _("%(name)s (%(kind)s) has answered about “%(title)s”.\n\nRead it here:\n%(address)s\n")
        % {
            "name": link.name,
            "kind": link.get_kind_display(),
            "title": title,
            "address": _admin_address("research_guests", link.article_id),
        },
    )


def announce_published(release: Any, page: "ArticlePage", sign_off: Any) -> None:
    """Tell the editors and the submitter that an article is public."""
    to = [*_members(EDITORS), *([release.requested_by] if release.requested_by else [])]
    _mail(
        f"published-{release.pk}",
        to,
        f"Published: {page.title}",
        f"“{page.title}” is public, as countersigned by {sign_off.reviewer_name}.\n\n"
        f"{settings.WAGTAILADMIN_BASE_URL}{page.url}\n",
    )


def announce_held(release: Any, change: Any) -> None:
    """Tell the editors, once a change of state, that a release did not happen, and why."""
    _mail(
        f"release-{release.state}-{release.pk}-{change.pk}",
        _members(EDITORS),
        f"Not published: {release.article.title}",
        f"“{release.article.title}” was due at {_time(release.due_at)} and is not public.\n\n"
        f"{release.reason}\n\n{_editor_address(release.article)}\n",
    )


def _mail(key: str, people: Iterable[Any], subject: str, body: str) -> None:
    addresses = sorted({person.email for person in people if person and person.email})
    if addresses:
        enqueue_mail(key, addresses, subject, body)


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
    return (user.get_full_name() or user.get_username()) if isinstance(user, User) else "Someone"


def _time(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "j F Y, H:i e")


def _waiting_comments(page: "ArticlePage") -> str:
    count = Comment.objects.filter(page_id=page.pk, resolved_at__isnull=True).count()
    if not count:
        return ""
    return f"{count} comment{'s stand' if count > 1 else ' stands'} beside the text.\n\n"


def _admin_address(name: str, *args: Any) -> str:
    return f"{settings.WAGTAILADMIN_BASE_URL}{reverse(name, args=args)}"


def _editor_address(page: "ArticlePage") -> str:
    return _admin_address("wagtailadmin_pages:edit", page.pk)


def announce_late(release: Any, *, time: int = 0) -> None:
    """Tell the editors, once for each ``time``, that something due is not done."""
    tried = f"It was tried {release.attempts} times." if release.attempts else "Is the release runner running?"
    _mail(
        f"release-late-{release.pk}{f'-{time}' if time else ''}",
        _members(EDITORS),
        f"{'Still late' if time else 'Late'}: {release.article.title}",
        f"“{release.article.title}” was due at {_time(release.due_at)} and is not done yet. {tried} "
        "It is tried again by itself until it succeeds.\n\n"
        f"{release.reason}\n\n{_editor_address(release.article)}\n",
    )


def announce_re_review(row: Any, stage: str, words: str, clock: Any) -> None:
    """Tell whoever looks after an article, else the editors, once a stage, that its next full review comes up."""
    owner = clock.owner if clock and clock.owner and clock.owner.is_active else None
    called = clock is not None and clock.called_at is not None and clock.called_at > row.reviewed_at
    why = f"Called for because: {clock.reason}\n\n" if called else ""
    whose = "You look after it." if owner else "Nobody looks after it: give it to somebody in the report."
    _mail(
        f"re-review-{row.page_id}-{row.review_due_at:%Y%m%d%H%M}-{stage}",
        [owner] if owner else _members(EDITORS),
        f"Re-review: {row.title}"[:180],
        f"“{row.title}” {words}. Last reviewed {_time(row.reviewed_at)}, due {_time(row.review_due_at)}.\n\n{why}"
        f"{whose}\n\n{_admin_address('research_due_report')}\n",
    )


def announce_late_go_live(page: "ArticlePage", due_at: Any, *, time: int = 0) -> None:
    """Tell the editors and the writer, once for each ``time``, that a go-live passed without a signature."""
    title = page.draft_title or page.title
    _mail(
        f"go-live-late-{page.pk}-{due_at:%Y%m%d%H%M}{f'-{time}' if time else ''}",
        [*_members(EDITORS), *([page.owner] if page.owner else [])],
        f"{'Still late' if time else 'Late'}, not countersigned: {title}"[:180],
        f"“{title}” was to go live on {_time(due_at)} and is not countersigned, so it is not public. It goes live "
        "as soon as it is signed, unless you set another time, or none.\n\nDecide here:\n"
        f"{_admin_address('research_plan', page.pk)}\n",
    )


def announce_clock(reason: str, hour: str) -> None:
    """Tell the editors and the administrators, once an hour, why nothing is published: no clock to go by."""
    _mail(
        f"clock-{hour}",
        [*_members(EDITORS), *User.objects.filter(is_superuser=True, is_active=True)],
        "Nothing is published: a clock is wrong",
        f"{reason}\n\nWhat is due waits and is published as soon as the clocks agree. Nothing is lost.\n",
    )


def preflight_key(release: Any, window: str) -> str:
    """Return the key of the one mail about a release in a window before its time."""
    return f"{PREFLIGHT_KEY}{release.pk}-{window}"


def announce_preflight(release: Any, window: str, words: str) -> None:
    """Tell the editors, once a window, that a release would be refused at its time."""
    _mail(
        preflight_key(release, window),
        _members(EDITORS),
        f"Would not be published as planned: {release.article.title}",
        f"“{release.article.title}” is due at {_time(release.due_at)}. As things stand it would be refused:"
        f"\n\n{words}\n\n{_editor_address(release.article)}\n",
    )


def announce_notice(notice: Any, articles: "Iterable[ArticlePage]") -> None:
    """Tell the editors, once, what happened to a study and which articles rest on it."""
    titles = "\n".join(f"- {article.title}: {_editor_address(article)}" for article in articles)
    _mail(
        f"study-notice-{notice.pk}",
        _members(EDITORS),
        f"{notice.get_kind_display()}: {notice.study.title}"[:180],
        f"{notice.source} reports: {notice.get_kind_display().lower()} of “{notice.study.title}”.\n"
        f"{notice.reason}\n{notice.link}\n\nArticles that rest on it:\n{titles or 'none'}\n",
    )


def announce_new_reviewer(user: User, by: str) -> None:
    """Tell all reviewers that somebody may sign from now on: who signs is everybody's business."""
    _mail(
        f"reviewer-added-{user.pk}-{timezone.now():%Y%m%d%H%M%S%f}",
        _members(MEDICAL_REVIEWERS),
        f"New among the medical reviewers: {_name(user)}",
        f"{_name(user)} can countersign articles from now on. The role was given by {by}.\n\n"
        "If that is a mistake, tell an administrator.\n",
    )


def announce_renaming(was: str, name: str, by: str) -> None:
    """Tell all reviewers that the group which may sign has another name; who may sign is the same."""
    _mail(
        f"reviewers-renamed-{timezone.now():%Y%m%d%H%M%S%f}",
        _members(MEDICAL_REVIEWERS),
        f"The medical reviewers are called “{name}” now",
        f"The group “{was}” was renamed to “{name}” by {by}. Its members sign as before.\n\n"
        "If that is a mistake, tell an administrator.\n",
    )


def announce_taken_over(state: Any, user: AnyUser | None, word: str) -> None:
    """Tell the reviewer an article was given to that somebody else countersigned it, and why."""
    page = state.revision.as_object()
    _mail(
        f"review-taken-over-{state.pk}",
        [state.assigned_to],
        f"Countersigned by somebody else: {page.title}",
        f"{_name(user)} countersigned “{page.title}”, which was given to you:\n\n{word}\n\n{_editor_address(page)}\n",
    )


def announce_report(report: Any) -> None:
    """Tell the editors that a reader reported a problem."""
    _mail(
        f"reader-report-{report.pk}",
        _members(EDITORS),
        f"A reader reports: {report.article.title}"[:180],
        f"{report.get_kind_display()}.\n\n{report.words}\n\n"
        f"{'Answer to ' + report.email if report.email else 'No answer wanted.'}\n"
        f"{_editor_address(report.article)}\n",
    )


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
    _mail(
        f"{GIVEN_UP_KEY}{message.pk}",
        editors,
        f"Not delivered: {message.payload['subject']}"[:180],
        f"This mail was tried {message.attempts} times, and these did not get it:\n\n"
        + "\n".join(f"- {address}" for address in missed)
        + f"\n\n{message.last_error}\n\nPlease tell them, and have the addresses corrected under Settings, Users."
        f"\n\nThe mail said:\n\n{message.payload['body']}",
    )
