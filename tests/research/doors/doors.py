"""Every path to "live" that the installed Wagtail and Django offer, as functions of a scene and an actor.

A door returns nothing; what it raises is caught by the test. ``silent`` doors write behind the models'
back: they cannot say why, but must change nothing for readers. ``opens`` says that in the allowed state
the door makes the article public; the others lead elsewhere by nature (a copy is a new draft).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core import serializers
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.actions.convert_alias import ConvertAliasPageAction
from wagtail.actions.copy_for_translation import CopyPageForTranslationAction
from wagtail.actions.copy_page import CopyPageAction
from wagtail.actions.create_alias import CreatePageAliasAction
from wagtail.actions.edit_page import EditPageAction
from wagtail.actions.move_page import MovePageAction
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.actions.revert_to_page_revision import RevertToPageRevisionAction
from wagtail.admin.api.views import PagesAdminAPIViewSet
from wagtail.models import GroupApprovalTask, Locale, Page, Workflow, WorkflowTask
from wagtail.workflows import publish_workflow_state

from research.content.article import content_of
from research.models import Appraisal, ArticlePage, Topic, TopicIndexPage
from research.publishing import planning
from tests.factories import submit
from tests.research.doors.forms import editor_post
from tests.research.doors.scenes import Scene

Way = Callable[[Scene, Any], Any]


@dataclass(frozen=True)
class Door:
    """One path to "live"."""

    name: str
    way: Way
    opens: bool = True
    silent: bool = False
    by_form: bool = False


DOORS: list[Door] = []


def door(*, opens: bool = True, silent: bool = False, by_form: bool = False) -> Callable[[Way], Way]:
    """Register a function as a door."""

    def add(way: Way) -> Way:
        DOORS.append(Door(way.__name__, way, opens, silent, by_form))
        return way

    return add


def _browser(actor: Any) -> Client:
    """Return a browser that goes through a door and no further: the page it is then sent to opens nothing."""
    client = Client(raise_request_exception=True)
    if actor is not None:
        client.force_login(actor)
    return client


def _post(actor: Any, name: str, *args: Any, **data: Any) -> Any:
    return _browser(actor).post(reverse(name, args=args), data)


# The editor and its menus


@door(by_form=True)
def edit_view_publish(scene: Scene, actor: Any) -> None:
    data = editor_post(scene.draft, **{"action-publish": "action-publish"})
    _browser(actor).post(reverse("wagtailadmin_pages:edit", args=[scene.page_id]), data)


@door(opens=False, by_form=True)
def edit_view_submit(scene: Scene, actor: Any) -> None:
    data = editor_post(scene.draft, **{"action-submit": "action-submit"})
    _browser(actor).post(reverse("wagtailadmin_pages:edit", args=[scene.page_id]), data)


@door(opens=False, by_form=True)
def edit_view_autosave(scene: Scene, actor: Any) -> None:
    data = {**editor_post(scene.draft), "overwrite_revision_id": scene.revision.pk}
    _browser(actor).post(
        reverse("wagtailadmin_pages:edit", args=[scene.page_id]), data, headers={"accept": "application/json"}
    )


@door(opens=False, by_form=True)
def create_view_publish(scene: Scene, actor: Any) -> None:
    data = editor_post(scene.draft, **{"action-publish": "action-publish"}) | {"slug": "a-second-one"}
    section = scene.article.get_parent()
    address = reverse("wagtailadmin_pages:add", args=["research", "articlepage", section.pk])
    _browser(actor).post(address, data)


@door(by_form=True)
def bulk_publish(scene: Scene, actor: Any) -> None:
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    _browser(actor).post(f"{address}?id={scene.page_id}", {"include_descendants": "on"})


@door(opens=False, by_form=True)
def bulk_publish_section_with_descendants(scene: Scene, actor: Any) -> None:
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    section = scene.article.get_parent().pk
    _browser(actor).post(f"{address}?id={section}", {"include_descendants": "on"})


@door(by_form=True)
def revert_view_publish(scene: Scene, actor: Any) -> None:
    data = editor_post(scene.draft, **{"action-publish": "action-publish", "revision": str(scene.revision.pk)})
    _browser(actor).post(reverse("wagtailadmin_pages:edit", args=[scene.page_id]), data)


@door(opens=False, by_form=True)
def copy_view_publish_copies(scene: Scene, actor: Any) -> None:
    _post(
        actor,
        "wagtailadmin_pages:copy",
        scene.page_id,
        new_title=scene.draft.title,
        new_slug="a-copy",
        new_parent_page=scene.article.get_parent().pk,
        publish_copies="on",
        copy_subpages="on",
        alias="",
    )


@door(opens=False, by_form=True)
def copy_view_alias(scene: Scene, actor: Any) -> None:
    _post(
        actor,
        "wagtailadmin_pages:copy",
        scene.page_id,
        new_title=scene.draft.title,
        new_slug="an-alias",
        new_parent_page=scene.article.get_parent().pk,
        alias="on",
    )


# The workflow


def _review(scene: Scene) -> Any:
    state = scene.article.current_workflow_state
    if state is None:
        return submit(scene.article, scene.writer)
    return state.current_task_state.specific


@door(opens=False, by_form=True)
def review_view_without_answers(scene: Scene, actor: Any) -> None:
    _post(actor, "research_review", _review(scene).pk)


@door(opens=False, by_form=True)
def crafted_approval_request(scene: Scene, actor: Any) -> None:
    review = _review(scene)
    address = reverse("wagtailadmin_pages:workflow_action", args=[scene.page_id, "approve", review.pk])
    _browser(actor).post(address, {"comment": "fine"})


@door(opens=False, by_form=True)
def crafted_approval_from_the_editor(scene: Scene, actor: Any) -> None:
    _review(scene)
    data = editor_post(
        scene.draft,
        **{
            "action-workflow-action": "true",
            "workflow-action-name": "approve",
            "workflow-action-extra-data": json.dumps({"comment": "fine", "answers": {}}),
        },
    )
    _browser(actor).post(reverse("wagtailadmin_pages:edit", args=[scene.page_id]), data)


@door(opens=False)
def task_on_action_without_answers(scene: Scene, actor: Any) -> None:
    review = _review(scene)
    review.task.specific.on_action(review, actor, "approve")


@door(opens=False)
def task_state_approve_of_the_base_class(scene: Scene, actor: Any) -> None:
    review = _review(scene)
    super(type(review), review).approve(user=actor)


@door(opens=False)
def workflow_state_finish(scene: Scene, actor: Any) -> None:
    _review(scene).workflow_state.finish(user=actor)


@door(opens=False)
def workflow_finish_of_wagtail(scene: Scene, actor: Any) -> None:
    publish_workflow_state(_review(scene).workflow_state, user=actor)


@door(opens=False)
def second_workflow_without_our_task(scene: Scene, actor: Any) -> None:
    if scene.article.current_workflow_state:
        scene.article.current_workflow_state.cancel(user=scene.writer)
    workflow = Workflow.objects.create(name="A short cut", active=True)
    task = GroupApprovalTask.objects.create(name="Nod", active=True)
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    state = workflow.start(scene.article, scene.writer)
    state.current_task_state.specific.approve(user=actor)


@door(opens=False)
def workflow_without_tasks(scene: Scene, actor: Any) -> None:
    if scene.article.current_workflow_state:
        scene.article.current_workflow_state.cancel(user=scene.writer)
    Workflow.objects.create(name="No tasks", active=True).start(scene.article, actor)


# The clock


@door()
def publish_scheduled_command(scene: Scene, actor: Any) -> None:
    scene.article.revisions.filter(pk=scene.revision.pk).update(approved_go_live_at=timezone.now())
    _plan_by_hand(scene)
    call_command("publish_scheduled")


@door()
def publish_scheduled_pages_command(scene: Scene, actor: Any) -> None:
    _plan_by_hand(scene)
    call_command("publish_scheduled_pages")


@door()
def run_releases_command(scene: Scene, actor: Any) -> None:
    _plan_by_hand(scene)
    call_command("run_releases", "--once")


def _plan_by_hand(scene: Scene) -> None:
    """Put a line on the ledger behind the rules' back, due now."""
    planning.Release.objects.create(
        article=scene.article,
        kind=planning.Release.Kind.PUBLISH,
        revision=scene.revision,
        digest=content_of(scene.draft).digest,
        due_at=timezone.now(),
    )


