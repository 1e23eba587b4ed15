"""Joining two studies that turned out to be one: everything of the one moves to the other, and that is recorded."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from wagtail.models import ModelLogEntry, Revision

from common.models import User
from research.content.article import citation_of
from research.content.stored import read_canonical
from research.models.pages import AlsoCited, ArticlePage
from research.models.published import PublishedArticle
from research.models.references import FormerIdentifier, Study
from research.models.releases import Release
from research.models.studies.joined import StudyMerge
from research.models.watch import FullText, SourceCheck, StudyProposal
from research.models.workflow import MedicalReviewState
from research.newsroom.permissions import can_join_studies
from research.publishing import public_row, receipts
from research.publishing.ledger import wait_for_releases
from research.record.consequences import react
from research.record.importing import CITATION_FIELDS, HELP_FIELDS, NEVER_PROPOSED, NOTHING, is_the_same
from research.record.printed import named, public_about
from research.record.reporting import absorb_notices, settle_unconfirmed
from research.review import contributions

audit = logging.getLogger("countersign.audit")

SOURCE = "joined"
#: What only one record can have: moved where the survivor lacks it, and never the reason of a proposal.
FILLED = (*(name for name in CITATION_FIELDS if name != "date"), *HELP_FIELDS, "journal", "licence")


class MayNotJoin(PermissionDenied):
    """The two cannot be joined as things stand; ``reasons`` says why, each with what to do."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(reasons)
        super().__init__(" ".join(self.reasons))


def twins_of(study: Study) -> QuerySet[Study]:
    """Return the studies that may be the same work: of the same title, or with an identifier proposed for this one."""
    proposed = list(study.proposals.filter(field__in=("doi", "pmid"), state=StudyProposal.State.OPEN))
    doi = [one.theirs for one in proposed if one.field == "doi"]
    pmid = [one.theirs for one in proposed if one.field == "pmid"]
    title = study.title.rstrip(".")
    alike = Q(title__iexact=title) | Q(title__iexact=f"{title}.") | Q(doi__in=doi) | Q(pmid__in=pmid)
    return Study.objects.filter(alike).exclude(pk=study.pk).select_related("journal").order_by("pk")


def in_order(one: Study, other: Study) -> tuple[Study, Study]:
    """Return the two as survivor and joined: the one in whose words articles are public stays what it is."""
    return (other, one) if public_about(other) and not public_about(one) else (one, other)


def reasons_not_to_join(survivor: Study, other: Study) -> list[str]:
    """Return why one cannot be joined to the other, each with what to do; empty when it can."""
    if survivor.pk == other.pk:
        return [gettext("This is the same record. Choose another one.")]
    reasons = [
        gettext(
            "Each has a %(name)s of its own (%(ours)s and %(theirs)s), so they are two works, such "
            "as a preprint and the article it became. If one of the numbers is wrong, correct it "
            "first."
        )
        % {"name": name, "ours": ours, "theirs": theirs}
        for name, ours, theirs in (("DOI", survivor.doi, other.doi), ("PMID", survivor.pmid, other.pmid))
        if ours and theirs
    ]
    if survivor.is_example != other.is_example:
        reasons.append(gettext("One of the two is an invented example."))
    waiting = waiting_on(survivor) + waiting_on(other)
    if waiting:
        reasons.append(
            gettext(
                "%(named)s: signed, scheduled or under review in the words of one of the two records, "
                "which the other would change. Join them when that is out or was sent back."
            )
            % {"named": named(waiting)}
        )
    return [*reasons, *_reasons_of_seals(survivor, other)]


def _reasons_of_seals(survivor: Study, other: Study) -> list[str]:
    ours, theirs = public_about(survivor), public_about(other)
    if not theirs or _words(ours, survivor) == _words(theirs, other):
        return []
    if not ours:
        return [
            gettext("%(named)s is public in the words of the other record. Join this one to that one instead.")
            % {"named": named(theirs)}
        ]
    return [
        gettext(
            "%(named)s and %(named_2)s are public, each signed with other words for the study. "
            "Choose this record in %(named_2)s and have it signed again; then join the two."
        )
        % {"named": named(ours), "named_2": named(theirs)}
    ]


