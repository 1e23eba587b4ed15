"""Notices of a record become notices of a study; two reports of one event make one notice."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from django.db import transaction
from django.utils import timezone

from common.models import User
from research.models.references import Study, StudyNotice
from research.models.watch import UnconfirmedNotice
from research.newsroom.mails.records import announce_unconfirmed
from research.publishing.lists import news
from research.record.consequences import articles_resting_on, react
from research.sources.dates import from_any
from research.sources.records import VERSION_WORD, Notice, NoticeKind, NoticeSource, PartialDate, SourceRecord
from research.sources.standing import TAKEN_BACK, day_of, lifts

SOURCE_WORDS = {
    "publisher": "The publisher, by Crossref",
    "retraction-watch": "Retraction Watch",
    "pubmed": "PubMed",
    "europepmc": "Europe PMC",
    "preprint-server": "The preprint server",
    "file": "A reference file",
}
# Things that happen to a paper once, so that any two reports of them are of the same event. A retraction in part is
# none of them: a full one may follow it, and so may another part.
HAPPEN_ONCE = frozenset(
    {
        NoticeKind.RETRACTION,
        NoticeKind.WITHDRAWAL,
        NoticeKind.REMOVAL,
        NoticeKind.REPLACEMENT,
        NoticeKind.CORRECTED_REPUBLISHED,
        NoticeKind.MARKED_RETRACTED,
        NoticeKind.MARKED_WITHDRAWN,
    }
)
SOURCE_MAX_LENGTH = 120


@transaction.atomic
def report_notices(study: Study, record: SourceRecord, *, write: bool = True) -> list[StudyNotice]:
    """Record what a source that we asked says happened to a study; return the notices that are new.

    What a file says goes to ``note_unconfirmed``: readers are told nothing by whoever brings a file. What follows from
    a new one is done here, too. An event that is known already only gains what it lacked: a day, a reason, a link, a
    further source. Whatever one record lists twice, told apart by anything, is two events. With ``write`` off nothing
    is written, and the notices returned are not saved.

    Raises:
        ValueError: the record is of a file, and was to be written.
    """
    if not record.notices:
        return []
    if write and not record.is_fetched:
        raise ValueError("A file tells readers nothing: see note_unconfirmed.")
    if write:
        # Two imports of one record must not both find an event missing.
        Study.objects.select_for_update(no_key=True).filter(pk=study.pk).first()
    known = list(study.notices.order_by("pk")) if study.pk else []
    told: set[int] = set()  # of the known ones, those that this record named before
    new = []
    for reported in dict.fromkeys(record.notices):
        if _is_old_version(study, reported):
            continue
        match = _match(known, reported, told)
        if match is None:
            match = _new_notice(study, reported)
            new.append(match)
            known.append(match)
            if write:
                match.save()
                react(match)
        elif write:
            _complete(match, reported)
        told.add(id(match))
    return new


@transaction.atomic
def note_unconfirmed(study: Study, record: SourceRecord, user: User | None) -> list[UnconfirmedNotice]:
    """Note what a file says happened to a study and no notice tells; return what is new of it.

    It makes the study due for a check at once, and the editors get a mail where an article rests on it. What is noted
    already, whatever became of it, is not noted again.
    """
    Study.objects.select_for_update(no_key=True).filter(pk=study.pk).first()
    noted = [
        UnconfirmedNotice.objects.create(
            study=study, kind=notice.kind, cited_as=notice.cited_as, link=notice.link, brought_by=user
        )
        for notice in unconfirmed_of(study, record)
    ]
    articles = articles_resting_on(study) if noted else []
    if articles:
        for one in noted:
            announce_unconfirmed(one, articles)
    return noted


def unconfirmed_of(study: Study, record: SourceRecord) -> list[StudyNotice]:
    """Return, not saved, what a file says happened to a study that neither a notice nor an earlier file told."""
    told = report_notices(study, record, write=False)
    known = study.unconfirmed_notices.values_list("kind", "link", "cited_as") if told and study.pk else ()
    before = set(known)
    return [notice for notice in told if (notice.kind, notice.link, notice.cited_as) not in before]


def settle_unconfirmed(study: Study, notices: Iterable[StudyNotice]) -> None:
    """Close what files say of a study where one of these notices, of another record of it, tells it."""
    kinds = {notice.kind for notice in notices}
    told = study.unconfirmed_notices.filter(decided_at=None)
    if not kinds & TAKEN_BACK:
        told = told.filter(kind__in=kinds)
    told.update(decided_at=timezone.now())


def absorb_notices(study: Study, other: Study) -> None:
    """Move the notices of another study to this one, with their tasks; two of one event become one.

    The second one of an event is left to end with its study.
    """
    known, told = list(study.notices.order_by("pk")), set[int]()
    for notice in other.notices.order_by("pk"):
        reported = _as_reported(notice)
        match = _match(known, reported, told)
        if match is None:
            # A notice stays what it was recorded as, but for the study that it is about.
            StudyNotice.objects.filter(pk=notice.pk).update(study=study)
            continue
        told.add(id(match))
        _move_tasks(match, notice)
        news.move_notice(notice, match)
        if notice.source not in match.source:
            match.source = f"{match.source}; {notice.source}"[:SOURCE_MAX_LENGTH]
            match.raw_words = f"{match.raw_words}; {notice.raw_words}".strip("; ")[:200]
        match.part = match.part or notice.part
        _fill(match, reported)
        match.save(told_by_source=True)


def _move_tasks(ours: StudyNotice, theirs: StudyNotice) -> None:
    """Let the tasks of one notice be those of another; a decision is never lost."""
    here = {task.article_id: task for task in ours.tasks.all()}
    for task in theirs.tasks.all():
        own = here.get(task.article_id)
        if own is None:
            task.notice = ours
            task.save(update_fields=["notice"])
        elif task.decision and not own.decision:
            own.decision, own.reason = task.decision, task.reason
            own.decided_at, own.decided_by = task.decided_at, task.decided_by
            own.save()


def _as_reported(notice: StudyNotice) -> Notice:
    given = from_any(notice.date.isoformat() if notice.date else notice.date_as_given)
    source, _, word = notice.raw_words.partition("; ")[0].partition(": ")
    return Notice(
        kind=NoticeKind(notice.kind),
        raw_word=word,
        source=NoticeSource(source) if source in set(NoticeSource) else NoticeSource.FILE,
        date=replace(given, as_given=notice.date_as_given),
        doi=notice.doi,
        pmid=notice.pmid,
        label=notice.cited_as,
        reason=notice.reason,
        part=notice.part_as_given,
    )


def _is_old_version(study: Study, reported: Notice) -> bool:
    """Whether this names a version of a preprint that was there when we first met the study."""
    if not reported.raw_word.startswith(f"{VERSION_WORD} "):
        return False
    posted = reported.date.last_day()
    return posted is None or study.created_at is None or posted <= study.created_at.date()


def _match(known: Iterable[StudyNotice], reported: Notice, told: set[int]) -> StudyNotice | None:
    """Return the known notice of the event reported: by its identifiers, before anything less sure."""
    alike = [notice for notice in known if notice.kind == reported.kind]
    if reported.kind not in HAPPEN_ONCE:
        alike = [notice for notice in alike if id(notice) not in told]
    tests: tuple[Callable[[StudyNotice, Notice], bool], ...] = (_share_an_identifier, _is_same_event)
    return next((notice for is_it in tests for notice in alike if is_it(notice, reported)), None)


def _is_same_event(notice: StudyNotice, reported: Notice) -> bool:
    if reported.kind in HAPPEN_ONCE:
        lifted_on = _lifted_on(notice)
        return lifted_on is None or not _is_a_further_one(notice, reported, lifted_on)
    if reported.kind == NoticeKind.NEEDS_A_LOOK and reported.raw_word not in notice.raw_words:
        return False
    return not _are_named_apart(notice, reported) and _can_be_one_day(notice, reported.date)


def _can_be_one_day(notice: StudyNotice, told: PartialDate) -> bool:
    """Whether two dates agree as far as both are known: one source tells the day, the next only the month."""
    ours = from_any(notice.date.isoformat() if notice.date else notice.date_as_given)
    parts = ((ours.year, told.year), (ours.month, told.month), (ours.day, told.day))
    return all(one == other for one, other in parts if one and other)


def _are_named_apart(notice: StudyNotice, reported: Notice) -> bool:
    """Whether both have an identifier of one kind, and not the same."""
    return bool(
        (notice.doi and reported.doi and notice.doi != reported.doi)
        or (notice.pmid and reported.pmid and notice.pmid != reported.pmid)
    )


def _share_an_identifier(notice: StudyNotice, reported: Notice) -> bool:
    return bool((reported.doi and notice.doi == reported.doi) or (reported.pmid and notice.pmid == reported.pmid))


def _lifted_on(notice: StudyNotice) -> date | None:
    """Return the day on which the paper was reinstated after this notice; None when it was not."""
    if notice.pk is None:
        return None
    reinstated = notice.study.notices.filter(kind=StudyNotice.Kind.REINSTATEMENT)
    return min((day_of(one) for one in reinstated if lifts(one, notice)), default=None)


def _is_a_further_one(notice: StudyNotice, reported: Notice, lifted_on: date) -> bool:
    """True for an event after a reinstatement. Sources go on naming the lifted one, so doubt means the same."""
    if _share_an_identifier(notice, reported):
        return False
    day = reported.date.first_day()
    return day is not None and day > lifted_on


def _new_notice(study: Study, reported: Notice) -> StudyNotice:
    return StudyNotice(
        study=study,
        kind=str(reported.kind),
        date=reported.date.as_date(),
        date_as_given=reported.date.as_given[:60],
        source=SOURCE_WORDS.get(reported.source, str(reported.source)),
        reason=reported.reason[:300],
        part_as_given=reported.part[:200],
        cited_as=reported.label[:300],
        link=reported.link[:200],
        doi=reported.doi[:200],
        pmid=reported.pmid,
        raw_words=f"{reported.source}: {reported.raw_word}"[:200],
    )


def _complete(notice: StudyNotice, reported: Notice) -> None:
    """Fill in what a known notice lacks; what it says stays."""
    before = dict(notice.__dict__)
    source = SOURCE_WORDS.get(reported.source, str(reported.source))
    if source not in notice.source:
        notice.source = f"{notice.source}; {source}"[:SOURCE_MAX_LENGTH]
        notice.raw_words = f"{notice.raw_words}; {reported.source}: {reported.raw_word}"[:200]
    _fill(notice, reported)
    if notice.__dict__ != before:
        notice.save(told_by_source=True)


def _fill(notice: StudyNotice, reported: Notice) -> None:
    notice.date = notice.date or reported.date.as_date()
    notice.date_as_given = notice.date_as_given or reported.date.as_given[:60]
    notice.reason = notice.reason or reported.reason[:300]
    notice.part_as_given = notice.part_as_given or reported.part[:200]
    notice.cited_as = notice.cited_as or reported.label[:300]
    notice.link = notice.link or reported.link[:200]
    notice.doi, notice.pmid = notice.doi or reported.doi[:200], notice.pmid or reported.pmid
