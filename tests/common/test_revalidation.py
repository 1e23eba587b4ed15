import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from common.middleware import RevalidationMiddleware

pytestmark = pytest.mark.django_db


def answered(response):
    return RevalidationMiddleware(lambda request: response)(RequestFactory().get("/"))


def test_an_answer_that_names_no_lifetime_is_asked_for_again():
    assert answered(HttpResponse())["Cache-Control"] == "no-cache"


def test_what_a_view_said_of_caching_stands():
    assert answered(HttpResponse(headers={"Cache-Control": "max-age=60"}))["Cache-Control"] == "max-age=60"


@pytest.mark.parametrize("address", ["/", "/nothing-here/", "/accounts/login/", "/admin/"])
def test_every_address_says_something_of_caching(client, address):
    assert client.get(address).headers["Cache-Control"]
