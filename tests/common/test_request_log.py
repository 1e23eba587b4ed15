"""The log of requests names the client that the site believes, whatever a request says of itself."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from structlog.contextvars import get_contextvars

from common.client_address import ClientAddressMiddleware
from common.request_log import RequestLogMiddleware


@pytest.mark.parametrize(("proxies", "named"), [([], "127.0.0.1"), (["127.0.0.1"], "203.0.113.9")])
def test_it_names_the_client(proxies, named, settings):
    settings.TRUSTED_PROXIES = proxies
    told = []

    def answer(request):
        told.append(get_contextvars())
        return HttpResponse()

    request = RequestFactory().get(
        "/ms/",
        headers={"x-forwarded-for": "203.0.113.9", "x-real-ip": "198.51.100.7", "fastly-client-ip": "198.51.100.8"},
    )
    ClientAddressMiddleware(RequestLogMiddleware(answer))(request)

    assert [one["ip"] for one in told] == [named]
    assert told[0]["request_id"]
