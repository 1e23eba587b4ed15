"""Who may do what: one matrix of role, model and action, read by the migration and by the tests.

Writers and medical reviewers hold no publish right: the system publishes what was countersigned.
Being a superuser signs nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import F, QuerySet
from wagtail.models import PagePermissionTester

from common.once import know, once

if TYPE_CHECKING:
    from common.models import AnyUser
    from research.models.pages import ArticlePage

WRITERS = "Writers"
MEDICAL_REVIEWERS = "Medical reviewers"
EDITORS = "Editors"
ROLES = (WRITERS, MEDICAL_REVIEWERS, EDITORS)

VIEW, ADD, CHANGE, DELETE, CHOOSE = "view", "add", "change", "delete", "choose"

# Rights on the page tree, given at its root: a role is for the whole site. Writers may change what they created
# themselves.
PAGE_RIGHTS: dict[str, tuple[str, ...]] = {
    WRITERS: ("add",),
    MEDICAL_REVIEWERS: (),
    EDITORS: ("add", "change", "publish", "lock", "unlock"),
}

# Rights on the record: model, then what each role may do with it.
MODEL_RIGHTS: dict[str, dict[str, tuple[str, ...]]] = {
    "research.topic": {
        WRITERS: (VIEW, ADD, CHANGE),
        MEDICAL_REVIEWERS: (VIEW,),
        EDITORS: (VIEW, ADD, CHANGE, DELETE),
    },
    "research.glossaryterm": {
        WRITERS: (VIEW, ADD, CHANGE),
        MEDICAL_REVIEWERS: (VIEW,),
        EDITORS: (VIEW, ADD, CHANGE, DELETE),
    },
    "research.journal": {
        WRITERS: (VIEW, ADD, CHANGE),
        MEDICAL_REVIEWERS: (VIEW,),
        EDITORS: (VIEW, ADD, CHANGE, DELETE),
    },
    "research.study": {
        WRITERS: (VIEW, ADD, CHANGE),
        MEDICAL_REVIEWERS: (VIEW,),
        EDITORS: (VIEW, ADD, CHANGE, DELETE),
    },
    "research.savedsearch": {
        WRITERS: (VIEW, ADD, CHANGE),
        MEDICAL_REVIEWERS: (VIEW,),
        EDITORS: (VIEW, ADD, CHANGE, DELETE),
    },
    "research.studynotice": {
        WRITERS: (VIEW,),
        MEDICAL_REVIEWERS: (VIEW, ADD),
        EDITORS: (VIEW, ADD, CHANGE),
    },
    "research.person": {
        WRITERS: (VIEW,),
        MEDICAL_REVIEWERS: (VIEW,),
        EDITORS: (VIEW, ADD, CHANGE, DELETE),
    },
    "research.explainer": {
        WRITERS: (VIEW,),
        MEDICAL_REVIEWERS: (VIEW,),
        EDITORS: (VIEW, ADD, CHANGE),
    },
    "research.pagetext": {
        WRITERS: (VIEW, ADD, CHANGE),
        MEDICAL_REVIEWERS: (VIEW,),
        EDITORS: (VIEW, ADD, CHANGE),
    },
    "research.correction": {
        WRITERS: (VIEW,),
        MEDICAL_REVIEWERS: (VIEW,),
        EDITORS: (VIEW, ADD, CHANGE),
    },
    "research.readerreport": {WRITERS: (VIEW,), MEDICAL_REVIEWERS: (VIEW,), EDITORS: (VIEW, CHANGE)},
    "research.noticewording": {
        WRITERS: (VIEW,),
        MEDICAL_REVIEWERS: (VIEW,),
        EDITORS: (VIEW, ADD, CHANGE),
    },
    "research.articlenotice": {
        WRITERS: (VIEW,),
        MEDICAL_REVIEWERS: (VIEW,),
        EDITORS: (VIEW, ADD, CHANGE),
    },
    "research.release": {WRITERS: (VIEW,), MEDICAL_REVIEWERS: (), EDITORS: (VIEW,)},
    "research.releasebundle": {
        WRITERS: (VIEW,),
        MEDICAL_REVIEWERS: (),
        EDITORS: (VIEW, ADD, CHANGE, DELETE),
    },
    "search.promotedresult": {WRITERS: (), MEDICAL_REVIEWERS: (), EDITORS: (VIEW, ADD, CHANGE, DELETE)},
    # Readers' addresses: to end their mails when they ask for it.
    "home.follower": {WRITERS: (), MEDICAL_REVIEWERS: (), EDITORS: (VIEW, DELETE)},
    "home.dailyviews": {WRITERS: (VIEW,), MEDICAL_REVIEWERS: (VIEW,), EDITORS: (VIEW,)},
    "search.missedsearch": {WRITERS: (VIEW,), MEDICAL_REVIEWERS: (), EDITORS: (VIEW,)},
}

# Rights on pictures, given at the root collection.
IMAGE_RIGHTS: dict[str, tuple[str, ...]] = {
    WRITERS: (ADD, CHOOSE),
    MEDICAL_REVIEWERS: (),
    EDITORS: (ADD, CHANGE, CHOOSE),
}

# Everyone in a role reaches the admin.
ADMIN_ACCESS = "wagtailadmin.access_admin"


def model_permissions(role: str) -> Iterator[tuple[str, str, str]]:
    """Yield (app label, model name, codename) for every right a role has on the record."""
    for label, rights in MODEL_RIGHTS.items():
        app_label, model = label.split(".")
        for action in rights.get(role, ()):
            yield app_label, model, f"{action}_{model}"


@once(lambda user: user.pk)
def roles_of(user: "AnyUser") -> frozenset[str]:
    """Return the roles that the groups of an account hold."""
    return frozenset(user.groups.filter(role__isnull=False).values_list("role__key", flat=True))


def roles_of_each(user_ids: Iterable[int]) -> QuerySet[Any, Any]:
    """Return the roles of several accounts, to be read together and told to ``know_roles``."""
    members = get_user_model().groups.through.objects.filter(user__in=set(user_ids), group__role__isnull=False)
    return members.values("user", key=F("group__role__key"))


def know_roles(users: "Iterable[AnyUser]", read: "Iterable[Mapping[str, Any]]") -> None:
    """Let accounts know their roles, which were read already, where a request only reads."""
    roles = [(row["user"], row["key"]) for row in read]
    for user in users:
        know(roles_of, frozenset(key for pk, key in roles if pk == user.pk), user)


def has_role(user: "AnyUser", role: str) -> bool:
    """True for an active member of the group that holds a role; what the group is called says nothing."""
    return bool(user.is_active and role in roles_of(user))


def is_editor(user: "AnyUser") -> bool:
    """True for an active member of Editors, and for a superuser."""
    return bool(user.is_active and (user.is_superuser or has_role(user, EDITORS)))


def can_reassign_reviews(user: "AnyUser") -> bool:
    """Editors hand a review to somebody else."""
    return is_editor(user)


def can_take_down(user: "AnyUser") -> bool:
    """Editors take articles down."""
    return is_editor(user)


def can_revoke_sign_offs(user: "AnyUser") -> bool:
    """Editors and medical reviewers end a signature, whoever made it; what it made public comes down."""
    return is_editor(user) or has_role(user, MEDICAL_REVIEWERS)


def can_lift_embargo(user: "AnyUser") -> bool:
    """Editors remove an embargo, or move it forward."""
    return is_editor(user)


def lifts_embargo(before: datetime | None, after: datetime | None, now: datetime) -> bool:
    """True when an embargo that still holds is removed or ends earlier."""
    return before is not None and before > now and (after is None or after < before)


def can_edit_credentials(user: "AnyUser", person: Any) -> bool:
    """A reviewer's own credentials, and what ties them to an account, are theirs and an administrator's to change.

    Those of anybody else are an editor's, with the rest of the record.
    """
    if user.is_superuser:
        return True
    account = person.user
    return account is None or account.pk == user.pk or not has_role(account, MEDICAL_REVIEWERS)


def can_record_reinstatement(user: "AnyUser") -> bool:
    """Medical reviewers say by hand that a study counts again."""
    return has_role(user, MEDICAL_REVIEWERS)


def can_add_notices(user: "AnyUser") -> bool:
    """Whoever may record by hand what happened to a study also decides what a file says of it."""
    return bool(user.is_active and user.has_perm("research.add_studynotice"))


def can_see_after_notice(user: "AnyUser") -> bool:
    """Editors, and whoever may record what happened to a study, see what waits for a decision after it."""
    return can_take_down(user) or can_add_notices(user)


def can_decide_on_sources(user: "AnyUser") -> bool:
    """Whoever may change studies accepts or declines what a source says of one."""
    return bool(user.is_active and user.has_perm("research.change_study"))


def can_import_studies(user: "AnyUser") -> bool:
    """Whoever may add and change studies imports them."""
    return can_decide_on_sources(user) and user.has_perm("research.add_study")


def can_change_identifiers(user: "AnyUser") -> bool:
    """Editors change the DOI or PMID of a study that readers see: its retraction is found by it."""
    return is_editor(user)


def can_join_studies(user: "AnyUser") -> bool:
    """Editors join two studies that turned out to be one: it moves what public articles rest on."""
    return is_editor(user)


def can_merge_topics(user: "AnyUser") -> bool:
    """Editors merge two topics: what readers know by the one is found under the other."""
    return is_editor(user)


def can_share_preview(user: "AnyUser", page: "ArticlePage") -> bool:
    """Editors and the article's own writer make and revoke preview links."""
    return is_editor(user) or (page.owner_id == user.pk and has_role(user, WRITERS))


