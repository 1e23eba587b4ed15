"""What a reader's words find: the words as they are, then as they may have been meant, then some of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import connection
from django.db.models import Q

from research.models.published import PublishedArticle
from research.sources.identifiers import DOI_SHAPE, PMID_SHAPE, normalise_doi, normalise_pmid
from search import spelling
from search.engines import Found, Query, engine
from search.engines.shapes import Count, Phrase
from search.models import phrase_of
from search.parsing import Term, cleaned, groups_of, names_to_look_up, terms_in
from search.rows import Row, public_rows

MOST_PROMOTED = 3


@dataclass(frozen=True)
class Hint:
    """What the site knows of the words of a query, from one statement."""

    names: Mapping[str, list[str]]
    topics: Mapping[str, int]
    promoted: list[int]
    topic_of_slug: int | None


@dataclass(frozen=True)
class Answer:
    """What was found.

    Attributes:
        rows: the articles of this page, best first.
        promoted: what editors put first; not among ``rows``.
        counts: the number of articles by their marks, whatever was chosen.
        phrases: what is marked in a text.
        corrected: what was looked for instead, by the word as typed.
        missing: typed words that no article has.
        only_some: articles have some of the words, none has all.
        topic_id: the topic that is called exactly so.
        chosen: the facets that were chosen, the topic by its id.
        identifier: the query is a DOI or a PMID.
    """

    rows: list[Row] = field(default_factory=list)
    promoted: list[Row] = field(default_factory=list)
    counts: Sequence[Count] = ()
    phrases: frozenset[Phrase] = frozenset()
    corrected: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    only_some: bool = False
    topic_id: int | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)
    identifier: bool = False


def answer(text: str, now: datetime, *, chosen: Mapping[str, str], order: str, start: int, length: int) -> Answer:
    """Return what readers find for some words, or for none of them by facets alone.

    Args:
        text: as typed.
        chosen: facets by name; the topic by its slug.
        order: a key of ``ORDERS``.
    """
    text = cleaned(text)
    identified = of_study(text, now)
    if identified is not None and (identified or not text.isdigit()):
        return Answer(rows=identified[start : start + length], identifier=True)
    terms = terms_in(text)
    if not terms and (text or not chosen):
        return Answer()
    hint = _look_up(terms, text, chosen.get("topic", ""))
    if "topic" in chosen:
        chosen = {**chosen, "topic": str(hint.topic_of_slug or "-")}
    query = Query(groups_of(terms, hint.names), chosen=chosen, order=order, start=start, length=length)
    found = engine().find(query, now)
    told: dict[str, object] = {}
    if terms and not found.counts:
        found, query, told = _as_meant(terms, hint, query, now)
    promoted = hint.promoted if start == 0 and not chosen else []
    rows, first = _rows(found.article_ids, promoted, now)
    return Answer(
        rows=rows,
        promoted=first,
        counts=found.counts,
        phrases=frozenset(phrase for group in query.groups for phrase in group),
        topic_id=hint.topics.get(phrase_of(text)),
        chosen=chosen,
        **told,  # type: ignore[arg-type]
    )


def of_study(text: str, now: datetime) -> list[Row] | None:
    """Return the articles about the study with a DOI or PMID, newest first; None where the text is neither."""
    doi, pmid = normalise_doi(text), normalise_pmid(text)
    if DOI_SHAPE.match(doi):
        found = Q(study__doi=doi)
    elif PMID_SHAPE.match(pmid):
        found = Q(study__pmid=pmid)
    else:
        return None
    ids = list(PublishedArticle.objects.public_now(now).filter(found).newest_first().values_list("pk", flat=True))
    return _rows(ids, [], now)[0]


def _as_meant(terms: Sequence[Term], hint: Hint, query: Query, now: datetime) -> tuple[Found, Query, dict[str, object]]:
    """Look again where nothing was found: for words put right or gone on with, then for some of them."""
    stems = sorted({stem for term in terms for stem in term.stems})
    held = engine().holds(stems, now)
    meant: list[Term] = []
    ways: dict[str, list[str]] = dict(hint.names)
    corrected: dict[str, str] = {}
    missing: list[str] = []
    for term in terms:
        if held.issuperset(term.stems) or " ".join(term.stems) in hint.names:
            meant.append(term)
            continue
        begun = spelling.begun_by(term.words[0], now) if len(term.words) == 1 else []
        if begun:
            ways[" ".join(term.stems)] = begun
            meant.append(term)
            continue
        pairs = zip(term.words, term.stems, strict=True)
        right = {word: word if stem in held else spelling.meant_by(word, now) for word, stem in pairs}
        corrected |= {word: other for word, other in right.items() if other not in ("", word)}
        missing += [word for word, other in right.items() if not other]
        meant += terms_in(" ".join(filter(None, right.values())))
    told: dict[str, object] = {"corrected": corrected, "missing": tuple(missing)}
    if not meant:
        return Found([], []), query, told
    if corrected:
        ways |= _look_up(meant, "", "").names
    query = replace(query, groups=groups_of(meant, ways))
    found = engine().find(query, now)
    if not found.counts and (len(query.groups) > 1 or len(meant[0].words) > 1):
        # Phrases come apart, and one of the words is enough.
        words = [Term((word,), (stem,)) for term in meant for word, stem in zip(term.words, term.stems, strict=True)]
        query = replace(query, groups=groups_of(words, ways), any_group=True)
        found = engine().find(query, now)
        told["only_some"] = True
    return found, query, told


def _rows(ids: Sequence[int], promoted_pages: Sequence[int], now: datetime) -> tuple[list[Row], list[Row]]:
    """Return the articles found, and those that are promoted, each in their order; one statement."""
    if not ids and not promoted_pages:
        return [], []
    by_id = {row.pk: row for row in public_rows(ids, promoted_pages, now)}
    by_page = {row.page_id: row for row in by_id.values() if not row.is_withheld}
    first = [by_page[page] for page in promoted_pages if page in by_page][:MOST_PROMOTED]
    return [by_id[pk] for pk in ids if pk in by_id and by_id[pk] not in first], first


def _look_up(terms: Sequence[Term], text: str, topic_slug: str) -> Hint:
    """Return the topics that a query names, what editors put first for it, and the topic of a slug."""
    phrases, whole = names_to_look_up(terms), phrase_of(text)
    names: dict[str, list[str]] = {}
    topics: dict[str, int] = {}
    promoted: list[tuple[int, int]] = []
    of_slug = None
    for what, phrase, pk, other in _looked_up(phrases, whole, topic_slug):
        if what == "name":
            names.setdefault(phrase, []).append(other)
            topics[phrase] = pk
        elif what == "promoted":
            promoted.append((int(other), pk))
        else:
            of_slug = pk
    return Hint(names, topics, [pk for _, pk in sorted(promoted)], of_slug)


def _looked_up(phrases: Sequence[str], whole: str, topic_slug: str) -> list[tuple[str, str, int, str]]:
    statements: list[str] = []
    values: list[str] = []
    if phrases:
        places = ", ".join(["%s"] * len(phrases))
        statements.append(
            "SELECT 'name', known.phrase, known.topic_id, other.phrase FROM search_topicphrase known "  # noqa: S608 - only places
            "JOIN search_topicphrase other ON other.topic_id = known.topic_id "
            f"WHERE known.phrase IN ({places})"
        )
        values += phrases
    if whole:
        statements.append(
            "SELECT 'promoted', phrase, article_id, CAST(position AS varchar(10)) FROM search_promotedresult "
            "WHERE phrase = %s"
        )
        values.append(whole)
    if topic_slug:
        # What is a topic's address, or was one: links that somebody kept go on finding.
        statements.append("SELECT 'slug', slug, id, '' FROM research_topic WHERE slug = %s")
        statements.append("SELECT 'slug', slug, topic_id, '' FROM research_topicaddress WHERE slug = %s")
        values += [topic_slug, topic_slug]
    if not statements:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), values)
        return cursor.fetchall()
