"""Notices of a record become notices of a study; two reports of one event make one notice."""

from datetime import date

from research.models.references import Study, StudyNotice, day_of, lifts
from research.record.consequences import react
from research.sources.records import Notice, NoticeKind, SourceRecord

SOURCE_WORDS = {
    "publisher": "The publisher, by Crossref",
    "retraction-watch": "Retraction Watch",
    "pubmed": "PubMed",
    "europepmc": "Europe PMC",
    "file": "A reference file",
}
# Things that happen to a paper once, so that any two reports of them are of the same event.
HAPPEN_ONCE = frozenset({NoticeKind.RETRACTION, NoticeKind.WITHDRAWAL, NoticeKind.REMOVAL, NoticeKind.REPLACEMENT})
SOURCE_MAX_LENGTH = 120


def report_notices(study: Study, record: SourceRecord, *, write: bool = True) -> list[StudyNotice]:
    """Record what a source says happened to a study; return the notices that are new.

    What follows from a new one is done here, too. An event that is known already only gains what it lacked:
    a day, a reason, a link, a further source. With ``write`` off nothing is written, and the notices returned
    are not saved.
    """
    known = list(study.notices.order_by("pk")) if study.pk else []
    new = []
    for reported in record.notices:
        match = next((notice for notice in known if _is_same_event(notice, reported)), None)
        if match is None:
            match = _new_notice(study, reported)
            new.append(match)
            known.append(match)
            if write:
                match.save()
                react(match)
        elif write:
            _complete(match, reported)
    return new


def _is_same_event(notice: StudyNotice, reported: Notice) -> bool:
    if notice.kind != reported.kind:
        return False
    if reported.kind in HAPPEN_ONCE:
        lifted_on = _lifted_on(notice)
        return lifted_on is None or not _is_a_further_one(notice, reported, lifted_on)
    if _share_an_identifier(notice, reported):
        return True
    day = reported.date.as_date()
    if notice.date and day:
        return notice.date == day
    named_apart = bool((notice.doi or notice.pmid) and (reported.doi or reported.pmid))
    same_words = notice.date_as_given == reported.date.as_given[:60]
    return not named_apart and (same_words or not notice.date_as_given or not reported.date.as_given)


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
        link=reported.link[:200],
        doi=reported.doi,
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
    notice.date = notice.date or reported.date.as_date()
    notice.date_as_given = notice.date_as_given or reported.date.as_given[:60]
    notice.reason = notice.reason or reported.reason[:300]
    notice.link = notice.link or reported.link[:200]
    notice.doi, notice.pmid = notice.doi or reported.doi, notice.pmid or reported.pmid
    if notice.__dict__ != before:
        notice.save()
