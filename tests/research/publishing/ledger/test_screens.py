"""The ledger and the bundles in the admin."""

from datetime import timedelta

import pytest
from django.utils import timezone

from research.models import Release, ReleaseBundle
from tests.factories import ArticlePageFactory, edit, schedule

pytestmark = pytest.mark.django_db

LIST = "/admin/research/release/"
BUNDLES = "/admin/research/releasebundle/"


@pytest.fixture
def release(article):
    """A release that is held, with the words of why."""
    edit(article, go_live_at=timezone.now() + timedelta(days=1))
    planned = schedule(article)
    Release.objects.filter(pk=planned.pk).update(state=Release.State.HELD, reason="Under embargo.")
    return Release.objects.get(pk=planned.pk)


def screens_of(release):
    return [f"{LIST}inspect/{release.pk}/", f"/admin/ledger/{release.pk}/try-again/"]


def state_of(release):
    return Release.objects.get(pk=release.pk).state


def test_an_editor_sees_the_ledger_with_its_reasons(client, editor, release):
    client.force_login(editor)

    page = client.get(LIST).content.decode()

    assert "Fewer relapses" in page
    assert "Under embargo." in page
    assert f"/admin/ledger/{release.pk}/try-again/" in page
    assert f"/admin/ledger/{release.pk}/cancel/" in page


def test_the_ledger_is_filtered_by_state(client, editor, release):
    client.force_login(editor)

    held = client.get(f"{LIST}?state__exact=held").content.decode()
    done = client.get(f"{LIST}?state__exact=done").content.decode()

    assert "Under embargo." in held
    assert "Under embargo." not in done


def test_a_release_shows_each_change(client, editor, release):
    client.force_login(editor)

    page = client.get(f"{LIST}inspect/{release.pk}/").content.decode()

    assert "What happened" in page
    assert "Planned" in page


@pytest.mark.parametrize(("name", "state"), [("try-again", Release.State.PLANNED), ("cancel", Release.State.CANCELLED)])
def test_an_editor_decides_after_being_asked(client, editor, release, name, state):
    client.force_login(editor)
    address = f"/admin/ledger/{release.pk}/{name}/"

    asked = client.get(address)
    assert asked.status_code == 200
    assert state_of(release) == Release.State.HELD

    client.post(address)
    assert state_of(release) == state
    assert release.changes.filter(actor=editor.username, state=state).exists()


@pytest.mark.parametrize("who", ["writer", "reviewer"])
@pytest.mark.parametrize("name", ["try-again", "cancel"])
def test_nobody_else_decides(client, request, release, who, name):
    client.force_login(request.getfixturevalue(who))

    client.post(f"/admin/ledger/{release.pk}/{name}/")

    assert state_of(release) == Release.State.HELD


def test_what_does_not_fit_the_state_is_refused_with_words(client, editor, release):
    Release.objects.filter(pk=release.pk).update(state=Release.State.DONE)
    client.force_login(editor)

    page = client.post(f"/admin/ledger/{release.pk}/cancel/", follow=True).content.decode()

    assert "cannot be cancelled any more" in page
    assert state_of(release) == Release.State.DONE


@pytest.mark.parametrize("action", ["create", "edit/{pk}", "delete/{pk}"])
def test_no_form_changes_a_line_of_the_ledger(client, admin, release, action):
    client.force_login(admin)

    answer = client.get(f"{LIST}{action.format(pk=release.pk)}/")

    assert answer.status_code in (302, 403, 404)


def bundle_form(due_at, *articles):
    rows = {}
    for number, article in enumerate(articles):
        rows |= {
            f"entries-{number}-article": article.pk,
            f"entries-{number}-ORDER": number + 1,
            f"entries-{number}-id": "",
            f"entries-{number}-DELETE": "",
        }
    return {
        "name": "Conference",
        "due_at": timezone.localtime(due_at).strftime("%Y-%m-%d %H:%M"),
        "entries-TOTAL_FORMS": len(articles),
        "entries-INITIAL_FORMS": 0,
        "entries-MIN_NUM_FORMS": 1,
        "entries-MAX_NUM_FORMS": 1000,
        **rows,
    }


def test_an_editor_makes_a_bundle_and_its_releases_follow(client, editor, section, article):
    due_at = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    edit(article, go_live_at=timezone.now() + timedelta(days=1))
    planned = schedule(article)
    unsigned = ArticlePageFactory(parent=section, title="Not signed yet")
    client.force_login(editor)

    client.post(f"{BUNDLES}create/", bundle_form(due_at, article, unsigned))

    bundle = ReleaseBundle.objects.get()
    planned.refresh_from_db()
    assert (planned.bundle, planned.due_at) == (bundle, due_at)
    page = client.get(f"{BUNDLES}inspect/{bundle.pk}/").content.decode()
    assert "Not signed yet" in page
    assert "Not countersigned yet." in page
    assert "Not signed yet" in client.get(BUNDLES).content.decode()


@pytest.mark.parametrize("who", ["writer", "reviewer"])
def test_nobody_else_makes_a_bundle(client, request, article, who):
    client.force_login(request.getfixturevalue(who))

    client.post(f"{BUNDLES}create/", bundle_form(timezone.now() + timedelta(days=1), article))

    assert not ReleaseBundle.objects.exists()