@door()
def planned_release(scene: Scene, actor: Any) -> None:
    digest = content_of(scene.draft).digest
    planning.plan_release(scene.revision, user=actor, digest=digest)
    planning.run_due(timezone.now())


@door()
def scheduled_revision_when_its_time_comes(scene: Scene, actor: Any) -> None:
    revision = scene.revision
    revision.approved_go_live_at = timezone.now()
    revision.save(update_fields=["approved_go_live_at"])
    planning.run_due(timezone.now())


# The actions of the APIs, called directly


@door()
def publish_page_revision_action(scene: Scene, actor: Any) -> None:
    PublishPageRevisionAction(scene.revision, user=actor).execute(skip_permission_checks=True)


@door()
def edit_page_action_publish(scene: Scene, actor: Any) -> None:
    EditPageAction(scene.draft, user=actor, publish=True).execute(skip_permission_checks=True)


@door(opens=False)
def admin_api_actions(scene: Scene, actor: Any) -> None:
    """Every action of the admin API that could make something live, by POST."""
    for name in set(PagesAdminAPIViewSet.actions) - {"delete", "unpublish", "create_alias", "convert_alias"}:
        address = reverse("wagtailadmin_api:pages:action", args=[scene.page_id, name])
        data = {"recursive": "true", "keep_live": "true", "slug": f"api-{name}"}
        _browser(actor).post(address, json.dumps(data), content_type="application/json")


