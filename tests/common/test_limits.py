"""Limits count clients, all processes together, and lock out nobody who comes from elsewhere."""

import pytest
from django.core.cache import caches
from django.test import Client

from common.limits import is_within
from common.models import LimitEntry, User

PROXY = "10.0.0.7"
PASSWORD = "a-long-enough-phrase"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_the_database(settings):
    settings.TRUSTED_PROXIES = [PROXY]
    settings.CACHES = {
        **settings.CACHES,
        "limits": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": LimitEntry._meta.db_table,
            "OPTIONS": {"MAX_ENTRIES": 1000},
        },
    }


@pytest.fixture
def user():
    return User.objects.create_user("wren", "wren@example.org", PASSWORD)


def sign_in(address, password, login="wren"):
    """Try to sign in from an address behind the proxy and return whether it worked."""
    client = Client(REMOTE_ADDR=PROXY, headers={"x-forwarded-for": address})
    answer = client.post("/accounts/login/", {"login": login, "password": password})
    return answer.status_code == 302 and "_auth_user_id" in client.session


def test_ten_wrong_passwords_from_one_address_lock_nobody_out_elsewhere(user):
    for number in range(40):
        assert not sign_in("203.0.113.9", f"wrong-{number}")

    assert sign_in("203.0.113.10", PASSWORD)
    assert not sign_in("203.0.113.9", PASSWORD)


def test_wrong_passwords_from_many_addresses_lock_no_account(user):
    for number in range(30):
        assert not sign_in(f"203.0.113.{number}", "wrong")

    assert sign_in("198.51.100.4", PASSWORD)


def test_a_client_cannot_get_round_a_limit_by_writing_the_header_itself(user):
    for number in range(12):
        sign_in(f"198.51.100.{number}, 203.0.113.9", "wrong")

    assert not sign_in("198.51.100.77, 203.0.113.9", PASSWORD)


def test_a_refused_sign_in_leaves_a_line_with_the_clients_address(user, caplog):
    sign_in("203.0.113.9", "wrong")

    assert "sign-in refused for 'wren' from 203.0.113.9" in caplog.text


def test_limits_count_in_the_database_where_no_cache_server_is(rf):
    request = rf.post("/", REMOTE_ADDR="203.0.113.9")

    allowed = [is_within(request, "note", "2/h/ip") for _ in range(4)]
    caches["limits"].close()
    elsewhere = is_within(rf.post("/", REMOTE_ADDR="203.0.113.10"), "note", "2/h/ip")

    assert allowed == [True, True, False, False]
    assert elsewhere
    assert LimitEntry.objects.count() == 2
