"""The guard under the models: no row that readers see, and no page row that is live, is saved without a permit.

The receivers stand before every save, whoever saves: a publish action, a fixture, a shell. What the permit asks for
is in ``guard``.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone
from wagtail.models import Page

from common.prepared import IDENTITY, KEY, TEXT, Prepared
from research.content.article import content_of
from research.content.canonical import digest_of
from research.models.published import PublishedArticle
from research.models.signoffs import SignOff
from research.models.texts import PublishedText
from research.newsroom.refusals import note_refusal
from research.review.blind import by_different_people, needed_in
from research.review.chain import releasing_line, standing_line
from research.review.guard import ONE_OF_TWO, NotPermitted, Reason, Refusal, demand, standing_for

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

# Every save of a page, and of what readers see, asks these.
IS_LIVE = Prepared(lambda pk: Page.objects.filter(pk=pk, live=True).values_list("pk"), KEY)
SHOWN_OF_PAGE = Prepared(
    lambda page, digest: PublishedArticle.objects.not_withdrawn().filter(page_id=page, digest=digest).values_list("pk"),
    *(KEY, TEXT),
)
SHOWN = Prepared(
    lambda subject, digest: (
        PublishedArticle.objects.not_withdrawn().filter(subject_uuid=subject, digest=digest).values_list("pk")
    ),
    *(IDENTITY, TEXT),
)
SHOWN_TEXTS = Prepared(
    lambda subject, digest: PublishedText.objects.filter(subject_uuid=subject, digest=digest).values_list("pk"),
    *(IDENTITY, TEXT),
)


def guard_save(
    sender: type, instance: Model, raw: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """Refuse a save that would make unsigned words live. Connected to ``pre_save`` for every sender.

    A page row is judged as it would be after the save: bookkeeping writes of a live page carry draft
    values in memory that are not written.

    Raises:
        NotPermitted: the row would be live without a permit, or it is an alias of an article.
    """
    if not isinstance(instance, Page) or not _is_reviewed(instance):
        return
    if raw:
        _keep_fixture_from_publishing(instance)
        return
    refuse_alias(instance)
    if update_fields is not None and not _would_change_what_is_public(instance, update_fields):
        return
    page = _would_be(instance, update_fields)
    if page is not None and page.live and (standing_for(page) or _goes_live_or_changes(page)):
        demand(page)


def refuse_alias(page: Page) -> None:
    """Refuse an article that is the alias of another: the words of two subjects would have one signature.

    Raises:
        NotPermitted: it is one.
    """
    if not page.alias_of_id:
        return
    refused = Refusal(Reason.ALIAS, "Articles have no aliases: link to the article, or copy it.")
    note_refusal(_identified(page), [refused])
    raise NotPermitted([refused])


def _is_reviewed(instance: Page) -> bool:
    """True for a page whose words need a signature.

    A fixture may bring pages before their content types. What such a row says of itself makes nothing
    public: readers get sealed rows only, and those are guarded on their own.
    """
    try:
        return getattr(instance.specific_class, "reviewed", False)
    except ContentType.DoesNotExist:
        return False


def guard_sealed(sender: type, instance: PublishedArticle | PublishedText, raw: bool = False, **kwargs: Any) -> None:
    """Refuse to write sealed words that no standing signature covers, fixtures included.

    Connected to ``pre_save`` of what readers see: ``PublishedArticle`` and ``PublishedText``. Words that readers
    see already stay by their own signature; any others need the newest one.

    Raises:
        NotPermitted: the digest is not that of the words, or nobody's signature stands for it.
    """
    if getattr(instance, "withdrawn_at", None) is not None:
        return
    stays = raw or (not instance._state.adding and _is_shown(instance))
    line_of = standing_line if stays else partial(releasing_line, known=_line_at_hand(instance))
    is_sealed = instance.digest == digest_of(instance.sealed_words())
    line = line_of(instance.subject_uuid, instance.digest) if is_sealed else None
    if line is None:
        raise NotPermitted([Refusal(Reason.UNSIGNED, "These words are not the ones that were signed.")])
    if not stays and isinstance(instance, PublishedArticle):
        needed, now = needed_in(instance.section_id), timezone.now()
        is_enough = needed == 1 and line.valid_until > now
        if not is_enough and len(by_different_people(instance.subject_uuid, instance.digest, now)) < needed:
            raise NotPermitted([Refusal(Reason.SECOND, str(ONE_OF_TWO))])


def _line_at_hand(instance: PublishedArticle | PublishedText) -> SignOff | None:
    """Return the line that a row was written by, where it was read already."""
    line: SignOff | None = vars(instance)["_state"].fields_cache.get("sign_off")
    return line


def _is_shown(instance: PublishedArticle | PublishedText) -> bool:
    """True when readers see these very words now."""
    of_kind = SHOWN if isinstance(instance, PublishedArticle) else SHOWN_TEXTS
    return bool(of_kind(instance.subject_uuid, instance.digest))


def _keep_fixture_from_publishing(instance: Page) -> None:
    """Load a page row of a fixture as a draft, unless these readers see it already.

    Fixtures arrive in pieces that cannot be judged.
    """
    if type(instance) is Page and instance.live:
        public = PublishedArticle.objects.not_withdrawn().filter(page_id=instance.pk)
        instance.live = public.exists()


def _identified(instance: Page) -> Page:
    """Return the specific page, for the audit line; a page that is not saved yet is its own."""
    return instance.specific if type(instance) is Page else instance


def _would_change_what_is_public(instance: Page, update_fields: frozenset[str]) -> bool:
    claims = instance.specific_class.claim_fields | {"live"}
    attnames = {field.attname for field in instance._meta.concrete_fields if field.name in claims}
    return not update_fields.isdisjoint(claims | attnames)


def _would_be(instance: Page, update_fields: frozenset[str] | None) -> "ArticlePage | None":
    """Return the specific article as it would be once this save is done."""
    specific_class = instance.specific_class
    if update_fields is None and isinstance(instance, specific_class):
        return instance
    page = specific_class.objects.filter(pk=instance.pk).first()
    if page is None:
        return None
    for field in instance._meta.concrete_fields:
        if update_fields is None or {field.name, field.attname} & update_fields:
            setattr(page, field.attname, getattr(instance, field.attname))
    return page


def _goes_live_or_changes(page: "ArticlePage") -> bool:
    """False for a live row whose words stay what readers already see: nothing new becomes public.

    An article that is public keeps its row when its signature expires or is overdue; lists and
    banners deal with that. New words, or going live, always need a permit.
    """
    was_live = page.pk is not None and bool(IS_LIVE(page.pk))
    return not (was_live and SHOWN_OF_PAGE(page.pk, content_of(page).digest))
