"""Search follows what readers may see: an article is found from the moment it is public until it is not."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from common.prepared_saves import insert_all
from research import rubric
from research.content.canonical import digest_of
from research.content.stored import read_canonical
from research.models.published import PublishedArticle, is_withheld
from research.models.topics import Topic
from research.reading.build import STATUS_NOTICES
from search.engines import Words, engine
from search.models import KnownWord, SearchEntry, TopicPhrase, phrase_of
from search.words import stems, stems_of, words_of

#: Raise it when words are read otherwise; ``manage.py index_search`` then reads every article again.
VERSION = 1
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
SHORTEST_KNOWN = 4
A_BATCH = 200
TOPICS_LENGTH = 400
YEAR = re.compile(r"\b(?:18|19|20)\d\d\b")
#: What was studied, as readers filter by it.
POPULATIONS = {
    "people_outcome": "people",
    "people_marker": "people",
    "other_people": "people",
    "animals": "animals",
    "animals_and_cells": "animals",
    "human_tissue": "cells",
    "cells": "cells",
    "computer": "computer",
}


def follow_article(
    sender: Any,
    row: PublishedArticle,
    now: datetime,
    topic_ids: Sequence[int] | None = None,
    is_new: bool = False,
    **kwargs: Any,
) -> None:
    """Keep one article, or forget it, as its public row has it now; of a new one nothing is kept yet."""
    if row.get_deferred_fields():
        put_rows(PublishedArticle.objects.filter(pk=row.pk), now)
    elif is_new and topic_ids is not None:
        _entry_of(row, sorted(topic_ids)).save(force_insert=True)
        _put_words([row])
    else:
        _put({row.pk: row}, now)


def follow_some(sender: Any, keys: Sequence[int], now: datetime, **kwargs: Any) -> None:
    """Keep some articles as their public rows have them now."""
    for start in range(0, len(keys), A_BATCH):
        put_rows(PublishedArticle.objects.filter(pk__in=keys[start : start + A_BATCH]), now)


def follow_all(sender: Any, now: datetime, **kwargs: Any) -> None:
    """Compare everything that is kept with the public rows."""
    reconcile(now)


def follow_topic(sender: Any, instance: Topic, raw: bool = False, **kwargs: Any) -> None:
    """Keep the names of a topic."""
    if not raw:
        put_topics([instance])


def put_rows(rows: Any, now: datetime) -> int:
    """Keep those of some public rows that search may find, and forget the others; return how many words were read.

    Args:
        rows: a query set of ``PublishedArticle``.
        now: the moment to judge by.
    """
    return _put({row.pk: row for row in rows.select_related("study")}, now)


@transaction.atomic(savepoint=False)
def _put(given: Mapping[int, PublishedArticle], now: datetime) -> int:
    public = set(PublishedArticle.objects.public_now(now).filter(pk__in=given).values_list("pk", flat=True))
    kept = {entry.pk: entry for entry in SearchEntry.objects.filter(pk__in=given)}
    gone = sorted(kept.keys() - public)
    if gone:
        engine().remove(gone)
        SearchEntry.objects.filter(pk__in=gone).delete()
    read = []
    for entry in entries_of([given[pk] for pk in sorted(public)]):
        pk = entry.pk
        known = kept.get(pk)
        if known is None or known.digest != entry.digest:
            read.append(pk)
        if known is None or known.as_kept() != entry.as_kept():
            entry.save(force_insert=known is None, force_update=known is not None)
    _put_words([given[pk] for pk in read])
    return len(read)


def entries_of(rows: Sequence[PublishedArticle]) -> list[SearchEntry]:
    """Return what is kept of each of some public rows, with their studies at hand; nothing is written."""
    topics = _topics_of(row.pk for row in rows)
    return [_entry_of(row, topics.get(row.pk, [])) for row in rows]


def _entry_of(row: PublishedArticle, topic_ids: Sequence[int]) -> SearchEntry:
    return SearchEntry(
        pk=row.pk,
        published_at=row.published_at,
        until=row.expires_at or FOR_EVER,
        **_marks_of(row, topic_ids),
    )


def reconcile(now: datetime) -> int:
    """Keep what is missing, forget what is no longer public, and learn nothing twice; return how many were mended."""
    forget_unused(now)
    mended = 0
    stale = SearchEntry.objects.exclude(pk__in=PublishedArticle.objects.public_now(now).values("pk"))
    missing = PublishedArticle.objects.public_now(now).exclude(pk__in=SearchEntry.objects.values("pk"))
    for wrong in (stale, missing):
        while pks := list(wrong.values_list("pk", flat=True)[:A_BATCH]):
            put_rows(PublishedArticle.objects.filter(pk__in=pks), now)
            mended += len(pks)
    return mended


def forget_unused(now: datetime) -> int:
    """Forget the words that no article has any more; return how many."""
    forgotten = 0
    rows = list(KnownWord.objects.values_list("pk", "word"))
    for start in range(0, len(rows), A_BATCH):
        some = dict(rows[start : start + A_BATCH])
        stem_of = dict(zip(some, stems(list(some.values())), strict=True))
        held = engine().holds(sorted(set(stem_of.values())), now)
        unused = [pk for pk, stem in stem_of.items() if stem not in held]
        KnownWord.objects.filter(pk__in=unused).delete()
        forgotten += len(unused)
    return forgotten


def rebuild(now: datetime) -> int:
    """Keep everything anew, topics too; return the number of articles."""
    engine().remove(list(SearchEntry.objects.values_list("pk", flat=True)))
    SearchEntry.objects.all().delete()
    KnownWord.objects.all().delete()
    put_topics(Topic.objects.all())
    return reconcile(now)


def put_topics(topics: Iterable[Topic]) -> None:
    """Keep the names of topics, in place of those that were kept."""
    for topic in topics:
        names = phrases_of(topic)
        TopicPhrase.objects.filter(topic=topic).delete()
        TopicPhrase.objects.bulk_create(
            TopicPhrase(topic=topic, typed=typed, phrase=phrase) for typed, phrase in names.items() if phrase
        )


def phrases_of(topic: Topic) -> dict[str, str]:
    """Return the names of a topic as somebody types them, each with its stems."""
    return {typed_of(name): phrase_of(name) for name in topic.all_names()}


def words_read(rows: Iterable[PublishedArticle]) -> list[Words]:
    """Return the words of some public rows, as they are kept."""
    return [
        Words(
            row.pk,
            stems_of(row.title),
            stems(words_of(row.topics_text)),
            stems_of(row.summary),
            stems(words_of(row.search_text)),
        )
        for row in rows
    ]


def typed_of(name: str) -> str:
    """Return a name as somebody types it: folded, its words one space apart."""
    return " ".join(words_of(name))[:200]


def _marks_of(row: PublishedArticle, topic_ids: Sequence[int]) -> dict[str, Any]:
    """Return what an entry says of a row: what its words are from, and what results are counted by."""
    content = read_canonical(row.content)
    # Labels of a study that was taken back would vouch for it: its page has none, and no facet finds it.
    answers = {} if is_withheld(row.study) else content.appraisal
    told = STATUS_NOTICES.get(row.study.status, ()) if row.study else ()
    band = None if row.rating_withheld else rubric.band_after(row.credibility, told)
    value = band.value if band else 0
    year = YEAR.search(content.study.date) if content.study else None
    population = POPULATIONS.get(str(answers.get("population") or ""), "")
    topics = f",{','.join(map(str, topic_ids))}," if topic_ids else ""
    marks = [str(answers.get("design") or ""), population, str(value), year.group() if year else ""]
    return {
        "digest": digest_of(f"{VERSION}|{row.digest}|{row.topics_text}"),
        "marks": "|".join(marks),
        "topics": topics if len(topics) <= TOPICS_LENGTH else "",
        "credibility": value,
    }


def _topics_of(article_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return the topics of some public rows."""
    found = defaultdict(list)
    through = PublishedArticle.topics.through.objects.filter(publishedarticle__in=list(article_ids))
    for article_id, topic_id in through.order_by("topic").values_list("publishedarticle", "topic"):
        found[article_id].append(topic_id)
    return found


def _put_words(rows: Sequence[PublishedArticle]) -> None:
    """Keep the words of some rows, and learn those that are new."""
    if not rows:
        return
    known: set[str] = set()
    for row in rows:
        read = (*words_of(row.search_text), *words_of(row.topics_text))
        known.update(word for word in read if len(word) >= SHORTEST_KNOWN and word.isalpha())
    engine().put(words_read(rows))
    words = sorted(known)
    for start in range(0, len(words), A_BATCH):
        some = ([word] for word in words[start : start + A_BATCH])
        insert_all(KnownWord, ["word"], some, ignore_conflicts=True)
