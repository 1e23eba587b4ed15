from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from typing import Any, ClassVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Substr
from django.utils.translation import gettext
from wagtail.models import (
    COMMENTS_RELATION_NAME,
    Comment,
    Page,
    PageManager,
    PageViewRestriction,
    Revision,
    Site,
    Workflow,
    WorkflowPage,
    WorkflowState,
)
from wagtail.query import PageQuerySet

from common import child_rows, references
from common.editing import FREE_SLUG, WholePageForm, current_saving, note_stored, refuse_to_overwrite
from common.once import know, once
from common.prepared import IDENTITY, KEY, TEXT, Prepared
from common.prepared_saves import PreparedSaves
from common.stored_rows import found_behind, give_chosen, give_found, keys_read, split_chosen

#: What the site's own addresses start with, so that no page right below the home page may be called so.
TOP_LEVEL_ADDRESSES = frozenset(
    {
        *(
            "_util",
            "accounts",
            "admin",
            "api",
            "calendar",
            "contributors",
            "feed",
            "follow",
            "guest",
            "health",
            "media",
            "preview",
        ),
        *("search", "static"),
    }
)


# Root, home page, and the sections and small pages right below it.
TOP_LEVELS = 3

# Keys that no form sets and the database holds: Wagtail's saves ask for each whether what it points to is there.
KEPT_KEYS = frozenset({"content_type", "locale", "latest_revision", "live_revision"})
# What the database keeps unique and no page changes once it is stored.
KEPT_UNIQUE = frozenset({"path", "subject_uuid", "translation_key"})

#: Where a page stands, and how many stand below it: only the tree changes that.
IN_THE_TREE = ("path", "depth", "numchild", "url_path")
# What ``Page.with_content_json`` takes from the row, whatever a version says.
OF_THE_ROW = frozenset({"content_type", "owner", "locked_by", "latest_revision", "locale", "alias_of"})

AT_PATH = Prepared(lambda path: Page.objects.filter(path=path), TEXT)
BESIDE = Prepared(
    lambda first, last, depth, slug: Page.objects.filter(path__range=(first, last), depth=depth, slug=slug).values_list(
        "pk", flat=True
    ),
    *(TEXT, TEXT, KEY, TEXT),
)
IS_ROOT = Prepared(lambda key: Site.objects.filter(root_page__translation_key=key).values_list("pk")[:1], IDENTITY)
OPEN_REVIEWS = Prepared(
    lambda kind, page: (
        WorkflowState.objects.active()
        .filter(base_content_type=kind, object_id=page)
        .select_related("current_task_state__task")
        .order_by("pk")
    ),
    *(KEY, TEXT),
)

COMMENTS_OF = Prepared(lambda page: Comment.objects.filter(page_id=page, resolved_at__isnull=True), KEY)

# Answered by an index of its own: see ``common.page_index``.
ON_THEIR_WAY = Page.objects.order_by().filter(Q(live=False) | Q(has_unpublished_changes=True))


class BasePageQuerySet(PageQuerySet):
    def open_to_all(self) -> "BasePageQuerySet":
        """Live pages of the top levels that no view restriction, on them or above, keeps from readers."""
        step = Page.steplen
        above = [Substr(OuterRef("path"), 1, length) for length in range(step, TOP_LEVELS * step + 1, step)]
        return self.live().exclude(Exists(PageViewRestriction.objects.filter(page__path__in=above)))

    def on_their_way(self) -> "BasePageQuerySet":
        """Pages with words that are not public: drafts, and newer words of what is live."""
        return self.filter(pk__in=ON_THEIR_WAY.values("pk"))


