"""Records become studies: one transaction a record, met by DOI, then by PMID.

A second import of the same record changes nothing. What our record lacks is filled in; where it says
something else, a proposal is left for a person. What happened to a study is recorded only where our own client fetched
the record: anybody can write a file, and notices stand before readers at once.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from common.models import User
from common.words import in_the_code_s_words
from research.models.references import Journal, Study, StudyNotice
from research.models.watch import StudyProposal
from research.record.printed import reason_not_to_change, studies_printed_under
from research.record.reporting import note_unconfirmed, report_notices, unconfirmed_of
from research.sources.notices import without_mark
from research.sources.records import Source, SourceRecord

# Fields of a citation: ours are never overwritten, a difference is proposed.
CITATION_FIELDS = (
    "title",
    "doi",
    "pmid",
    "date",
    "authors",
    "funding",
    "interests",
    "url",
    "volume",
    "issue",
    "pages",
)
# What a record says beyond the citation: help for writers that follows PubMed, which knows most of it. Any other
# source fills in what is missing, so that two sources in turn change nothing.
HELP_FIELDS = (
    "abstract",
    "lay_summary",
    "publication_types",
    "mesh_terms",
    "language",
    "original_title",
    "title_is_translated",
    "pmcid",
    "registrations",
    "keywords",
    "author_orcids",
)
# Where in its journal it stands: filled in, and never proposed, as sources write them in too many ways.
PLACE_FIELDS = ("volume", "issue", "pages")
NOTHING: tuple[Any, ...] = (None, "", [], {}, False)
# Spelt so differently from source to source that a difference means nothing.
NEVER_PROPOSED = frozenset({"authors", "funding", "interests", "url", *PLACE_FIELDS})
TITLE_MAX_LENGTH = 500
UNWATCHED = (
    "The record has neither a DOI nor a PMID, so no source can be asked about it: nobody will tell you when it is "
    "corrected or retracted. Keep it only if somebody watches it."
)


ASKED = "Its sources are asked at once; readers are told what they say, and nothing by this file."
TO_LOOK_AT = "No source can be asked about it: whoever may add notices looks at it. Readers are told nothing yet."


class Action(StrEnum):
    """What an import does with a record."""

    NEW = "new"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    ASK = "ask"
    REFUSED = "refused"


@dataclass(frozen=True)
class Plan:
    """What importing a record would do, and why not when it is refused.

    Attributes:
        unconfirmed: what a file says happened to the study, not saved: the sources are asked about it.
    """

    action: Action
    record: SourceRecord
    study: Study | None = None
    fills: dict[str, Any] = field(default_factory=dict)
    proposals: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    unconfirmed: tuple[StudyNotice, ...] = ()

    @property
    def title(self) -> str:
        """The record's title, or what it is known by."""
        return self.record.title or self.record.identifier or "(no title)"

    @property
    def summary(self) -> str:
        """What would change, and what a file says happened to the study, in words."""
        refused = self.action in (Action.REFUSED, Action.ASK)
        return self.reason if refused else "; ".join(filter(None, (self.changes, self.unconfirmed_words)))

    @property
    def changes(self) -> str:
        """What would change of our record, or why nothing does, in words."""
        if self.action in (Action.REFUSED, Action.ASK):
            return self.reason
        words = []
        if self.action == Action.UPDATE and self.fills:
            words.append(f"fills in {', '.join(sorted(self.fills))}")
        if self.proposals:
            words.append(f"proposes {', '.join(sorted(self.proposals))}")
        return "; ".join(words).replace("_", " ")

    @property
    @in_the_code_s_words
    def unconfirmed_words(self) -> str:
        """What a file says happened to the study, and what is done about it; "" for nothing."""
        if not self.unconfirmed:
            return ""
        kinds = ", ".join(dict.fromkeys(notice.get_kind_display().lower() for notice in self.unconfirmed))
        is_watched = self.study.is_watched if self.study else bool(self.record.identifier)
        return f"says of the study: {kinds}. {ASKED if is_watched else TO_LOOK_AT}"


