"""What the digest and the guard cost on a long article: 850 words, 25 blocks, 10 citations."""

from collections.abc import Iterator
from typing import Any

from research.content.article import content_of
from research.models import AlsoCited, ArticlePage, GlossaryTerm
from research.review.guard import permit
from research.trials.bench import Figure, Timing, timed
from research.trials.throwaway import (
    countersign,
    make_article,
    make_plain_page,
    make_reviewer,
    make_study,
    make_writer,
)

MEASURED = "medians of {runs} runs, on an article of 850 words"
TARGET_MILLISECONDS = 25
CITATIONS = 10


def run(runs: int) -> Iterator[Figure]:
    """Yield the cost of the digest, of a permit, and of a guarded save of a live article."""
    page = signed_long_article()

    def fresh() -> ArticlePage:
        return ArticlePage.objects.get(pk=page.pk)

    loaded = timed(fresh, runs)
    in_memory = fresh()
    yield _figure("digest, article in memory", timed(lambda: content_of(in_memory).digest, runs))
    from_rows = timed(lambda: content_of(fresh()).digest, runs).without(loaded)
    yield _figure("digest, article fresh from the database", from_rows)
    judged = timed(lambda: permit(fresh()), runs).without(loaded)
    yield _figure("digest and guard, article fresh from the database", judged, TARGET_MILLISECONDS)

    page.get_latest_revision().publish(skip_permission_checks=True)
    guarded = timed(lambda: fresh().save(), runs)
    stock = timed(_stock_save(page), runs)
    ratio = guarded.cpu_milliseconds / stock.cpu_milliseconds
    yield _figure("guarded save of a live article, beside the stock save", guarded, ratio=ratio)


def _figure(name: str, timing: Timing, target: float | None = None, ratio: float | None = None) -> Figure:
    return Figure(name, timing.milliseconds, target, ratio, timing.cpu_milliseconds)


def _stock_save(page: ArticlePage) -> Any:
    """Return a save of the same words by a plain page, which nothing guards."""
    plain = make_plain_page("plain", intro=page.summary, body=page.key_takeaway * 20)
    return lambda: type(plain).objects.get(pk=plain.pk).save()


def signed_long_article() -> ArticlePage:
    """Return a countersigned draft as long as the longest ones are."""
    writer, reviewer = make_writer("writer"), make_reviewer("reviewer")
    page = make_article("long", by=writer, body=_long_body())
    page.also_cited = [AlsoCited(study=make_study(f"cited {number}")) for number in range(CITATIONS - 1)]
    page.save()
    page.save_revision(user=writer)
    countersign(page, reviewer)
    return ArticlePage.objects.get(pk=page.pk)


def _long_body() -> list[Any]:
    """Return three sections with 25 blocks of nearly every kind."""
    term = GlossaryTerm.objects.create(term="relapse", plain_words="New symptoms.")
    paragraph = "<p>" + "Fewer people had a <b>relapse</b> in that year. " * 6 + "</p>"
    text = ("text", {"html": paragraph})
    others = [
        ("numbers", {"denominator": 100, "before": 7, "after": 4, "counted": "people", "outcome": "had a relapse"}),
        ("fact", {"text": "The trial followed 53 people."}),
        ("question", {"text": "Would this change my treatment?"}),
        ("quote", {"text": "We were surprised.", "speaker": "J. Park"}),
        ("table", {"table": {"data": [["Group", "Relapses"], ["Usual care", "7"]], "first_row_is_table_header": True}}),
        ("glossary_term", {"term": term}),
        ("more", {"summary": "How they measured it", "html": paragraph}),
    ]
    return [
        ("what_they_found", [text] * 8 + others),
        ("who_should_care", [text] * 5),
        ("important_considerations", [text] * 5),
    ]
