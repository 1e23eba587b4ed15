"""The table of doors: every path to "live", against every state that forbids it, by everyone.

No unsigned word reaches a reader on any public surface; a refusal says why and leaves one audit line at
the least; and in the allowed state every door that should work does.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from research.models import PublishedArticle, Release
from research.newsroom.refusals import collected_refusals
from tests.factories.fixtures import small_artwork
from tests.research.doors import scenes
from tests.research.doors.doors import DOORS, Door
from tests.research.doors.readers import readers
from tests.research.doors.scenes import SECRET, Scene

pytestmark = pytest.mark.django_db

EVERY_DOOR = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
ACTORS = ("writer", "reviewer", "editor", "superuser", "nobody")


@pytest.fixture(scope="module")
def stage(request, django_db_setup, django_db_blocker) -> Iterator[Scene]:
    """A state's scene, made once for all its tests, each of which goes back to it on its way out."""
    with django_db_blocker.unblock(), small_artwork(), transaction.atomic():
        yield scenes.build(request.param)
        transaction.set_rollback(True)


@pytest.fixture
def scene(stage, db) -> Scene:
    """The scene as it was made, whatever the tests before did with it."""
    return stage.refreshed()


def in_states(*states: Callable[..., Scene]) -> pytest.MarkDecorator:
    """Run a test in each of some states."""
    return pytest.mark.parametrize("stage", states, ids=lambda state: state.__name__, indirect=True, scope="module")


def try_door(door: Door, scene: Scene, actor: Any) -> tuple[list[str], BaseException | None]:
    """Go through a door; return what was refused in words, and what it raised."""
    raised = None
    with collected_refusals() as refused:
        try:
            with transaction.atomic():
                door.way(scene, actor)
        except (PermissionDenied, ValidationError, RuntimeError, AssertionError) as error:
            if isinstance(error, AssertionError):
                raise
            raised = error
    return refused, raised


def assert_secret_is_kept() -> None:
    """Look at every surface, at what search finds, and at the rows that surfaces are made of."""
    seen = readers.look()
    assert SECRET not in seen.pages
    assert seen.found == (0, "")
    rows = PublishedArticle.objects.filter(withdrawn_at__isnull=True)
    assert not any(SECRET in f"{row.content}{row.title}{row.summary}" for row in rows)


@EVERY_DOOR
@in_states(*scenes.FORBIDDEN)
def test_no_door_opens_for_words_that_may_not_be_public(door, scene, caplog):
    caplog.set_level(logging.INFO, logger="countersign.audit")

    refused, raised = try_door(door, scene, scene.superuser)

    assert_secret_is_kept()
    waits = Release.objects.open().filter(due_at__gt=timezone.now()).exists()
    if door.opens and not door.silent and not waits:
        told = [*refused, *([str(raised)] if raised else []), *Release.objects.values_list("reason", flat=True)]
        assert any(told), "it was refused without a reason"
        assert any("publication refused" in line for line in caplog.messages), "no audit line"


@EVERY_DOOR
@in_states(scenes.unsigned, scenes.one_word)
def test_no_door_opens_for_anybody(door, scene):
    for actor in ACTORS:
        before = transaction.savepoint()
        try_door(door, scene, getattr(scene, actor, None))

        assert_secret_is_kept()
        transaction.savepoint_rollback(before)


@pytest.mark.parametrize("stage", [pytest.param(scenes.signed, id=pytest.HIDDEN_PARAM)], indirect=True, scope="module")
@pytest.mark.parametrize("door", [door for door in DOORS if door.opens], ids=lambda door: door.name)
def test_every_door_that_should_open_does_for_signed_words(door, scene):
    refused, raised = try_door(door, scene, scene.superuser)

    assert (refused, raised) == ([], None)
    public = PublishedArticle.objects.get(page_id=scene.page_id)
    assert public.withdrawn_at is None
    assert public.title in readers.look().pages
