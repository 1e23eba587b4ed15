"""What waits for a signature: reviews with who holds them, shared texts, and the mails that keep either from waiting.

A mail is told once by its key, however often the job ran; after missed days the newest stage alone is told.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from wagtail.models import Page

from common.faults import for_each
from common.models import OutboxMessage, User
from common.once import know, once
from common.one_statement import read_each
from research.content.canonical import digest_of
from research.content.richtext import text_of
from research.models.explainers import Correction, Explainer, GlossaryTerm, NoticeWording, PageText
from research.models.people import Absence
from research.models.texts import PublishedText, SignableText
from research.models.topics import Topic
from research.models.workflow import MedicalReviewState
from research.newsroom.mails.reviews import announce_text_waiting, announce_unheld, invitation_key, remind_of_review
from research.newsroom.permissions import MEDICAL_REVIEWERS, has_role, know_roles, roles_of_each
from research.review import blind, contributions
from research.review.signing import canonical_text, reasons_not_to_sign

#: In the order in which they press: a correction of what readers have comes first.
TEXT_MODELS: tuple[type[SignableText], ...] = (Correction, NoticeWording, Explainer, Topic, GlossaryTerm, PageText)
# What only names a text: without more there is nothing to sign.
NAMES = {"name", "term", "page", "article", "section", "date"}
#: How long before or after the day that a review is due it is spoken of.
STAGES = (
    ("soon", timedelta(days=-2)),
    ("due", timedelta()),
    ("late", timedelta(days=3)),
    ("very-late", timedelta(days=7)),
    ("still-late", timedelta(days=14)),
)
TOLD_TO_EDITORS = {"late", "very-late", "still-late"}
UNHELD_AFTER = timedelta(days=3)
TOLD_AGAIN = timedelta(days=7)


def texts_asked() -> dict[Any, QuerySet[Any, Any]]:
    """Return what ``texts_waiting`` is made of, to be read together with more."""
    texts = {model: model._default_manager.order_by("pk") for model in TEXT_MODELS}
    pages = {(model, "pages"): _pages_of(model) for model in TEXT_MODELS if model.about}
    return {**texts, **pages, PublishedText: PublishedText.objects.values("subject_uuid", "digest")}


def texts_waiting(read: Mapping[Any, list[Any]] | None = None) -> list[SignableText]:
    """Return the shared texts whose words as they stand nobody signed, the pressing kinds first.

    ``read`` is what ``texts_asked`` asks for, where it was read already.
    """
    read = read_each(texts_asked()) if read is None else read
    signed = {row["subject_uuid"]: row["digest"] for row in read[PublishedText]}
    for model in TEXT_MODELS:
        _give_pages(read[model], read.get((model, "pages"), []))
    texts = [text for model in TEXT_MODELS for text in read[model]]
    return [text for text in texts if _has_words(text) and signed.get(text.subject_uuid) != _digest(text)]


def _pages_of(model: type[SignableText]) -> QuerySet[Page]:
    """Return the pages that the texts of a model are about, with what a list says of those."""
    field, identity = model.about or ("", "")
    pages = cast("type[Page]", model._meta.get_field(field).related_model)
    return pages._default_manager.filter(pk__in=model._default_manager.values(field)).only("title", identity)


def _give_pages(texts: Iterable[SignableText], pages: Iterable[Page]) -> None:
    known = {page.pk: page for page in pages}
    for text in texts:
        if text.about:
            field: Any = text._meta.get_field(text.about[0])
            field.set_cached_value(text, known[getattr(text, field.attname)])


def _has_words(text: SignableText) -> bool:
    return any(text_of(value).strip() for name, value in text.claims().items() if name not in NAMES)


def _digest(text: SignableText) -> str:
    return digest_of(canonical_text(text))


def away_on(day: date) -> QuerySet[Absence]:
    """Return the absences on a day."""
    return Absence.objects.on(day)


def present_reviewers(day: date) -> QuerySet[User]:
    """Return the medical reviewers who are not away."""
    reviewers = User.objects.filter(groups__role__key=MEDICAL_REVIEWERS, is_active=True)
    return reviewers.exclude(pk__in=away_on(day).values("user")).distinct().order_by("last_name", "pk")


def why_unheld(state: MedicalReviewState, day: date) -> str:
    """Return why nobody holds a review; "" where somebody does."""
    if state.two_reviewers:
        return _why_not_held_by_two(state, day)
    holder = state.assigned_to
    return _why_not_held_by(holder, day) if holder is not None else gettext("Nobody holds this")


def holders_of(states: Iterable[MedicalReviewState], day: date) -> dict[str, QuerySet[Any, Any]]:
    """Return what is asked about those who hold reviews, for all of them together; ``know_holders`` takes it."""
    people = {holder.pk for state in states for holder in state.given_to()}
    return {
        "absences": away_on(day).filter(user__in=people).order_by("-last_day"),
        "roles": roles_of_each(people),
    }


def know_holders(states: Iterable[MedicalReviewState], day: date, read: Mapping[str, list[Any]]) -> None:
    """Let those who hold the reviews of a list be known to be there or not, where a request only reads."""
    people = {holder.pk: holder for state in states for holder in state.given_to()}
    know_roles(people.values(), read["roles"])
    for holder in people.values():
        know(_absence_of, next((one for one in read["absences"] if one.user_id == holder.pk), None), holder, day)


@once(lambda holder, day: (holder.pk, day))
def _absence_of(holder: User, day: date) -> Absence | None:
    return away_on(day).filter(user=holder).order_by("-last_day").first()


def _why_not_held_by(holder: User, day: date) -> str:
    name = holder.get_full_name() or holder.get_username()
    absence = _absence_of(holder, day)
    if absence is not None:
        return gettext("Nobody holds this: %(name)s is away until %(day)s") % {
            "name": name,
            "day": date_format(absence.last_day),
        }
    return (
        ""
        if has_role(holder, MEDICAL_REVIEWERS)
        else gettext("Nobody holds this: %(name)s reviews no more") % {"name": name}
    )


def _why_not_held_by_two(state: MedicalReviewState, day: date) -> str:
    """Return why fewer than two hold a review that two read; who has answered holds a place."""
    answered = {answer.user_id for answer in blind.answers_to(state)}
    holding = answered | {holder.pk for holder in state.given_to() if not _why_not_held_by(holder, day)}
    if len(holding) >= blind.TWO:
        return ""
    return (
        gettext("One of two reviewers is missing")
        if holding
        else gettext("Nobody holds this: two reviewers are missing")
    )


def stage_of(due_on: date, day: date) -> str:
    """Return the newest stage that a day is in; "" before the first."""
    return next((key for key, after in reversed(STAGES) if due_on + after <= day), "")


def remind(now: datetime) -> None:
    """Remind of reviews that are due, tell the editors of those that nobody holds, and ask for texts to be signed.

    One that fails is logged, and the others go on.
    """
    states = MedicalReviewState.objects.open().select_related("assigned_to", "second_to", "revision")
    for_each(states, lambda state: _remind_of(state, now), "Nobody was reminded of review %s")
    for_each(texts_waiting(), lambda text: _ask_for(text, now), "Nobody was asked to sign text %s")


def _ask_for(text: SignableText, now: datetime) -> None:
    reviewers = present_reviewers(timezone.localdate(now))
    to = [one for one in reviewers if not contributions.has_contributed(one, [text.subject_uuid])]
    announce_text_waiting(text, _digest(text), to)


def _remind_of(state: MedicalReviewState, now: datetime) -> None:
    if state.two_reviewers and blind.open_gap(state) is not None:
        return  # both have answered, and the editors were told
    day = timezone.localdate(now)
    unheld = why_unheld(state, day)
    stage = stage_of(state.due_on, day) if state.due_on else ""
    if stage and _is_invited(state):
        given_to = [holder for holder in state.given_to() if not blind.has_answered(state, holder)]
        to = given_to if not unheld and given_to else _who_may_sign(state, day)
        remind_of_review(state, stage, to, with_editors=stage in TOLD_TO_EDITORS)
    if unheld and state.started_at + UNHELD_AFTER <= now:
        announce_unheld(
            state, lambda: why_unheld(state, day), time=(now - state.started_at - UNHELD_AFTER) // TOLD_AGAIN
        )


def _is_invited(state: MedicalReviewState) -> bool:
    """True once the invitation has left; also where there was nobody to invite."""
    invitation = OutboxMessage.objects.filter(key=invitation_key(state))
    return not invitation.filter(~Q(sent_at__isnull=False)).exists()


def _who_may_sign(state: MedicalReviewState, day: date) -> list[User]:
    page = state.revision.as_object()
    able = [reviewer for reviewer in present_reviewers(day) if not reasons_not_to_sign(reviewer, page)]
    return [reviewer for reviewer in able if not blind.has_answered(state, reviewer)]
