"""Erasing an account that has a common word for a name: nothing but the account changes, and the site goes on."""

from time import monotonic

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry, Page

from common.models import OutboxMessage
from common.outbox import deliver_due, enqueue, enqueue_mail
from research.models import Release, ReleaseChange
from research.record.erasure.columns import Kind, kind_of, tables, texts_of
from research.record.erasure.erasing import erase_person
from research.record.erasure.names import REMOVED, Identity
from tests.factories import ArticlePageFactory, PersonFactory, UserFactory, admin_user, edit, publish

pytestmark = [pytest.mark.django_db, pytest.mark.indexed]

ADDRESS = "/admin/erasure/"
REASON = "They asked for it."
#: What may change with an account that never did anything: itself, and what the erasure writes.
CHANGES = {"common.User", "common.OutboxMessage", "research.Erasure", "sessions.Session"}


@pytest.fixture(autouse=True)
def _content_types_anew():
    yield
    ContentType.objects.clear_cache()


def account(username):
    return UserFactory(username=username, first_name="Theodora", last_name="Quillfeather", email="tq@example.org")


def everything():
    """Return each row of each table, but those whose change is meant."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in tables()
        if model._meta.label not in CHANGES
    }


@pytest.mark.parametrize("name", ["research", "study", "home", "topic", "en", "mail", "signed", "articlepage", "text"])
def test_an_account_that_is_called_as_a_part_of_the_site_goes_and_nothing_else(section, writer, reviewer, admin, name):
    publish(ArticlePageFactory(parent=section, by=writer, title="Fewer relapses"), reviewer)
    leaving = account(name)
    before = everything()

    erase_person(user=leaving, reason=REASON, by=admin)

    after = everything()
    assert [label for label in before if before[label] != after[label]] == []


def test_the_newsroom_works_after_an_account_called_research_was_erased(client, public_article, admin, editor):
    client.force_login(admin)

    client.post(ADDRESS, {"form": "person", "user": account("research").pk, "reason": REASON, "sure": "on"})

    ContentType.objects.clear_cache()
    assert Page.objects.get(pk=public_article.pk).specific_class is type(public_article)
    client.force_login(editor)
    for address in (
        reverse("wagtailadmin_pages:edit", args=[public_article.pk]),
        reverse("wagtailadmin_explore", args=[public_article.get_parent().pk]),
        reverse("wagtailadmin_home"),
        public_article.url,
    ):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("name", ["mail", "anna", "please", "dear"])
def test_a_mail_that_waits_for_somebody_else_reaches_them_as_it_was(admin, name):
    enqueue_mail("one", ["anna@another-hospital.org"], "Please review", "Dear anna")

    erased = erase_person(user=account(name), reason=REASON, by=admin)
    deliver_due()

    assert [(sent.to, sent.subject) for sent in mail.outbox] == [(["anna@another-hospital.org"], "Please review")]
    assert "Dear anna" in mail.outbox[0].body
    told = [f"outbox message {OutboxMessage.objects.get(key='one').pk}, payload"]
    assert [place for place in erased.unclear if place in told] == (told if name != "mail" else [])


@pytest.mark.parametrize("other", ["x.tq@example.org", "tq@example.org.uk", "tq-2@example.org", "atq@example.org"])
def test_an_address_that_has_the_one_of_the_person_in_it_stays(admin, other):
    enqueue_mail("one", [other, "tq@example.org"], "Please review", f"Write to tq@example.org, not {other}.")

    erase_person(user=account("leaving"), reason=REASON, by=admin)

    payload = OutboxMessage.objects.get(key="one").payload
    assert payload["to"] == [other]
    assert payload["body"] == f"Write to {REMOVED}, not {other}."


def test_a_mail_for_nobody_else_goes_with_all_its_words_and_is_sent_to_nobody(admin):
    enqueue_mail("one", ["TQ@example.org"], "Hello leaving", "Dear leaving, you may sign.")

    erase_person(user=account("leaving"), reason=REASON, by=admin)
    deliver_due()

    kept = OutboxMessage.objects.get(key="one")
    assert kept.payload == {"to": [], "subject": REMOVED, "body": REMOVED}
    assert (kept.kind, kept.state, mail.outbox) == ("mail", OutboxMessage.State.SENT, [])


def test_an_order_to_the_program_stays_until_it_was_carried_out_and_is_named(admin):
    names = {"names": ["theodora-quillfeather.png"]}
    enqueue("delete-files", "one", names)
    person = PersonFactory(name="Theodora Quillfeather")

    erased = erase_person(user=account("leaving"), reason=REASON, by=admin)

    order = OutboxMessage.objects.get(key="one")
    assert order.payload == names
    assert f"outbox message {order.pk}, payload" in erased.left
    deliver_due()
    erase_person(person=person, reason=REASON, by=admin)
    order.refresh_from_db()
    assert (order.state, order.payload) == (OutboxMessage.State.SENT, {"names": [f"{REMOVED}.png"]})


def test_a_name_of_one_word_goes_where_an_account_is_named(article, admin):
    leaving = account("research")
    release = Release.objects.create(article_id=article.pk, kind="publish", due_at=timezone.now())
    change = ReleaseChange.objects.create(release=release, state="planned", at=timezone.now(), actor="research")
    entry = ModelLogEntry.objects.create(
        content_type=ContentType.objects.get_for_model(leaving),
        object_id=leaving.pk,
        label="research",
        action="wagtail.edit",
        timestamp=timezone.now(),
    )

    erase_person(user=leaving, reason=REASON, by=admin)

    change.refresh_from_db()
    entry.refresh_from_db()
    assert (change.actor, entry.label) == (REMOVED, REMOVED)


def test_another_account_keeps_its_name_and_is_named(admin):
    other = UserFactory(first_name="Anna", last_name="Elsewhere")

    erased = erase_person(user=account("Anna"), reason=REASON, by=admin)

    other.refresh_from_db()
    assert other.first_name == "Anna"
    assert any(place.endswith(f" {other.pk}, first_name") for place in erased.left)


def test_the_address_of_a_draft_stays_and_is_named(article, admin):
    edit(article, slug="theodora-quillfeather")

    erased = erase_person(user=account("leaving"), reason=REASON, by=admin)

    revision = type(article).objects.get(pk=article.pk).latest_revision
    assert revision.content["slug"] == "theodora-quillfeather"
    assert f"revision {revision.pk}, content" in erased.left


def test_the_address_in_a_draft_is_left_empty(section, admin):
    home = section.get_parent().specific
    home.contact_email = "tq@example.org"
    revision = home.save_revision()

    erase_person(email="tq@example.org", reason=REASON, by=admin)

    revision.refresh_from_db()
    assert revision.content["contact_email"] == ""


@pytest.mark.parametrize("given", ["fewer relapses", "research"])
def test_what_is_no_address_is_refused_before_it_is_looked_for(public_article, admin, given):
    before = everything()

    with pytest.raises(ValidationError, match="valid email address"):
        erase_person(email=given, reason=REASON, by=admin)

    assert everything() == before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("anna", "anna." * 40_000),
        ("anna", "\\" * 200_000),
        ("anna", "&amp;" * 40_000),
        ("anna", "%25" * 60_000),
        ("Jane Roe", ("Jane" + " " * 500) * 400),
        ("Jane Roe", "jane.roe." * 30_000 + "@"),
        ("anna@example.org", "anna@example.org" * 10_000),
    ],
)
def test_no_text_takes_forever_to_be_looked_through(name, text):
    identity = Identity()
    identity.add(name)
    began = monotonic()

    identity.without_in(text)
    identity.may_be_in(text)

    assert monotonic() - began < 10  # what was quadratic took minutes


def test_nothing_of_the_machinery_is_rewritten_whoever_goes():
    """Whatever is installed: files, addresses, choices, and what only the program reads."""
    labels = ("contenttypes", "auth", "sessions", "taggit.Tag.slug", "django_tasks_database.DBTaskResult.args_kwargs")
    machinery = {
        f"{model._meta.label}.{own.name}"
        for model in tables()
        for own in texts_of(model)
        if kind_of(own) is Kind.MACHINERY
    }
    columns = {f"{model._meta.label}.{own.name}" for model in tables() for own in texts_of(model)}

    assert {column for column in columns if column.startswith(labels)} <= machinery
    assert {"common.OutboxMessage.kind", "common.OutboxMessage.key", "wagtailcore.Page.slug"} <= machinery


def test_the_last_administrator_who_can_sign_in_is_told_to_make_another_one_first(client, admin):
    admin_user(is_active=False)
    locked = admin_user()
    locked.set_unusable_password()
    locked.save()
    client.force_login(admin)
    form = {"form": "person", "user": admin.pk, "reason": REASON, "sure": "on"}

    response = client.post(ADDRESS, form)

    assert response.status_code == 400
    assert "Nobody else could sign in as an administrator" in response.content.decode()
    admin.refresh_from_db()
    assert admin.is_active

    admin_user()
    assert client.post(ADDRESS, form).status_code == 302
    admin.refresh_from_db()
    assert not admin.is_active