def plan_import(record: SourceRecord, *, keep_unwatched: bool = False) -> Plan:
    """Return what importing a record would do. Writes nothing.

    Args:
        keep_unwatched: a person decided to keep this record though it has neither a DOI nor a PMID.
    """
    plan = _plan(record, keep_unwatched=keep_unwatched)
    if record.is_fetched or plan.action == Action.REFUSED:
        return plan
    unconfirmed = tuple(unconfirmed_of(plan.study or Study(), record))
    action = Action.UPDATE if unconfirmed and plan.action == Action.UNCHANGED else plan.action
    return replace(plan, action=action, unconfirmed=unconfirmed)


def _plan(record: SourceRecord, *, keep_unwatched: bool) -> Plan:
    if record.is_notice:
        about = ", ".join(notice.link for notice in record.notice_of if notice.link)
        where = f" Import the study it is about instead: {about}" if about else ""
        return Plan(Action.REFUSED, record, reason=f"This is a notice about another paper, not a study.{where}")
    if not record.title:
        return Plan(Action.REFUSED, record, reason="The record has no title.")
    if not record.identifier:
        return _plan_without_identifier(record, keep=keep_unwatched)
    return _plan_for(record)


def _plan_without_identifier(record: SourceRecord, *, keep: bool) -> Plan:
    """Return the plan for a record that only its title, year and first author can be known by."""
    of_title = Study.objects.filter(title__iexact=record.title[:TITLE_MAX_LENGTH])
    values = values_of(record)
    for study in of_title.filter(doi__isnull=True, pmid__isnull=True):
        if study.year == record.date.year and study.author_names()[:1] == values["authors"].splitlines()[:1]:
            fills, proposals = _differences(study, values, leads=_leads(record))
            return Plan(Action.UPDATE if fills or proposals else Action.UNCHANGED, record, study, fills, proposals)
    if keep:
        return Plan(Action.NEW, record, fills=values)
    watched = of_title.exclude(doi__isnull=True, pmid__isnull=True).first()
    hint = f" A study of this title is here already, as number {watched.pk}." if watched else ""
    return Plan(Action.ASK, record, reason=f"{UNWATCHED}{hint}")


def _plan_for(record: SourceRecord) -> Plan:
    known = Q(doi=record.doi) if record.doi else Q()
    studies = list(Study.objects.filter(known | Q(pmid=record.pmid) if record.pmid else known).order_by())
    by_doi = next((study for study in studies if record.doi and study.doi == record.doi), None)
    by_pmid = next((study for study in studies if record.pmid and study.pmid == record.pmid), None)
    if by_doi and by_pmid and by_doi.pk != by_pmid.pk:
        return Plan(
            Action.REFUSED,
            record,
            reason=f"Its DOI belongs to study {by_doi.pk} here and its PMID to study {by_pmid.pk}: they are one. "
            "Join the two on the page of either study, then import this again.",
        )
    study = by_doi or by_pmid or next(iter(studies_printed_under((record.doi, *record.other_dois), record.pmid)), None)
    values = values_of(record)
    if study is None:
        return Plan(Action.NEW, record, fills=values)
    fills, proposals = _differences(study, values, leads=_leads(record))
    has_news = record.is_fetched and bool(report_notices(study, record, write=False))
    action = Action.UPDATE if fills or proposals or has_news else Action.UNCHANGED
    return Plan(action, record, study, fills, proposals)


def _leads(record: SourceRecord) -> bool:
    """Whether help for writers follows a record: PubMed's, of a study that is known by its number."""
    return record.source == Source.PUBMED and bool(record.identifier)


