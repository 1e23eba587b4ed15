"""Background tasks that failed are tried again through the outbox.

Wagtail keeps its search index and its reference index by tasks that run when a page is saved. A task that
fails is logged and forgotten by the task engine, whichever runs it, so the index would stay wrong until
the next save.
"""

from typing import Any

from django.utils.module_loading import import_string  # noqa: TID251 - the engine stores a task by its name
from django_tasks import TaskResultStatus

from common.models import OutboxMessage
from common.outbox import enqueue, register


def follow(sender: type, task_result: Any, **kwargs: Any) -> None:
    """Put a task that failed into the outbox; written with whatever the task belonged to."""
    if task_result.status == TaskResultStatus.FAILED:
        payload = {
            "task": task_result.task.module_path,
            "args": list(task_result.args),
            "kwargs": dict(task_result.kwargs),
        }
        enqueue("task", f"task-{task_result.id}", payload)


@register("task")
def run_again(message: OutboxMessage) -> None:
    """Call a task's function as the task engine would; it raises what the task raises."""
    import_string(message.payload["task"]).call(*message.payload["args"], **message.payload["kwargs"])