def waiting_on(study: Study) -> list[ArticlePage]:
    """Return the articles with words that are under review, or signed and not out yet, and rest on a study."""
    reviews = MedicalReviewState.objects.filter(status=MedicalReviewState.STATUS_IN_PROGRESS)
    releases = Release.objects.open().filter(kind=Release.Kind.PUBLISH)
    revisions = [*reviews.values_list("revision_id", flat=True), *releases.values_list("revision_id", flat=True)]
    found = [
        revision.object_id
        for revision in Revision.objects.filter(pk__in=[pk for pk in revisions if pk])
        if _rests_on(revision.content, study.pk)
    ]
    return list(ArticlePage.objects.filter(pk__in=found).order_by("pk"))


def _rests_on(content: Any, pk: int) -> bool:
    return content.get("study") == pk or any(row.get("study") == pk for row in content.get("also_cited") or ())


def _words(rows: Iterable[PublishedArticle], study: Study) -> set[str]:
    """Return the ways in which signed articles cite a study, as text to compare."""
    found = set()
    for row in rows:
        content = read_canonical(row.content)
        if row.study_id == study.pk and content.study:
            found.add(str(content.study))
        found |= {str(cited) for cited in content.also_cited if _is_cited(cited, study)}
    return found


def _is_cited(cited: Any, study: Study) -> bool:
    if study.doi or study.pmid:
        return bool((study.doi and cited.doi == study.doi) or (study.pmid and cited.pmid == study.pmid))
    return bool(cited.title == citation_of(study).title)


@transaction.atomic
def join(survivor: Study, other: Study, user: User, reason: str, now: datetime) -> StudyMerge:
    """Move everything of one study to another, which alone remains; return the record of it.

    Articles, citations, drafts, notices with their tasks, proposals and checks move; what the survivor lacks is
    filled in, where they differ a proposal is left. The UUID of the joined one stands for the survivor from now on.

    Raises:
        PermissionDenied: the user is no editor.
        ValidationError: no reason is given.
        MayNotJoin: with every reason that holds.
    """
    if not can_join_studies(user):
        raise PermissionDenied(gettext("Editors join studies."))
    if not reason.strip():
        raise ValidationError({"reason": gettext("Say how you know that the two are one. The reason is kept.")})
    # As whoever adds a notice does it: the studies first, and so that an article that rests on them may be released.
    both = Study.objects.select_for_update(no_key=True).filter(pk__in=(survivor.pk, other.pk))
    locked = {study.pk: study for study in both}
    wait_for_releases()
    if not {survivor.pk, other.pk} <= locked.keys():
        raise MayNotJoin([gettext("One of the two is no more: somebody joined or deleted it just now.")])
    survivor, other = locked[survivor.pk], locked[other.pk]
    if reasons := reasons_not_to_join(survivor, other):
        raise MayNotJoin(reasons)
    record = _record_of(other)
    record["moved"] = _move(survivor, other)
    merge = StudyMerge(
        merged_uuid=other.subject_uuid, survivor=survivor, record=record, reason=reason.strip(), merged_by=user
    )
    StudyMerge.objects.filter(survivor=other).update(survivor=survivor)
    _take_over(survivor, other)
    merge.merged_at = now
    merge.save(force_insert=True)
    contributions.record(survivor.subject_uuid, user)
    for notice in survivor.notices.order_by("pk"):
        # The articles that came along, or were here, may not know of it.
        react(notice)
    public_row.follow_notice(survivor)
    audit.warning(
        "%s joined study %s (%s) to study %s", user.get_username(), record["pk"], merge.merged_uuid, survivor.pk
    )
    return merge


def _record_of(study: Study) -> dict[str, Any]:
    """Return what a study said, with its notices, as plain values."""
    (row, *notices) = json.loads(serializers.serialize("json", [study, *study.notices.order_by("pk")]))
    return {"pk": study.pk, **row["fields"], "notices": [{"pk": one["pk"], **one["fields"]} for one in notices]}


