"""Whom a request comes from: the client behind trusted proxies, and never what a client says of itself."""

import logging

import pytest
from django.test import RequestFactory

from common import client_address
from common.client_address import ClientAddressMiddleware

PROXY, INNER, CLIENT, LIAR = "10.0.0.7", "10.0.0.8", "203.0.113.9", "198.51.100.1"


@pytest.fixture(autouse=True)
def _proxies(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/24", "2001:db8::/64"]
    client_address._warn_once.cache_clear()


def seen(peer, **headers):
    """Return what a view is told about a request."""
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={k.replace("_", "-"): v for k, v in headers.items()})
    ClientAddressMiddleware(lambda request: request)(request)
    return request


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"{CLIENT}, {INNER}", CLIENT),
        (PROXY, f"{LIAR}, {CLIENT}", CLIENT),
        (PROXY, f"10.0.0.99, {CLIENT}", CLIENT),
        (PROXY, f"nonsense, {CLIENT}", CLIENT),
        (PROXY, f"{CLIENT}, nonsense", PROXY),
        (PROXY, f"{CLIENT}:4711", CLIENT),
        (PROXY, "[2001:db8:1::5]:443", "2001:db8:1::5"),
        (PROXY, "", PROXY),
        (PROXY, " , ,", PROXY),
        (PROXY, INNER, INNER),
        (f"::ffff:{PROXY}", CLIENT, CLIENT),
        ("2001:db8::1", CLIENT, CLIENT),
        (CLIENT, LIAR, CLIENT),
        ("", LIAR, ""),
    ],
)
def test_the_client_is_who_the_trusted_proxies_saw(peer, forwarded_for, client):
    assert seen(peer, x_forwarded_for=forwarded_for).META["REMOTE_ADDR"] == client


def test_only_a_trusted_proxy_says_that_it_was_tls(settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    assert seen(PROXY, x_forwarded_for=CLIENT, x_forwarded_proto="https").is_secure()
    assert not seen(CLIENT, x_forwarded_proto="https").is_secure()


@pytest.mark.parametrize("name", ["forwarded", "x_real_ip", "client_ip", "cf_connecting_ip", "x_forwarded_host"])
@pytest.mark.parametrize("peer", [PROXY, CLIENT])
def test_no_other_claim_reaches_a_library(peer, name):
    assert f"HTTP_{name.upper()}" not in seen(peer, **{name: LIAR}).META


def test_without_trusted_proxies_nobody_is_believed(settings):
    settings.TRUSTED_PROXIES = []

    assert seen(PROXY, x_forwarded_for=LIAR).META["REMOTE_ADDR"] == PROXY


def test_a_proxy_that_is_not_named_is_told_of_once(caplog):
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            seen("192.0.2.1", x_forwarded_for=CLIENT, x_forwarded_proto="https")

    assert [record.args for record in caplog.records] == [("192.0.2.1",)]
    assert "TRUSTED_PROXIES" in caplog.text


def test_it_stands_before_whatever_believes_it(settings):
    assert settings.MIDDLEWARE[0] == "common.client_address.ClientAddressMiddleware"
