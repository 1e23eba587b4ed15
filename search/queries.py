"""Which public articles a reader's words find."""

import re
from datetime import datetime

from django.db.models import Case, IntegerField, Q, Value, When

from research.models.published import PublishedArticle, PublishedArticleQuerySet
from research.sources.identifiers import DOI_SHAPE, PMID_SHAPE, normalise_doi, normalise_pmid

MAX_QUERY_LENGTH = 200
MAX_WORDS = 12


def words_in(query: str) -> list[str]:
    """Return the words of a query, at most MAX_WORDS, without marks that mean nothing here."""
    return re.findall(r"\w[\w’'\-]*", query[:MAX_QUERY_LENGTH])[:MAX_WORDS]


def find_articles(query: str, now: datetime) -> PublishedArticleQuerySet:
    """Return the public articles that hold every word, or whose source has this DOI or PMID.

    Retracted articles are found too: their notice is what a reader should meet. Titles rank before
    summaries, summaries before the rest; within a rank the newest comes first.
    """
    public = PublishedArticle.objects.public_now(now)
    query = query.replace("\x00", " ")  # PostgreSQL takes no NUL
    doi, pmid = normalise_doi(query), normalise_pmid(query)
    if DOI_SHAPE.match(doi):
        return public.filter(study__doi=doi).annotate(rank=Value(0, IntegerField()))
    if PMID_SHAPE.match(pmid):
        return public.filter(study__pmid=pmid).annotate(rank=Value(0, IntegerField()))
    words = words_in(query)
    if not words:
        return public.none().annotate(rank=Value(0, IntegerField()))
    return public.filter(_all_words(words, "search_text", "topics_text")).annotate(
        rank=Case(
            When(_all_words(words, "title"), then=Value(0)),
            When(_all_words(words, "summary"), then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
    )


def _all_words(words: list[str], *fields: str) -> Q:
    """Every word is in one of the fields, not all of them in the same."""
    found = Q()
    for word in words:
        anywhere = Q()
        for field in fields:
            anywhere |= Q(**{f"{field}__icontains": word})
        found &= anywhere
    return found
