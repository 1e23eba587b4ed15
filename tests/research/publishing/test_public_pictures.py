"""Pictures are public while a public article shows them, and no longer."""

import io
import os
import threading
from contextlib import nullcontext, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.utils import timezone
from PIL import Image as PillowImage
from wagtail.models import PageViewRestriction

from common import clock, media
from common.image_forms import without_metadata
from common.media import key_for
from common.models import OutboxMessage
from common.outbox import deliver_due
from research.models import PublishedArticle, Release, SignOff, Submission
from research.publishing import ledger, public_pictures
from research.publishing.carrying_out import runner
from research.publishing.freezing import freeze
from research.publishing.planning import run_due
from research.publishing.public_row import revoke
from research.record.erasure import removing
from tests.factories import ArticlePageFactory, ImageFactory, blocks, edit, publish, schedule, unpublish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def _commits(monkeypatch):
    """Do what waits for a commit at once: tests are rolled back."""

    def at_once(work, using=None, robust=False):
        with suppress(Exception) if robust else nullcontext():
            work()

    monkeypatch.setattr("django.db.transaction.on_commit", at_once)


@pytest.fixture
def shown(section, writer, reviewer):
    """A public article with a figure."""
    return publish(
        ArticlePageFactory(parent=section, by=writer, body=blocks.body(blocks.figure(ImageFactory()))), reviewer
    )


def sources(article) -> set[str]:
    """Return the addresses of the pictures on a public page."""
    page = BeautifulSoup(Client().get(article.url).content, "html.parser")
    found = {image["src"] for image in page.select("img[src]")}
    for source in page.select("source[srcset]"):
        found |= {part.split()[0] for part in source["srcset"].split(",")}
    return {address for address in found if "/media/" in address}


def answers(addresses) -> set[int]:
    return {Client().get(address).status_code for address in addresses}


def stored_names(article) -> set[str]:
    return public_pictures.names_in(PublishedArticle.objects.get(page_id=article.pk).pictures)


def test_a_public_page_shows_public_copies(shown):
    addresses = sources(shown)

    assert len(addresses) > 2
    assert all(address.startswith("/media/public/") for address in addresses)
    assert answers(addresses) == {200}


def take_down(article, user):
    unpublish(article, user)


def revoke_signature(article, user):
    revoke(SignOff.objects.get(subject_uuid=article.subject_uuid), user, "A mistake.")


def restrict(article, user):
    PageViewRestriction.objects.create(page=article.page_ptr, restriction_type=PageViewRestriction.LOGIN)


def restrict_section(article, user):
    PageViewRestriction.objects.create(page=article.get_parent(), restriction_type=PageViewRestriction.LOGIN)


def expire(article, user):
    article.refresh_from_db()
    article.unpublish(set_expired=True)


@pytest.mark.parametrize("end", [take_down, revoke_signature, restrict, restrict_section, expire])
def test_pictures_go_with_what_showed_them(shown, editor, end):
    addresses = sources(shown)

    end(shown, editor)

    assert answers(addresses) == {404}
    # The files that they were copied from are nobody's either.
    assert answers(f"/media/{name}" for name in stored_names(shown)) == {404}


def test_they_come_back_with_it(shown, editor, reviewer):
    addresses = sources(shown)
    take_down(shown, editor)

    publish(shown, reviewer)

    assert sources(shown) == addresses
    assert answers(addresses) == {200}


def test_they_come_back_when_a_restriction_is_taken_off(shown, editor):
    addresses = sources(shown)
    restrict_section(shown, editor)
    PageViewRestriction.objects.all().delete()

    assert answers(addresses) == {200}


def test_nothing_is_copied_for_a_restricted_section(section, writer, reviewer):
    PageViewRestriction.objects.create(page=section.page_ptr, restriction_type=PageViewRestriction.LOGIN)
    article = publish(ArticlePageFactory(parent=section, by=writer), reviewer)

    assert not any(default_storage.exists(public_pictures.public_name(name)) for name in stored_names(article))


@pytest.mark.by_hand
def test_what_another_public_page_shows_stays(shown, editor, section, writer, reviewer):
    other = publish(ArticlePageFactory(parent=section, by=writer, slug="other"), reviewer)
    row = PublishedArticle.objects.get(page_id=shown.pk)
    PublishedArticle.objects.filter(page_id=other.pk).update(pictures=row.pictures)
    addresses = sources(shown)

    take_down(shown, editor)

    assert answers(addresses) == {200}


