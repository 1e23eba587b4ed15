"""Thousands of public articles in a minute, for benchmarks: rows as a release writes them, without the releases.

Only what lists, pages and search read is there. The words are of a made-up vocabulary in which a few words are in
most articles and most words in a few, as in any language.
"""

import random
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Max, Model
from django.utils import timezone
from wagtail.models import Page

from research.content.article import BlockContent, SectionContent
from research.content.stored import read_canonical
from research.models import ArticlePage, Credit, Listing, ListingCount, PublishedArticle, Topic
from research.models.published import LONG_OVERDUE_DAYS
from research.trials.throwaway import countersign, make_article, make_reviewer

A_BATCH = 1_000
TOPICS = 40
TOPICS_AN_ARTICLE = 3
WORDS_AN_ARTICLE = 450
VOCABULARY = 20_000
#: Words with the share of articles that have them.
COMMON, MIDDLING, RARE = "people", "fatigue", "zorbulin"
SHARES = {COMMON: 0.78, MIDDLING: 0.1, RARE: 0.002}
DESIGNS = ("systematic_review", "randomised_trial", "prospective_cohort", "case_series", "animal_study")
POPULATIONS = ("people_outcome", "people_marker", "animals", "cells")
SYLLABLES = [f"{consonant}{vowel}" for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]


def make_many(number: int) -> PublishedArticle:
    """Make so many public articles in one section; return the first, which is a real one."""
    reviewer = make_reviewer("many-reviewer")
    article = make_article("first")
    countersign(article, reviewer)
    article.get_latest_revision().publish(skip_permission_checks=True)
    first = PublishedArticle.objects.get(page_id=article.pk)
    add_many(first, number - 1)
    return first


def add_many(first: PublishedArticle, number: int, after: int = 0) -> None:
    """Make so many more of a real article, after so many that were made of it before."""
    random_number = random.Random(11 + after)  # noqa: S311 - the same articles each time
    made = [Topic(name=f"Topic {n} {_word(random_number)}", slug=f"topic-{n}") for n in range(TOPICS)]
    topics = list(Topic.objects.filter(slug__startswith="topic-")) or Topic.objects.bulk_create(made)
    vocabulary = [_word(random_number) for _ in range(VOCABULARY)]
    weights = [1 / (rank + 10) for rank in range(VOCABULARY)]
    for start in range(0, number, A_BATCH):
        size = min(A_BATCH, number - start)
        words = [random_number.choices(vocabulary, weights, k=WORDS_AN_ARTICLE) for _ in range(size)]
        _add(first, topics, words, after + start, random_number)
    count_lists()


def count_lists() -> None:
    """Count all lists, as the runner does."""
    ListingCount.objects.all().delete()
    lists = Listing.objects.order_by().values_list("section", "topic").annotate(number=Count("pk"), last=Max("until"))
    ListingCount.objects.bulk_create(
        ListingCount(section_id=section, topic_id=topic, articles=articles, until=until)
        for section, topic, articles, until in lists
    )


@transaction.atomic
def _add(
    first: PublishedArticle, topics: list[Topic], words: list[list[str]], start: int, chance: random.Random
) -> None:
    pages = _pages(first, start, len(words))
    now = timezone.now()
    rows, content = [], read_canonical(first.content)
    for offset, (page_id, said) in enumerate(zip(pages, words, strict=True)):
        for word, share in SHARES.items():
            if chance.random() < share:
                said[chance.randrange(30, len(said))] = word
        title, summary = " ".join(said[:8]).capitalize(), " ".join(said[8:30]).capitalize() + "."
        block = BlockContent("text", {"html": f"<p>{' '.join(said[30:])}</p>"})
        answers = {**content.appraisal, "design": chance.choice(DESIGNS), "population": chance.choice(POPULATIONS)}
        sealed = replace(
            content,
            title=title,
            summary=summary,
            appraisal=answers,
            sections=(SectionContent("what_they_found", (block,)),),
        )
        row = PublishedArticle(**_values_of(first))
        row.pk, row.page_id, row.subject_uuid = None, page_id, uuid.uuid4()
        row.digest, row.content, row.search_text = sealed.digest, sealed.canonical, sealed.plain_text
        row.title, row.summary, row.address = title, summary, f"/section/article-{start + offset}/"
        row.credibility = chance.randint(1, 5)
        row.published_at = now - timedelta(minutes=5 * (100_000 - start - offset))
        row.listable_until = now + timedelta(days=LONG_OVERDUE_DAYS)
        rows.append(row)
    made = PublishedArticle.objects.bulk_create(rows)
    about = [(row, chance.sample(topics, TOPICS_AN_ARTICLE)) for row in made]
    through = PublishedArticle.topics.through
    through.objects.bulk_create(
        through(publishedarticle_id=row.pk, topic_id=topic.pk) for row, some in about for topic in some
    )
    Listing.objects.bulk_create(
        Listing(article=row, section_id=of, topic_id=on, published_at=row.published_at, until=row.listable_until)
        for row, some in about
        for of, on in [(None, None), (row.section_id, None), *((row.section_id, topic.pk) for topic in some)]
    )
    credited = list(Credit.objects.filter(article=first).values_list("person_id", "part"))
    Credit.objects.bulk_create(
        Credit(article=row, person_id=who, part=part, published_at=row.published_at, until=row.listable_until)
        for row in made
        for who, part in credited
    )


def _pages(first: PublishedArticle, start: int, size: int) -> list[int]:
    """Make the rows of so many pages beside the first one; return their keys."""
    page = Page.objects.get(pk=first.page_id)
    parent = page.path[: -Page.steplen]
    paths = [Page._get_path(parent, page.depth, start + offset + 2) for offset in range(size)]
    pages = []
    for offset, path in enumerate(paths):
        copy = Page(**_values_of(page))
        copy.pk, copy.path, copy.slug = None, path, f"article-{start + offset}"
        copy.translation_key = uuid.uuid4()
        copy.live_revision_id = copy.latest_revision_id = None
        pages.append(copy)
    made = Page.objects.bulk_create(pages)
    _copy_article(first.page_id, [one.pk for one in made])
    return [one.pk for one in made]


def _copy_article(page_id: int, new_ids: list[int]) -> None:
    """Give new pages the article row of another one; ``bulk_create`` makes none for a model with a parent."""
    fields = ArticlePage._meta.local_concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM research_articlepage WHERE page_ptr_id = %s",  # noqa: S608 - columns of the model
            [page_id],
        )
        values = cursor.fetchone()
        pairs = list(zip(fields, values, strict=True))
        changed = [[_of(field, value, new) for field, value in pairs] for new in new_ids]
        cursor.executemany(
            f"INSERT INTO research_articlepage ({columns}) VALUES ({', '.join(['%s'] * len(fields))})",  # noqa: S608
            changed,
        )


def _values_of(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _of(field: Any, value: Any, new: int) -> Any:
    if field.column == "page_ptr_id":
        return new
    if field.unique and field.get_internal_type() == "UUIDField":
        return field.get_db_prep_value(uuid.uuid4(), connection)
    return value


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4)))