class BasePageManager(PageManager.from_queryset(BasePageQuerySet)):  # type: ignore[misc]
    """Pages of a type."""

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Return one page; by its key, as each save of Wagtail asks for it, by a statement that is kept."""
        # Those of what points to pages are made of this class, and know some pages only.
        if args or kwargs.keys() != {"id"} or type(self) is not BasePageManager or kwargs["id"] is None:
            return super().get(*args, **kwargs)
        found = _take_stored(self.model, kwargs["id"]) or _by_key(self.model._meta.label).first(kwargs["id"])
        if found is None:
            raise self.model.DoesNotExist(f"There is no {self.model._meta.verbose_name} {kwargs['id']}.")
        return found


@cache
def _by_key(label: str, *, is_held: bool = False) -> Prepared[Any]:
    """Return the statement for one page of a model; ``is_held`` keeps its row until the transaction ends."""

    def rows(pk: int) -> QuerySet[Any]:
        found = apps.get_model(label).objects.filter(pk=pk)
        return found.select_for_update(no_key=True, of=("page_ptr",)) if is_held else found

    return Prepared(rows, KEY)


# The row that the next save of Wagtail asks for, until it did: the save changes it.
_stored: ContextVar[list[Page] | None] = ContextVar("stored", default=None)


@contextmanager
def stored_as(page: Page) -> Iterator[None]:
    """Let the next save of a page in a block compare with the row as it is stored, which was read already."""
    token = _stored.set([page])
    try:
        yield
    finally:
        _stored.reset(token)


def _take_stored(model: type[Page], pk: int) -> Page | None:
    read = _stored.get()
    return read.pop() if read and type(read[0]) is model and read[0].pk == pk else None


class BasePage(PreparedSaves, Page):
    """What every page of the site is.

    ``reviewed`` says that a page's words are medical: they need a medical reviewer's signature, so the page
    takes part in the workflow of the tree it stands in. Other pages never do.
    """

    reviewed: ClassVar[bool] = False

    # A password would be a second door beside drafts and embargoes, and caches do not know it.
    private_page_options: ClassVar[list[str]] = []

    # Slugs that would hide the page behind an address of the site's own, or the other way round.
    reserved_slugs: ClassVar[frozenset[str]] = frozenset()

    objects = BasePageManager()
    base_form_class = WholePageForm

    # The relations whose rows a save need not write, while it is at work.
    _as_stored: set[str]

    # ``save`` sees to it, once a save and not for bookkeeping; see ``common.references``.
    search_auto_update = False

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse a slug that the site's own addresses use."""
        super().clean()
        if self.slug in self.reserved_slugs:
            raise ValidationError(
                {"slug": gettext("“%(slug)s” is an address of the site itself. Choose another.") % {"slug": self.slug}}
            )

    def _check_slug_is_unique(self) -> None:
        """Refuse a slug that a page beside this one has; not again where the form asked in the same step."""
        if self.__dict__.pop(FREE_SLUG, None) != self.slug:
            super()._check_slug_is_unique()

    @staticmethod
    def _slug_is_available(slug: str, parent_page: Page | None, page: Page | None = None) -> bool:
        """Tell whether no other page below a parent has a slug, as Wagtail does, by a statement that is kept."""
        if parent_page is None:
            return True
        first, last = Page._get_children_path_interval(parent_page.path)
        return not set(BESIDE(first, last, parent_page.depth + 1, slug)) - {page.pk if page else None}

    def is_site_root(self) -> bool:
        """Return Wagtail's answer, once for what a form of the editor saves."""
        read = vars(self).get("_is_site_root")  # Wagtail's
        found = bool(IS_ROOT(self.translation_key)) if read is None else bool(read)
        if current_saving() is not None:
            self._is_site_root = found
        return found

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Check each field; that a row is there which was read already, or which Wagtail set, is not asked again."""
        super().clean_fields(exclude={*(exclude or ()), *keys_read(self), *KEPT_KEYS})

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Ask whether another page has what must be one's own, where it may have changed since it was stored."""
        kept = () if self._state.adding else KEPT_UNIQUE
        super().validate_unique(exclude={*(exclude or ()), *kept})

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row. Of two people who save at the same moment, one is told.

        The form of a page that was never live writes its whole row before there is a version of it, and with it
        the name of the latest version as it was when the form was read: whoever compares after that is misled.

        Raises:
            NewerVersion: a form saves it that was loaded before the newest version was stored.
        """
        fields = kwargs.get("update_fields")
        if fields is not None or self._state.adding:
            refuse_to_overwrite(self, lock=True)
            with references.index.once(self, fields):
                super().save(*args, **kwargs)
            self.follow_save(fields)
            return
        stored = self._hold()
        refuse_to_overwrite(self, is_held=True)
        rows, self._as_stored = child_rows.in_memory(self), child_rows.unchanged(self)
        try:
            with references.index.once(self), stored_as(stored):
                super().save(*args, **kwargs)
                child_rows.remember(self, rows)  # as they are stored now: the indexes follow them
        finally:
            self.__dict__.pop("_as_stored", None)
        with child_rows.remembered(self, rows):
            self.follow_save(None)
        if current_saving() is not None:
            # The editor's form stores a version next: of the very rows that it just saved.
            child_rows.remember(self, {name: kept for name, kept in rows.items() if name != COMMENTS_RELATION_NAME})

    def _hold(self) -> Page:
        """Return the row as it is stored, which nobody changes until the transaction ends, and stand where it stands.

        Who moves a page stores no version of it, and who adds one below it counts it there: whoever read the page
        before knows another place, and another number of pages.

        Raises:
            DoesNotExist: the page was deleted meanwhile.
        """
        model, label = type(self), self._meta.label
        stored = _take_stored(model, self.pk) or _by_key(label, is_held=True).first(self.pk)
        if stored is None:
            raise model.DoesNotExist(f"There is no {self._meta.verbose_name} {self.pk}.")
        if self.path != stored.path:
            self.__dict__.pop("_cached_parent_obj", None)  # treebeard's
        for name in IN_THE_TREE:
            setattr(self, name, getattr(stored, name))
        return stored

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        """Store the row; django-modelcluster writes the rows below it next, and finds those that changed."""
        super().save_base(*args, **kwargs)
        child_rows.let_go(self, self.__dict__.get("_as_stored", ()))

    def follow_save(self, update_fields: Collection[str] | None) -> None:
        """Do what belongs to a save, in its transaction; the page knows the rows below it as they were saved."""

    @transaction.atomic
    def save_revision(self, *args: Any, **kwargs: Any) -> Revision:
        """Store a version, and return it. Of two people who save at the same moment, one is told.

        Raises:
            NewerVersion: a form saves it that was loaded before the newest version was stored.
        """
        refuse_to_overwrite(self, lock=True)
        revision: Revision = super().save_revision(*args, **kwargs)
        note_stored()
        return revision

    def with_content_json(self, content: dict[str, Any]) -> Any:
        """Return the page as a version has it; what is the row's own is not looked up in the version first."""
        with self._comments_known():
            page = super().with_content_json({name: value for name, value in content.items() if name not in OF_THE_ROW})
        page._cached_parent_obj = self.get_parent()  # treebeard's; a version stands where the page stands
        return page

    def _comments_known(self) -> AbstractContextManager[None]:
        """Let Wagtail find the open comments, by a statement that is kept, where they were not read already."""
        prefetched = getattr(self, "_prefetched_objects_cache", {})
        if COMMENTS_RELATION_NAME in {*prefetched, *child_rows.in_memory(self)}:
            return nullcontext()
        return child_rows.known(self, COMMENTS_RELATION_NAME, COMMENTS_OF(self.pk))

    def get_parent(self, update: bool = False) -> Any:
        """Return the page above, once for all that stand below it where a request only reads."""
        return super().get_parent(update=True) if update else _parent_of(self)

    @classmethod
    def from_serializable_data(cls, data: dict[str, Any], check_fks: bool = True, strict_fks: bool = False) -> Any:
        """Return the page that a stored version makes; what its keys point to is read in one statement."""
        found = found_behind(cls, data) if check_fks else None
        if found is None:
            return super().from_serializable_data(data, check_fks=check_fks, strict_fks=strict_fks)
        of_one, of_many = split_chosen(cls, data)
        page = super().from_serializable_data(of_one, check_fks=False)
        give_found(page, found)
        give_chosen(page, of_many, found)
        return page

    @property
    def has_workflow(self) -> bool:
        """Tell whether submitting is offered; Wagtail asks this beside ``get_workflow``."""
        return self.get_workflow() is not None

    def get_workflow(self) -> Any:
        """Return the tree's active workflow, or None for pages whose words need no signature."""
        return _workflow_of(self) if self.reviewed else None

    @property
    def workflow_in_progress(self) -> bool:
        """Tell whether a review is open."""
        return any(state.status == WorkflowState.STATUS_IN_PROGRESS for state in _workflow_states_of(self))

    @property
    def current_workflow_state(self) -> WorkflowState | None:
        """Return the review that is open, or was sent back."""
        return next(iter(_workflow_states_of(self)), None)


