"""Credits: who wrote and who countersigned what is public, decided when it changes and not when it is read.

``Credit`` is written here and nowhere else. Somebody whose name was removed at their request has none.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from common.page_store import changes
from common.prepared import KEYS, Prepared
from common.prepared_saves import insert_all
from research.models.people import Person, contributor_address
from research.models.published import Credit, CreditQuerySet, PublishedArticle, PublishedArticleQuerySet
from research.publishing.contributors import photos
from research.publishing.showing import article_tag, person_tag

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

CREDIT = ("article_id", "person_id", "part", "published_at", "until")
NOT_ERASED = Prepared(lambda keys: Person.objects.not_erased().filter(pk__in=keys).values_list("pk", flat=True), KEYS)
ERASED = Prepared(lambda keys: Person.objects.erased().filter(pk__in=keys).values_list("pk", flat=True), KEYS)


def names_of(page: "ArticlePage") -> dict[str, Any]:
    """Return what a public row keeps of an article's authors, in the order of its byline.

    The name of somebody who was erased is what stands in its place, and leads nowhere.
    """
    people = [author.person for author in page.authors.all()]
    erased = set(ERASED([one.pk for one in people]) if people else ())
    return {
        "authors": [one.name for one in people],
        "author_ids": [None if one.pk in erased else one.pk for one in people],
    }


def follow(row: PublishedArticle, *, until: datetime | None, is_new: bool = False) -> None:
    """Bring the credits of an article in line with its public row.

    Args:
        row: as written.
        until: when time takes it out of lists; None where lists do not offer it.
        is_new: the row was just made, and credits nobody yet.
    """
    wanted = _wanted(row)
    standing = {} if is_new else {one.person_id: one for one in Credit.objects.filter(article=row)}
    fits = all((one.published_at, one.until) == (row.published_at, until) for one in standing.values())
    if fits and wanted == {pk: one.part for pk, one in standing.items()}:
        return
    if standing:
        Credit.objects.filter(article=row).delete()
    rows = ((row.pk, pk, part, row.published_at, until) for pk, part in sorted(wanted.items()))
    insert_all(Credit, CREDIT, rows)
    changes.changed(Credit, article_tag(row.page_id), *map(person_tag, {*wanted, *standing}))
    photos.follow({*wanted, *standing})


def written_by(person: Person) -> list[PublishedArticle]:
    """Return the public rows that name somebody as an author, by a name that may be an earlier one."""
    rows = PublishedArticle.objects.filter(credits__person=person).defer("content", "search_text")
    return [row for row in rows if person.pk in row.author_ids]


def follow_name(person: Person) -> None:
    """Give the bylines of public articles the name that an author has now; a name is outside every seal."""
    for row in written_by(person):
        names = [person.name if pk == person.pk else name for name, pk in row.byline()]
        if names != row.authors:
            PublishedArticle.objects.filter(pk=row.pk).update(authors=names)
            changes.changed(PublishedArticle, article_tag(row.page_id))


def forget(person: Person) -> None:
    """Take somebody who was erased off every byline; what stood there names nobody any more."""
    _forget(Credit.objects.filter(person=person))


def forget_signatures_of(account_id: int) -> None:
    """Take whoever signed by an account off what is public, also where the record of the person is another's by now."""
    _forget(Credit.objects.filter(part=Credit.Part.REVIEWED, article__sign_off__reviewer_id=account_id))


def _forget(own: CreditQuerySet) -> None:
    found = list(own.values_list("pk", "person_id", "article__page_id"))
    Credit.objects.filter(pk__in=[pk for pk, *_ in found]).delete()
    tags = {tag for _pk, who, page in found for tag in (person_tag(who), article_tag(page))}
    changes.changed(Credit, *sorted(tags))


def with_reviewers_page(rows: PublishedArticleQuerySet) -> PublishedArticleQuerySet:
    """Add to articles whether who countersigned them has a page, for ``reviewers_page``."""
    credit = Credit.objects.filter(article=OuterRef("pk"), person=OuterRef("sign_off__person_id"))
    return rows.annotate(reviewer_has_page=Exists(credit))


def reviewers_page(row: PublishedArticle) -> str:
    """Return the address of who countersigned an article; "" where there is none, or the name was removed."""
    person_id = row.sign_off.person_id
    return contributor_address(person_id) if person_id and vars(row).get("reviewer_has_page") else ""


def _wanted(row: PublishedArticle) -> dict[int, str]:
    """Return who is credited with an article, and for what."""
    wanted = dict.fromkeys((pk for pk in row.author_ids if pk is not None), str(Credit.Part.WROTE))
    line = row.sign_off
    if line.person_id is not None and not line.is_erased:
        wanted[line.person_id] = str(Credit.Part.REVIEWED)
    return {pk: wanted[pk] for pk in (NOT_ERASED(wanted) if wanted else ())}
