"""What people decide after the sources spoke: accept or decline a change, keep or withdraw an article."""

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from common.models import User
from research.content.canonical import canonical_json, digest_of
from research.models.pages import ArticlePage
from research.models.references import Study
from research.models.signoffs import SignOff
from research.models.watch import SourceTask, StudyProposal, UnconfirmedNotice
from research.newsroom.permissions import can_add_notices, can_decide_on_sources, can_take_down
from research.record.printed import reason_not_to_change

audit = logging.getLogger("countersign.audit")


class AlreadyDecided(PermissionDenied):
    """Somebody else was faster; what they decided stands."""


class ProposalChanged(PermissionDenied):
    """Ours, or theirs, is another one than whoever decides was shown."""


def digest_of_proposal(proposal: StudyProposal) -> str:
    """Return what says of a proposal's ours, as the record has it now, and theirs whether they are those shown."""
    return digest_of(canonical_json([proposal.field, getattr(proposal.study, proposal.field), proposal.theirs]))


@transaction.atomic
def accept_proposal(proposal: StudyProposal, user: User, now: datetime, *, shown: str | None = None) -> None:
    """Write what a source says into our record; that is no edit, so whoever accepts it may sign.

    Args:
        proposal: the one that is decided, as it was read.
        user: who decides.
        now: the moment of the decision.
        shown: the digest of what was shown, where a form brings it; otherwise that is ``proposal`` in memory.

    Raises:
        PermissionDenied: the user may not change studies.
        AlreadyDecided: it is not open any more.
        ProposalChanged: ours or theirs is not what was shown.
        ValidationError: the record would not be valid, for instance because another study has this DOI; or only an
            editor changes this, since public articles print it.
    """
    proposal = _open_proposal(proposal, user, shown)
    study = proposal.study
    if reason := reason_not_to_change(study, [proposal.field], user):
        raise ValidationError(reason)
    _refuse_identifier_of_another(study, proposal)
    setattr(study, proposal.field, proposal.theirs)
    study.full_clean()
    study.save()
    _close(proposal, StudyProposal.State.ACCEPTED, user, now)


def _refuse_identifier_of_another(study: Study, proposal: StudyProposal) -> None:
    """Raise ValidationError when another study has this DOI or PMID: the two are one, and are joined."""
    if proposal.field in ("doi", "pmid"):
        other = Study.objects.filter(**{proposal.field: proposal.theirs}).exclude(pk=study.pk).first()
        if other is not None:
            words = gettext(
                "Study number %(pk)s, “%(other)s”, has it already: they are one. Join the two on the study’s page."
            ) % {"pk": other.pk, "other": other}
            raise ValidationError(words)


@transaction.atomic
def decline_proposal(proposal: StudyProposal, user: User, now: datetime, *, shown: str | None = None) -> None:
    """Leave our record as it is; the same proposal is not made again.

    Args and raises: as ``accept_proposal``, but for the record, which stays valid.
    """
    _close(_open_proposal(proposal, user, shown), StudyProposal.State.DECLINED, user, now)


def _open_proposal(proposal: StudyProposal, user: User, shown: str | None) -> StudyProposal:
    read = digest_of_proposal(proposal) if shown is None else shown
    if not can_decide_on_sources(user):
        raise PermissionDenied(gettext("Only those who may change studies decide on what sources propose."))
    row = StudyProposal.objects.select_for_update(no_key=True).select_related("study").get(pk=proposal.pk)
    if row.state != StudyProposal.State.OPEN:
        raise AlreadyDecided(
            gettext("This was decided before: %(state)s.") % {"state": row.get_state_display().lower()}
        )
    if digest_of_proposal(row) != read:
        raise ProposalChanged(gettext("It is not what you were shown any more. Nothing was decided."))
    return row


def _close(proposal: StudyProposal, state: str, user: User, now: datetime) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, user, now
    proposal.save(update_fields=["state", "decided_by", "decided_at"])
    audit.info(
        "%s %s: %s of study %s, from %s", user.get_username(), state, proposal.field, proposal.study_id, proposal.source
    )


@transaction.atomic
def dismiss_unconfirmed(unconfirmed: UnconfirmedNotice, user: User, reason: str, now: datetime) -> None:
    """Keep why nothing follows from what a file says of a study.

    Raises:
        PermissionDenied: the user may not add notices.
        AlreadyDecided: somebody decided, or a notice of it is there by now.
        ValidationError: no reason.
    """
    if not can_add_notices(user):
        raise PermissionDenied(gettext("Those who may add notices decide what a file says of a study."))
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why. The reason is kept with the decision.")})
    row = UnconfirmedNotice.objects.select_for_update(of=("self",)).filter(pk=unconfirmed.pk, decided_at=None).first()
    if row is None or not UnconfirmedNotice.objects.open().filter(pk=row.pk).exists():
        raise AlreadyDecided(gettext("This is settled: somebody decided, or the notice is on record."))
    row.reason, row.decided_by, row.decided_at = reason.strip(), user, now
    row.save(update_fields=["reason", "decided_by", "decided_at"])
    audit.warning(
        "%s dismissed what a file says of study %s: %s", user.get_username(), row.study_id, row.get_kind_display()
    )


def open_tasks() -> QuerySet[SourceTask]:
    """Return the tasks that nobody has decided yet, newest first."""
    return SourceTask.objects.filter(decision="")


@transaction.atomic
def decide_task(task: SourceTask, user: User, decision: str, reason: str, now: datetime) -> SourceTask:
    """Record what becomes of an article after a notice, and carry it out.

    Withdrawing takes the article down at once. Rewriting and keeping leave it public with its banner; both
    need a signature made after the notice, which the guard asks for before anything is published again.

    Raises:
        PermissionDenied: the user is no editor.
        AlreadyDecided: another editor decided.
        ValidationError: no such decision, or no reason.
    """
    if not can_take_down(user):
        raise PermissionDenied(gettext("Editors decide what becomes of an article after a notice."))
    if decision not in SourceTask.Decision.values:
        raise ValidationError({"decision": gettext("Choose what becomes of the article.")})
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say why. The reason is kept with the decision.")})
    row = SourceTask.objects.select_for_update().get(pk=task.pk)
    if row.decision:
        raise AlreadyDecided(
            gettext("This was decided before: %(decision)s.") % {"decision": row.get_decision_display()}
        )
    row.decision, row.reason, row.decided_by, row.decided_at = decision, reason.strip(), user, now
    row.save()
    if decision == SourceTask.Decision.WITHDRAW:
        _withdraw(row.article_id, user)
    audit.info("%s decided on article %s after a notice: %s", user.get_username(), row.article_id, decision)
    return row


def _withdraw(article_id: int, user: User) -> None:
    article = ArticlePage.objects.get(pk=article_id)
    if article.live:
        article.unpublish(user=user)


def is_settled(task: SourceTask) -> bool:
    """True once the decision is carried out: withdrawn, or signed again in knowledge of the notice."""
    if task.decision == SourceTask.Decision.WITHDRAW:
        return True
    return bool(task.decision) and has_sign_off_since(task)


def has_sign_off_since(task: SourceTask) -> bool:
    """True when words of the article were signed in knowledge of the task's notice."""
    latest = SignOff.objects.latest_for(task.article.subject_uuid)
    return latest is not None and str(task.notice.uuid) in latest.notices_considered


def drafts_citing(study: Any) -> QuerySet[ArticlePage]:
    """Return the articles that cite a study: a changed citation asks for a new signature of each."""
    return ArticlePage.objects.filter(Q(study=study) | Q(also_cited__study=study)).distinct()