@door(opens=False)
def revert_to_revision_action(scene: Scene, actor: Any) -> None:
    RevertToPageRevisionAction(scene.article, scene.revision, user=actor).execute(skip_permission_checks=True)


def _row_with_the_draft(scene: Scene) -> ArticlePage:
    """Write the draft's words into the row, which is not live, and return it."""
    scene.draft.save()
    return scene.article


@door(opens=False)
def copy_keep_live(scene: Scene, actor: Any) -> None:
    CopyPageAction(
        _row_with_the_draft(scene),
        keep_live=True,
        update_attrs={"slug": "copied", "live": True},
        user=actor,
    ).execute(skip_permission_checks=True)


@door(opens=False)
def page_copy_method(scene: Scene, actor: Any) -> None:
    row = _row_with_the_draft(scene)
    row.copy(keep_live=True, update_attrs={"slug": "copied-too", "live": True}, user=actor)


@door(opens=False)
def alias_creation(scene: Scene, actor: Any) -> None:
    CreatePageAliasAction(scene.draft, update_slug="alias", user=actor).execute(skip_permission_checks=True)


@door(opens=False)
def alias_by_raw_sql_then_update(scene: Scene, actor: Any) -> None:
    alias = _row_with_the_draft(scene).copy(keep_live=False, update_attrs={"slug": "raw-alias"}, user=actor)
    Page.objects.filter(pk=alias.pk).update(alias_of_id=scene.page_id)
    scene.draft.update_aliases()


@door(opens=False)
def convert_alias(scene: Scene, actor: Any) -> None:
    alias = _row_with_the_draft(scene).copy(keep_live=False, update_attrs={"slug": "to-convert"}, user=actor)
    Page.objects.filter(pk=alias.pk).update(alias_of_id=scene.page_id, live=True)
    ConvertAliasPageAction(ArticlePage.objects.get(pk=alias.pk), user=actor).execute(skip_permission_checks=True)


@door(opens=False)
def translation_copy(scene: Scene, actor: Any) -> None:
    locale = Locale.objects.create(language_code="fr")
    CopyPageForTranslationAction(scene.draft, locale, copy_parents=True, user=actor).execute(
        skip_permission_checks=True
    )