@once(lambda page: page.path[: -page.steplen] if page.path else id(page))
def _parent_of(page: Page) -> Any:
    above = (page.path or "")[: -page.steplen]
    if above and "_cached_parent_obj" not in vars(page):
        page._cached_parent_obj = AT_PATH.first(above)  # treebeard's
    return Page.get_parent(page)


def parents_of(pages: Iterable[Page]) -> QuerySet[Page]:
    """Return the pages above some pages, to be read together and told to ``know_parents``."""
    return Page.objects.filter(path__in={page.path[: -page.steplen] for page in pages})


def know_parents(pages: Iterable[Page], parents: Iterable[Page]) -> None:
    """Let pages know those above them, which were read already."""
    above = {parent.path: parent for parent in parents}
    for page in pages:
        if page.path[: -page.steplen] in above:
            know(_parent_of, above[page.path[: -page.steplen]], page)


def _number(page: Page) -> Any:
    """Return what an answer about a page depends on where it is not about its words; id for one without a row."""
    return page.pk or id(page)


@once(_number)
def _workflow_of(page: Page) -> Workflow | None:
    """Return the active workflow of a page or of the nearest above it, in one statement instead of four."""
    path = page.path or ""
    above = [path[:length] for length in range(page.steplen, len(path) + 1, page.steplen)]
    found = WorkflowPage.objects.filter(page__path__in=above, workflow__active=True).select_related("workflow")
    nearest = found.order_by("-page__depth").first()
    return nearest.workflow if nearest else None


@once(_number)
def _workflow_states_of(page: Page) -> list[WorkflowState]:
    """Return the reviews that are open or were sent back, as Wagtail's explorer may have read them for all rows."""
    read: list[WorkflowState] | None = getattr(page, "_current_workflow_states", None)
    if read is not None:
        return read
    return OPEN_REVIEWS(page.get_base_content_type().pk, str(page.pk))
