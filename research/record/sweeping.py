"""Finding a person's name wherever the database has it, and taking it out where no signed word would change."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from common.models import OutboxMessage
from research.content.article import content_of
from research.models.published import PublishedArticle
from research.models.references import Journal, Study, StudyMerge, StudyNotice
from research.models.signoffs import SealedContent
from research.models.texts import PublishedText, SignableText
from research.models.watch import StudyProposal
from research.newsroom import append_only

REMOVED = "[name removed]"
# Other people's records: an author of a study may have the same name, and a source's words stay the source's.
SOURCES = (Study, StudyNotice, StudyProposal, StudyMerge, Journal)
# Words that readers see as they were signed.
SEALED = (SealedContent, PublishedText)
# A name of one word would be found in every second sentence, so it is taken out only where it stands alone.
NAME_WITH_PARTS = re.compile(r"\w.*\s.*\w")


@dataclass
class Identity:
    """What names a person: ``phrases`` are found inside text, ``exact`` only where a value is nothing else."""

    phrases: set[str] = field(default_factory=set)
    exact: set[str] = field(default_factory=set)

    def add(self, name: str) -> None:
        """Add a name or an address; it goes where it can be told from other words."""
        name = name.strip()
        if name:
            (self.phrases if "@" in name or NAME_WITH_PARTS.search(name) else self.exact).add(name)

    def without(self, text: str, *, alone: bool = False) -> str:
        """Return a text without the person; ``alone`` takes names of one word out as well."""
        if text in self.exact:
            return REMOVED
        for phrase in sorted({*self.phrases, *(self.exact if alone else ())}, key=len, reverse=True):
            for spelling in {phrase, _escaped(phrase)}:
                text = re.sub(rf"(?<!\w){re.escape(spelling)}(?!\w)", REMOVED, text, flags=re.IGNORECASE)
        return text

    def without_in(self, value: Any, *, alone: bool = False) -> Any:
        """Return a value as JSON has it without the person; keys stay."""
        if isinstance(value, str):
            return self.without(value, alone=alone)
        if isinstance(value, list):
            return [self.without_in(member, alone=alone) for member in value]
        if isinstance(value, dict):
            return {key: self.without_in(member, alone=alone) for key, member in value.items()}
        return value

    def spellings(self) -> set[str]:
        """Return everything to look for, as text and as JSON inside JSON has it."""
        names = self.phrases | self.exact
        return names | {_escaped(name) for name in names} | {_escaped(_escaped(name)) for name in names}


@dataclass
class Swept:
    """What a sweep did: rows changed, and where the name was left, because signed words or sources have it."""

    changed: int = 0
    left: list[str] = field(default_factory=list)


def sweep(identity: Identity) -> Swept:
    """Take a person out of every text of every table that is neither signed nor a source's record."""
    swept = Swept()
    if not identity.phrases | identity.exact:
        return swept
    closed = {rule.table for rule in append_only.RULES} - {"research_release", "research_sealedcontent"}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in closed:
            for own in model._meta.local_concrete_fields:
                if isinstance(own, models.CharField | models.TextField | models.JSONField) and not own.choices:
                    _sweep_field(model, own, identity, swept)
    return swept


def _sweep_field(model: Any, own: models.Field, identity: Identity, swept: Swept) -> None:
    for row in _rows_with(model, own, identity):
        before = getattr(row, own.attname)
        after = identity.without_in(before, alone=model is OutboxMessage)
        if after == before:
            continue
        if _is_kept(row, own, before, after):
            swept.left.append(f"{model._meta.verbose_name} {row.pk}, {own.name}")
            continue
        if isinstance(own, models.EmailField):
            after = ""
        elif own.max_length and isinstance(after, str):
            after = after[: own.max_length]
        model._base_manager.filter(pk=row.pk).update(**{own.attname: after})
        swept.changed += 1


def _rows_with(model: Any, own: models.Field, identity: Identity) -> Iterator[Any]:
    looked_for = reduce(or_, (Q(_words__icontains=spelling) for spelling in identity.spellings()))
    rows = model._base_manager.annotate(_words=Cast(own.attname, TextField())).filter(looked_for)
    for pk in list(rows.order_by().values_list("pk", flat=True)):
        yield model._base_manager.get(pk=pk)


def _is_kept(row: Any, own: models.Field, before: Any, after: Any) -> bool:
    """True for words that are signed or may be under review, and for what a source says."""
    if isinstance(row, (*SOURCES, *SEALED)) or own.primary_key or own.unique:
        return True
    if isinstance(row, PublishedArticle):
        return own.name != "authors"
    if isinstance(row, SignableText) or hasattr(type(row), "claim_fields"):
        return own.name in type(row).claim_fields
    if row._meta.label in ("wagtailcore.Page", "wagtailcore.Revision"):
        return _changes_claims(row, own, after)
    return False


def _changes_claims(row: Any, own: models.Field, after: Any) -> bool:
    """True where a draft's claims would be other ones: those are people's to rewrite, and to sign again."""
    if row._meta.label == "wagtailcore.Page":
        return True
    page = row.as_object()
    if own.name != "content" or not getattr(page, "reviewed", False):
        return False
    digest = content_of(page).digest
    row.content = after
    return content_of(row.as_object()).digest != digest


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]
