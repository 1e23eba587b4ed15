"""The erasure screen: who may do what, and what it says."""

import pytest
from django.urls import reverse

from common.models import User
from research.models import ContentRemovalRequest, PublishedArticle, SealedContent, SignOff
from research.models.signoffs import REMOVED_NAME
from tests.factories import editor_user

pytestmark = pytest.mark.django_db

ADDRESS = "/admin/erasure/"
PERSON = {"form": "person", "reason": "They asked for it.", "sure": "on"}


@pytest.fixture
def words(public_article):
    return {"form": "words", "line": SignOff.objects.get().pk, "reason": "A court ordered it."}


def test_writers_and_reviewers_see_none_of_it(client, writer, reviewer):
    for user in (writer, reviewer):
        client.force_login(user)
        assert client.get(ADDRESS).status_code == 302
        assert client.post(reverse("research_decide_removal", args=[1])).status_code == 302


def test_an_administrator_erases_a_reviewer_with_a_reason(client, admin, reviewer, public_article):
    client.force_login(admin)

    response = client.post(ADDRESS, {**PERSON, "user": reviewer.pk}, follow=True)

    assert "Erased: " in response.content.decode()
    assert SignOff.objects.get().reviewer_name == REMOVED_NAME
    assert not User.objects.get(pk=reviewer.pk).is_active


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"reason": ""}, "the reason is kept"),
        ({"sure": ""}, "nothing brings a name back"),
        ({"user": ""}, "Name an account"),
        ({"user": "999"}, "Select a valid choice"),
        ({"user": "", "email": "nobody"}, "valid email address"),
    ],
)
def test_a_form_that_is_not_clear_erases_nothing_and_says_why(client, admin, reviewer, public_article, changed, says):
    client.force_login(admin)

    response = client.post(ADDRESS, {**PERSON, "user": reviewer.pk} | changed)

    assert response.status_code == 400
    assert says in response.content.decode()
    assert User.objects.get(pk=reviewer.pk).is_active


def test_an_editor_is_offered_no_person_and_may_erase_none(client, editor, reviewer):
    client.force_login(editor)
    assert "Erase a person" not in client.get(ADDRESS).content.decode()

    client.post(ADDRESS, {**PERSON, "user": reviewer.pk})

    assert User.objects.get(pk=reviewer.pk).is_active


def test_one_editor_asks_and_another_removes(client, editor, words):
    client.force_login(editor)
    client.post(ADDRESS, words)
    asked = ContentRemovalRequest.objects.get()
    decide = reverse("research_decide_removal", args=[asked.pk])
    assert "somebody else confirms it" in client.get(ADDRESS).content.decode()
    response = client.post(decide, {"remove": "1"}, follow=True)
    assert "Two people decide" in response.content.decode()
    assert SealedContent.objects.get(pk=asked.digest).canonical

    client.force_login(editor_user())
    assert "Remove these words" in client.get(ADDRESS).content.decode()
    client.post(decide, {"remove": "1"})

    assert not SealedContent.objects.get(pk=asked.digest).canonical
    assert PublishedArticle.objects.get().withdrawn_at


def test_a_request_is_declined_and_the_words_stay(client, editor, words):
    client.force_login(editor)
    client.post(ADDRESS, words)
    asked = ContentRemovalRequest.objects.get()

    client.post(reverse("research_decide_removal", args=[asked.pk]), {"keep": "1"})

    assert ContentRemovalRequest.objects.get().closed_at
    assert SealedContent.objects.get(pk=asked.digest).canonical


@pytest.mark.parametrize(("changed", "says"), [({"line": 99}, "no such line"), ({"reason": " "}, "Say why")])
def test_a_request_that_is_not_clear_says_why(client, editor, words, changed, says):
    client.force_login(editor)

    response = client.post(ADDRESS, words | changed)

    assert response.status_code == 400
    assert says in response.content.decode()
    assert not ContentRemovalRequest.objects.exists()
