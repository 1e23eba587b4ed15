"""What an empty newsroom is told to do first, until it is done."""

import pytest
from django.contrib.auth.models import Group

from common.models import User
from research.models import NoticeWording, Person
from research.newsroom.permissions import WRITERS
from tests.factories import ExplainerFactory, admin_user, reviewer_user, sign_text_of, writer_user

pytestmark = pytest.mark.django_db

STEPS = ("Invite a medical reviewer", "Link accounts to people", "Sign the wordings", "Write the explainer")


def steps_for(client, user: User) -> list[str]:
    client.force_login(user)
    page = client.get("/admin/").content.decode()
    return [step for step in STEPS if step in page]


def test_each_step_goes_once_it_is_done(client):
    admin = admin_user()
    stranger = User.objects.create_user("stranger", password="long enough words")
    stranger.groups.add(Group.objects.get(name=WRITERS))
    wording = NoticeWording.objects.create(name="Concern", heading="Concern", text="There is concern.")
    assert steps_for(client, admin) == list(STEPS)

    reviewer = reviewer_user()
    assert STEPS[0] not in steps_for(client, admin)
    Person.objects.create(name="Some writer", user=stranger)
    assert STEPS[1] not in steps_for(client, admin)
    sign_text_of(wording, reviewer)
    assert STEPS[2] not in steps_for(client, admin)
    ExplainerFactory()
    assert steps_for(client, admin) == []


def test_writers_are_not_told(client):
    assert steps_for(client, writer_user()) == []
