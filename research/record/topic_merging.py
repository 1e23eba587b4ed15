"""Merging two topics that are one: everything of the one moves to the other, and readers who knew it are sent there."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import ForeignKey, Model
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail.models import ModelLogEntry, Revision

from common.models import OutboxMessage, User
from common.outbox import register, tell_soon
from research.models.pages import ArticlePage
from research.models.published import Listing, ListingCount, PublishedArticle
from research.models.texts import PublishedText
from research.models.topics import Topic, TopicAddress, TopicMerge
from research.newsroom.permissions import can_merge_topics
from research.publishing.ledger import wait_for_releases
from research.publishing.lists import listing
from research.review import contributions

audit = logging.getLogger("countersign.audit")

TOPICS_OF_DRAFTS = ArticlePage.topics.through
STEPS = Topic.parents.through
#: Kept by ``publishing.lists``; of other apps, what says ``repeats`` follows the topic by itself.
DERIVED = (Listing, ListingCount)


class MayNotMerge(PermissionDenied):
    """The two cannot be merged as things stand; ``reasons`` says why."""

    def __init__(self, reasons: Iterable[Any]) -> None:
        self.reasons = [str(reason) for reason in reasons]
        super().__init__(" ".join(self.reasons))


@dataclass(frozen=True)
class Preview:
    """What a merge will do.

    ``moving`` has a label and a number for each kind of thing that moves; ``names`` the survivor's synonyms after
    it; ``addresses`` the words in addresses from which readers are sent on.
    """

    moving: list[tuple[str, int]]
    names: list[str]
    addresses: list[str]
    loses_definition: bool


def preview(survivor: Topic, other: Topic) -> Preview:
    """Return what will move from one topic to another; nothing is written."""
    revisions = sum(1 for _pk in _revisions_with(other.pk))
    counted = [
        (_("Public articles"), PublishedArticle.objects.not_withdrawn().filter(topics=other).count()),
        (_("Articles, drafts among them"), TOPICS_OF_DRAFTS.objects.filter(topic=other).count()),
        (_("Versions of articles in the newsroom"), revisions),
        (_("Wider and narrower topics"), len(_neighbours(other) - {survivor.pk})),
        *((capfirst(str(of._meta.verbose_name_plural)), rows.count()) for of, _name, rows in _pointing_at(other)),
    ]
    after = Topic(name=survivor.name, synonyms=survivor.synonyms)
    after.add_synonyms(other.all_names())
    former = list(other.addresses.values_list("slug", flat=True))
    signed = set(
        PublishedText.objects.filter(subject_uuid__in=(survivor.subject_uuid, other.subject_uuid)).values_list(
            "subject_uuid", flat=True
        )
    )
    return Preview(
        moving=[(str(label), number) for label, number in counted],
        names=after.all_names()[1:],
        addresses=sorted({*former, *([other.slug] if other.was_public() else [])}),
        loses_definition=signed == {other.subject_uuid},
    )


@transaction.atomic
def merge(survivor: Topic, other: Topic, user: User, reason: str, now: datetime) -> TopicMerge:
    """Move everything of one topic to another, which alone remains; return the record of it.

    Articles with their drafts and versions, wider and narrower topics, followers and whatever else points at it
    move. Its names become synonyms; its addresses lead to the survivor if readers ever knew them.

    Raises:
        PermissionDenied: the user is no editor.
        ValidationError: no reason is given.
        MayNotMerge: it is the same topic, or one of the two is no more.
    """
    if not can_merge_topics(user):
        raise PermissionDenied(_("Editors merge topics."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the two are one. The reason is kept.")})
    if survivor.pk == other.pk:
        raise MayNotMerge([_("This is the same topic. Choose another one.")])
    wait_for_releases()
    rows = Topic.objects.select_for_update().filter(pk__in=(survivor.pk, other.pk)).order_by("pk")
    locked = {topic.pk: topic for topic in rows}
    if not {survivor.pk, other.pk} <= locked.keys():
        raise MayNotMerge([_("One of the two is no more: somebody merged or deleted it just now.")])
    survivor, other = locked[survivor.pk], locked[other.pk]
    record = _record_of(other)
    record["moved"] = [list(line) for line in preview(survivor, other).moving]
    merged = TopicMerge.objects.create(
        merged_pk=other.pk,
        merged_uuid=other.subject_uuid,
        survivor=survivor,
        record=record,
        reason=reason.strip(),
        merged_at=now,
        merged_by=user,
    )
    is_known = other.was_public()
    articles = listing.move_topic(other, survivor)
    _move(survivor, other)
    _take_over(survivor, other)
    if is_known:
        TopicAddress.objects.create(slug=record["slug"], topic=survivor)
    listing.refile(articles, now)
    contributions.record(survivor.subject_uuid, user)
    # A version that was saved while this ran still names the one that is gone.
    tell_soon("merged-topic", {"gone": record["pk"], "survivor": survivor.pk})
    audit.warning(
        "%s merged topic %s (%s) into topic %s (%s)",
        *(user.get_username(), record["pk"], record["name"], survivor.pk, survivor.name),
    )
    return merged


def _record_of(topic: Topic) -> dict[str, Any]:
    """Return what a topic said, as plain values."""
    said = {name: getattr(topic, name) for name in ("pk", "name", "slug", "definition", "mesh_ui", "synonyms")}
    return said | {"parents": sorted(topic.parents.values_list("name", flat=True))}


def _pointing_at(topic: Topic) -> Iterator[tuple[type[Model], str, Any]]:
    """Yield each model that points at topics, the field's name, and its rows that point at this one.

    Found by asking the models, so that one which is new somewhere is not forgotten here.
    """
    for relation in Topic._meta.get_fields(include_hidden=True):
        field = getattr(relation, "field", None)
        if not isinstance(field, ForeignKey) or field.model._meta.auto_created:
            continue
        if field.model not in DERIVED and not getattr(field.model, "repeats", False):
            yield field.model, field.name, field.model._base_manager.filter(**{field.name: topic})


def _move(survivor: Topic, other: Topic) -> None:
    """Move what points at a topic, beside what readers' lists are made of."""
    for _model, name, rows in _pointing_at(other):
        rows.update(**{name: survivor})
    links = TOPICS_OF_DRAFTS.objects
    links.filter(topic=other, articlepage__in=links.filter(topic=survivor).values("articlepage")).delete()
    links.filter(topic=other).update(topic=survivor)
    _rewrite_revisions(other.pk, survivor.pk)
    _move_steps(survivor, other)
    entries = ModelLogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Topic))
    entries.filter(object_id=str(other.pk)).update(object_id=str(survivor.pk))


