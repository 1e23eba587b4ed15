"""What to write next: saved searches are asked once a day, and what nobody has seen becomes a suggestion.

A study is suggested once. What is on record, was ever suggested, is a notice about another paper or was retracted
is not suggested at all.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from common.faults import for_each
from common.models import User
from research.editor.sample_size import suggest_people
from research.editor.suggestions import suggest_design
from research.models.references import Study
from research.models.studies.joined import StudyMerge
from research.models.watch import ASK_EVERY, SavedSearch, StudySuggestion
from research.record.checkers import open_transport, pubmed_client
from research.record.importing import Action, import_record, plan_import
from research.sources.errors import SourceError
from research.sources.europepmc import EuropePmcClient
from research.sources.records import SourceRecord
from research.sources.stored import dump_records, load_records
from research.sources.transport import Transport

logger = logging.getLogger(__name__)

#: A source that failed is asked again sooner.
ASK_AGAIN = timedelta(hours=1)
#: How far the first question looks back, and by how much each later one overlaps the one before: sources take
#: records up late, and date them back.
FIRST_LOOK = timedelta(days=30)
OVERLAP = timedelta(days=7)
#: More than this a day and nobody reads them: the search wants to be narrower.
MOST_A_QUESTION = 100
UNEXPECTED = "Its answer could not be read. The log of the runner says why."


def ask_due(now: datetime) -> int:
    """Ask every search that is due, each by itself; return how many studies were suggested. None without a contact."""
    if not settings.SOURCES_CONTACT:
        return 0
    due = list(SavedSearch.objects.due(now))
    if not due:
        return 0
    new: list[int] = []
    with open_transport() as transport:
        for_each(due, lambda search: new.append(ask(search, transport, now)), "Saved search %s failed")
    return sum(new)


def ask(search: SavedSearch, transport: Transport, now: datetime) -> int:
    """Ask one search now; keep how that went. Return how many studies are suggested that were not before."""
    until = now.date()
    since = min(search.answered_until, until) - OVERLAP if search.answered_until else until - FIRST_LOOK
    try:
        records, total = _answer(search, transport, since, until)
        new = sum(_suggest(search, record, now) for record in records)
    except SourceError as error:
        _note(search, now, error=str(error)[:300], due_at=now + ASK_AGAIN)
        return 0
    except Exception:
        logger.exception("The saved search %s could not be asked", search.pk)
        _note(search, now, error=UNEXPECTED, due_at=now + ASK_AGAIN)
        return 0
    left_out = max(total - len(records), 0)
    _note(search, now, error="", left_out=left_out, answered_until=until, due_at=now + ASK_EVERY)
    return new


def _note(search: SavedSearch, now: datetime, **values: object) -> None:
    """Keep how a question went, unless the search was given other words meanwhile."""
    same = SavedSearch.objects.filter(pk=search.pk, query=search.query, source=search.source)
    same.update(asked_at=now, **values)


def _answer(search: SavedSearch, transport: Transport, since: date, until: date) -> tuple[list[SourceRecord], int]:
    """Return the records found, the newest first, and how many there are in all."""
    if search.source == SavedSearch.Source.EUROPE_PMC:
        return EuropePmcClient(transport).search(search.query, since=since, until=until, most=MOST_A_QUESTION)
    client = pubmed_client(transport)
    hits = client.search(search.query, since=since, until=until, most=MOST_A_QUESTION)
    unseen = list(_unseen_numbers(hits.pmids))
    read = client.fetch_each(unseen) if unseen else {}
    records = [record for record in read.values() if isinstance(record, SourceRecord)]
    return records, hits.total - len(hits.pmids) + len(records)


def _unseen_numbers(pmids: Iterable[str]) -> Iterator[str]:
    """Leave out what need not be fetched, since it was suggested or is on record."""
    wanted = list(pmids)
    seen = set(StudySuggestion.objects.filter(pmid__in=wanted).values_list("pmid", flat=True))
    seen |= set(Study.objects.filter(pmid__in=wanted).values_list("pmid", flat=True))
    return (pmid for pmid in wanted if pmid not in seen)


def _suggest(search: SavedSearch, record: SourceRecord, now: datetime) -> bool:
    """Suggest what was never seen; True when it was."""
    if record.is_retracted or _is_known(record) or plan_import(record).action != Action.NEW:
        return False
    design = suggest_design(record.publication_types, [term.name for term in record.mesh_terms], record.title)
    people = suggest_people(" ".join(part.text for part in record.abstract))
    try:
        with transaction.atomic():
            StudySuggestion.objects.create(
                search=search,
                section_id=search.section_id,
                doi=record.doi or None,
                pmid=record.pmid or None,
                record=dump_records([record]),
                title=record.title,
                journal=record.journal.name[:200],
                published=_date_words(record),
                design=design.words if design else "",
                people=people.number if people else None,
                found_at=now,
            )
    except IntegrityError:
        # Another runner was faster, or the search or its section was deleted meanwhile.
        return False
    return True


def _is_known(record: SourceRecord) -> bool:
    """True for what was suggested before, whatever became of it, or was joined to another study."""
    dois, pmid = [doi for doi in (record.doi, *record.other_dois) if doi], record.pmid
    same = Q(doi__in=dois) | (Q(pmid=pmid) if pmid else Q())
    joined = Q(record__doi__in=dois) | (Q(record__pmid=pmid) if pmid else Q())
    return StudySuggestion.objects.filter(same).exists() or StudyMerge.objects.filter(joined).exists()


def _date_words(record: SourceRecord) -> str:
    return (record.date.as_given or str(record.date.year or ""))[:60]


def take_up(pk: int, user: User, now: datetime) -> tuple[StudySuggestion, Study | None]:
    """Put a suggested study on record for an article, once. Belongs into a transaction with what starts the article.

    Returns:
        The suggestion, locked until the transaction ends, and the study; None when somebody decided on it before, or
        the record cannot be imported.

    Raises:
        StudySuggestion.DoesNotExist: there is none.
    """
    suggestion = _locked(pk)
    if suggestion.state != StudySuggestion.State.OPEN:
        return suggestion, None
    record = next(load_records(bytes(suggestion.record)))
    study = import_record(record, user=user).study
    if study is not None:
        _decide(suggestion, StudySuggestion.State.STARTED, user, now)
    return suggestion, study


@transaction.atomic
def dismiss(pk: int, user: User, *, reason: str, now: datetime) -> bool:
    """Keep why a study is not for us; False when somebody decided on it before.

    Raises:
        StudySuggestion.DoesNotExist: there is none.
    """
    suggestion = _locked(pk)
    if suggestion.state != StudySuggestion.State.OPEN:
        return False
    suggestion.reason = reason
    _decide(suggestion, StudySuggestion.State.DISMISSED, user, now)
    return True


@transaction.atomic
def offer_again(pk: int) -> bool:
    """Take a dismissal back; False when it is none."""
    suggestion = _locked(pk)
    if suggestion.state != StudySuggestion.State.DISMISSED:
        return False
    suggestion.reason, suggestion.decided_at, suggestion.decided_by = "", None, None
    suggestion.state = StudySuggestion.State.OPEN
    suggestion.save()
    return True


def _locked(pk: int) -> StudySuggestion:
    return StudySuggestion.objects.select_for_update(of=("self",)).select_related("section", "decided_by").get(pk=pk)


def _decide(suggestion: StudySuggestion, state: str, user: User, now: datetime) -> None:
    suggestion.state, suggestion.decided_by, suggestion.decided_at = state, user, now
    suggestion.save()
