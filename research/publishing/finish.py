"""What Wagtail calls when a workflow is finished.

Wagtail imports this module while its own models load, so it imports nothing of them. Upstream:
https://github.com/wagtail/wagtail/blob/main/wagtail/models/workflows.py, ``on_finish``; remove this
module once a workflow says by a signal that it is finished.
"""

from typing import TYPE_CHECKING

from django.dispatch import Signal

if TYPE_CHECKING:
    from wagtail.models import WorkflowState

    from common.models import User

# Carries ``workflow_state`` and ``user``; a receiver that raises undoes the approval.
workflow_finished = Signal()


def hand_over(workflow_state: "WorkflowState", user: "User | None" = None) -> None:
    """Say that a workflow is finished: ``WAGTAIL_FINISH_WORKFLOW_ACTION``, in place of publishing as the approver."""
    workflow_finished.send(sender=type(workflow_state), workflow_state=workflow_state, user=user)
