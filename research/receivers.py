"""What follows when a page is saved or moved. Each receiver hands on to the module with the rule."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from django.db.models import Model
from django.http import HttpRequest
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.log_actions import get_active_log_context
from wagtail.models import Page, PageViewRestriction, Revision, WorkflowState
from wagtail.signals import workflow_approved, workflow_rejected, workflow_submitted
from wagtail.workflows import publish_workflow_state

from common.masters import UnreadablePicture, master_hash_of
from common.models import Image, OutboxMessage, User
from research.content.article import content_of
from research.models.explainers import Correction
from research.models.pages import ArticlePage
from research.models.people import Person
from research.models.published import PublishedArticle
from research.models.references import Study, StudyNotice
from research.models.sections import TopicIndexPage
from research.models.texts import PublishedText, SignableText
from research.models.topics import Topic
from research.models.workflow import MedicalReviewState
from research.newsroom import append_only, roles
from research.newsroom.mails.people import announce_given_up
from research.publishing import planning, public_row, receipts, sections
from research.publishing.contributors import bylines, photos
from research.publishing.ledger import wait_for_releases
from research.publishing.lists import listing, news, restrictions
from research.review import contributions
from research.review.guarded_saves import guard_save, guard_sealed

__all__ = [
    "follow_approval",
    "follow_base_page",
    "follow_given_up",
    "follow_group",
    "follow_move",
    "follow_name",
    "follow_notice",
    "follow_person",
    "follow_picture",
    "follow_publication",
    "follow_restriction",
    "follow_revocation",
    "follow_roles",
    "follow_schedule",
    "follow_slug",
    "follow_study",
    "follow_takedown",
    "follow_text",
    "guard_save",
    "guard_sealed",
    "keep_append_only",
    "keep_record_from_bulk_action",
    "keep_record_from_deletion",
    "keep_record_of_notice",
    "keep_record_of_text",
    "keep_section",
    "keep_wagtail_from_mailing",
    "write_receipt",
]

#: What the articles of a section follow: whether it is public, and where it stands.
FOLLOWED = ("live", "slug")
#: What public rows follow of a study and of a contributor.
FOLLOWED_OF = frozenset({"status", "name"})


def keep_wagtail_from_mailing() -> None:
    """Take the places of Wagtail's own workflow mails, which are sent inside the transaction.

    Ours go through the outbox (see ``notices``). Django connects one receiver a ``dispatch_uid``, and
    this app is ready before Wagtail's admin is.
    """
    for signal, name in (
        (workflow_submitted, "submitted"),
        (workflow_rejected, "rejected"),
        (workflow_approved, "approved"),
    ):
        uid = f"workflow_state_{name}_email_notification"
        signal.connect(_no_mail, sender=WorkflowState, dispatch_uid=uid)


def follow_given_up(sender: type, message: OutboxMessage, **kwargs: Any) -> None:
    """Tell the editors whom a mail did not reach."""
    announce_given_up(message)


def _no_mail(sender: type, **kwargs: Any) -> None:
    """Send nothing."""


def keep_record_from_deletion(request: HttpRequest, page: Page) -> None:
    """Refuse the admin's delete view for what was ever public: it goes past the article's own ``delete``."""
    public_row.refuse_to_delete_public(page)


def keep_record_from_bulk_action(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action: BulkAction
) -> None:
    """Refuse the admin's bulk deletion when anything in it was ever public."""
    if action_type == "delete":
        for page in objects:
            if isinstance(page, Page):
                public_row.refuse_to_delete_public(page)


def keep_record_of_text(sender: type, instance: SignableText, **kwargs: Any) -> None:
    """Refuse to delete a shared text that was ever public, whichever way: also with the section it is about."""
    instance.refuse_to_delete()


def keep_record_of_notice(sender: type, instance: StudyNotice, origin: Any = None, **kwargs: Any) -> None:
    """Refuse to delete a notice, whichever way, but with its study: that goes where no article rests on it."""
    if not issubclass(getattr(origin, "model", type(origin)), Study):
        instance.refuse_to_delete()