def test_pictures_of_older_words_go_when_newer_ones_are_public(shown, reviewer, editor):
    before = stored_names(shown)
    edit(shown, editor, body=blocks.body(blocks.figure(ImageFactory(title="Another", file__color="red"))))
    publish(shown, reviewer)

    gone = before - stored_names(shown)

    assert gone
    assert not any(default_storage.exists(public_pictures.public_name(name)) for name in gone)
    assert answers(sources(shown)) == {200}


def test_a_store_that_is_away_at_takedown_is_asked_again(shown, editor, monkeypatch):
    addresses = sources(shown)
    with monkeypatch.context() as away:
        away.setattr(default_storage, "delete", lambda name: (_ for _ in ()).throw(OSError("away")))
        take_down(shown, editor)
        assert answers(addresses) == {200}

    deliver_due(timezone.now())

    assert answers(addresses) == {404}
    assert not OutboxMessage.objects.filter(kind="public-pictures", state=OutboxMessage.State.PENDING).exists()


def test_a_copy_that_cannot_be_deleted_keeps_no_other(shown, editor, monkeypatch):
    addresses, odd = sources(shown), public_pictures.public_name(min(stored_names(shown)))
    delete = default_storage.delete
    with monkeypatch.context() as away:
        away.setattr(default_storage, "delete", lambda name: 1 / 0 if name == odd else delete(name))
        take_down(shown, editor)

    assert [name for name in addresses if answers([name]) == {200}] == [default_storage.url(odd)]

    deliver_due(timezone.now())

    assert answers(addresses) == {404}


def test_a_picture_is_settled_by_no_clock_that_is_wrong(shown, settings, monkeypatch):
    addresses = sources(shown)
    settings.BELIEVE_PROCESS_CLOCK = False
    monkeypatch.setattr(clock, "_steady", clock.SteadyClock())
    clock.now()

    with time_machine.travel(timezone.now() - timedelta(days=1500)):
        public_pictures.settle_soon(stored_names(shown))

    assert answers(addresses) == {200}
    assert OutboxMessage.objects.filter(kind="public-pictures", state=OutboxMessage.State.PENDING).exists()


def test_a_copy_that_was_cut_off_is_made_anew(shown):
    name = stored_names(shown).pop()
    Path(default_storage.path(public_pictures.public_name(name))).write_bytes(b"half")

    public_pictures.settle({name}, timezone.now())

    assert default_storage.size(public_pictures.public_name(name)) == default_storage.size(name)


def test_a_copy_that_was_deleted_while_the_article_was_released_is_made_anew(section, writer, reviewer, monkeypatch):
    settled = public_pictures.look_again_soon

    def is_late(names, *, shown_by):
        for name in names:
            default_storage.delete(public_pictures.public_name(name))
        settled(names, shown_by=shown_by)

    monkeypatch.setattr(public_pictures, "look_again_soon", is_late)

    article = publish(ArticlePageFactory(parent=section, by=writer), reviewer)

    assert answers(sources(article)) == {200}


@pytest.mark.django_db(transaction=True)
def test_where_that_fails_the_outbox_makes_it(shown, monkeypatch):
    names, row = stored_names(shown), PublishedArticle.objects.get(page_id=shown.pk)
    for name in names:
        default_storage.delete(public_pictures.public_name(name))
    with monkeypatch.context() as away:
        away.setattr(default_storage, "exists", lambda name: (_ for _ in ()).throw(OSError("away")))
        public_pictures.look_again_soon(names, shown_by=row.pk)

    deliver_due(timezone.now())

    assert answers(sources(shown)) == {200}


def test_a_copy_that_a_killed_process_did_not_make_is_made_by_the_daily_round(shown):
    for name in stored_names(shown):
        default_storage.delete(public_pictures.public_name(name))

    public_pictures.sweep(timezone.now())

    assert answers(sources(shown)) == {200}


def test_a_picture_that_is_gone_keeps_no_other_from_its_round(shown):
    gone, *others = sorted(stored_names(shown))
    for name in (gone, *map(public_pictures.public_name, (gone, *others))):
        default_storage.delete(name)

    public_pictures.sweep(timezone.now())

    assert all(default_storage.exists(public_pictures.public_name(name)) for name in others)


def public_copies_of(release) -> set[str]:
    """Return which copies of a signed version's pictures readers could get."""
    names = public_pictures.names_in(Submission.objects.filter(digest=release.digest)[0].pictures)
    return {name for name in names if default_storage.exists(public_pictures.public_name(name))}


def raising(error):
    def fail(*args, **kwargs):
        raise error

    return fail


def killed(release, monkeypatch) -> None:
    """Begin a release in a process that is ended when its copies are made."""
    with monkeypatch.context() as patch:
        patch.setattr(runner, "announce_published", raising(SystemExit))
        with pytest.raises(SystemExit):
            runner.run_one(release.pk, release.due_at)
    assert public_copies_of(release)


