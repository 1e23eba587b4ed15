"""Who opened a screen of the admin, and what they may do: in one statement, where the menu alone asked seven.

Django and Wagtail keep what they find on the account for as long as a request lasts, and judge by it. Here it is only
read together; who may do what is decided where it was.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page
from wagtail.permission_policies.collections import CollectionPermissionPolicy
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.users.models import UserProfile

from common.admin_address import is_in_admin
from common.models import User
from common.once import READING
from common.one_statement import OneStatement
from common.prepared import KEY
from research.models.people import Person
from research.newsroom.permissions import know_roles, roles_of_each

# By the field of the account: what at most one row says of it. The entry decides who may sign, so where something may
# be written it is asked at that moment; so are the roles.
BESIDE = {"wagtail_userprofile": UserProfile}
BESIDE_WHILE_READING = BESIDE | {"person": Person}
# By where Wagtail keeps them: rights that hold for a part of the tree, and the field that names the part.
PLACED: dict[str, tuple[Any, str, Any]] = {
    PagePermissionPolicy.permission_cache_name: (GroupPagePermission, "page", Page),
    CollectionPermissionPolicy.permission_cache_name: (GroupCollectionPermission, "collection", Collection),
}


class WhoMiddleware:
    """Reads what a screen of the admin asks about who opened it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: list[Any], kwargs: dict[str, Any]) -> None:
        """Let the account know what it is asked for."""
        if is_in_admin(request) and isinstance(request.user, User):
            get_to_know(request.user, is_reading=request.method in READING)


def get_to_know(user: User, *, is_reading: bool) -> None:
    """Let an active account know what stands beside it, its roles and its rights, as they are now."""
    if not user.is_active:
        return
    read = _statement(is_reading=is_reading, is_superuser=user.is_superuser).read([user.pk])
    if is_reading:
        know_roles([user], read["roles"])
    for name in _beside(is_reading=is_reading):
        _keep_beside(user, name, next(iter(read[name]), None))
    _keep_rights(user, read)
    for kept, (model, place, _) in _placed(is_superuser=user.is_superuser).items():
        _keep_placed(user, kept, model, place, read)
    if len(read.get("roots", ())) == 1:
        setattr(user, PagePermissionPolicy._explorable_root_instance_cache_name, read["roots"][0])


@cache
def _statement(*, is_reading: bool, is_superuser: bool) -> OneStatement[str]:
    """Return the statement, put together once: each screen asks it, and that took ten times as long as the answer."""
    somebody = User(pk=KEY.stand_in(0), is_superuser=is_superuser)
    roles = {"roles": roles_of_each([somebody.pk])} if is_reading else {}
    asked: dict[str, QuerySet[Any, Any]] = {**roles, **_rights(somebody)}
    asked |= {
        name: model._default_manager.filter(user=somebody) for name, model in _beside(is_reading=is_reading).items()
    }
    if is_superuser:
        asked["roots"] = Page.objects.filter(depth=1)
    for kept, (model, place, tree) in _placed(is_superuser=is_superuser).items():
        mine = model.objects.filter(group__user=somebody)
        asked |= {kept: mine, place: tree.objects.filter(pk__in=mine.values(place))}
    return OneStatement(asked, [somebody.pk])


def _beside(*, is_reading: bool) -> Mapping[str, Any]:
    return BESIDE_WHILE_READING if is_reading else BESIDE


def _placed(*, is_superuser: bool) -> Mapping[str, tuple[Any, str, Any]]:
    return {} if is_superuser else PLACED


def _keep_beside(user: User, name: str, row: Any) -> None:
    relation: Any = User._meta.get_field(name)
    relation.set_cached_value(user, row)
    if row is not None:
        relation.remote_field.set_cached_value(row, user)


def _rights(user: User) -> dict[str, QuerySet[Any, Any]]:
    rights = Permission.objects.order_by()
    if user.is_superuser:
        return {"all": _named(rights)}
    placed = Q()
    for model, _, _ in PLACED.values():
        placed |= Q(pk__in=model.objects.filter(group__user=user).values("permission"))
    return {
        "own": _named(rights.filter(user=user)),
        "of groups": _named(rights.filter(group__in=user.groups.all())),
        "of places": rights.filter(placed),
    }


def _named(rights: QuerySet[Permission]) -> QuerySet[Permission, Any]:
    return rights.values("codename", app=F("content_type__app_label"))


def _keep_rights(user: User, read: dict[str, list[Any]]) -> None:
    """Keep the rights where Django's backends keep them."""
    for kept, name in (("_user_perm_cache", "own"), ("_group_perm_cache", "of groups")):
        rows = read["all" if user.is_superuser else name]
        setattr(user, kept, {f"{row['app']}.{row['codename']}" for row in rows})


def _keep_placed(user: User, kept: str, model: Any, place: str, read: dict[str, list[Any]]) -> None:
    """Keep the rights in a tree as Wagtail does: the query set that it would have asked, which has its rows."""
    rights, places = {row.pk: row for row in read["of places"]}, {row.pk: row for row in read[place]}
    for row in read[kept]:
        row.permission = rights[row.permission_id]
        setattr(row, place, places[getattr(row, f"{place}_id")])
    mine = model.objects.filter(group__user=user).select_related(place, "permission")
    mine._result_cache = read[kept]
    setattr(user, kept, mine)
