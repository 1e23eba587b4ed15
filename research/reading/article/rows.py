"""What the pages of an article ask of the tables: sealed rows, signed texts, and what happened to studies since."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Model, Q
from django.http import Http404
from django.utils import timezone

from common.page_store.shown import shows, shows_until
from common.prepared import IDENTITIES, IDENTITY, KEY, KEYS, MOMENT, TEXT, Answer, Prepared
from research.content.article import ArticleContent
from research.content.stored import read_canonical
from research.models.explainers import ArticleNotice, Correction, Explainer
from research.models.published import PublishedArticle, PublishedArticleQuerySet
from research.models.references import StudyNotice
from research.models.signoffs import SignOff
from research.models.studies.joined import StudyHistory, histories_known_as
from research.models.texts import PublishedText, PublishedTextQuerySet
from research.models.topics import Topic
from research.publishing import showing
from research.publishing.contributors import bylines
from research.reading import build
from research.review import blind

#: What names an article that is asked for, and what such a name is.
NAMES = {"address": TEXT, "subject_uuid": IDENTITY}
TOPICS_OF = Prepared(
    lambda article: Topic.objects.filter(published_articles=article).by_name().only("pk", "name", "slug"), KEY
)
#: What is read of what stands beside an article: pages are known by it, and it is put together for each request.
READ_BESIDE = {
    "section": (
        *("title", "slug", "language", "translation_key", "two_reviewers"),
        *("condition_name", "condition_short_name", "condition_mesh_ui"),
    ),
    "study": ("subject_uuid", "status", "is_example", "doi", "pmid", "checked_at", "check_failed_since"),
}
#: What lists and search have of it.
UNREAD = ("search_text", "topics_text", "related_ids", "listable_until")
#: What no article has.
NO_ARTICLE, NO_SUBJECT = 0, UUID(int=0)


def _texts(now: datetime, terms: Any, section: UUID, subject: UUID, article: int) -> PublishedTextQuerySet:
    """Return the texts that an article shows; notices by a part of their own, so that an index is of use."""
    placed = ArticleNotice.objects.filter(article_id=article)
    standing = placed.filter(Q(removed_at__isnull=True) | Q(removed_at__gt=now))
    texts = PublishedText.objects
    return texts.filter(subject_uuid__in=terms).union(
        texts.about(Explainer, section),
        texts.about(Correction, subject),
        texts.filter(subject_uuid__in=standing.values("wording__subject_uuid")),
        all=True,
    )


#: Of the pages that words link to, those that are public: where, and until when.
LINKS = Prepared(
    lambda now, pages: (
        PublishedArticle.objects.public_now(now)
        .filter(page_id__in=pages)
        .values_list("page_id", "address", "expires_at")
    ),
    *(MOMENT, KEYS),
)
TEXTS = Prepared(_texts, MOMENT, IDENTITIES, IDENTITY, IDENTITY, KEY)
BESIDE = Prepared(lambda now, article: PublishedArticle.objects.beside(article, now), MOMENT, KEY)


def public_row(section_slug: str, slug: str, now: datetime, *, also: tuple[str, ...] = ()) -> PublishedArticle | None:
    """Return the sealed row that readers find at an address, with all that its page asks of other tables.

    None where an article was public once, and was withdrawn or has expired. ``also`` names further relations that
    the caller asks for.

    Raises:
        Http404: nothing is or was public at this address.
    """
    return public_row_of(now, also=also, address=f"/{section_slug}/{slug}/")


def public_row_of(now: datetime, *, also: tuple[str, ...] = (), **named: Any) -> PublishedArticle | None:
    """Return what ``public_row`` does of the article that ``named`` names: by its address, or its UUID."""
    [(name, value)] = named.items()
    row = _public_rows(also, name).first(now, value)
    if row is None:
        _demand_gone(now, **named)
    return row


@cache
def _public_rows(also: tuple[str, ...], name: str) -> Prepared[PublishedArticle]:
    def rows(now: datetime, value: Any) -> PublishedArticleQuerySet:
        found = PublishedArticle.objects.select_related(*READ_BESIDE, "sign_off__personal", *also).defer(*_unread())
        found = showing.with_end_of_notices(bylines.with_reviewers_page(found), now)
        return found.public_now(now).filter(**{name: value})

    return Prepared(rows, MOMENT, NAMES[name])


def _unread() -> list[str]:
    """Return the columns of an article, and of what stands beside it, that no page of it reads."""
    unread = [*UNREAD]
    for name, read in READ_BESIDE.items():
        model: Any = PublishedArticle._meta.get_field(name).related_model
        columns = model._meta.concrete_fields
        unread += [f"{name}__{field.name}" for field in columns if not field.primary_key and field.name not in read]
    return unread


def _demand_gone(now: datetime, **named: Any) -> None:
    """Return where an article was public once, and was withdrawn or has expired.

    Raises:
        Http404: nothing that ended was ever public at this address.
    """
    row = PublishedArticle.objects.filter(**named).only("withdrawn_at", "expires_at").first()
    if row is None or (row.withdrawn_at is None and (row.expires_at is None or row.expires_at > now)):
        raise Http404


@dataclass(frozen=True)
class Read:
    """All that the page of an article is made of, beside the frame and the publication, as the tables have it."""

    row: PublishedArticle
    content: ArticleContent
    #: The UUIDs of those that it is about.
    studies: set[UUID]
    histories: dict[UUID, StudyHistory]
    topics: Answer[Topic]
    related: Answer[PublishedArticle] | None
    texts: Answer[PublishedText]
    links: Answer[tuple[int, str, datetime | None]] | None
    also_signed: list[SignOff]
    is_overdue: bool

    @property
    def made_of(self) -> tuple[Any, ...]:
        """Plain values: another page is made of others."""
        seen: set[int] = set()
        answers = (self.topics, self.related, self.texts, self.links)
        return (
            self.is_overdue,
            [_values(row, seen) for row in (self.row, *self.also_signed)],
            [answer and answer.stored for answer in answers],
            [
                (uuid, study, [_values(notice, seen) for notice in notices])
                for uuid, (study, notices) in self.histories.items()
            ],
        )


def _values(row: Model | None, seen: set[int]) -> list[Any]:
    """Return the values of a row, and of all that was read beside it and is not ``seen`` yet."""
    if row is None or id(row) in seen:
        return []
    seen.add(id(row))
    own = [value for name, value in vars(row).items() if name != "_state"]
    return [own, *(_values(beside, seen) for beside in row._state.fields_cache.values())]


def read_article(row: PublishedArticle, now: datetime, *, with_related: bool = True) -> Read:
    """Return what the page of an article is made of; without what to read next where nobody prints that.

    Args:
        row: as ``public_row`` returns it.
    """
    content = read_canonical(row.content)
    studies = {UUID(cited.study) for cited in content.also_cited if cited.study}
    if row.study:
        studies.add(row.study.subject_uuid)
    return Read(
        row=row,
        content=content,
        studies=studies,
        histories=histories_known_as(studies),
        topics=TOPICS_OF.answer(row.pk),
        related=BESIDE.answer(now, row.pk) if with_related else None,
        texts=_answer_of_texts(content, row.section, row.page_id, row.subject_uuid),
        links=LINKS.answer(now, wanted) if (wanted := build.linked_page_ids(row.content)) else None,
        also_signed=also_signed(row),
        is_overdue=row.review_due_at <= now,
    )


def also_signed(row: PublishedArticle) -> list[SignOff]:
    """Return the signatures of other people that stand for what is public; asked for where the section wants two."""
    if not row.section.two_reviewers:
        return []
    lines = blind.by_different_people(row.subject_uuid, row.digest, row.reviewed_at)
    return [line for line in lines if line.reviewer_id != row.sign_off.reviewer_id]


def notices_by_study(uuids: Iterable[UUID]) -> dict[str, list[StudyNotice]]:
    """Return what happened to studies, the oldest first, by the UUID they are cited under; unknown ones are left out.

    One statement, however many are cited; see ``histories_known_as``.
    """
    wanted = set(uuids)
    return notices_of(histories_known_as(wanted), wanted)


def notices_of(histories: Mapping[UUID, StudyHistory], wanted: Collection[UUID]) -> dict[str, list[StudyNotice]]:
    """Return what ``notices_by_study`` does of histories that were read."""
    studies = {history.study_id for history in histories.values()}
    showing.show_studies(studies, some_unknown=len(histories) < len(wanted))
    return {str(uuid): history.notices for uuid, history in histories.items()}


def subject_of(page_id: int | None) -> UUID | None:
    """Return the subject of an article that is, or was, public; others have no corrections."""
    rows = PublishedArticle.objects.filter(page_id=page_id)
    return rows.values_list("subject_uuid", flat=True).first()


def signed_texts(
    content: ArticleContent, section: Any, article_id: int | None, subject: UUID | None
) -> dict[str, PublishedText]:
    """Return the signed texts an article shows, by subject UUID; the explainer also by its type."""
    answer = _answer_of_texts(content, section, article_id, subject)
    return texts_by_subject(answer.rows, content, section, subject)


def texts_by_subject(
    rows: Iterable[PublishedText], content: ArticleContent, section: Any, subject: UUID | None
) -> dict[str, PublishedText]:
    """Return what ``signed_texts`` does of rows that were read."""
    texts = {str(row.subject_uuid): row for row in rows}
    showing.show_texts([*content.terms, *texts, section.translation_key, subject])
    explainer = next((row for row in texts.values() if row.subject_type == "explainer"), None)
    return {**texts, "explainer": explainer} if explainer else texts


def _answer_of_texts(
    content: ArticleContent, section: Any, article_id: int | None, subject: UUID | None
) -> Answer[PublishedText]:
    terms = [UUID(term) for term in content.terms]
    return TEXTS.answer(timezone.now(), terms, section.translation_key, subject or NO_SUBJECT, article_id or NO_ARTICLE)


def public_links(content: ArticleContent, now: datetime) -> dict[int, str]:
    """Return the addresses of public pages that the words link to, by page id."""
    wanted = build.linked_page_ids(content.canonical)
    return links_by_page(LINKS(now, wanted), wanted) if wanted else {}


def links_by_page(rows: Iterable[tuple[int, str, datetime | None]], wanted: Iterable[int]) -> dict[int, str]:
    """Return what ``public_links`` does of rows that were read."""
    found = list(rows)
    shows(*map(showing.article_tag, wanted))
    shows_until(*(expires_at for *_, expires_at in found))
    return {page_id: address for page_id, address, _ in found}
