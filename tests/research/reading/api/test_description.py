"""The API keeps to its own description, whatever it is asked."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.factories import ArticlePageFactory, StudyNoticeFactory, TopicFactory, publish, unpublish
from tests.page_store import kept_connection

#: What calls the application directly unpacks nothing.
PLAIN = {"Accept-Encoding": "identity"}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def site(section, reviewer):
    """An article in each state, on a topic."""
    topics = [TopicFactory(name="Microglia", slug="microglia")]
    made = [publish(ArticlePageFactory(parent=section, topics=topics), reviewer) for _ in range(3)]
    StudyNoticeFactory(study=made[1].study)
    unpublish(made[2])
    return made


@pytest.fixture
def description(db, client):
    return client.get("/api/v1/openapi.json").json()


@pytest.fixture
def asked_directly(description):
    """Schemathesis asks the application itself, as a server does; the test client, which came before, does not."""
    with kept_connection():
        yield


def test_it_is_valid_and_names_every_address(description):
    assert description["openapi"] == "3.1.0"
    assert set(description["paths"]) == {
        "/",
        "/openapi.json",
        "/articles",
        "/articles/{id}",
        "/sections",
        "/sections/{section}/articles",
        "/sections/{section}/topics",
        "/sections/{section}/topics/{topic}/articles",
    }


@pytest.mark.usefixtures("asked_directly")
def test_real_answers_are_as_described(site, description):
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    known = {"section": "ms", "topic": "microglia"}
    found = {operation.ok().path: operation.ok() for operation in schema.get_all_operations()}

    statuses = set()
    for path, operation in found.items():
        for page in site if "{id}" in path else site[:1]:
            values = {
                name: value for name, value in {**known, "id": str(page.subject_uuid)}.items() if f"{{{name}}}" in path
            }
            case = operation.Case(path_parameters=values)
            answer = case.call(headers=PLAIN)
            case.validate_response(answer, checks=CHECKS)
            statuses.add((path, answer.status_code))

    assert ("/articles/{id}", 410) in statuses
    assert {path for path, status in statuses if status == 200} == set(found)


@pytest.mark.usefixtures("asked_directly")
def test_nonsense_is_answered_as_described(site, description):
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for result in schema.get_all_operations():

        @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=result.ok().as_strategy())
        def ask(case):
            case.validate_response(case.call(headers=PLAIN), checks=CHECKS)

        ask()
