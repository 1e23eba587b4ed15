"""The lock that a review puts on an article, in words that say what it is."""

from django.contrib.auth.models import AnonymousUser
from wagtail.locks import WorkflowLock

from common.models import User


class ReviewLock(WorkflowLock):
    """Nobody edits what is being read for signature; who submitted it can take it back."""

    def get_message(self, user: User | AnonymousUser) -> str:
        """Return what the bar above the editor says."""
        words = "This article is under medical review: nobody changes it until it is signed or sent back."
        if self._can_withdraw(user):
            words += " To go on writing, choose “Withdraw from review” in the menu below."
        return words

    def get_locked_by(self, user: User | AnonymousUser, can_lock: bool = False) -> str:
        """Return what holds the lock."""
        return "Locked by the review"

    def get_description(self, user: User | AnonymousUser, can_lock: bool = False) -> str:
        """Return what the lock means."""
        return "Nobody changes an article while a reviewer reads it"

    def _can_withdraw(self, user: User | AnonymousUser) -> bool:
        state = self.object.current_workflow_state
        return bool(state and state.user_can_cancel(user))
