"""Finding a person's name wherever the database has it, and taking it out where no signed word would change."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from wagtail.fields import StreamField
from wagtail.search import index

from common.models import OutboxMessage
from research.content.article import content_of
from research.models.people import Person
from research.models.published import PublishedArticle
from research.models.references import Journal, Study, StudyNotice
from research.models.reviews.submissions import Submission
from research.models.secret_links import PreviewLink
from research.models.signoffs import SealedContent
from research.models.studies.joined import StudyMerge
from research.models.texts import PublishedText, SignableText
from research.models.watch import StudyProposal

REMOVED = "[name removed]"
# Other people's records: an author of a study may have the same name, and a source's words stay the source's.
SOURCES = (Study, StudyNotice, StudyProposal, StudyMerge, Journal)
# Words as they were signed, or are read before they are.
SEALED = (SealedContent, PublishedText, Submission)
TEXT = (models.CharField, models.TextField, models.JSONField, models.FileField, StreamField)
# What would lead nowhere with other words in it: a file, an address.
ADDRESSES = (models.FileField, models.SlugField, models.URLField, StreamField)
# A name of one word would be found in every second sentence, so it is taken out only where it stands alone.
NAME_WITH_PARTS = re.compile(r"\w.*\s.*\w")
# What stands between the words of a name, in text and in addresses.
BETWEEN = r"(?:[\s_+.,\-‐]|%20)+"
ENOUGH_TO_FIND = 4
A_BATCH = 100


@dataclass
class Identity:
    """What names a person.

    ``phrases`` are found inside text, in any spelling of them: without accents, as JSON has it, the family name first.
    ``exact`` are found only where a value is nothing else. Where one of these, or a family name, is a word among
    others, nobody but a person can tell: those places are named.
    """

    phrases: set[str] = field(default_factory=set)
    exact: set[str] = field(default_factory=set)
    family: set[str] = field(default_factory=set)

    def add(self, name: str) -> None:
        """Add a name or an address; it goes where it can be told from other words."""
        name = name.strip()
        if NAME_WITH_PARTS.search(name):
            self.family.add(name.split()[-1])
        if name:
            (self.phrases if "@" in name or NAME_WITH_PARTS.search(name) else self.exact).add(name)

    def without(self, text: str, *, alone: bool = False) -> str:
        """Return a text without the person; ``alone`` takes names of one word out as well."""
        if text in self.exact:
            return REMOVED
        for phrase in sorted({*self.phrases, *(self.exact if alone else ())}, key=len, reverse=True):
            text = _pattern(phrase).sub(REMOVED, text)
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

    def may_be_in(self, value: Any) -> bool:
        """True where a name of one word, or a family name, stands among other words."""
        if isinstance(value, list | dict):
            return any(self.may_be_in(member) for member in (value.values() if isinstance(value, dict) else value))
        words = "|".join(re.escape(word) for word in sorted(self.exact | self.family))
        return isinstance(value, str) and bool(words) and bool(re.search(rf"(?<!\w)(?:{words})(?!\w)", value))

    @cached_property
    def handles(self) -> set[str]:
        """What a row is found by: of each name the longest part that every spelling of it has, else its spellings."""
        found: set[str] = set()
        for name in {*self.phrases, *self.exact, *self.family}:
            part = max(re.findall(r"[A-Za-z0-9]+", name), key=len, default="")
            spellings = {name, name.lower(), name.upper(), name.title(), _folded(name)}
            found |= {part} if len(part) >= ENOUGH_TO_FIND else spellings | {_escaped(each) for each in spellings}
        return found | {_escaped(each) for each in found}


@dataclass
class Swept:
    """What a sweep did.

    ``changed`` counts values. ``left`` says where the name was left: in signed words, in a source's, in what is never
    rewritten. ``unclear`` says where one word of it stands, which may be somebody else's.
    """

    changed: int = 0
    left: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)


def sweep(identity: Identity) -> Swept:
    """Take a person out of every text of every table that is neither signed nor a source's record.

    A model whose rows are nothing but somebody's words says ``goes_with_a_name``: such a row goes as a whole. One that
    repeats words of others says ``repeats``: its rows follow those.
    """
    swept = Swept()
    if not identity.phrases | identity.exact:
        return swept
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            for own in model._meta.local_concrete_fields:
                if isinstance(own, TEXT) and not own.choices:
                    _sweep_field(model, own, identity, swept)
    return swept


def _sweep_field(model: Any, own: models.Field, identity: Identity, swept: Swept) -> None:
    for row in _rows_with(model, own, identity):
        before, place = _value_of(row, own), f"{model._meta.verbose_name} {row.pk}, {own.name}"
        after = identity.without_in(before, alone=model is OutboxMessage)
        if after != before and getattr(model, "goes_with_a_name", False):
            model._base_manager.filter(pk=row.pk).delete()
            swept.changed += 1
        elif after != before and (_is_kept(row, own, after) or not _write(row, own, after)):
            swept.left.append(place)
        elif after != before:
            swept.changed += 1
        if place not in swept.left and not isinstance(row, SOURCES) and identity.may_be_in(after):
            swept.unclear.append(place)


def _write(row: Any, own: models.Field, after: Any) -> bool:
    """Write a value, and what is searched by it; return False where the database keeps it as it was."""
    if isinstance(own, models.EmailField):
        after = ""
    elif own.max_length and isinstance(after, str):
        after = after[: own.max_length]
    rows = type(row)._base_manager.filter(pk=row.pk)
    try:
        with transaction.atomic():
            rows.update(**{own.attname: after})
    except DatabaseError:
        return False
    if index.class_is_indexed(type(row)):
        index.insert_or_update_object(rows.get())
    return True


def _rows_with(model: Any, own: models.Field, identity: Identity) -> Iterator[Any]:
    looked_for = reduce(or_, (Q(_words__icontains=handle) for handle in identity.handles))
    rows = model._base_manager.annotate(_words=Cast(own.attname, TextField())).filter(looked_for)
    found = list(rows.order_by().values_list("pk", flat=True))
    for start in range(0, len(found), A_BATCH):
        yield from model._base_manager.filter(pk__in=found[start : start + A_BATCH]).order_by()


def _value_of(row: Any, own: models.Field) -> Any:
    value = getattr(row, own.attname)
    if isinstance(own, StreamField):
        return own.get_prep_value(value)
    return str(value) if isinstance(own, models.FileField) else value


def _is_kept(row: Any, own: models.Field, after: Any) -> bool:
    """True for words that are signed or under review, of a source, of a namesake, and for what leads somewhere."""
    if isinstance(row, (*SOURCES, *SEALED)) or own.primary_key or own.unique or isinstance(own, ADDRESSES):
        return True
    # Whose a byline is, is on record: the person's own name was removed before, so what is left is a namesake's.
    if isinstance(row, PublishedArticle) or (isinstance(row, Person) and own.name == "name"):
        return True
    if isinstance(row, PreviewLink):
        return own.name == "content"
    if isinstance(row, SignableText) or hasattr(type(row), "claim_fields"):
        return own.name in type(row).claim_fields
    if row._meta.label in ("wagtailcore.Page", "wagtailcore.Revision"):
        return _changes_claims(row, own, after)
    return getattr(type(row), "repeats", False)


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


def _pattern(phrase: str) -> re.Pattern[str]:
    """Return what finds a name in text, however it is spelled: the family name may come first."""
    words = [f"(?:{'|'.join(re.escape(each) for each in _spellings(word))})" for word in phrase.split()]
    orders = [BETWEEN.join(words)] + ([BETWEEN.join([words[-1], *words[:-1]])] if len(words) > 1 else [])
    return re.compile(rf"(?<!\w)(?:{'|'.join(orders)})(?!\w)", re.IGNORECASE)


def _spellings(word: str) -> list[str]:
    return sorted({word, _escaped(word), _escaped(_escaped(word)), _folded(word), quote(word)})


def _folded(text: str) -> str:
    """Return a text without accents, as searches and addresses have it."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]
