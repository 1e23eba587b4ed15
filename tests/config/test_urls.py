import pytest
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse
from django.views.defaults import server_error


def test_the_api_that_writes_is_not_mounted():
    with pytest.raises(NoReverseMatch):
        reverse("wagtailapi_v3:openapi-json")


def test_documents_have_no_public_address():
    with pytest.raises(NoReverseMatch):
        reverse("wagtaildocs_serve", args=[1, "file.pdf"])


@pytest.mark.django_db
def test_an_unknown_address_is_not_found(client):
    response = client.get("/no-such-page/")

    assert response.status_code == 404


@pytest.mark.django_db
def test_the_page_for_a_failure_asks_the_database_nothing(django_assert_num_queries):
    request = RequestFactory().get("/")

    with django_assert_num_queries(0):
        response = server_error(request)

    assert response.status_code == 500