def _revisions_with(key: int) -> Iterator[int]:
    """Yield the keys of the versions of articles that are filed under a topic."""
    kind = ContentType.objects.get_for_model(ArticlePage)
    found = Revision.objects.filter(content_type=kind).values_list("pk", "content__topics")
    yield from (pk for pk, topics in found.iterator(chunk_size=500) if key in (topics or ()))


@register("merged-topic")
def deliver_merge(message: OutboxMessage) -> None:
    """File the versions that a message is about under the topic that is left."""
    _rewrite_revisions(message.payload["gone"], message.payload["survivor"])


def _rewrite_revisions(gone: int, survivor: int) -> None:
    """File drafts, scheduled and older versions of articles under the survivor. Topics are outside every seal."""
    changed = list(_revisions_with(gone))
    for start in range(0, len(changed), 100):
        for revision in Revision.objects.filter(pk__in=changed[start : start + 100]):
            topics = [survivor if key == gone else key for key in revision.content["topics"]]
            content = {**revision.content, "topics": list(dict.fromkeys(topics))}
            Revision.objects.filter(pk=revision.pk).update(content=content)


def _neighbours(topic: Topic) -> set[int]:
    return {*topic.parents.values_list("pk", flat=True), *topic.children.values_list("pk", flat=True)}


def _move_steps(survivor: Topic, other: Topic) -> None:
    """Give the survivor the wider and narrower topics of the other, but none that would be above itself."""
    for step in STEPS.objects.filter(from_topic=other):
        if step.to_topic_id != survivor.pk and survivor.pk not in _above(step.to_topic_id):
            survivor.parents.add(step.to_topic_id)
    for step in STEPS.objects.filter(to_topic=other):
        if step.from_topic_id != survivor.pk and step.from_topic_id not in _above(survivor.pk):
            survivor.children.add(step.from_topic_id)


def _above(key: int) -> set[int]:
    """Return the keys of all topics above one, however far."""
    steps: dict[int, set[int]] = {}
    for start, to in STEPS.objects.values_list("from_topic", "to_topic"):
        steps.setdefault(start, set()).add(to)
    found: set[int] = set()
    waiting = [key]
    while waiting:
        new = steps.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _take_over(survivor: Topic, other: Topic) -> None:
    """Give the survivor the other's names and what it lacks, and let the other one go."""
    names, definition, mesh_ui, subject = other.all_names(), other.definition, other.mesh_ui, other.subject_uuid
    other.delete()
    survivor.add_synonyms(names)
    survivor.mesh_ui = survivor.mesh_ui or mesh_ui
    if definition and not survivor.definition:
        survivor.definition = definition
        contributions.carry_over(subject, survivor.subject_uuid)
    survivor.save()
