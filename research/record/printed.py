"""Identifiers that readers see: a study is watched under those of its record, and under those that articles print.

What is printed was of the record when it was signed, so of what the record once had (``FormerIdentifier``) a public
article tells whether it is still printed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import copy

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from common.models import AnyUser
from research.content.article import Citation
from research.content.stored import read_canonical
from research.models.published import PublishedArticle
from research.models.references import FormerIdentifier, Study
from research.newsroom.permissions import can_change_identifiers

#: What decides under which numbers the sources of a study are asked, and whether they are.
WATCHED_BY = (*Study.IDENTIFIERS, "is_example", "kind")
NAMED = 3


def public_about(study: Study) -> list[PublishedArticle]:
    """Return the public articles whose signed words are about a study or cite it."""
    cited = Q(study=study) | Q(page__also_cited__study=study)
    return list(PublishedArticle.objects.filter(cited, withdrawn_at__isnull=True).distinct().order_by("pk"))


def named(articles: Iterable[PublishedArticle]) -> str:
    """Return the titles of articles as they stand in a sentence; of many, the first."""
    titles = list(dict.fromkeys(f"“{article.title}”" for article in articles))
    return ", ".join(titles[:NAMED]) + (
        gettext(" and %(titles)s more") % {"titles": len(titles) - NAMED} if len(titles) > NAMED else ""
    )


def reason_not_to_change(study: Study, names: Collection[str], user: AnyUser | None) -> str:
    """Return why these fields of a study are not changed, with the articles that print it; "" when they may be.

    Args:
        user: who changes them; None for what no person decides.
    """
    # Of a preprint one source more is asked; other kinds are asked about alike.
    watched = {name for name in WATCHED_BY if name != "kind" or study.kind == Study.Kind.PREPRINT}
    if not watched.intersection(names) or (user is not None and can_change_identifiers(user)):
        return ""
    articles = public_about(study) if study.pk else []
    if not articles:
        return ""
    return gettext(
        "Readers of %(named)s see this study as it stands here: retractions are found by its numbers and its kind. "
        "Only an editor changes them."
    ) % {"named": named(articles)}


def studies_printed_under(dois: Collection[str], pmid: str) -> list[Study]:
    """Return the studies whose record has another number by now, while public articles print one of these."""
    asked = Q(kind=FormerIdentifier.Kind.DOI, value__in=[doi for doi in dois if doi])
    if pmid:
        asked |= Q(kind=FormerIdentifier.Kind.PMID, value=pmid)
    found = {former.study_id: former.study for former in FormerIdentifier.objects.filter(asked).select_related("study")}
    return [
        study
        for study in found.values()
        if any(one.doi in dois or (pmid and one.pmid == pmid) for one in printed_otherwise(study))
    ]


def printed_otherwise(study: Study) -> list[Study]:
    """Return a study as public articles name it, each with the numbers that its record has no more; not to be saved."""
    uuids = {str(study.subject_uuid), *map(str, study.merged.values_list("merged_uuid", flat=True))}
    found: dict[tuple[str | None, str | None], Study] = {}
    for citation in _citations(public_about(study)):
        doi = citation.doi if citation.doi != (study.doi or "") else None
        pmid = citation.pmid if citation.pmid != (study.pmid or "") else None
        if citation.study in uuids and (doi or pmid):
            as_printed = copy(study)
            as_printed.doi, as_printed.pmid = doi or None, pmid or None
            found[doi, pmid] = as_printed
    return list(found.values())


def _citations(articles: Iterable[PublishedArticle]) -> Iterator[Citation]:
    for article in articles:
        content = read_canonical(article.content)
        yield from (cited for cited in (content.study, *content.also_cited) if cited)


def all_printed_otherwise(studies: QuerySet[Study]) -> Mapping[int, list[Study]]:
    """Return, by study, what ``printed_otherwise`` returns of these, where there is such; one statement for none."""
    changed = studies.filter(Exists(FormerIdentifier.objects.filter(study=OuterRef("pk"))))
    every = {study.pk: printed_otherwise(study) for study in changed.select_related("journal")}
    return {pk: printed for pk, printed in every.items() if printed}