def cancelled(release, editor) -> None:
    ledger.cancel(release, user=editor)


def refused(release, editor) -> None:
    revoke(SignOff.objects.get(digest=release.digest), editor, "A mistake.")
    run_due(release.due_at + TOMORROW)


@pytest.mark.parametrize("error", [OperationalError("lock timeout"), ValueError("a fault of the article")])
def test_a_release_that_is_rolled_back_leaves_no_public_copy(planned, monkeypatch, error):
    with time_machine.travel(planned.due_at, tick=False):
        with monkeypatch.context() as patch:
            patch.setattr(runner, "announce_published", raising(error))
            for attempt in range(2):
                assert run_due(timezone.now() + attempt * TOMORROW) == 0
                assert public_copies_of(planned) == set()

        assert run_due(timezone.now() + 2 * TOMORROW) == 1
        assert answers(sources(planned.article)) == {200}


@pytest.mark.parametrize("end", [cancelled, refused])
def test_what_a_killed_release_left_public_goes_when_it_comes_to_nothing(planned, editor, monkeypatch, end):
    with time_machine.travel(planned.due_at, tick=False):
        killed(planned, monkeypatch)

        end(planned, editor)

        assert Release.objects.get().state in {Release.State.CANCELLED, Release.State.HELD}
        assert public_copies_of(planned) == set()


def test_a_release_in_the_middle_of_a_sweep_keeps_its_copies(planned, monkeypatch):
    asked = public_pictures._shown

    def is_released_after(now):
        shown = asked(now)
        monkeypatch.setattr(public_pictures, "_shown", asked)
        assert run_due(planned.due_at) == 1
        return shown

    with time_machine.travel(planned.due_at, tick=False):
        monkeypatch.setattr(public_pictures, "_shown", is_released_after)
        public_pictures.sweep(timezone.now() + TOMORROW)

        assert answers(sources(planned.article)) == {200}


def test_a_release_in_the_middle_of_a_takedown_of_the_same_files_keeps_them(planned, monkeypatch):
    names = public_pictures.names_in(Submission.objects.filter(digest=planned.digest)[0].pictures)
    deleted = public_pictures._delete

    def is_released_before(copies):
        assert run_due(planned.due_at) == 1
        return deleted(copies)

    with time_machine.travel(planned.due_at, tick=False):
        monkeypatch.setattr(public_pictures, "_delete", is_released_before)
        public_pictures.settle(names, timezone.now())

        assert answers(sources(planned.article)) == {200}


def test_a_sweep_spares_what_a_release_has_made_and_not_committed(planned, monkeypatch):
    for name in ready():
        os.utime(default_storage.path(f"ready/{name}"), (0, 0))  # made ready long ago
    with time_machine.travel(planned.due_at, tick=False):
        killed(planned, monkeypatch)
    made = public_copies_of(planned)

    public_pictures.sweep(timezone.now())
    assert public_copies_of(planned) == made

    public_pictures.sweep(timezone.now() + public_pictures.NAMED_WITHIN + timedelta(minutes=1))
    assert public_copies_of(planned) == set()


TOMORROW = timedelta(days=1)


@pytest.fixture
def planned(section, writer, reviewer):
    """An article with a figure that was submitted and signed, and is to go live tomorrow."""
    return planned_for_tomorrow(section, writer, reviewer)


def planned_for_tomorrow(section, writer, reviewer):
    article = ArticlePageFactory(parent=section, by=writer, body=blocks.body(blocks.figure(ImageFactory())))
    edit(article, go_live_at=timezone.now() + TOMORROW)
    freeze(article.get_latest_revision(), writer)
    return schedule(article, reviewer)


def ready() -> set[str]:
    return set(default_storage.listdir("ready")[1]) if default_storage.exists("ready") else set()


def test_a_release_names_copies_that_were_made_when_it_was_planned(planned, monkeypatch):
    made = ready()
    assert len(made) > 2

    monkeypatch.setattr(media, "copyfile", lambda *names: pytest.fail("copied at its release"))
    with time_machine.travel(planned.due_at, tick=False):
        assert run_due(timezone.now()) == 1

        assert {Path(name).name for name in stored_names(planned.article)} == made
        assert ready() == set()
        assert answers(sources(planned.article)) == {200}


@pytest.mark.parametrize(
    ("place", "name", "error"),
    [
        (media, "copyfile", OSError("No space left on device")),
        (public_pictures, "FROZEN", InterfaceError("connection already closed")),
    ],
)
def test_a_release_is_planned_whatever_keeps_copies_from_being_made(
    section, writer, reviewer, monkeypatch, place, name, error
):
    def fails(*values):
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(place, name, fails)
        release = planned_for_tomorrow(section, writer, reviewer)

    assert (release.state, ready()) == ("planned", set())
    with time_machine.travel(release.due_at, tick=False):
        assert run_due(timezone.now()) == 1
        assert answers(sources(release.article)) == {200}


