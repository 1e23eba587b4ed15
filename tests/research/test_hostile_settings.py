"""Settings and records that would switch the review off: the guard holds, and a check says what is off."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.urls import reverse
from wagtail.models import GroupApprovalTask, Page, Workflow, WorkflowPage, WorkflowTask

from research.models import ArticlePage, MedicalReviewTask, PublishedArticle, SignOff
from research.models.people import Role
from research.newsroom.permissions import MEDICAL_REVIEWERS
from research.review.guard import NotPermitted
from tests.factories import sign, submit
from tests.research.doors.forms import editor_post

pytestmark = pytest.mark.django_db


def workflow_off(settings):
    settings.WAGTAIL_WORKFLOW_ENABLED = False


def workflow_deleted(settings):
    Workflow.objects.all().delete()


def workflow_inactive(settings):
    Workflow.objects.update(active=False)


def task_deleted(settings):
    MedicalReviewTask.objects.all().delete()


def task_inactive(settings):
    MedicalReviewTask.objects.update(active=False)


def reviewers_renamed(settings):
    Group.objects.filter(name=MEDICAL_REVIEWERS).update(name="Doctors")


def reviewers_deleted(settings):
    # The screen refuses it: this is what a shell can do.
    Role.objects.filter(key=MEDICAL_REVIEWERS).delete()
    Group.objects.filter(name=MEDICAL_REVIEWERS).delete()


def second_workflow_without_our_task(settings):
    workflow = Workflow.objects.create(name="A short cut", active=True)
    task = GroupApprovalTask.objects.create(name="Nod", active=True)
    task.groups.set(Group.objects.all())
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    WorkflowPage.objects.update_or_create(page=Page.objects.get(slug="ms", depth=3), defaults={"workflow": workflow})


def publishing_leaves_reviews_open(settings):
    settings.WAGTAIL_WORKFLOW_CANCEL_ON_PUBLISH = False


def finished_workflows_publish(settings):
    settings.WAGTAIL_FINISH_WORKFLOW_ACTION = "wagtail.workflows.publish_workflow_state"


def edits_ask_for_another_approval(settings):
    settings.WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True


HOSTILE = [
    workflow_off,
    workflow_deleted,
    workflow_inactive,
    task_deleted,
    task_inactive,
    reviewers_renamed,
    reviewers_deleted,
    second_workflow_without_our_task,
    publishing_leaves_reviews_open,
    finished_workflows_publish,
    edits_ask_for_another_approval,
]
EVERY_HOSTILE = pytest.mark.parametrize("make_hostile", HOSTILE, ids=lambda way: way.__name__)


def assert_not_public(article, client):
    assert not ArticlePage.objects.get(pk=article.pk).live
    assert not PublishedArticle.objects.exists()
    assert client.get("/ms/fewer-relapses/").status_code == 404


def press(client, user, article, button):
    client.force_login(user)
    draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    data = editor_post(draft, **{f"action-{button}": f"action-{button}"})
    response = client.post(reverse("wagtailadmin_pages:edit", args=[article.pk]), data, follow=True)
    client.logout()
    return response


@EVERY_HOSTILE
def test_the_editors_publish_button_makes_nothing_unsigned_public(make_hostile, settings, article, admin, client):
    make_hostile(settings)

    response = press(client, admin, article, "publish")

    assert_not_public(article, client)
    assert "No medical reviewer has countersigned exactly these words." in response.content.decode()


@EVERY_HOSTILE
def test_a_revision_published_in_code_makes_nothing_unsigned_public(make_hostile, settings, article, client):
    make_hostile(settings)

    with pytest.raises(NotPermitted):
        article.get_latest_revision().publish(skip_permission_checks=True)

    assert_not_public(article, client)


@EVERY_HOSTILE
def test_submitting_makes_nothing_unsigned_public(make_hostile, settings, article, writer, client):
    make_hostile(settings)

    press(client, writer, article, "submit")

    assert_not_public(article, client)


@EVERY_HOSTILE
def test_what_is_signed_can_go_live_all_the_same(make_hostile, settings, article, reviewer, client):
    sign(article, reviewer)
    make_hostile(settings)

    article.get_latest_revision().publish(skip_permission_checks=True)

    assert client.get("/ms/fewer-relapses/").status_code == 200


def test_an_approval_by_a_workflow_without_our_task_publishes_nothing(settings, article, writer, editor, client):
    second_workflow_without_our_task(settings)
    task_state = submit_to_any(article, writer)

    with pytest.raises(NotPermitted):
        task_state.approve(user=editor)

    assert_not_public(article, client)


@pytest.mark.parametrize("finish", [finished_workflows_publish, publishing_leaves_reviews_open])
def test_a_review_finished_round_its_form_publishes_nothing(finish, settings, article, writer, reviewer, client):
    review = submit(article, writer)
    finish(settings)

    with pytest.raises(PermissionDenied):
        review.workflow_state.finish(user=reviewer)

    assert_not_public(article, client)


def test_nobody_signs_when_the_group_is_gone(settings, article, reviewer):
    reviewers_deleted(settings)

    with pytest.raises(PermissionDenied, match="Only a member of Medical reviewers can sign"):
        sign(article, reviewer)


def test_the_right_to_sign_stays_with_a_group_that_is_renamed(settings, article, reviewer):
    reviewers_renamed(settings)

    sign(article, reviewer)

    assert SignOff.objects.get().reviewer_id == reviewer.pk


def test_a_group_that_takes_the_name_of_a_role_does_not_take_the_role(settings, article, editor):
    reviewers_renamed(settings)
    editor.groups.set([Group.objects.create(name=MEDICAL_REVIEWERS)])

    with pytest.raises(PermissionDenied, match="Only a member of Medical reviewers can sign"):
        sign(article, editor)


def test_the_admin_refuses_to_delete_the_group_of_a_role(client, admin, section):
    client.force_login(admin)
    group = Group.objects.get(name=MEDICAL_REVIEWERS)

    response = client.post(reverse("wagtailusers_groups:delete", args=[group.pk]), follow=True)

    assert response.status_code == 200
    assert "Not deleted. It is needed by role “Medical reviewers”." in response.content.decode()
    assert Group.objects.filter(pk=group.pk).exists()


def submit_to_any(article, user):
    article = ArticlePage.objects.get(pk=article.pk)
    return article.get_workflow().start(article, user).current_task_state.specific


def findings():
    """Return what ``manage.py check --database default`` writes."""
    out = StringIO()
    call_command("check", "--database", "default", stderr=out, stdout=out)
    return out.getvalue()


def test_a_site_as_migrated_has_nothing_to_say(section):
    assert "research." not in findings()


@pytest.mark.parametrize(
    ("make_hostile", "code"),
    [
        (workflow_off, "research.W001"),
        (workflow_deleted, "research.W002"),
        (workflow_inactive, "research.W002"),
        (task_deleted, "research.W002"),
        (task_inactive, "research.W002"),
        (reviewers_deleted, "research.W003"),
        (second_workflow_without_our_task, "research.W004"),
    ],
)
def test_a_system_check_says_what_is_off(make_hostile, code, settings, section):
    make_hostile(settings)

    found = findings()

    assert code in found
    assert "Nothing unsigned can go live all the same." in found


def test_the_missing_role_is_named(settings, section):
    reviewers_deleted(settings)

    assert "Medical reviewers" in findings()


def test_a_check_without_a_database_asks_none(settings, section, django_assert_num_queries):
    workflow_off(settings)

    with django_assert_num_queries(0):
        call_command("check", stdout=StringIO(), stderr=StringIO())
