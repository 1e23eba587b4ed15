"""No address of the admin, ours or Wagtail's, answers odd ids with an error of the server."""

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError
from django.urls import Resolver404, resolve
from wagtail.admin.views.bulk_action.registry import bulk_action_registry

from common.odd_input import made_by_input
from tests.research.admin.addresses import admin_addresses

pytestmark = pytest.mark.django_db

HUGE = "9" * 30
ODD = ["abc", HUGE, "0", "²"]
ODD_QUERIES = ["id=abc", f"id={HUGE}", "id=%00", "id=1.5"]
OTHER_NAMES = ["p", "page", "user", "collection_id", "parent", "child_of", "for_site", "revision"]
ODD_QUERIES += ["&".join(f"{name}={odd}" for name in OTHER_NAMES) for odd in ("abc", HUGE)]
# Wagtail's own rehearsal of an error.
REHEARSAL = "/admin/failwhale/"


def is_answered(address):
    try:
        resolve(address)
    except Resolver404:
        return False
    return True


def odd_addresses():
    """Return each address with parameters, odd in all of them and in one of them."""
    found = []
    for address in admin_addresses():
        names = address.parameters
        for odd in ODD if names else ():
            found.append(address.filled(**dict.fromkeys(names, odd)))
            found += [address.filled(**{**dict.fromkeys(names, "1"), name: odd}) for name in names if len(names) > 1]
    return [address for address in dict.fromkeys(found) if is_answered(address)]


def bulk_actions():
    bulk_action_registry.get_bulk_actions_for_model("wagtailcore", "page")  # it looks for them when it is asked
    return [
        f"/admin/bulk/{app}/{model}/{action}/"
        for app, models in bulk_action_registry.actions.items()
        for model, actions in models.items()
        for action in actions
    ]


def errors(send, addresses):
    statuses = {address: send(address).status_code for address in addresses}
    return {address: status for address, status in statuses.items() if status >= 500}


@pytest.fixture(autouse=True)
def _as_admin(client, admin, public_article):
    client.force_login(admin)
    client.raise_request_exception = False


def test_no_address_answers_an_odd_id_with_an_error(client):
    addresses = odd_addresses()

    assert len(addresses) > 400
    assert errors(client.get, addresses) == {}
    assert errors(client.post, [address for address in addresses if HUGE in address or "abc" in address]) == {}


def test_no_address_answers_an_odd_query_with_an_error(client):
    plain = [address.template for address in admin_addresses() if not address.parameters]
    addresses = [f"{address}?{query}" for address in plain for query in ODD_QUERIES]

    assert errors(client.get, [address for address in addresses if not address.startswith(REHEARSAL)]) == {}


def test_no_bulk_action_answers_an_odd_id_with_an_error(client):
    actions = bulk_actions()
    addresses = [f"{action}?id={odd}" for action in actions for odd in ODD]

    assert {"delete", "publish", "add_tags"} <= {action.split("/")[-2] for action in actions}
    assert errors(client.get, addresses) == {}
    assert errors(client.post, addresses) == {}


@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        (ValueError("Field 'id' expected a number but got 'abc'."), True),
        (ValueError("invalid literal for int() with base 10: 'abc'"), True),
        (ValidationError("“abc” is not a valid UUID."), True),
        (ValueError("Field 'id' expected a number but got 'something of ours'."), False),
        (OverflowError("Python int too large to convert to SQLite INTEGER"), False),
        (DataError("value too long for type character varying(9)"), False),
        (TypeError("'abc' has no length"), False),
    ],
)
def test_only_an_error_that_a_value_of_the_request_made_is_told_as_not_found(rf, error, is_told):
    request = rf.get("/admin/study_chooser/chosen-multiple/?id=abc")
    request.resolver_match = None

    assert made_by_input(request, error) is is_told