def _differences(study: Study, values: dict[str, Any], *, leads: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is filled in and what is proposed; ``leads`` when help for writers follows this source."""
    fills, proposals = _date_differences(study, values["date"])
    # By what readers see, retractions are found: a person says what else the study is known by.
    lacking = [name for name in Study.IDENTIFIERS if values[name] and not getattr(study, name)]
    kept = lacking if reason_not_to_change(study, lacking, None) else ()
    for name, theirs in values.items():
        ours = getattr(study, name)
        if name == "date" or theirs in NOTHING or is_the_same(name, ours, theirs):
            continue
        if name not in kept and (ours in NOTHING or (leads and name in HELP_FIELDS)):
            fills[name] = theirs
        elif name not in HELP_FIELDS and name not in NEVER_PROPOSED and not _was_decided(study, name, theirs):
            proposals[name] = theirs
    return fills, proposals


def _date_differences(study: Study, theirs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the whole of their date as filled in where it only says ours more exactly, else as proposed.

    The parts are never judged one by one: the month and day of one source in the year of another are a date that
    nobody gave; and the words go with the parts. A date that says less than ours is no difference, nor are other
    words for the same parts.
    """
    ours = study.date
    our_words, their_words = ours["date_as_given"], theirs["date_as_given"]
    known, told = _known_parts(ours), _known_parts(theirs)
    if told == known:
        return ({"date_as_given": their_words} if their_words and not our_words else {}), {}
    if told == known[: len(told)]:
        return {}, {}
    # Words that name no year, as a person may have written them, are not given up without asking.
    if known == told[: len(known)] and (known or our_words in ("", their_words)):
        return {"date": theirs}, {}
    return {}, ({} if _was_decided(study, "date", theirs) else {"date": theirs})


def _known_parts(date: dict[str, Any]) -> list[int]:
    """Return the year, then the month, then the day, as far as they are known."""
    return [date[name] for name in ("year", "month", "day") if date[name]]


def is_the_same(name: str, ours: Any, theirs: Any) -> bool:
    """Return whether two values of a field say the same: titles differ in case and signs from source to source."""
    if name != "title":
        return bool(ours == theirs)
    return _title_key(str(ours)) == _title_key(str(theirs))


def _title_key(title: str) -> str:
    """Return a title as it is compared; that it is marked as retracted is a notice and no other title."""
    return re.sub(r"\W+", "", without_mark(title)).casefold()


def _was_decided(study: Study, name: str, theirs: Any) -> bool:
    """True when the same proposal is open, or a person declined it before."""
    before = [proposal.theirs for proposal in study.proposals.filter(field=name)]
    if name == "date":
        return _known_parts(theirs) in map(_known_parts, before)
    return theirs in before


def values_of(record: SourceRecord) -> dict[str, Any]:
    """Return a record as the fields of a ``Study``; journal and kind are not among them."""
    return {
        "title": record.title[:TITLE_MAX_LENGTH],
        "doi": record.doi or None,
        "pmid": record.pmid or None,
        "date": {
            "year": record.date.year,
            "month": record.date.month,
            "day": record.date.day,
            "date_as_given": record.date.as_given[:60],
        },
        "authors": "\n".join(author.name for author in record.authors),
        "funding": "; ".join(_grant_words(record)),
        "interests": record.interests or "",
        "url": record.url if record.url.startswith("https://") else "",
        "abstract": [[part.label, part.text] for part in record.abstract],
        "lay_summary": record.lay_summary,
        "publication_types": list(record.publication_types),
        "mesh_terms": [
            {
                "ui": term.ui,
                "name": term.name,
                "major": term.is_major,
                "automated": term.is_automated,
                "qualifiers": [{"ui": one.ui, "name": one.name, "major": one.is_major} for one in term.qualifiers],
            }
            for term in record.mesh_terms
        ],
        "language": record.language[:40],
        "original_title": record.original_title[:TITLE_MAX_LENGTH],
        "title_is_translated": record.title_is_translated,
        "pmcid": record.pmcid[:20],
        "registrations": list(record.registrations),
        "keywords": list(record.keywords),
        "author_orcids": {author.name: author.orcid for author in record.authors if author.orcid},
        "volume": record.volume[:40],
        "issue": record.issue[:40],
        "pages": record.pages[:60],
    }


def _grant_words(record: SourceRecord) -> list[str]:
    words = (" ".join(part for part in (grant.agency, grant.number) if part) for grant in record.funding)
    return list(dict.fromkeys(word for word in words if word))


def import_record(record: SourceRecord, *, keep_unwatched: bool = False, user: User | None = None) -> Plan:
    """Import one record in a transaction of its own; return what was done, with the study.

    Args:
        keep_unwatched: keep it though it has neither a DOI nor a PMID.
        user: who imports it and decided so; None for a command.

    Raises:
        IntegrityError: the database refused it, for another reason than a faster import of the same study.
    """
    try:
        with transaction.atomic():
            plan = plan_import(record, keep_unwatched=keep_unwatched)
            if plan.action == Action.NEW:
                study = _create(plan, user)
                if not record.identifier:
                    study.kept_unwatched_by, study.kept_unwatched_at = user, timezone.now()
                    study.save(update_fields=["kept_unwatched_by", "kept_unwatched_at"])
                return replace(plan, study=study)
            if plan.action == Action.UPDATE and plan.study is not None:
                return _update(plan.study, plan, user)
            return plan
    except (IntegrityError, Study.DoesNotExist) as error:
        # Another import was faster with the same identifier, or the study was joined to another just now: meet what
        # there is. Anything else is no success.
        with transaction.atomic():
            plan = plan_import(record)
            if plan.action == Action.NEW:
                raise IntegrityError(f"{record.identifier} was not recorded") from error
            if plan.action == Action.UPDATE and plan.study is not None:
                return _update(plan.study, plan, user)
            return plan


def import_records(records: Iterable[SourceRecord]) -> Iterator[Plan]:
    """Import records one by one, in order; yield what was done with each."""
    for record in records:
        yield import_record(record)


def _create(plan: Plan, user: User | None) -> Study:
    record = plan.record
    study = Study.objects.create(
        **plan.fills,
        kind=str(record.kind),
        journal=_journal(record),
        authors_complete=record.authors_complete,
    )
    _take_in_notices(study, plan, user)
    return study


def _take_in_notices(study: Study, plan: Plan, user: User | None) -> None:
    """Record what happened to a study where a source says so; where a file does, have the sources asked."""
    if plan.record.is_fetched:
        report_notices(study, plan.record)
    else:
        note_unconfirmed(study, plan.record, user)


def _update(study: Study, plan: Plan, user: User | None) -> Plan:
    """Fill in and propose what differs now that nobody else writes; return the plan as it was carried out."""
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)  # it may be joined to another study meanwhile
    study.refresh_from_db()
    # Looked at again: a person may have filled something in since.
    fills, proposals = _differences(study, values_of(plan.record), leads=_leads(plan.record))
    for name, value in fills.items():
        setattr(study, name, value)
    if study.journal_id is None:
        study.journal = _journal(plan.record)
    study.save()
    propose(study, proposals, plan.record)
    _take_in_notices(study, plan, user)
    return replace(plan, fills=fills, proposals=proposals)


def propose(study: Study, proposals: dict[str, Any], record: SourceRecord) -> None:
    """Leave what a source says otherwise, or what we lack, for a person to accept; once, whatever they decide."""
    for name, theirs in proposals.items():
        if _was_decided(study, name, theirs):
            continue
        StudyProposal.objects.update_or_create(
            study=study,
            field=name,
            source=str(record.source),
            state=StudyProposal.State.OPEN,
            defaults={"ours": getattr(study, name), "theirs": theirs},
        )


def _journal(record: SourceRecord) -> Journal | None:
    if not record.journal.name:
        return None
    issns = [issn for issn in (record.journal.issn, *record.journal.issns) if issn]
    known = Journal.objects.filter(issn__in=issns).first() if issns else None
    if known is not None:
        return known
    journal, _ = Journal.objects.get_or_create(
        name=record.journal.name[:200],
        defaults={"kind": str(record.journal.kind), "issn": issns[0] if issns else None},
    )
    return journal
