"""Who sees the board, whose titles, and who moves what."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from wagtail.permissions import page_permission_policy

from common.models import AnyUser, User
from research.newsroom.permissions import EDITORS, MEDICAL_REVIEWERS, WRITERS, roles_of
from research.review import contributions

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


@dataclass(frozen=True)
class Viewer:
    """A person in front of the board, with what the rules ask about them; each is read once."""

    user: User

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles that the person's groups hold."""
        return roles_of(self.user)

    @cached_property
    def subjects(self) -> frozenset[UUID]:
        """The articles that the person ever worked on."""
        return frozenset(contributions.subjects_touched_by(self.user))

    @property
    def is_editor(self) -> bool:
        """True for editors and superusers: they see everything and plan for everybody."""
        return self.user.is_active and (self.user.is_superuser or EDITORS in self.roles)

    @property
    def is_reviewer(self) -> bool:
        """True for medical reviewers."""
        return self.user.is_active and MEDICAL_REVIEWERS in self.roles

    @property
    def may_see_board(self) -> bool:
        """True for everyone in a role; reviewers only look."""
        return self.is_editor or self.is_reviewer or (self.user.is_active and WRITERS in self.roles)

    def may_edit(self, page: "ArticlePage") -> bool:
        """True for who may change the article's plan: by right, not because a review opens the editor.

        A review locks the words; the plan is none of them, so it moves on meanwhile.
        """
        if not self.user.is_active:
            return False
        if page.locked and page.locked_by_id != self.user.pk and not self.is_editor:
            return False
        if self.user.is_superuser:
            return True
        rights = self._rights_on(page.path)
        return "change" in rights or ("add" in rights and page.owner_id == self.user.pk)

    def _rights_on(self, path: str) -> set[str]:
        granted = page_permission_policy.get_cached_permissions_for_user(self.user)
        return {
            right.permission.codename.rsplit("_", maxsplit=1)[0]
            for right in granted
            if path.startswith(right.page.path)
        }


def may_see_board(user: AnyUser) -> bool:
    """True for everyone in a role of the newsroom."""
    return isinstance(user, User) and Viewer(user).may_see_board
