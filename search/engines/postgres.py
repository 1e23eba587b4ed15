"""Search on PostgreSQL: text vectors of stems, and trigrams of known words."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from search.engines.base import Engine
from search.engines.shapes import MOST_HITS, ORDERS, Phrase, Query, Words, marks_pattern, topic_pattern

# ``heading`` is small and stays in the row: what is ranked for every hit. ``words`` has the body too.
# New words go into the indexes at once: else they wait in lists of up to 4 MB until the tables are next vacuumed, and
# every search reads those lists, or finds them so long that it reads all articles instead.
CREATE = (
    "CREATE TABLE IF NOT EXISTS search_words "
    "(article_id bigint PRIMARY KEY, heading tsvector NOT NULL, words tsvector NOT NULL)",
    "CREATE INDEX IF NOT EXISTS search_words_words ON search_words USING gin (words) WITH (fastupdate = off)",
    "CREATE INDEX IF NOT EXISTS search_words_heading ON search_words USING gin (heading) WITH (fastupdate = off)",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX IF NOT EXISTS search_knownword_trigrams ON search_knownword "
    "USING gin (word gin_trgm_ops) WITH (fastupdate = off)",
)
DROP = ("DROP INDEX IF EXISTS search_knownword_trigrams", "DROP TABLE IF EXISTS search_words")
NEAREST = 60
#: Of the best by their headings, so many more than are shown are ordered by their whole text.
LOOKED_AT = 100
#: Where a stem may stand in a vector, and how often one is noted; PostgreSQL's own limits.
LAST_PLACE, MOST_PLACES = 16_000, 200
GAP = 10
HITS = """
WITH asked AS MATERIALIZED (SELECT %s::tsquery AS q), hits AS MATERIALIZED (
    SELECT entry.article_id AS id, {score} AS score, entry.marks, entry.topics, entry.credibility, entry.published_at
    FROM asked, search_words JOIN search_searchentry AS entry ON entry.article_id = search_words.article_id
    WHERE search_words.{column} @@ asked.q AND entry.until > %s
    {newest} LIMIT {most}
)
"""
ALL = """
WITH hits AS MATERIALIZED (
    SELECT article_id AS id, 0 AS score, marks, topics, credibility, published_at FROM search_searchentry
    WHERE until > %s ORDER BY published_at DESC LIMIT {most}
)
"""
COUNTS = """
SELECT NULL::bigint, marks, count(*), string_agg(topics, ''), sum(CASE WHEN topics LIKE %s THEN 1 ELSE 0 END)
FROM hits GROUP BY marks UNION ALL
"""
PAGE = "SELECT * FROM (SELECT id, '', 0, '', 0 FROM {hits} AS hit {where} ORDER BY {order} LIMIT %s OFFSET %s) AS page"
BEST = """(
    SELECT hits.id, hits.score - 0.3 * ts_rank(search_words.words, asked.q) AS score,
        hits.credibility, hits.published_at
    FROM asked, (SELECT * FROM hits {where} ORDER BY {order} LIMIT %s) AS hits
    JOIN search_words ON search_words.article_id = hits.id
)"""


class PostgresEngine(Engine):
    """See ``search.engines.Engine``."""

    # Asked for one row, PostgreSQL would read articles until it meets one, and for a word that none has all of them.
    HOLDS = (
        "SELECT %s WHERE EXISTS (WITH having_it AS MATERIALIZED (SELECT article_id FROM search_words "
        "WHERE words @@ %s::tsquery) SELECT 1 FROM having_it JOIN search_searchentry AS entry "
        "ON entry.article_id = having_it.article_id WHERE entry.until > %s)"
    )

    def put(self, words: Iterable[Words]) -> None:
        """Keep the words of articles, in place of those that were kept."""
        rows = [(one.article_id, _vector(one.parts()[:3]), _vector(one.parts())) for one in words]
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO search_words (article_id, heading, words) VALUES (%s, %s::tsvector, %s::tsvector) "
                "ON CONFLICT (article_id) DO UPDATE SET heading = excluded.heading, words = excluded.words",
                rows,
            )

    def remove(self, article_ids: Sequence[int]) -> None:
        """Forget the words of articles."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM search_words WHERE article_id = ANY(%s)", [list(article_ids)])

    def differing(self, words: Iterable[Words]) -> set[int]:
        """Return the keys of those articles whose words are kept otherwise, or not at all."""
        found = set()
        with connection.cursor() as cursor:
            for one in words:
                cursor.execute(
                    "SELECT 1 FROM search_words WHERE article_id = %s AND heading = %s::tsvector "
                    "AND words = %s::tsvector",
                    [one.article_id, _vector(one.parts()[:3]), _vector(one.parts())],
                )
                found |= set() if cursor.fetchone() else {one.article_id}
        return found

    def statement(self, query: Query, now: datetime) -> tuple[str, list[Any]]:
        """Return the statement of a query, and its values."""
        most = MOST_HITS if query.counted else query.start + query.length
        is_ranked = query.order in ("best", "credible")
        values: list[Any]
        if query.groups:
            score = "-ts_rank('{0.1, 0.4, 0.6, 1.0}', search_words.heading, asked.q)" if is_ranked else "0"
            text = HITS.format(
                score=score,
                most=most,
                column="heading" if query.in_title else "words",
                newest="" if is_ranked else "ORDER BY entry.article_id DESC",
            )
            values = [_expression(query), now]
        else:
            text, values = ALL.format(most=most), [now]
        if query.counted:
            text += COUNTS
            values.append(topic_pattern(query.chosen))
        where, order = "WHERE marks LIKE %s ESCAPE '!' AND topics LIKE %s" if query.chosen else "", ORDERS[query.order]
        values += [marks_pattern(query.chosen), topic_pattern(query.chosen)] if query.chosen else []
        if query.groups and is_ranked:
            text += PAGE.format(hits=BEST.format(where=where, order=order), where="", order=order)
            values.append(query.start + query.length + LOOKED_AT)
        else:
            text += PAGE.format(hits="hits", where=where, order=order)
        return text, [*values, query.length, query.start]

    def spellings(self, word: str) -> list[str]:
        """Return known words that share letters with a folded one, the likest first."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT word FROM search_knownword WHERE word %% %s ORDER BY similarity(word, %s) DESC, word LIMIT %s",
                [word, word, NEAREST],
            )
            return [found for (found,) in cursor.fetchall()]

    def known_among(self, words: Sequence[str]) -> list[str]:
        """Return those of some folded words that are known."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT word FROM unnest(%s::varchar[]) AS wanted JOIN search_knownword ON word = wanted",
                [list(words)],
            )
            return [found for (found,) in cursor.fetchall()]

    def begun_by(self, beginning: str, most: int) -> list[str]:
        """Return at most so many known words that begin so, in their order."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT word FROM search_knownword WHERE word LIKE %s ORDER BY word LIMIT %s", [f"{beginning}%", most]
            )
            return [found for (found,) in cursor.fetchall()]

    def quoted(self, stem: str) -> str:
        """Return one stem as a query for it alone; stems hold letters and digits only."""
        return f"'{stem}'"

    def raw_search(self, stem: str) -> list[tuple[str, list[Any]]]:
        """Return the plainest statements for one word: its ten best, and how many there are."""
        word = self.quoted(stem)
        best = (
            "SELECT article_id FROM search_words WHERE words @@ %s::tsquery "
            "ORDER BY ts_rank(words, %s::tsquery) DESC LIMIT 10"
        )
        return [(best, [word, word]), ("SELECT count(*) FROM search_words WHERE words @@ %s::tsquery", [word])]


def _expression(query: Query) -> str:
    """Return a query in the language of ``tsquery``; stems hold letters and digits only, and stand in quotes."""
    groups = []
    for place, group in enumerate(query.groups, 1):
        goes_on = query.prefix and place == len(query.groups)
        groups.append(f"({' | '.join(_phrase(phrase, goes_on, query.in_title) for phrase in group)})")
    return (" | " if query.any_group else " & ").join(groups)


def _phrase(phrase: Phrase, goes_on: bool, in_title: bool) -> str:
    mark = "A" if in_title else ""
    stems = [f"'{stem}'" + (f":{mark}" if mark else "") for stem in phrase]
    if goes_on:
        stems[-1] = f"'{phrase[-1]}':*{mark}"
    return f"({' <-> '.join(stems)})"


def _vector(parts: Iterable[Sequence[str]]) -> str:
    """Return the vector of an article's stems with their places, each part a weight lighter."""
    places: dict[str, list[str]] = {}
    for stem, place, weight in _places(parts):
        noted = places.setdefault(stem, [])
        if len(noted) < MOST_PLACES:
            noted.append(f"{place}{weight}")
    return " ".join(f"'{stem}':{','.join(noted)}" for stem, noted in places.items())


def _places(parts: Iterable[Sequence[str]]) -> Iterator[tuple[str, int, str]]:
    place = 1
    for stems, weight in zip(parts, "ABCD", strict=False):
        for stem in stems:
            yield stem, min(place, LAST_PLACE), weight
            place += 1
        place += GAP  # no phrase goes on from one part to the next
