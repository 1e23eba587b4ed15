"""What feeds and digests tell of public articles beside their words: corrections, and studies that were taken back.

Each has a row for every list that its article stands in, written in the transaction that lets readers see it: by a
signature, by a notice, by joining two studies, or by the release of an article that was not public meanwhile. Its
moment is that one, for followers are told what happened since they were told last.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from common.prepared import KEY, MOMENT, Prepared
from common.prepared_saves import insert_all
from research.models.explainers import Correction
from research.models.published import News, PublishedArticle, PublishedArticleQuerySet, place_of
from research.models.references import Study, StudyNotice
from research.models.texts import PublishedText, PublishedTextQuerySet
from research.models.topics import Topic
from research.sources.standing import TAKEN_BACK, standing

#: A list: the section's and the topic's key, None for none.
Scope = tuple[int | None, int | None]
#: A correction's or a notice's key, None for the other.
Event = tuple[int | None, int | None]

TOLD = ("article_id", "place", "text_id", "notice_id", "at")


def _corrections() -> PublishedTextQuerySet:
    return PublishedText.objects.filter(subject_type=Correction.subject_type)


def _notices() -> QuerySet[StudyNotice]:
    return StudyNotice.objects.filter(kind__in=TAKEN_BACK)


def _public_with_any(now: datetime, pk: int) -> QuerySet[Any, Any]:
    """Return who an article is, and what it is about, where it is public and there is anything to tell, or was."""
    of_article = _corrections().filter(about=OuterRef("subject_uuid")).order_by()
    of_study = _notices().filter(study=OuterRef("study")).order_by()
    told = News.objects.filter(article=OuterRef("pk")).order_by()
    public = PublishedArticle.objects.public_now(now).filter(pk=pk)
    return public.filter(Exists(of_article) | Exists(of_study) | Exists(told)).values_list("subject_uuid", "study_id")


# Of most articles there is none: a release asks once.
PUBLIC_WITH_ANY = Prepared(_public_with_any, MOMENT, KEY)


def follow(row: PublishedArticle, scopes: Collection[Scope], now: datetime) -> None:
    """Bring what is told of an article in line with what stands now; nothing changes while it is not public.

    Whoever calls holds the article's row: of two who look at once, neither may miss what the other one wrote.

    Args:
        row: of the article.
        scopes: the lists that it stands in while it is offered.
        now: the moment to judge by, whether it is public.
    """
    for subject, study in PUBLIC_WITH_ANY(now, row.pk):
        kept = set(News.objects.filter(article=row).values_list(*TOLD[1:]))
        known = {(text, notice): at for _, text, notice, at in kept}
        told = {event: _moment(known.get(event), since) for event, since in _events(subject, study).items()}
        wanted = {(place_of(*scope), *event, at) for scope in scopes for event, at in told.items()}
        if wanted != kept:
            News.objects.filter(article=row).delete()
            insert_all(News, TOLD, ((row.pk, *one) for one in sorted(wanted, key=str)))


@transaction.atomic(savepoint=False)
def follow_correction(text: PublishedText) -> None:
    """Bring what is told of an article in line with a correction that was just signed; of the one before, too."""
    about = PublishedArticle.objects.filter(subject_uuid=text.value("article")).values_list("pk", flat=True)
    keys = {*about, *News.objects.filter(text=text).values_list("article", flat=True)}
    rows = PublishedArticle.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    for row in rows.only("pk", "section_id"):
        follow(row, places_of(row, row.topics.values_list("pk", flat=True)), timezone.now())


def places_of(row: PublishedArticle, topic_ids: Collection[int]) -> set[Scope]:
    """Return the lists that an article with these topics stands in while it is offered."""
    return {(None, None), (row.section_id, None), *((row.section_id, topic) for topic in topic_ids)}


def move_topic(gone: Topic, survivor: Topic) -> None:
    """Tell under one topic what was told under another; of articles that are not public now, too."""
    for place in set(News.objects.filter(place__endswith=f"-{gone.pk}").values_list("place", flat=True)):
        to = f"{place.partition('-')[0]}-{survivor.pk}"
        News.objects.of(place).filter(article__in=News.objects.of(to).values("article")).delete()
        News.objects.of(place).update(place=to)


def move_notice(gone: StudyNotice, survivor: StudyNotice) -> None:
    """Keep that readers were told of an event, where two notices of it become one."""
    News.objects.filter(notice=gone).update(notice=survivor)


def untold(now: datetime) -> PublishedArticleQuerySet:
    """Return the public articles of which something stands that nobody is told.

    Also those whose study was given back, and taken back again, while they were away: told is the first time.
    """
    of_words = {"text": OuterRef("pk"), "article__subject_uuid": OuterRef("about"), "at__gte": OuterRef("signed_at")}
    missing = _corrections().exclude(Exists(News.objects.filter(**of_words)))
    withheld = Study.objects.filter(is_withheld=True).order_by()
    silent = PublishedArticle.objects.filter(study__in=withheld.values("pk")).exclude(
        Exists(News.objects.taken_back().filter(article=OuterRef("pk")))
    )
    found = Q(subject_uuid__in=missing.values("about")) | Q(pk__in=silent.values("pk")) | Q(pk__in=_told_of_lifted())
    return PublishedArticle.objects.public_now(now).filter(found)


def _told_of_lifted() -> set[int]:
    """Return the articles of which a notice is told that is not the one by which their study is taken back now."""
    told = News.objects.taken_back().filter(article__study__is_withheld=True)
    rows = set(told.order_by().values_list("article", "article__study", "notice"))
    by_study: dict[int | None, list[StudyNotice]] = {study: [] for _, study, _ in rows}
    for notice in StudyNotice.objects.filter(study__in=by_study):
        by_study[notice.study_id].append(notice)
    last = {study: _last_taken_back(notices) for study, notices in by_study.items()}
    return {article for article, study, notice in rows if notice not in {one.pk for one in last[study]}}


def _last_taken_back(notices: Iterable[StudyNotice]) -> list[StudyNotice]:
    """Return, in a list, the last of the notices by which a study is taken back; none where it is not."""
    return [one for one in standing(notices) if one.kind in TAKEN_BACK][-1:]


def _events(subject: object, study_id: int | None) -> dict[Event, datetime | None]:
    """Return what stands of an article, each with the moment before which nobody can have been told.

    Of a study that was taken back more than once, that is the last notice.
    """
    corrections = _corrections().filter(about=subject).values_list("pk", "signed_at")
    found: dict[Event, datetime | None] = {(pk, None): signed_at for pk, signed_at in corrections}
    notices = StudyNotice.objects.filter(study=study_id)
    return found | {(None, one.pk): None for one in _last_taken_back(notices)}


def _moment(known: datetime | None, since: datetime | None) -> datetime:
    if known is not None and (since is None or known >= since):
        return known
    # Not the moment to judge by, which may have been read long ago; and no clock tells of words before their signature.
    return max(timezone.now(), since) if since else timezone.now()