def follow_base_page(
    sender: type, instance: Page, raw: bool = False, update_fields: Iterable[str] | None = None, **kwargs: Any
) -> None:
    """Follow a save of the bare ``Page`` row, which skips the article's own ``save``."""
    if type(instance) is not Page or raw or not public_row.touches_the_public(update_fields):
        return
    if getattr(instance.specific_class, "reviewed", False):
        article = ArticlePage.objects.filter(pk=instance.pk).first()
        if article is not None:
            public_row.follow_row(article)


def follow_revocation(sender: type, page_id: int, user: User | None, **kwargs: Any) -> None:
    """Unpublish the row of an article whose signature was revoked; readers lost it already."""
    article = ArticlePage.objects.filter(pk=page_id, live=True).first()
    if article is not None:
        # Reviewers hold no publish right; that they may revoke was asked before.
        UnpublishPageAction(article, user=user).execute(skip_permission_checks=True)


def follow_notice(sender: type, instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """What is known of a study changed: cards show its rating accordingly."""
    if not raw:
        public_row.follow_notice(instance.study)


def follow_text(sender: type, instance: PublishedText, raw: bool = False, **kwargs: Any) -> None:
    """A shared text was signed: a correction is told from now on."""
    if not raw and instance.subject_type == Correction.subject_type:
        news.follow_correction(instance)


def follow_roles(sender: type, instance: Any, action: str, reverse: bool, pk_set: Any, **kwargs: Any) -> None:
    """Somebody joined or left a group."""
    roles.note_change(instance, action, reverse=reverse, pks=pk_set)


def follow_picture(sender: type, instance: Image, raw: bool = False, **kwargs: Any) -> None:
    """Store the master of a picture when it comes, or is replaced, and note who brought it."""
    if raw:
        return
    known = instance.master_made_from
    try:
        hashed = master_hash_of(instance)
    except UnreadablePicture:
        return  # the article that shows it says so when it is submitted
    if instance.master_made_from == known:
        return
    photos.follow_image(instance)
    user = get_active_log_context().user or instance.uploaded_by_user
    if user is not None:
        contributions.record_picture(hashed, user)


@transaction.atomic(savepoint=False)
def follow_person(sender: type, instance: Person, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """A contributor's record changed: readers get the name and the photo that it has now."""
    if raw:
        return
    if not created:
        bylines.follow_name(instance)
    photos.follow([instance.pk])


def wait_before(
    sender: type[Model], instance: Model, raw: bool = False, update_fields: Iterable[str] | None = None, **kwargs: Any
) -> None:
    """A record is about to be saved that public rows follow: releases are waited for before its row is held."""
    if not raw and not instance._state.adding and (update_fields is None or FOLLOWED_OF.intersection(update_fields)):
        wait_for_releases()


def follow_group(sender: type, instance: Group, raw: bool = False, **kwargs: Any) -> None:
    """The group of a role gets another name."""
    if not raw:
        roles.note_renaming(instance)


def follow_name(sender: type[Model], instance: Topic | TopicIndexPage, raw: bool = False, **kwargs: Any) -> None:
    """Record that a topic or a section is about to be called otherwise; its name is outside every seal."""
    names = ["name"] if isinstance(instance, Topic) else ["title", "condition_name", "condition_short_name"]
    kept = None if raw else sender._default_manager.filter(pk=instance.pk).values_list(*names).first()
    for name, was in zip(names, kept or (), strict=False):
        if was != getattr(instance, name):
            roles.note_name(str(instance._meta.verbose_name), was, getattr(instance, name))


def keep_section(
    sender: type, instance: Page, parent_page_before: Page, parent_page_after: Page, **kwargs: Any
) -> None:
    """Refuse to move a public article to another section: the condition is part of what was signed."""
    if parent_page_before.pk != parent_page_after.pk:
        public_row.refuse_to_change_section(instance)


def follow_approval(sender: type, workflow_state: WorkflowState, user: User | None, **kwargs: Any) -> None:
    """Put an approved article on the ledger, due now or at its go-live time; other pages go live as Wagtail has it.

    Raises:
        NotPermitted: the words of the approved revision are not signed, for instance because the
            workflow has no medical review in it.
    """
    page = workflow_state.content_object
    if not getattr(getattr(page, "specific_class", page), "reviewed", False):
        publish_workflow_state(workflow_state, user=user)
        return
    if workflow_state.current_task_state is None:
        raise PermissionDenied("A workflow without a task reviews nothing: nothing was published.")
    state = workflow_state.current_task_state.specific
    digest = state.digest if isinstance(state, MedicalReviewState) else content_of(state.revision.as_object()).digest
    planning.release_soon(state.revision, user=user, digest=digest)


def follow_schedule(
    sender: type, instance: Revision, raw: bool = False, update_fields: Iterable[str] | None = None, **kwargs: Any
) -> None:
    """Bring the ledger in line with a go-live time set on, or taken off, a revision of an article."""
    if raw or instance.content_type.model_class() is not ArticlePage:
        return
    if instance.approved_go_live_at or "approved_go_live_at" in (update_fields or ()):
        planning.follow_schedule(instance)


def follow_publication(sender: type, instance: Page, **kwargs: Any) -> None:
    """An article went live: what was planned for it is settled, and its expiry goes on the ledger.

    A section that goes live may ask for a second reviewer from now on.
    """
    if isinstance(instance, ArticlePage) and instance.live:
        planning.follow_publication(instance)
    elif isinstance(instance, TopicIndexPage):
        for review in MedicalReviewState.objects.open().in_section(instance):
            review.follow_section()


def follow_takedown(sender: type, instance: Page, **kwargs: Any) -> None:
    """An article was taken down: nothing stays planned for it, also where readers had lost it before."""
    if isinstance(instance, ArticlePage):
        public_row.take_off_ledger(instance)


def follow_study(
    sender: type, instance: Study, created: bool, update_fields: Iterable[str] | None = None, **kwargs: Any
) -> None:
    """What became of a study may take its article out of lists, or bring it back."""
    if not created and (update_fields is None or "status" in update_fields):
        listing.follow_study(instance.pk)


def announce_restriction(sender: type, instance: PageViewRestriction, raw: bool = False, **kwargs: Any) -> None:
    """A restriction is about to be made or changed: should it not be followed at once, it is soon."""
    if not raw:
        restrictions.follow_soon(instance.page_id)


def follow_restriction(sender: type, instance: PageViewRestriction, **kwargs: Any) -> None:
    """A page is for some readers only, or for all again: so is what stands below it."""
    restrictions.follow_page(instance.page_id)


def write_receipt(
    sender: type,
    instance: PublishedArticle,
    raw: bool = False,
    created: bool = False,
    update_fields: Iterable[str] | None = None,
    **kwargs: Any,
) -> None:
    """The row that readers read from was written: its receipt says what it is now. A fixture brings its own."""
    if not raw:
        is_whole = update_fields is None and not instance.get_deferred_fields()
        receipts.note(instance.page_id, instance if is_whole else None, is_new=created)


def keep_append_only(sender: Any, **kwargs: Any) -> None:
    """Migrations ran: the triggers are still on every append-only table, or are put back."""
    append_only.reinstall_if_missing(connections[kwargs["using"]])


@transaction.atomic(savepoint=False)
def follow_move(sender: type, instance: Page, **kwargs: Any) -> None:
    """Bring who may read what stands below a page in line after a move in the tree, and the addresses."""
    restrictions.follow(instance.path)
    _follow_address(instance)


def follow_slug(sender: type, instance: Page, **kwargs: Any) -> None:
    """Bring the address in line after a slug changed."""
    _follow_address(instance)


def _follow_address(page: Page) -> None:
    page = page.specific
    if isinstance(page, ArticlePage):
        public_row.follow_move(page)


def follow_section(sender: type[Page], instance: Page, raw: bool = False, **kwargs: Any) -> None:
    """A section is about to be saved: where it becomes public, a draft, or gets another address, its articles follow.

    They do so by what is stored then; that is told in the transaction of the save.
    """
    if raw or not issubclass(instance.specific_class or Page, TopicIndexPage):
        return
    before = sender._default_manager.filter(pk=instance.pk).values_list(*FOLLOWED).first()
    if before is not None and before != tuple(getattr(instance, name) for name in FOLLOWED):
        sections.follow_soon(instance)
