"""What a public page asks is found by index, however many articles there are.

On SQLite the plan does not depend on the number of rows; on PostgreSQL, where a small table is always scanned, it is
read with scans made as dear as they are in a large one.
"""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    ArticlePageFactory,
    InfoPageFactory,
    PersonFactory,
    StudyNoticeFactory,
    TopicFactory,
    correct,
    edit,
    publish,
)
from tests.factories.blocks import body, more, question, text
from tests.plans import never_whole

pytestmark = pytest.mark.django_db

#: Tables with a row, or more, for each article.
GROWING = (
    "research_listing",
    "research_news",
    "research_credit",
    "research_publishedarticle",
    "research_publishedarticle_topics",
    "research_publishedtext",
    "research_publishedversion",
    "research_relatedarticle",
    "research_signoff",
    "research_study",
    "research_studynotice",
    "search_knownword",
    "search_searchentry",
    "search_words",
    "wagtailcore_page",
)
#: Each address with the most statements that it may take.
ADDRESSES = {
    "/": 5,
    "/ms/": 5,
    "/ms/?page=2": 5,
    "/ms/topics/": 4,
    "/ms/topics/microglia/": 7,
    "/ms/feed/": 4,
    "/ms/topics/microglia/feed.json": 5,
    "/feed/": 4,
    "/contributors/777001/": 6,
    "/api/v1/articles": 4,
    "/api/v1/sections": 3,
    "/api/v1/sections/ms/articles": 5,
    "/api/v1/sections/ms/topics": 3,
    "/api/v1/sections/ms/topics/microglia/articles": 6,
    "/ms/fewer-relapses/share.png": 3,
    "/sitemap-articles-1.xml": 2,
    "/sitemap-pages.xml": 6,
    "/ms/fewer-relapses/": 6,
    "/ms/fewer-relapses/details/": 6,
    "/ms/fewer-relapses/questions/": 6,
    "/ms/fewer-relapses/made.json": 6,
    "/ms/fewer-relapses/made/": 7,
    "/ms/fewer-relapses/versions/1/": 7,
    "/corrections/": 12,
    "/search/?q=relapses": 5,
    "/search/?q=microglia relapses&topic=microglia&sort=credible": 5,
    "/search/?topic=microglia": 5,
    "/search/?q=10.1000/nothing": 5,
    "/search/?q=xqvzzk": 8,
    "/search/?q=relapsse": 12,
    "/search/suggest.json?q=relap": 3,
}
#: The same for pages that are made for the store.
MADE = {
    "/": 5,
    "/ms/": 5,
    "/ms/topics/": 5,
    "/ms/topics/microglia/": 5,
    "/ms/fewer-relapses/": 5,
    "/ms/fewer-relapses/details/": 5,
    "/search/?q=relapses": 5,
    "/feed/": 2,
    "/ms/feed/": 2,
}


@pytest.fixture
def readable(section, reviewer):
    """A section with enough to turn a page, one article retracted."""
    topics = [TopicFactory(name="Microglia", slug="microglia")]
    topics[0].parents.add(TopicFactory(name="Cells"))
    author = PersonFactory(pk=777_001)
    first = ArticlePageFactory(
        parent=section,
        title="Fewer relapses",
        slug="fewer-relapses",
        topics=topics,
        authors=[author],
        body=body(text(), more(), question()),
    )
    publish(first, reviewer)
    correct(first, "A word was wrong.")
    edit(first, summary="Other words.")
    publish(first, reviewer)
    InfoPageFactory(title="Corrections", slug="corrections", lists_corrections=True)
    for number in range(12):
        publish(ArticlePageFactory(parent=section, slug=f"more-{number}", topics=topics), reviewer)
    retracted = publish(ArticlePageFactory(parent=section, topics=topics), reviewer)
    StudyNoticeFactory(study=retracted.study)


def plan_of(statement: str) -> list[str]:
    """Return the lines of a statement's plan."""
    never_whole()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN {statement}")
            return [line for (line,) in cursor.fetchall()]
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
        return [line[3] for line in cursor.fetchall()]


def scans_in(statement: str) -> list[str]:
    """Return the growing tables that a statement reads from one end to the other."""
    found = []
    for line in plan_of(statement):
        scanned = re.search(r"(?:\bSCAN|Seq Scan on) (\w+)", line)
        # A full-text table is always "scanned": by its index where something is asked of it.
        if scanned and "USING" not in line and not re.search(r"VIRTUAL TABLE INDEX \d+:M", line):
            found.append(_table_of(scanned.group(1), statement))
    return [table for table in found if table in GROWING]


def _table_of(alias: str, statement: str) -> str:
    named = re.search(rf'"(\w+)" (?:AS )?"?{alias}"?[\s)]', statement)
    return named.group(1) if named and alias not in GROWING else alias


def test_no_public_page_scans_a_table_that_grows(readable):
    client = Client()

    for address, most in ADDRESSES.items():
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)

        assert response.status_code == 200, address
        statements = [query["sql"] for query in captured if query["sql"].lstrip("(").startswith(("SELECT", "WITH"))]
        assert {sql: scans for sql in statements if (scans := scans_in(sql))} == {}, address
        assert len(captured) <= most, (address, [query["sql"][:200] for query in captured])


@pytest.mark.parametrize("address", MADE)
def test_a_page_that_is_made_for_the_store_asks_little(readable, reader, address):
    """Of what stands around it nothing changed since the last page: only another scheme keeps it from the store."""
    reader.get(address)
    made = reader.made

    asked = reader.get(address, **{"wsgi.url_scheme": "https"}).statements

    assert reader.made == made + 1
    assert len(asked) <= MADE[address], [sql[:200] for sql in asked]


def test_a_scan_would_be_seen(readable):
    assert scans_in('SELECT * FROM "research_publishedarticle" WHERE "summary" LIKE \'%relapse%\'') == [
        "research_publishedarticle"
    ]


def test_words_are_found_by_their_index(readable):
    if connection.vendor == "postgresql":
        statement = "SELECT article_id FROM search_words WHERE words @@ 'relaps'::tsquery"
        assert any("search_words_words" in line for line in plan_of(statement))
    else:
        assert scans_in("SELECT rowid FROM search_words WHERE search_words MATCH 'relaps'") == []
        assert scans_in("SELECT rowid FROM search_words WHERE title = 'relaps'") == ["search_words"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite takes a table of no rows for a large one")
def test_the_frame_starts_from_no_page_but_its_own_where_there_is_no_information_page(section):
    client = Client()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    with CaptureQueriesContext(connection) as captured:
        client.get("/search/")
    scans = [scan for query in captured for scan in scans_in(query["sql"])]
    with connection.cursor() as cursor:  # what it knows of the tables is of this test
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")

    assert scans == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no list of what is not in an index yet")
def test_no_word_waits_to_be_put_into_an_index():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_am ON pg_am.oid = relam "
            "WHERE amname = 'gin' AND relname LIKE 'search%' AND 'fastupdate=off' = ANY(reloptions)"
        )
        found = {name for (name,) in cursor.fetchall()}

    assert found == {"search_words_words", "search_words_heading", "search_knownword_trigrams"}
