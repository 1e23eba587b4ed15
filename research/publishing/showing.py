"""What a changed row of the research section means for kept pages: the tags that pages and changes share.

A page names by these what it shows; ``changes`` has the rules by which a change ends it. Tables without a rule here
end their pages by the statement: see ``common.page_store.changes``.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from common.page_store import changes
from common.page_store.shown import shows, shows_until
from research.models.explainers import ArticleNotice, NoticeWording
from research.models.people import Person
from research.models.published import (
    Credit,
    Listing,
    ListingCount,
    News,
    PublishedArticle,
    PublishedArticleQuerySet,
    RelatedArticle,
)
from research.models.references import Study, StudyNotice
from research.models.signoffs import Erasure, SignOff, SignOffPersonal
from research.models.studies.joined import StudyMerge
from research.models.texts import ABOUT, PublishedText
from research.models.topics import Topic, TopicAddress

TOPICS_OF_ARTICLES = PublishedArticle.topics.through
#: Of these tables, the page of an article names each row that it shows; and so do the pages of lists.
NAMED_BY_ARTICLES = (
    *(PublishedArticle, TOPICS_OF_ARTICLES, RelatedArticle, Topic),
    *(Study, StudyNotice, PublishedText, ArticleNotice, Credit),
)
# What becomes of a study reaches lists by the rows of its articles, which follow it.
NAMED_BY_LISTS = (PublishedArticle, Listing, ListingCount, Study)
NAMED_BY_CONTRIBUTORS = (PublishedArticle, Credit, Person, Study)


def article_tag(page_id: int) -> str:
    """Return the tag of pages that show anything of an article: its page, cards, links to it."""
    return f"article-{page_id}"


def study_tag(study_id: int) -> str:
    """Return the tag of pages that say something of a study that is not sealed: what happened to it, and checks."""
    return f"study-{study_id}"


def topic_tag(topic_id: int) -> str:
    """Return the tag of pages that print the name of a topic."""
    return f"topic-{topic_id}"


def person_tag(person_id: int) -> str:
    """Return the tag of the pages of a contributor."""
    return f"person-{person_id}"


def text_tag(subject: UUID | str) -> str:
    """Return the tag of pages that print a signed text, or all signed texts about something: by the UUID of either."""
    return f"text-{subject}"


def list_tag(section_id: int | None, topic_id: int | None = None) -> str:
    """Return the tag of all pages of a list: the site's, a section's, or that of a topic in a section."""
    return f"list-{section_id or ''}-{topic_id or ''}"


def counts_tag(section_id: int) -> str:
    """Return the tag of pages that say how many articles the topics of a section have."""
    return f"counts-{section_id}"


def connect() -> None:
    """Let changes of these tables end the pages that show the rows."""
    changes.rule(PublishedArticle, lambda row: [article_tag(row.page_id)])
    changes.rule(TOPICS_OF_ARTICLES, lambda row: [article_tag(row.page_id)])
    changes.rule(Study, lambda study: [study_tag(study.pk)])
    changes.rule(StudyNotice, lambda notice: [study_tag(notice.study_id)])
    changes.rule(Topic, lambda topic: [topic_tag(topic.pk)])
    changes.rule(ArticleNotice, lambda notice: [article_tag(notice.article_id)], moves=True)
    changes.rule(PublishedText, _tags_of_text, moves=True)
    # A wording is printed as it was signed; of its own row, only the UUID is asked, which stays.
    changes.rule(NoticeWording, lambda wording: [])
    # Lines are never changed, and read only where a published row points to them.
    changes.rule(SignOff, new_rows_unseen=True)
    changes.rule(SignOffPersonal, new_rows_unseen=True)
    changes.rule(Person, lambda person: [person_tag(person.pk)])
    changes.rule(Erasure)
    for model in (Listing, ListingCount, RelatedArticle, Credit):
        changes.rule(model, changes.by_hand)
    # Only feeds read it, and theirs are ended by any change of what they tell.
    changes.rule(News)
    changes.rule(StudyMerge)
    changes.rule(Topic.parents.through)
    # Asked only for what is not found, which is not kept.
    changes.rule(TopicAddress)


def show_cards(rows: Iterable[PublishedArticle]) -> None:
    """Name the articles whose cards a page prints; one that time takes out of lists ends the page."""
    for row in rows:
        shows(article_tag(row.page_id))
        shows_until(row.offered_until())


def show_studies(study_ids: Iterable[int], *, some_unknown: bool = False) -> None:
    """Name the studies that a page says something of; where one is not known yet, any new one may be it."""
    unknown = [changes.unnamed_row(Study._meta.db_table)] if some_unknown else []
    shows(*map(study_tag, study_ids), *unknown)


def with_end_of_notices(rows: PublishedArticleQuerySet, now: datetime) -> PublishedArticleQuerySet:
    """Add to articles when the next of the notices that stand above them goes, for ``show_article``."""
    ending = ArticleNotice.objects.filter(article=OuterRef("page_id"), removed_at__gt=now).order_by("removed_at")
    return rows.annotate(notice_until=Subquery(ending.values("removed_at")[:1]))


def show_article(
    row: PublishedArticle,
    topics: Iterable[Topic] = (),
    related: Iterable[PublishedArticle] = (),
    *,
    due_at: datetime | None = None,
) -> None:
    """Name what a page of an article says of it, beside its signed texts and links.

    ``due_at`` is when it will say that the article is to be reviewed again.
    """
    show_cards(related)
    shows(article_tag(row.page_id), *(topic_tag(topic.pk) for topic in topics))
    shows_until(vars(row).get("notice_until"))
    shows_until(row.expires_at, due_at)
    show_studies([row.study_id] if row.study_id else [])


def show_texts(subjects: Iterable[UUID | str | None]) -> None:
    """Name the texts that a page prints where they are signed: by their UUID, or that of what they are about."""
    shows(*(text_tag(subject) for subject in subjects if subject))


def _tags_of_text(text: PublishedText) -> Iterable[str]:
    found = [text_tag(text.subject_uuid), *(text_tag(text.values[name]) for name in ABOUT if text.values.get(name))]
    if text.subject_type == NoticeWording.subject_type:
        placed = ArticleNotice.objects.filter(wording__subject_uuid=text.subject_uuid)
        found += map(article_tag, placed.values_list("article_id", flat=True))
    return found
