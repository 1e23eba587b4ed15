"""Drafts become rows, many at once: page, article, what belongs to it, first revision, log, who worked on it.

What Wagtail writes of a page that is saved by hand, in a dozen statements for all of them instead of each. Every row
is that of a draft; nothing here can be live.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import count

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import CharField, F, OuterRef, Subquery
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.text import slugify
from django_tasks import task
from modelcluster.models import get_all_child_relations
from modelsearch.backends import get_search_backends
from wagtail.models import Page, PageLogEntry, ReferenceIndex, Revision

from research.models.pages import ArticlePage
from research.models.sections import TopicIndexPage
from research.record.loading.lines import LineRefused
from research.record.loading.reading import Draft
from research.review import contributions

# What belongs to a page, in rows of its own.
CHILDREN = ("authors", "also_cited", "appraisals")
SLUG_WITHOUT_ADDRESS = "article"
LONGEST_MADE_SLUG = 240


@transaction.atomic
def write_drafts(drafts: Sequence[Draft], section: TopicIndexPage) -> dict[int, str]:
    """Store drafts as pages of a section, all or none; return why some were left out, by line.

    Raises:
        DatabaseError, ValueError: the database refused one of them, and so all.
    """
    parent = Page.objects.select_for_update().get(pk=section.pk)
    refused = _give_addresses(drafts, parent)
    pages = [draft.page for draft in drafts if draft.line.number not in refused]
    if pages:
        now = timezone.now()
        _place(pages, parent)
        _write_pages(pages, parent, now)
        _write_children(pages)
        _write_revisions(pages, now)
        _write_log((draft for draft in drafts if draft.page.pk), now)
        index_drafts.enqueue([page.pk for page in pages])
        # Last, as it locks the chain for everybody who saves an article.
        contributions.record_all([page.subject_uuid for page in pages], pages[0].owner)
    return refused


def _give_addresses(drafts: Sequence[Draft], parent: Page) -> dict[int, str]:
    """Give each page an address of its own in its section; one that a line gives must be free."""
    made = [draft.page.slug or _slug_of(draft.page.title) for draft in drafts]
    taken = set(parent.get_children().filter(slug__in=made).values_list("slug", flat=True))
    refused = {}
    for draft, slug in zip(drafts, made, strict=True):
        try:
            draft.page.slug = _free(draft.page, slug, taken, parent)
        except LineRefused as error:
            refused[draft.line.number] = str(error)
        taken.add(draft.page.slug)
    return refused


def _slug_of(title: str) -> str:
    return slugify(title, allow_unicode=True)[:LONGEST_MADE_SLUG] or SLUG_WITHOUT_ADDRESS


def _free(page: ArticlePage, slug: str, taken: set[str], parent: Page) -> str:
    if slug not in taken and slug not in page.reserved_slugs:
        return slug
    if page.slug in page.reserved_slugs:
        raise LineRefused(f"“slug”: “{slug}” is an address of the site itself. Give another, or none.")
    if page.slug:
        raise LineRefused(f"“slug”: “{slug}” is the address of another page of the section. Give another, or none.")
    others = parent.get_children().filter(slug__startswith=f"{slug}-")
    numbered = (f"{slug}-{number}" for number in count(others.count() + 2))
    return next(free for free in numbered if free not in taken and not others.filter(slug=free).exists())


def _place(pages: Sequence[ArticlePage], parent: Page) -> None:
    """Give pages their places in the tree, after the last page of the section."""
    last = parent.get_last_child()
    path = last.path if last is not None else ""
    for page in pages:
        page.depth = parent.depth + 1
        page.path = path or Page._get_path(parent.path, page.depth, 1)
        if path:
            page.path = page._inc_path()
        path = page.path
        page.set_url_path(parent)
    Page.objects.filter(pk=parent.pk).update(numchild=F("numchild") + len(pages))


def _write_pages(pages: Sequence[ArticlePage], parent: Page, now: datetime) -> None:
    columns = [field.attname for field in Page._meta.concrete_fields if not field.primary_key]
    rows = []
    for page in pages:
        page.live, page.has_unpublished_changes = False, True
        page.locale_id, page.draft_title, page.latest_revision_created_at = parent.locale_id, page.title, now
        rows.append(Page(**{column: getattr(page, column) for column in columns}))
    for page, row in zip(pages, Page.objects.bulk_create(rows), strict=True):
        page.pk = page.id = row.pk
        # The row of the page is there: this writes that of the article, which Django does for one at a time only.
        page.save_base(raw=True, force_insert=True)


def _write_children(pages: Sequence[ArticlePage]) -> None:
    for name in CHILDREN:
        children = []
        for page in pages:
            for place, child in enumerate(getattr(page, name).all()):
                child.page, child.sort_order = page, place
                children.append(child)
        if children:
            type(children[0])._default_manager.bulk_create(children)
    through = ArticlePage.topics.through
    through.objects.bulk_create(
        through(articlepage_id=page.pk, topic_id=topic.pk) for page in pages for topic in page.topics.all()
    )


def _write_revisions(pages: Sequence[ArticlePage], now: datetime) -> None:
    """Store the first revision of each page, which is its newest."""
    of_articles, of_pages = (ContentType.objects.get_for_model(model) for model in (ArticlePage, Page))
    Revision.objects.bulk_create(
        Revision(
            content_type=of_articles,
            base_content_type=of_pages,
            object_id=str(page.pk),
            user=page.owner,
            created_at=now,
            content=page.serializable_data(),
            object_str=str(page),
        )
        for page in pages
    )
    own = Revision.objects.filter(base_content_type=of_pages, object_id=Cast(OuterRef("pk"), CharField()))
    keys = [page.pk for page in pages]
    Page.objects.filter(pk__in=keys).update(latest_revision=Subquery(own.values("pk")[:1]))


def _write_log(drafts: Iterable[Draft], now: datetime) -> None:
    """Log the pages as created, each with what the other system calls it."""
    of_articles = ContentType.objects.get_for_model(ArticlePage)
    PageLogEntry.objects.bulk_create(
        PageLogEntry(
            content_type=of_articles,
            label=draft.page.title,
            action="wagtail.create",
            timestamp=now,
            user=draft.page.owner,
            page_id=draft.page.pk,
            content_changed=True,
            data={"loaded": draft.line.external_id},
        )
        for draft in drafts
    )


@task(backend="imports")
def index_drafts(keys: list[int]) -> None:
    """Put pages into the indexes of the admin: its search, and which page uses which record.

    The worker of imports does it: half of the time that loading took would be for these.
    """
    relations = [relation.get_accessor_name() for relation in get_all_child_relations(ArticlePage)]
    pages = list(ArticlePage.objects.filter(pk__in=keys).order_by("pk").prefetch_related(*relations))
    for backend in get_search_backends(with_auto_update=True):
        backend.add_bulk(ArticlePage, pages)
    with transaction.atomic():
        for page in pages:
            ReferenceIndex.create_or_update_for_object(page)
