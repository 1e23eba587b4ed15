"""Addresses and filters that no link of ours holds: not found, or the plain list, and never an error page."""

import pytest
from django.urls import URLPattern, get_resolver, reverse
from django.urls.converters import IntConverter
from wagtail_modeladmin.options import ModelAdmin

from common.odd_input import SafeModelAdminGroup, id_from
from research.admin.ledger_lists import LedgerGroup
from research.admin.records.lists.groups import RECORD_GROUPS
from research.models import ReleaseBundle
from tests.factories import JournalFactory, StudyFactory, StudyNoticeFactory, TopicFactory, schedule

pytestmark = pytest.mark.django_db

LISTS = [admin for group in (*RECORD_GROUPS, LedgerGroup) for admin in group.items]
HUGE = "9" * 30
ODD_IDS = ["abc", HUGE, "9223372036854775808", "-1", "²", "_zz"]
ODD_FILTERS = ["id=abc", "id__gte=zz", f"id={HUGE}", "no_such_field=1", "id__no_such_lookup=1", "id__isnull=perhaps"]
ODD_PAGES = ["p=abc", f"p={HUGE}", "p=-1", "o=abc", "o=99.-99", f"export={HUGE}", "q=%00"]


def name_of(model_admin: type[ModelAdmin]) -> str:
    return model_admin.model._meta.model_name


def index_of(model_admin: type[ModelAdmin]) -> str:
    return f"/admin/research/{name_of(model_admin)}/"


def admin_patterns(resolver=None):
    """Return every pattern of the admin, with those of what is included in it."""
    resolver = resolver or next(part for part in get_resolver().url_patterns if str(part.pattern) == "admin/")
    for part in resolver.url_patterns:
        yield from [part] if isinstance(part, URLPattern) else admin_patterns(part)


@pytest.fixture
def rows(article, reviewer):
    """A row in the lists that are filtered by fields of their own."""
    journal = JournalFactory()
    StudyNoticeFactory(study=StudyFactory(journal=journal, year=2020))
    ReleaseBundle.objects.create(name="Conference", due_at="2027-03-01T12:00Z")
    schedule(article, reviewer)


@pytest.fixture(autouse=True)
def _as_admin(client, admin):
    client.force_login(admin)


@pytest.mark.parametrize("action", ["edit", "inspect", "delete", "history"])
@pytest.mark.parametrize("model_admin", LISTS, ids=name_of)
def test_a_wrong_id_is_not_found(client, model_admin, action):
    answers = {odd: client.get(f"{index_of(model_admin)}{action}/{odd}/").status_code for odd in ODD_IDS}

    assert set(answers.values()) == {404}, answers


@pytest.mark.parametrize("model_admin", LISTS, ids=name_of)
def test_a_filter_that_makes_no_sense_leads_to_the_list(client, rows, model_admin):
    index = index_of(model_admin)

    for query in (*ODD_FILTERS, *ODD_PAGES):
        answer = client.get(f"{index}?{query}", follow=True)
        assert (answer.status_code, answer.request["PATH_INFO"]) == (200, index), query


@pytest.mark.parametrize(
    "address",
    [
        "study/?year=abc",
        "study/?is_example__exact=perhaps",
        "studynotice/?date__gte=zz",
        "correction/?date__gte=2027-99-99",
        "release/?due_at__gte=zz",
        "release/?due_at__gte=zz&export=csv",
        "readerreport/?created_at__lt=zz",
        "articlenotice/?placed_at__gte=zz",
    ],
)
def test_a_wrong_value_of_a_lists_own_filter_leads_to_the_list(client, rows, address):
    answer = client.get(f"/admin/research/{address}", follow=True)

    assert [step for step, _ in answer.redirect_chain] == [f"/admin/research/{address.partition('?')[0]}"]
    assert "That filter makes no sense here." in answer.content.decode()


@pytest.mark.parametrize("address", [f"study/?journal={HUGE}", f"release/?article={HUGE}"])
def test_an_id_without_room_finds_nothing_or_leads_to_the_list(client, rows, address):
    # SQLite cannot compare it, PostgreSQL finds no such row.
    answer = client.get(f"/admin/research/{address}", follow=True)

    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == f"/admin/research/{address.partition('?')[0]}"


def test_a_filter_that_makes_sense_stays(client, rows):
    answer = client.get("/admin/research/study/?year=2020")

    assert answer.status_code == 200
    assert answer.context["result_count"] == 1


@pytest.mark.parametrize("value", ["abc", HUGE, "²", "-1", ""])
def test_a_wrong_wider_topic_is_no_filter(client, value):
    TopicFactory.create_batch(2)

    answer = client.get(f"/admin/research/topic/?wider={value}")

    assert (answer.status_code, answer.context["result_count"]) == (200, 2)


def test_no_list_of_the_admin_is_left_out():
    names = {pattern.name for pattern in admin_patterns() if "_modeladmin_" in (pattern.name or "")}
    known = {f"research_{name_of(model_admin)}" for model_admin in LISTS}

    assert {name.partition("_modeladmin_")[0] for name in names} == known
    assert all(issubclass(group, SafeModelAdminGroup) for group in (*RECORD_GROUPS, LedgerGroup))


def test_every_id_in_an_address_of_ours_has_a_limit():
    ours = [pattern for pattern in admin_patterns() if (pattern.name or "").startswith("research_")]
    plain = [
        pattern.name
        for pattern in ours
        if any(isinstance(converter, IntConverter) for converter in pattern.pattern.converters.values())
    ]

    assert len(ours) > 20
    assert plain == []


@pytest.mark.parametrize(
    "address",
    [
        "reviews/{}/",
        "reviews/{}/send-back/",
        "reviews/{}/words/",
        "sign/topic/{}/",
        "sign-offs/{}/revoke/",
        "articles/{}/previews/",
        "articles/1/previews/{}/revoke/",
        "board/{}/move/",
        "board/{}/reschedule/",
        "ledger/{}/cancel/",
        "ledger/{}/try-again/",
        "studies/{}/",
        "studies/{}/start/",
        "sources/imports/{}/",
        "sources/changes/{}/",
        "sources/notices/{}/",
    ],
)
def test_a_number_that_no_database_holds_is_not_found(client, address):
    for number in (2**63, HUGE):
        assert client.get(f"/admin/{address.format(number)}").status_code == 404


def test_an_id_is_read_from_at_most_eighteen_digits():
    largest = "9" * 18

    assert id_from(largest) == int(largest)
    assert [id_from(text) for text in (f"{largest}9", "", None, "1.0", " 1", "²")] == [None] * 6
    assert reverse("research_board_move", args=[int(largest)]) == f"/admin/board/{largest}/move/"
