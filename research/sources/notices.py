"""What the sources call a retraction, a correction and so on, folded to the kinds that we know."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import Enum

from research.sources.dates import from_citation
from research.sources.records import Notice, NoticeKind, NoticeSource, SourceRecord, known_doi, known_pmid

K = NoticeKind

#: Crossref, Retraction Watch and publishers' words, without case, space, hyphen and underscore.
WORDS = {
    "retraction": K.RETRACTION,
    "retration": K.RETRACTION,
    "retracted": K.RETRACTION,
    "retractedarticle": K.RETRACTION,
    "retractedpublication": K.RETRACTION,
    "withdrawal": K.WITHDRAWAL,
    "withdrawn": K.WITHDRAWAL,
    "removal": K.REMOVAL,
    "removed": K.REMOVAL,
    "expressionofconcern": K.CONCERN,
    "concern": K.CONCERN,
    "correction": K.CORRECTION,
    "corrigendum": K.CORRECTION,
    "erratum": K.CORRECTION,
    "err": K.CORRECTION,
    "addendum": K.CORRECTION,
    "clarification": K.CORRECTION,
    "reinstatement": K.REINSTATEMENT,
    "partialretraction": K.PARTIAL_RETRACTION,
    "partiallyretracted": K.PARTIAL_RETRACTION,
    "retractioninpart": K.PARTIAL_RETRACTION,
    "retractionandreplacement": K.REPLACEMENT,
    "retractedandreplaced": K.REPLACEMENT,
    "retractandreplace": K.REPLACEMENT,
    "retractedandrepublished": K.REPLACEMENT,
    "correctedandrepublished": K.CORRECTED_REPUBLISHED,
    "correctedrepublished": K.CORRECTED_REPUBLISHED,
    "newversion": K.NEWER_VERSION,
    "newedition": K.NEWER_VERSION,
}

#: PubMed's RefType stems: what "…In" did to a paper, and "…Of", "…For", "…From" says about another.
RELATIONS = {
    "retraction": K.RETRACTION,
    "partialretraction": K.PARTIAL_RETRACTION,
    "erratum": K.CORRECTION,
    "correctedandrepublished": K.CORRECTED_REPUBLISHED,
    "expressionofconcern": K.CONCERN,
    "retractedandrepublished": K.REPLACEMENT,
    "republished": K.NEWER_VERSION,
    "update": K.NEWER_VERSION,
}
#: Said about a paper without anything having happened to it.
HARMLESS = {
    "cites", "citedin", "commentin", "commenton", "summaryforpatientsin", "originalreportin", "reprintin", "reprintof",
    "associateddataset", "associatedpublication", "datasetdescribedin", "preprintof", "preprintin",
}  # fmt: skip
_RELATION = re.compile(r"(?P<stem>.+?)(?P<direction>in|of|for|from)\Z")

#: Only these make a record a notice and no study; a corrected or newer version is a study of its own.
NOTICE_KINDS = {K.RETRACTION, K.PARTIAL_RETRACTION, K.WITHDRAWAL, K.REMOVAL, K.CONCERN, K.CORRECTION}

#: How PubMed marks a retracted paper; "Retraction of Publication" is the notice.
RETRACTED_TYPE = "Retracted Publication"
#: Publication types of a record that is itself a notice.
NOTICE_TYPES = {"retractionofpublication", "publishederratum", "expressionofconcern", "retractionnotice"}
_DOI_IN_CITATION = re.compile(r"\bdoi:?\s*(10\.\d{4,9}/\S+)", re.IGNORECASE)
_PMID_IN_CITATION = re.compile(r"\bPMID:?\s*(\d{1,9})\b", re.IGNORECASE | re.ASCII)

#: Notices that say that nothing, or not only this, of a paper can be relied on; a title's mark adds nothing to them.
TAKEN_BACK = {K.RETRACTION, K.WITHDRAWAL, K.REMOVAL}


def _mark(words: str, end: str = r"[\])]|:|[.-] |\u2013|\u2014") -> re.Pattern[str]:
    return re.compile(rf"\s*(?:[\[(]\s*)?(?P<word>{words})\s*(?:{end})", re.IGNORECASE)


#: How publishers mark the title of a paper that was taken back; "Anterior Teeth Retraction" is dentistry.
_PAPER_MARKS = (
    (_mark(r"partial(?:ly)? retract(?:ed|ion)(?: article)?"), K.PARTIAL_RETRACTION),
    (_mark(r"retracted(?: article| paper| chapter)?"), K.MARKED_RETRACTED),
    (
        _mark(r"withdrawn(?: article)?|article withdrawn|removed(?: article)?|temporary removal|temporarily removed"),
        K.MARKED_WITHDRAWN,
    ),
)
#: The title of a notice, as it seems; but a record of a study bears it.
_NOTICE_TITLE = _mark(
    r"retracted|withdrawn|retraction(?: notice| note)?|withdrawal(?: notice)?|expression of concern|"
    r"statement of retraction",
    end=r"[\])]|:|to\b|for\b|[.-] ",
)
_IN_PART = re.compile(
    r"\bpartial(?:ly)?[ _-]retract|\bretract(?:ed|ion)[ _-](?:in[ _-]part|of[ _-]part)\b", re.IGNORECASE
)


class Direction(Enum):
    """Which end of a relation a record is."""

    AFFECTED = "something happened to this paper"
    NOTICE = "this record says something about another paper"
    HARMLESS = "neither"


def folded(word: str) -> str:
    """Return a word without case, space, hyphen, underscore and punctuation, to look it up."""
    return re.sub(r"[\W_]+", "", word.casefold())


def fold(word: str) -> NoticeKind:
    """Return the kind that a source's word means; ``NEEDS_A_LOOK`` for one not yet mapped, never a guess."""
    return WORDS.get(folded(word), K.NEEDS_A_LOOK)