def test_words_that_are_removed_leave_no_copy_that_waits(planned, editor, admin):
    assert ready()
    removing.remove(removing.ask(planned.digest, "A court ordered it.", editor), admin)

    assert ready() == set()


def test_a_copy_that_gets_its_name_while_others_are_swept_ends_no_sweep(planned, monkeypatch):
    monkeypatch.setattr(default_storage, "get_modified_time", gone)

    public_pictures.sweep(timezone.now())


def gone(name):
    raise FileNotFoundError(name)


def test_copies_that_no_release_came_for_are_swept_a_month_later(planned):
    made = ready()

    public_pictures.sweep(timezone.now() + public_pictures.READY_FOR - timedelta(minutes=1))
    assert ready() == made

    public_pictures.sweep(timezone.now() + public_pictures.READY_FOR + timedelta(minutes=1))
    assert ready() == set()
    with time_machine.travel(planned.due_at, tick=False):
        assert run_due(timezone.now()) == 1


def test_what_a_killed_process_left_is_swept(shown):
    left = default_storage.save("public/artwork/ab/left.webp", ContentFile(b"left"))

    public_pictures.sweep(timezone.now() + public_pictures.NAMED_WITHIN - timedelta(minutes=1))
    assert default_storage.exists(left)

    public_pictures.sweep(timezone.now() + public_pictures.NAMED_WITHIN + timedelta(minutes=1))
    assert not default_storage.exists(left)
    assert answers(sources(shown)) == {200}


@pytest.mark.parametrize("folder", ["originals", "renditions", "artwork", "masters"])
def test_what_is_not_public_needs_its_key(folder, tmp_path, client):
    name = f"{folder}/ab/cd.gif"
    (tmp_path / folder / "ab").mkdir(parents=True)
    (tmp_path / name).write_bytes(b"GIF89a")

    assert client.get(f"/media/{name}").status_code == 404
    assert client.get(f"/media/{name}?key={key_for('another.gif')}").status_code == 404
    assert client.get(default_storage.url(name)).status_code == 200
    assert "private" in client.get(default_storage.url(name))["Cache-Control"]


def test_public_pictures_leave_shared_stores_within_a_minute(shown, client):
    cached = client.get(sources(shown).pop())["Cache-Control"]

    assert "s-maxage=60" in cached
    assert "immutable" not in cached


def photograph(kind: str, **extra) -> SimpleUploadedFile:
    """Return a picture as a telephone writes it: turned, and with the place it was taken at."""
    exif = PillowImage.Exif()
    exif[0x0112] = 6  # turned to the right
    exif[0x010E] = "secret place"
    exif.get_ifd(0x8825)[1] = "N"
    written = io.BytesIO()
    PillowImage.new("RGB", (40, 20), "red").save(written, kind, exif=exif, **extra)
    return SimpleUploadedFile(f"photo.{kind.lower()}", written.getvalue(), f"image/{kind.lower()}")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_an_upload_keeps_no_place_and_its_right_side_up(kind):
    cleaned = without_metadata(photograph(kind))

    opened = PillowImage.open(cleaned)
    assert opened.format == kind
    assert dict(opened.getexif()) == {}
    assert b"secret place" not in (cleaned.seek(0) or cleaned.read())
    assert opened.size == (20, 40)


def test_an_upload_without_metadata_stays_as_it_is():
    written = io.BytesIO()
    PillowImage.new("RGB", (4, 4), "red").save(written, "PNG")
    plain = SimpleUploadedFile("plain.png", written.getvalue(), "image/png")

    assert without_metadata(plain) is plain


@pytest.mark.django_db(transaction=True)
def test_two_releases_that_share_files_and_a_takedown_at_once_leave_what_is_public(shown, editor):
    """Copying, deleting and looking are no one step; what fails for that is tried again by the outbox."""
    names = stored_names(shown)
    start = threading.Barrier(6)

    def settle(deletes: bool) -> None:
        start.wait()
        for _ in range(5):
            with suppress(OSError):
                for name in names if deletes else ():
                    default_storage.delete(public_pictures.public_name(name))
                public_pictures.settle(names, timezone.now())
        connection.close()

    threads = [threading.Thread(target=settle, args=(number % 2 == 0,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    public_pictures.settle(names, timezone.now())

    assert answers(sources(shown)) == {200}
    left = {path.name for path in Path(default_storage.path("public")).rglob("*.*")}
    assert left == {name.rpartition("/")[2] for name in names}
