"""Search on SQLite: FTS5 over stems, and over the trigrams of known words."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from search.engines.base import Engine
from search.engines.shapes import MOST_HITS, ORDERS, Phrase, Query, Words, marks_pattern, topic_pattern

# Stems come ready: nothing is left to the tokenizer but spaces. An index of beginnings serves suggestions.
CREATE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_words USING fts5("
    "title, topics, summary, body, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3')",
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_spellings USING fts5(word, tokenize = 'trigram')",
    "CREATE TRIGGER IF NOT EXISTS search_learned AFTER INSERT ON search_knownword BEGIN "
    "INSERT INTO search_spellings (rowid, word) VALUES (new.id, new.word); END",
    "CREATE TRIGGER IF NOT EXISTS search_forgotten AFTER DELETE ON search_knownword BEGIN "
    "DELETE FROM search_spellings WHERE rowid = old.id; END",
)
DROP = (
    "DROP TRIGGER IF EXISTS search_learned",
    "DROP TRIGGER IF EXISTS search_forgotten",
    "DROP TABLE IF EXISTS search_words",
    "DROP TABLE IF EXISTS search_spellings",
)
NEAREST = 60
LAST_SIGN = "\U0010ffff"
HITS = """
WITH hits AS MATERIALIZED (
    SELECT entry.article_id AS id, {score} AS score, entry.marks, entry.topics, entry.credibility, entry.published_at
    FROM search_words CROSS JOIN search_searchentry AS entry ON entry.article_id = search_words.rowid
    WHERE search_words MATCH %s AND entry.until > %s
    ORDER BY search_words.rowid DESC LIMIT {most}
)
"""
ALL = """
WITH hits AS MATERIALIZED (
    SELECT article_id AS id, 0 AS score, marks, topics, credibility, published_at FROM search_searchentry
    WHERE until > %s ORDER BY published_at DESC LIMIT {most}
)
"""
COUNTS = """
SELECT NULL, marks, count(*), group_concat(topics, ''), sum(CASE WHEN topics LIKE %s THEN 1 ELSE 0 END)
FROM hits GROUP BY marks UNION ALL
"""
PAGE = "SELECT * FROM (SELECT id, '', 0, '', 0 FROM hits {where} ORDER BY {order} LIMIT %s OFFSET %s)"


class SqliteEngine(Engine):
    """See ``search.engines.Engine``."""

    HOLDS = (
        "SELECT %s WHERE EXISTS (SELECT 1 FROM search_words CROSS JOIN search_searchentry AS entry "
        "ON entry.article_id = search_words.rowid WHERE search_words MATCH %s AND entry.until > %s)"
    )

    def put(self, words: Iterable[Words]) -> None:
        """Keep the words of articles, in place of those that were kept."""
        rows: list[tuple[Any, ...]] = [(one.article_id, *(" ".join(part) for part in one.parts())) for one in words]
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT OR REPLACE INTO search_words (rowid, title, topics, summary, body) VALUES (%s, %s, %s, %s, %s)",
                rows,
            )

    def remove(self, article_ids: Sequence[int]) -> None:
        """Forget the words of articles."""
        with connection.cursor() as cursor:
            cursor.executemany("DELETE FROM search_words WHERE rowid = %s", [(pk,) for pk in article_ids])

    def differing(self, words: Iterable[Words]) -> set[int]:
        """Return the keys of those articles whose words are kept otherwise, or not at all."""
        wanted = {one.article_id: tuple(" ".join(part) for part in one.parts()) for one in words}
        places = ", ".join(["%s"] * len(wanted))
        with connection.cursor() as cursor:
            statement = f"SELECT rowid, title, topics, summary, body FROM search_words WHERE rowid IN ({places})"  # noqa: S608
            cursor.execute(statement, list(wanted))
            kept = {pk: tuple(parts) for pk, *parts in cursor.fetchall()}
        return {pk for pk, parts in wanted.items() if kept.get(pk) != parts}

    def statement(self, query: Query, now: datetime) -> tuple[str, list[Any]]:
        """Return the statement of a query, and its values."""
        moment = connection.ops.adapt_datetimefield_value(now)
        # What is only wanted newest first needs no more hits than are shown, and no rank.
        most = MOST_HITS if query.counted else query.start + query.length
        is_ranked = query.order in ("best", "credible")
        if query.groups:
            score = "bm25(search_words, 10.0, 6.0, 4.0, 1.0)" if is_ranked else "0"
            text, values = HITS.format(score=score, most=most), [_expression(query), moment]
        else:
            text, values = ALL.format(most=most), [moment]
        if query.counted:
            text += COUNTS
            values.append(topic_pattern(query.chosen))
        where = "WHERE marks LIKE %s ESCAPE '!' AND topics LIKE %s" if query.chosen else ""
        values += [marks_pattern(query.chosen), topic_pattern(query.chosen)] if query.chosen else []
        text += PAGE.format(where=where, order=ORDERS[query.order])
        return text, [*values, query.length, query.start]

    def spellings(self, word: str) -> list[str]:
        """Return known words that share letters with a folded one, the likest first."""
        pieces = {word[start : start + 3] for start in range(len(word) - 2)}
        if not pieces:
            return []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT word FROM search_spellings WHERE search_spellings MATCH %s ORDER BY rank LIMIT %s",
                [" OR ".join(f'"{piece}"' for piece in sorted(pieces)), NEAREST],
            )
            return [found for (found,) in cursor.fetchall()]

    def known_among(self, words: Sequence[str]) -> list[str]:
        """Return those of some folded words that are known."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT word FROM search_knownword WHERE word IN (SELECT value FROM json_each(%s))",
                [json.dumps(list(words))],
            )
            return [found for (found,) in cursor.fetchall()]

    def begun_by(self, beginning: str, most: int) -> list[str]:
        """Return at most so many known words that begin so, in their order."""
        with connection.cursor() as cursor:
            # LIKE would read all of them: it does not tell small letters from large ones, as the index does.
            cursor.execute(
                "SELECT word FROM search_knownword WHERE word >= %s AND word < %s ORDER BY word LIMIT %s",
                [beginning, beginning + LAST_SIGN, most],
            )
            return [found for (found,) in cursor.fetchall()]

    def quoted(self, stem: str) -> str:
        """Return one stem as a query for it alone; stems hold letters and digits only."""
        return f'"{stem}"'

    def raw_search(self, stem: str) -> list[tuple[str, list[Any]]]:
        """Return the plainest statements for one word: its ten best, and how many there are."""
        word = self.quoted(stem)
        return [
            ("SELECT rowid FROM search_words WHERE search_words MATCH %s ORDER BY rank LIMIT 10", [word]),
            ("SELECT count(*) FROM search_words WHERE search_words MATCH %s", [word]),
        ]


def _expression(query: Query) -> str:
    """Return a query in FTS5's language; stems hold letters and digits only, and stand in quotes all the same."""
    groups = []
    for place, group in enumerate(query.groups, 1):
        goes_on = query.prefix and place == len(query.groups)
        groups.append(f"({' OR '.join(_phrase(phrase, goes_on) for phrase in group)})")
    whole = (" OR " if query.any_group else " AND ").join(groups)
    return f"{{title}} : ({whole})" if query.in_title else whole


def _phrase(phrase: Phrase, goes_on: bool) -> str:
    return f'"{" ".join(phrase)}"' + (" *" if goes_on else "")
