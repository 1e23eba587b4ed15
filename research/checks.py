"""System checks for rules that a reviewer of a change would forget."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connection
from django.db.models import Model
from modelcluster.models import get_all_child_relations
from wagtail.models import Page, WorkflowPage

from research.blocks.base import claim_blocks_in
from research.models.pages import ArticlePage
from research.models.people import Role
from research.models.workflow import MedicalReviewTask
from research.newsroom.permissions import ROLES
from research.record.erasure.columns import undeclared

PLAIN_PAGE_WORDS = {"title", "seo_title", "search_description"}


def every_field_declares_its_side(app_configs: Any = None, **kwargs: Any) -> list[checks.Error]:
    """E001: a field of ArticlePage that is neither a claim nor declared as none."""
    declared = ArticlePage.claim_fields | ArticlePage.other_fields
    return [
        checks.Error(
            f"ArticlePage.{name} is in neither claim_fields nor other_fields.",
            hint="Would a reader take it as a claim? Then it belongs into ArticleContent too.",
            obj=ArticlePage,
            id="research.E001",
        )
        for name in sorted(own_field_names() - declared)
    ]


def every_block_declares_its_side(app_configs: Any = None, **kwargs: Any) -> list[checks.Error]:
    """E002: a child of a block that is neither a claim nor declared as none."""
    body = ArticlePage.body.field.stream_block
    return [
        checks.Error(
            f"{type(block).__name__}.{name} is in neither claims nor not_claims.",
            hint="Would a reader take it as a claim? Then say how it is sealed.",
            obj=type(block),
            id="research.E002",
        )
        for block in claim_blocks_in(body)
        for name in block.undeclared_children()
    ]


def workflow_is_in_place(app_configs: Any = None, databases: Any = None, **kwargs: Any) -> list[Any]:
    """W001-W004: what keeps articles from being reviewed; the guard holds all the same."""
    # The first migrate runs database checks before there are tables.
    if not databases or MedicalReviewTask._meta.db_table not in connection.introspection.table_names():
        return []
    problems = []
    if not getattr(settings, "WAGTAIL_WORKFLOW_ENABLED", True):
        problems.append(("W001", "WAGTAIL_WORKFLOW_ENABLED is off: no article can be submitted."))
    tasks = MedicalReviewTask.objects.filter(active=True)
    on_tree = WorkflowPage.objects.filter(workflow__active=True, page__depth=1)
    if not on_tree.filter(workflow__workflow_tasks__task__in=tasks).exists():
        problems.append(("W002", "No active workflow with a medical review task is on the page tree."))
    missing = set(ROLES) - set(Role.objects.values_list("key", flat=True))
    if missing:
        names = ", ".join(sorted(missing))
        problems.append(("W003", f"These roles have no group: {names}. Nobody holds their rights."))
    without = WorkflowPage.objects.exclude(workflow__workflow_tasks__task__in=tasks)
    if without.filter(workflow__active=True).exists():
        problems.append(
            ("W004", "A workflow without a medical review is on the page tree: what it approves stays unsigned.")
        )
    return [
        checks.Warning(words, hint="Nothing unsigned can go live all the same.", id=f"research.{code}")
        for code, words in problems
    ]


def checkpoint_key_stands_apart(app_configs: Any = None, **kwargs: Any) -> list[checks.Error]:
    """E003: the key that seals the signatures lies where it is backed up together with them."""
    file = settings.CHECKPOINT_KEY_FILE
    if not file or not Path(file).resolve().is_relative_to(Path(settings.DATA_DIR).resolve()):
        return []
    return [
        checks.Error(
            f"CHECKPOINT_KEY_FILE is in the data folder: {file}.",
            hint="Whoever gets one back-up could sign another history. Keep the key elsewhere: see docs/verifying.md.",
            id="research.E003",
        )
    ]


def every_text_says_whose_it_is(app_configs: Any = None, **kwargs: Any) -> list[checks.Error]:
    """E004: a column of text that is neither declared as people's words nor as the program's own."""
    return [
        checks.Error(
            f"{column.model._meta.label}.{column.name} is declared neither as people's words nor as machinery.",
            hint="May a person be named in it? Say so in research.record.erasure.columns, or where its app starts.",
            obj=column.model,
            id="research.E004",
        )
        for column in undeclared()
    ]


def own_field_names() -> set[str]:
    """Return the names of what ArticlePage adds to a plain page, and of the page's own words."""
    added = _names(ArticlePage) - _names(Page)
    return {name for name in added if not name.endswith("_ptr")} | PLAIN_PAGE_WORDS


def _names(model: type[Model]) -> set[str]:
    fields = [*model._meta.concrete_fields, *model._meta.many_to_many]
    children = [relation.get_accessor_name() for relation in get_all_child_relations(model)]
    return {field.name for field in fields} | set(children)


def register_all() -> None:
    """Register the checks with Django."""
    for check in (
        every_field_declares_its_side,
        every_block_declares_its_side,
        checkpoint_key_stands_apart,
        every_text_says_whose_it_is,
    ):
        checks.register(check, "models")
    checks.register(workflow_is_in_place, checks.Tags.database)
