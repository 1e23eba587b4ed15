"""Topics by area, and what is related: only what readers know of already, at a cost that does not grow."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import ArticlePageFactory, TopicFactory, publish, sign_text_of

pytestmark = pytest.mark.django_db


def areas(client):
    page = BeautifulSoup(client.get("/ms/topics/").content, "html.parser").main
    found = page.select(".area")
    return {area.h3.get_text(): [link.get_text() for link in area.select(":scope > ul a")] for area in found}


def related(client, slug):
    page = BeautifulSoup(client.get(f"/ms/topics/{slug}/").content, "html.parser").main
    return [link.get_text(strip=True) for link in page.select(".near a")]


def write(section, reviewer, *topics):
    return publish(ArticlePageFactory(parent=section, topics=list(topics)), reviewer)


def test_topics_stand_under_the_wide_ones_that_readers_know(client, section, reviewer):
    cells, treatment, secret = TopicFactory(name="Cells"), TopicFactory(name="Treatment"), TopicFactory(name="Secret")
    microglia, axons, drug = TopicFactory(name="Microglia"), TopicFactory(name="axons"), TopicFactory(name="A drug")
    for narrow, wide in ((microglia, cells), (axons, cells), (drug, secret), (axons, secret), (axons, treatment)):
        narrow.parents.add(wide)
    write(section, reviewer, microglia, axons, drug, treatment)
    sign_text_of(cells, reviewer)

    assert areas(client) == {"Cells": ["axons", "Microglia"]}


def test_a_topic_without_anything_to_read_stands_in_no_area(client, section, reviewer):
    cells, hidden = TopicFactory(name="Cells"), TopicFactory(name="Hidden")
    shown = TopicFactory(name="Shown")
    cells.children.add(hidden, shown)
    write(section, reviewer, cells, shown)
    ArticlePageFactory(parent=section, topics=[hidden])

    assert areas(client) == {}


def test_related_are_those_that_are_most_often_met_together(client, section, reviewer):
    one, near, far, kin = (TopicFactory(name=name) for name in ("One", "Near", "Far", "Kin"))
    one.parents.add(kin)
    write(section, reviewer, one, near, kin)
    write(section, reviewer, one, near, far)
    ArticlePageFactory(parent=section, topics=[one, TopicFactory(name="Draft")])

    assert related(client, "one") == ["Near", "Far"]
    assert related(client, "far") == ["Near", "One"]


def test_more_topics_cost_no_more_statements(client, section, reviewer):
    one = TopicFactory(name="One")
    one.parents.add(TopicFactory(name="Wide"))
    write(section, reviewer, one, TopicFactory(name="Two"))
    counts = []
    for address in ("/ms/topics/", "/ms/topics/one/"):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    for number in range(4):
        other = TopicFactory(name=f"Other {number}")
        other.parents.add(one)
        write(section, reviewer, one, other)

    for address, count in zip(("/ms/topics/", "/ms/topics/one/"), counts, strict=True):
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= count, address