def can_see_previews(user: "AnyUser", page: "ArticlePage") -> bool:
    """Medical reviewers also see who was given a preview."""
    return can_share_preview(user, page) or has_role(user, MEDICAL_REVIEWERS)


def can_comment(user: "AnyUser", page: "ArticlePage") -> bool:
    """Medical reviewers and whoever may edit an article say something beside its text."""
    return has_role(user, MEDICAL_REVIEWERS) or page.permissions_for_user(user).can_edit()


def can_decide_on_releases(user: "AnyUser") -> bool:
    """Editors try a held release again, or cancel it."""
    return is_editor(user)


class ArticlePermissionTester(PagePermissionTester):
    """What a user may do with an article: Wagtail's answers, except that taking down is always free."""

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """Wagtail's answer. Below an article stands nothing, so the database is not asked what is deleted with it."""
        if not self.user.is_active or self.user.is_superuser or not self.page.is_leaf():
            return bool(super().can_delete(ignore_bulk))
        may_go = "publish" in self.permissions or not self.page.live
        is_own = "add" in self.permissions and self.page.owner_id == self.user.pk
        return may_go and ("change" in self.permissions or is_own)

    def can_unpublish(self) -> bool:
        """True for editors while the article is live: no review, schedule or lock keeps them from it."""
        return self.page.live and self.user.is_active and (self.user.is_superuser or "publish" in self.permissions)


class SectionPermissionTester(PagePermissionTester):
    """What a user may do with a section: its articles are submitted for review, it is not."""

    def can_submit_for_moderation(self) -> bool:
        """False: a section's own words need no signature."""
        return False

    def can_unpublish(self) -> bool:
        """False while articles are public in it: their addresses, feed and topics stand below the section's."""
        return super().can_unpublish() and not self.page.published_articles.not_withdrawn().exists()
