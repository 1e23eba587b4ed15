"""Pages in files: found by who asks for the same, never anything else, never in the way, and never without end."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from common.page_store.shown import Page
from common.printing import stored
from common.printing.memory import memory, packed
from common.printing.stored import Printed, printed_once

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = Printed("<p>Fewer relapses ⊕</p>", Page(tags={"study-1", "article-2"}, tables={"research_study"}, until=AT))


@pytest.fixture(autouse=True)
def folder(tmp_path, settings, monkeypatch):
    settings.PRINTED_DIR = tmp_path / "printed"
    monkeypatch.setattr(stored, "version", lambda: "one")
    with time_machine.travel(AT - timedelta(days=1), tick=False):
        yield settings.PRINTED_DIR


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def refuse():
    raise AssertionError("It was printed again.")


def printed_by_another(made_of="words", make=refuse):
    memory().clear()
    return printed_once(made_of, make)


def test_another_process_finds_the_page_and_what_it_says_of_itself(folder):
    assert printed_once("words", lambda: PAGE) == PAGE
    assert printed_by_another() == PAGE
    assert len(files(folder)) == 1


def test_memory_has_it_without_a_file(folder):
    printed_once("words", lambda: PAGE)
    files(folder)[0].unlink()

    assert printed_once("words", refuse) == PAGE


@pytest.mark.parametrize("change", ["values", "release", "time"])
def test_nobody_finds_another_page(change, monkeypatch):
    printed_once("words", lambda: PAGE)
    other = Printed("<p>Other</p>", Page())
    if change == "release":
        monkeypatch.setattr(stored, "version", lambda: "two")
    moment = AT if change == "time" else AT - timedelta(days=1)

    with time_machine.travel(moment, tick=False):
        assert printed_by_another("other words" if change == "values" else "words", lambda: other) == other


def test_time_makes_it_another_in_memory_too():
    printed_once("words", lambda: PAGE)
    other = Printed("<p>Later</p>", Page())

    with time_machine.travel(AT, tick=False):
        assert printed_once("words", lambda: other) == other


DAMAGED = {
    "empty": lambda written: b"",
    "shorter than a seal": lambda written: written[:9],
    "cut short": lambda written: written[:-9],
    "one bit another": lambda written: written[:-1] + bytes([written[-1] ^ 1]),
    "other words under its seal": lambda written: written[:32] + packed("{}\n<p>Take more of it.</p>"),
    "other words without a seal": lambda written: packed("{}\n<p>Take more of it.</p>"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_file_that_is_not_as_it_was_written_is_printed_anew(damage, folder):
    printed_once("words", lambda: PAGE)
    [file] = files(folder)
    file.write_bytes(DAMAGED[damage](file.read_bytes()))

    assert printed_by_another(make=lambda: PAGE) == PAGE
    assert printed_by_another() == PAGE


def test_the_file_of_another_page_is_printed_anew(folder):
    printed_once("words", lambda: PAGE)
    [of_words] = files(folder)
    printed_once("other words", lambda: Printed("<p>Take more of it.</p>", Page()))
    [other] = set(files(folder)) - {of_words}
    of_words.write_bytes(other.read_bytes())

    assert printed_by_another(make=lambda: PAGE) == PAGE


def test_what_was_written_with_another_key_is_printed_anew(settings):
    printed_once("words", lambda: PAGE)
    settings.SECRET_KEY = "another" * 9

    assert printed_by_another(make=lambda: PAGE) == PAGE


def test_a_folder_that_takes_nothing_is_in_nobodys_way(settings, tmp_path, caplog):
    blocked = tmp_path / "a file"
    blocked.write_text("")
    settings.PRINTED_DIR = blocked / "printed"

    assert printed_once("words", lambda: PAGE) == PAGE
    assert "could not be kept" in caplog.text
    stored.sweep()
    stored.forget()


def test_a_disk_that_is_full_leaves_no_half_of_a_file(folder, monkeypatch):
    def full(path, data):
        with path.open("wb") as file:
            file.write(data[:9])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)

    assert printed_once("words", lambda: PAGE) == PAGE
    assert files(folder) == []


def test_switched_off_nothing_is_written(settings, folder):
    settings.PRINTED_DIR = None

    assert printed_once("words", lambda: PAGE) == PAGE
    assert not folder.exists()
    stored.forget()


def test_who_changes_templates_sees_it(settings, folder):
    settings.DEBUG = True
    pages = [PAGE, Printed("<p>Changed</p>", Page())]

    assert [printed_once("words", lambda page=page: page) for page in pages] == pages
    assert not folder.exists()


def test_a_full_folder_loses_its_oldest(folder, monkeypatch):
    monkeypatch.setattr(stored, "key_of", lambda made_of: f"aa{made_of:04}")
    for number in range(stored.MOST_IN_A_FOLDER):
        printed_once(number, lambda: PAGE)
        os.utime(folder / "one" / "aa" / f"aa{number:04}", (number, number))

    printed_once(9_999, lambda: PAGE)

    left = [file.name for file in files(folder)]
    assert len(left) == stored.MOST_IN_A_FOLDER - stored.MADE_ROOM_FOR + 1
    assert left[0] == f"aa{stored.MADE_ROOM_FOR:04}"
    assert left[-1] == "aa9999"


def made(folder, monkeypatch, ages, release="one"):
    """Write files that are so many seconds old, by name."""
    monkeypatch.setattr(stored, "key_of", str)
    monkeypatch.setattr(stored, "version", lambda: release)
    for made_of, age in ages.items():
        printed_once(made_of, lambda: PAGE)
        at(folder / release / made_of[:2] / made_of, time.time() - age)


def test_what_is_old_goes_and_what_is_of_the_future_too(folder, monkeypatch):
    week, day = stored.LONGEST_SECONDS, stored.LONGEST_OF_ANOTHER_SECONDS
    made(folder, monkeypatch, {"another's old": day + 9, "another's": day - 99}, release="zero")
    made(folder, monkeypatch, {"last": day + 9}, release="gone")
    made(folder, monkeypatch, {"old": week + 9, "young": week - 99, "future": -99})

    assert stored.sweep() == 4
    assert [file.name for file in files(folder)] == ["young", "another's"]
    assert not (folder / "gone").exists()


def test_what_was_being_printed_when_all_was_forgotten_goes_as_well(folder, monkeypatch):
    def make():
        stored.forget()
        return PAGE

    printed_once("words", lambda: PAGE)  # so that there is a folder
    printed_once("other words", make)
    [late] = files(folder / "one")
    for file in (late, folder / "forgotten"):
        at(file, time.time())
    stored.sweep()
    assert files(folder / "one") == []

    at(folder / "forgotten", time.time() - stored.PRINTING_SECONDS - 9)
    printed_once("later words", lambda: PAGE)
    [later] = files(folder / "one")
    at(later, time.time() - 1)
    stored.sweep()
    assert files(folder) == [later], "what was printed later stays, and nothing says any more that all was forgotten"


def at(file, moment):
    os.utime(file, (moment, moment))


def test_all_are_forgotten(folder):
    printed_once("words", lambda: PAGE)
    stored.forget()
    assert files(folder / "one") == []
    assert printed_once("words", lambda: Printed("<p>Anew</p>", Page())).html == "<p>Anew</p>"
