"""Finding a person's name wherever the database has it, and taking it out where no signed word would change."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, models, transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from wagtail.fields import StreamField
from wagtail.models import Revision
from wagtail.search import index

from common.models import OutboxMessage, User
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
from research.record.erasure.columns import ADDRESSES, TEXT, Kind, kind_of, tables, texts_of
from research.record.erasure.mails import payload_without
from research.record.erasure.names import Identity

# Other people's records: an author of a study may have the same name, and a source's words stay the source's.
SOURCES = (Study, StudyNotice, StudyProposal, StudyMerge, Journal)
# Words as they were signed, or are read before they are.
SEALED = (SealedContent, PublishedText, Submission)
A_BATCH = 100
READ_AT_ONCE = 1000


@dataclass
class Swept:
    """What a sweep did.

    ``changed`` counts values. ``left`` says where the name was left: in signed words, in a source's, in what is never
    rewritten. ``unclear`` says where one word of it stands, or a spelling of it, which may be somebody else's.
    """

    changed: int = 0
    left: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)


def sweep(identity: Identity) -> Swept:
    """Take a person out of people's words in every table, unless they are signed or a source's record.

    A model whose rows are nothing but somebody's words says ``goes_with_a_name``: such a row goes as a whole. One that
    repeats words of others says ``repeats``: its rows follow those. What a column holds, ``columns`` says.
    """
    swept = Swept()
    if identity.phrases | identity.exact:
        for model in tables():
            for row, owns in _rows_with(model, identity):
                _sweep_row(row, owns, identity, swept)
    return swept


def _sweep_row(row: Any, owns: list[models.Field], identity: Identity, swept: Swept) -> None:
    for own in owns:
        before, place = _value_of(row, own), f"{row._meta.verbose_name} {row.pk}, {own.name}"
        after = _without(row, own, before, identity)
        if after != before and getattr(type(row), "goes_with_a_name", False):
            type(row)._base_manager.filter(pk=row.pk).delete()
            swept.changed += 1
            return
        is_left = after != before and (_is_kept(row, own, after) or not _write(row, own, after))
        swept.changed += after != before and not is_left
        whole = kind_of(own) is Kind.MACHINERY and not isinstance(own, ADDRESSES)
        stays_in_part = isinstance(row, (OutboxMessage, Revision)) and identity.without_in(after) != after
        if is_left or stays_in_part:
            swept.left.append(place)
        elif not isinstance(row, SOURCES) and identity.may_be_in(after, whole=whole):
            swept.unclear.append(place)


def _without(row: Any, own: models.Field, value: Any, identity: Identity) -> Any:
    if isinstance(row, OutboxMessage) and own.name == "payload":
        return payload_without(row, identity)
    if isinstance(row, Revision) and own.name == "content":
        return _content_without(row, identity)
    return identity.without_in(value, is_name=kind_of(own) is Kind.NAMES)


def _content_without(revision: Revision, identity: Identity) -> dict[str, Any]:
    """Return what a draft holds without the person; what only the program reads, such as its address, stays."""
    model = revision.content_type.model_class()
    own = {each.name: each for each in model._meta.concrete_fields if isinstance(each, TEXT)} if model else {}
    content = {}
    for name, value in revision.content.items():
        column = own.get(name)
        is_kept = column is not None and kind_of(column) is Kind.MACHINERY
        after = value if is_kept else identity.without_in(value)
        content[name] = "" if after != value and isinstance(column, models.EmailField) else after
    return content


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


def _rows_with(model: type[models.Model], identity: Identity) -> Iterator[tuple[Any, list[models.Field]]]:
    """Give each row in which the person may stand, with the columns.

    All texts are read: no condition of a database passes over accents, escapes and signs as ``spelling`` does.
    """
    owns = texts_of(model)
    if not owns:
        return
    texts = {f"_text_{number}": Cast(own.attname, TextField()) for number, own in enumerate(owns)}
    rows = model._base_manager.order_by().annotate(**texts).values_list("pk", *texts)
    found = {
        pk: named
        for pk, *values in rows.iterator(chunk_size=READ_AT_ONCE)
        if (named := [own for own, value in zip(owns, values, strict=True) if value and identity.may_stand_in(value)])
    }
    for start in range(0, len(found), A_BATCH):
        for row in model._base_manager.filter(pk__in=list(found)[start : start + A_BATCH]).order_by():
            yield row, found[row.pk]


def _value_of(row: Any, own: models.Field) -> Any:
    value = getattr(row, own.attname)
    if isinstance(own, StreamField):
        return own.get_prep_value(value)
    return str(value) if isinstance(own, models.FileField) else value


def _is_kept(row: Any, own: models.Field, after: Any) -> bool:
    """True for words that are signed or under review, of a source, of a namesake, and for what leads somewhere."""
    if isinstance(row, (*SOURCES, *SEALED)) or own.unique or isinstance(own, StreamField):
        return True
    if kind_of(own) is Kind.MACHINERY:
        return True
    # What an account is called, its owner says: the person's own was closed before.
    if isinstance(row, User) and kind_of(own) is Kind.NAMES:
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