@door(opens=False)
def move(scene: Scene, actor: Any) -> None:
    section = scene.article.get_parent()
    other = TopicIndexPage(title="Other", slug="other", condition_name="o", condition_short_name="o")
    section.get_parent().add_child(instance=other)
    MovePageAction(scene.article, other, "last-child", user=actor).execute(skip_permission_checks=True)


# The models


@door()
def revision_publish(scene: Scene, actor: Any) -> None:
    scene.revision.publish(user=actor, skip_permission_checks=True)


@door()
def page_save(scene: Scene, actor: Any) -> None:
    draft = scene.draft
    draft.live = True
    draft.save()


@door()
def page_save_without_clean(scene: Scene, actor: Any) -> None:
    draft = scene.draft
    draft.live = True
    draft.save(clean=False)


@door()
def page_save_of_live_only(scene: Scene, actor: Any) -> None:
    scene.draft.save()
    row = scene.article
    row.live = True
    row.save(update_fields=["live"])


@door()
def page_save_of_live_and_words(scene: Scene, actor: Any) -> None:
    draft = scene.draft
    draft.save()
    draft.live = True
    draft.save(update_fields=["live", "title", "summary", "body"])


@door(opens=False)
def page_save_of_a_child_relation(scene: Scene, actor: Any) -> None:
    draft = scene.draft
    draft.live = True
    draft.save(update_fields=["appraisals"])


@door()
def base_page_save(scene: Scene, actor: Any) -> None:
    scene.draft.save()
    base = Page.objects.get(pk=scene.page_id)
    base.live = True
    base.save()


@door(opens=False)
def add_child_that_is_live(scene: Scene, actor: Any) -> None:
    draft = scene.draft
    scene.article.get_parent().add_child(
        instance=ArticlePage(title=draft.title, slug="born-live", summary=draft.summary, body=draft.body, live=True)
    )


@door(opens=False)
def loaddata(scene: Scene, actor: Any) -> None:
    scene.draft.save()
    Page.objects.filter(pk=scene.page_id).update(live=True)
    rows = [Page.objects.get(pk=scene.page_id), scene.article]
    Page.objects.filter(pk=scene.page_id).update(live=False)
    for thing in serializers.deserialize("json", serializers.serialize("json", rows)):
        thing.save()


# Behind the models' back


@door(opens=False, silent=True)
def queryset_update(scene: Scene, actor: Any) -> None:
    scene.draft.save()
    ArticlePage.objects.filter(pk=scene.page_id).update(live=True)


@door(opens=False, silent=True)
def bulk_update(scene: Scene, actor: Any) -> None:
    row = scene.draft
    row.live = True
    ArticlePage.objects.bulk_update([row], ["live", "title", "summary"])


@door(opens=False, silent=True)
def raw_sql_on_the_page(scene: Scene, actor: Any) -> None:
    draft = scene.draft
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wagtailcore_page SET live = %s, title = %s WHERE id = %s", [True, draft.title, draft.pk])
        cursor.execute("UPDATE research_articlepage SET summary = %s WHERE page_ptr_id = %s", [draft.summary, draft.pk])


@door(opens=False, silent=True)
def raw_sql_on_child_rows(scene: Scene, actor: Any) -> None:
    scene.draft.save()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wagtailcore_page SET live = %s WHERE id = %s", [True, scene.page_id])
        cursor.execute("UPDATE research_appraisal SET people = 9 WHERE page_id = %s", [scene.page_id])
    assert Appraisal.objects.get(page_id=scene.page_id).people == 9


@door(opens=False, silent=True)
def raw_sql_on_many_to_many_rows(scene: Scene, actor: Any) -> None:
    scene.draft.save()
    topic = Topic.objects.create(name="Added behind the back")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wagtailcore_page SET live = %s WHERE id = %s", [True, scene.page_id])
        cursor.execute(
            "INSERT INTO research_articlepage_topics (articlepage_id, topic_id) VALUES (%s, %s)",
            [scene.page_id, topic.pk],
        )
