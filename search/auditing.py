"""What search keeps, compared with the public rows: part of ``manage.py verify_seals``."""

from collections.abc import Iterator
from datetime import datetime

from research.audit.problems import DRIFTED, SealProblem
from research.content.stored import read_canonical
from research.models.published import PublishedArticle
from research.models.topics import Topic
from search.engines import engine
from search.keeping import A_BATCH, entries_of, phrases_of, words_read
from search.models import SearchEntry, TopicPhrase


def check(now: datetime) -> Iterator[SealProblem]:
    """Yield articles that are found by other words, or counted otherwise, than their public rows say."""
    pks = list(PublishedArticle.objects.public_now(now).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(pks), A_BATCH):
        yield from _check_some(pks[start : start + A_BATCH])
    for pk in SearchEntry.objects.filter(until__gt=now).exclude(pk__in=pks).values_list("pk", flat=True):
        yield SealProblem(DRIFTED, f"public row {pk}", "Search finds it, and nobody may read it.")
    kept = set(TopicPhrase.objects.values_list("topic_id", "typed", "phrase"))
    named = {(topic.pk, *names) for topic in Topic.objects.all() for names in phrases_of(topic).items() if names[1]}
    for topic in sorted({topic for topic, *_ in kept ^ named}):
        yield SealProblem(DRIFTED, f"topic {topic}", "Search knows it by other names than it has.")


def _check_some(pks: list[int]) -> Iterator[SealProblem]:
    rows = [row for row in PublishedArticle.objects.filter(pk__in=pks).select_related("study") if _is_readable(row)]
    kept = SearchEntry.objects.in_bulk(pks)
    differing = engine().differing(words_read(rows))
    for row, entry in zip(rows, entries_of(rows), strict=True):
        subject, known = f"article {row.subject_uuid} ({row})", kept.get(row.pk)
        if known is None or known.as_kept() != entry.as_kept():
            yield SealProblem(DRIFTED, subject, "Search counts it otherwise than it is.")
        if row.pk in differing:
            yield SealProblem(DRIFTED, subject, "Search finds it by other words than it has.")


def _is_readable(row: PublishedArticle) -> bool:
    """Tell whether a row's words can be read; if not, the audit of public rows says so."""
    try:
        read_canonical(row.content)
    except ValueError:  # also what is no JSON
        return False
    return True
