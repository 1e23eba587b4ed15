"""What happens when a workflow is finished: a release, never a publication by the approver."""

from importlib import import_module

from django.core.exceptions import PermissionDenied


def release_on_approval(workflow_state, user=None):
    """Put the approved article on the ledger, due now or at its go-live time.

    Wagtail imports this module while its models load, so what it needs is imported when called.

    Raises:
        NotPermitted: the words of the approved revision are not signed, for instance because the
            workflow has no medical review in it.
    """
    workflows = import_module("wagtail.workflows")
    page = workflow_state.content_object
    if not getattr(page.specific_class if hasattr(page, "specific_class") else page, "reviewed", False):
        workflows.publish_workflow_state(workflow_state, user=user)
        return
    scheduling = import_module("research.publishing.planning")
    content = import_module("research.content.article")
    if workflow_state.current_task_state is None:
        raise PermissionDenied("A workflow without a task reviews nothing: nothing was published.")
    revision = workflow_state.current_task_state.revision
    scheduling.release_soon(revision, user=user, digest=content.content_of(revision.as_object()).digest)