def _move(survivor: Study, other: Study) -> dict[str, list[int]]:
    """Move what points at a study; return the ids of what was moved."""
    articles = ArticlePage.objects.filter(study=other)
    moved = {
        "articles": list(articles.values_list("pk", flat=True)),
        "also_cited": list(AlsoCited.objects.filter(study=other).values_list("page_id", flat=True)),
        "revisions": _rewrite_revisions(survivor, other),
    }
    if not FullText.objects.filter(study=survivor).exists():
        FullText.objects.filter(study=other).update(study=survivor)
    # Of the row alone: its public words, if any, are not read from it, and a save would ask for a signature.
    articles.update(study=survivor)
    for row in PublishedArticle.objects.filter(study=other).only("page_id"):
        PublishedArticle.objects.filter(pk=row.pk).update(study=survivor)
        receipts.note(row.page_id)
    for cited in AlsoCited.objects.filter(study=other):
        is_double = ArticlePage.objects.filter(pk=cited.page_id).filter(
            Q(study=survivor) | Q(also_cited__study=survivor)
        )
        if is_double.exists():
            cited.delete()
        else:
            AlsoCited.objects.filter(pk=cited.pk).update(study=survivor)
    # What a file said of one of the two, a notice of the other may have told all along.
    settle_unconfirmed(survivor, other.notices.all())
    settle_unconfirmed(other, survivor.notices.all())
    absorb_notices(survivor, other)
    other.unconfirmed_notices.update(study=survivor)
    for former in other.former_identifiers.all():
        FormerIdentifier.objects.get_or_create(study=survivor, kind=former.kind, value=former.value)
    _move_watch(survivor, other)
    entries = ModelLogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Study))
    entries.filter(object_id=str(other.pk)).update(object_id=str(survivor.pk))
    return moved


def _rewrite_revisions(survivor: Study, other: Study) -> list[int]:
    """Let drafts and older versions of articles name the survivor; return which were changed."""
    kind = ContentType.objects.get_for_model(ArticlePage)
    candidates = Revision.objects.filter(content_type=kind).values_list("pk", "content__study", "content__also_cited")
    changed = [
        pk
        for pk, study, cited in candidates.iterator(chunk_size=500)
        if study == other.pk or any(row.get("study") == other.pk for row in cited or ())
    ]
    for revision in Revision.objects.filter(pk__in=changed).iterator(chunk_size=100):
        content = revision.content
        if content.get("study") == other.pk:
            content["study"] = survivor.pk
        rows = [{**row, "study": survivor.pk if row["study"] == other.pk else row["study"]}
                for row in content.get("also_cited") or ()]  # fmt: skip
        content["also_cited"] = list({row["study"]: row for row in rows if row["study"] != content["study"]}.values())
        Revision.objects.filter(pk=revision.pk).update(content=content)
    return changed


def _move_watch(survivor: Study, other: Study) -> None:
    """Move proposals and checks; what the survivor has of its own stays."""
    open_here = set(survivor.proposals.filter(state=StudyProposal.State.OPEN).values_list("field", "source"))
    for proposal in other.proposals.all():
        if proposal.state == StudyProposal.State.OPEN and (proposal.field, proposal.source) in open_here:
            proposal.delete()
        else:
            StudyProposal.objects.filter(pk=proposal.pk).update(study=survivor)
    checked_here = survivor.checks.values_list("source", flat=True)
    SourceCheck.objects.filter(study=other).exclude(source__in=list(checked_here)).update(study=survivor)


def _take_over(survivor: Study, other: Study) -> None:
    """Fill in what the survivor lacks, propose what differs, and let the other one go."""
    values = {name: getattr(other, name) for name in FILLED}
    their_date, kept = other.date, other.kept_unwatched_by
    embargoes = [(study.embargo_until, study.embargo_source) for study in (survivor, other) if study.embargo_until]
    other.delete()
    fills = {name: theirs for name, theirs in values.items() if getattr(survivor, name) in NOTHING}
    for name, theirs in fills.items():
        setattr(survivor, name, theirs)
    if not survivor.year:
        survivor.date = their_date
    if embargoes:
        survivor.embargo_until, survivor.embargo_source = max(embargoes, key=lambda one: one[0])
    if not (survivor.doi or survivor.pmid) and survivor.kept_unwatched_by is None:
        survivor.kept_unwatched_by = kept
    survivor.check_asked_at = None  # its sources are asked at once
    survivor.save()
    survivor.refresh_status()
    for name, theirs in values.items():
        is_compared = name in CITATION_FIELDS and name not in NEVER_PROPOSED and theirs not in NOTHING
        if is_compared and name not in fills and not is_the_same(name, getattr(survivor, name), theirs):
            StudyProposal.objects.update_or_create(
                study=survivor,
                field=name,
                source=SOURCE,
                state=StudyProposal.State.OPEN,
                defaults={"ours": getattr(survivor, name), "theirs": theirs},
            )
