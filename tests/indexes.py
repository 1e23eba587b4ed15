"""Wagtail's index of words and its index of references: followed only for the tests that look into them.

On a site with a worker it is the worker that follows, after the request; ours do not need it either. Each save of a
page that wrote both at once cost a tenth of the whole suite. A test that searches in the admin, or asks where something
is used, says ``@pytest.mark.indexed``.
"""

from typing import Any

from django_tasks.backends.immediate import ImmediateBackend

INDEXES = ("modelsearch.tasks.insert_or_update_object_task", "wagtail.tasks.update_reference_index_task")


class Indexes:
    """Whether tasks that write an index are run, in all threads of this process."""

    followed = True

    def leave_alone(self) -> None:
        """Let the tasks' backend of the tests pass over what writes an index while ``followed`` is false."""
        enqueue = ImmediateBackend.enqueue

        def unless_of_an_index(backend: ImmediateBackend, task: Any, args: Any, kwargs: Any) -> Any:
            if not self.followed and task.module_path in INDEXES:
                return None
            return enqueue(backend, task, args, kwargs)

        ImmediateBackend.enqueue = unless_of_an_index


indexes = Indexes()