def fold_relation(word: str) -> tuple[Direction, NoticeKind]:
    """Return the direction and kind of a relation: PubMed's "RetractionIn" or Europe PMC's "Retraction in".

    An unmapped word counts as something that happened to the paper and needs a look.
    """
    plain = folded(word)
    match = _RELATION.match(plain)
    if plain in HARMLESS or not plain:
        return Direction.HARMLESS, K.NEEDS_A_LOOK
    if not match:
        return Direction.AFFECTED, K.NEEDS_A_LOOK
    kind = RELATIONS.get(match["stem"], K.NEEDS_A_LOOK)
    if match["direction"] != "in":
        return Direction.NOTICE, kind
    return Direction.AFFECTED, kind


def is_notice(types: Iterable[str], notice_of: Iterable[Notice]) -> bool:
    """Whether a record of these types is a notice; one that republishes the corrected paper is a study."""
    if any(folded(name) in NOTICE_TYPES for name in types):
        return True
    return any(notice.kind in NOTICE_KINDS and "republished" not in folded(notice.raw_word) for notice in notice_of)


def retracted_by_type(types: Iterable[str], notices: Iterable[Notice], source: NoticeSource) -> Iterator[Notice]:
    """Yield a retraction that only the publication type tells of."""
    if RETRACTED_TYPE in types and not any(notice.kind is K.RETRACTION for notice in notices):
        yield Notice(K.RETRACTION, RETRACTED_TYPE, source)


def refined(kind: NoticeKind, *words: str) -> NoticeKind:
    """Return a retraction as one in part where the source's words say so; any other kind as it is."""
    if kind is K.RETRACTION and any(_IN_PART.search(text) for text in words):
        return K.PARTIAL_RETRACTION
    return kind


def cited_notice(
    kind: NoticeKind, word: str, citation: str, pmid: str, source: NoticeSource, *, part: str = ""
) -> Notice:
    """Return a notice from the citation by which a record names the other paper; ``pmid`` may be "" or inside it."""
    doi = _DOI_IN_CITATION.search(citation)
    number = _PMID_IN_CITATION.search(citation)
    return Notice(
        kind=refined(kind, citation, part),
        raw_word=word,
        source=source,
        date=from_citation(citation),
        doi=known_doi(doi[1]) if doi else "",
        pmid=known_pmid(pmid) or (known_pmid(number[1]) if number else ""),
        label=citation,
        part=part,
    )


def title_mark(title: str) -> tuple[str, NoticeKind]:
    """Return the word by which a title marks its paper, such as "RETRACTED", and what it means; "" when it does not."""
    for pattern, kind in (*_PAPER_MARKS, (_NOTICE_TITLE, K.NEEDS_A_LOOK)):
        if match := pattern.match(title):
            return match["word"], kind
    return "", K.NEEDS_A_LOOK


def without_mark(title: str) -> str:
    """Return a title without the mark that it was taken back, which sources set at different times."""
    for pattern, _ in _PAPER_MARKS:
        if match := pattern.match(title):
            return title[match.end() :].strip()
    return title


def with_title_mark(record: SourceRecord, source: NoticeSource) -> SourceRecord:
    """Return the record with a notice of its own kind, where only its title says that it was taken back.

    A title cannot tell the retracted paper from its notice: some publishers give both the same one. In either case
    nobody may rely on the record that bears it.
    """
    word, kind = title_mark(record.title)
    told = {notice.kind for notice in (*record.notices, *record.notice_of)}
    settled = TAKEN_BACK if kind is not K.NEEDS_A_LOOK else NOTICE_KINDS - {K.CORRECTION}
    if not word or record.is_notice or told & settled or kind in told:
        return record
    mark = Notice(kind=kind, raw_word=word, source=source, label=record.title)
    return replace(record, notices=(*record.notices, mark))
