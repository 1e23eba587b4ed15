"""What is nearest to a change is tested first, and the core always."""

from pathlib import PurePosixPath

import pytest

from tests import conftest, fast


def test_the_core_is_always_run_and_is_there():
    files = fast.selected([])

    assert all((fast.ROOT / place).exists() for place in fast.CORE)
    assert all(any(file.startswith(place) for file in files) for place in fast.CORE)
    assert all(file.startswith(fast.CORE) for file in files)


def test_what_was_changed_comes_first_then_what_is_named_like_it_then_its_room():
    wanted = fast.selected(["tests/research/record/test_joining.py", "research/review/guard.py"])

    places = [
        wanted.index(test)
        for test in (
            "tests/research/record/test_joining.py",
            "tests/research/review/test_guard.py",
            "tests/research/review/test_chain.py",
            "tests/config/test_layout.py",
        )
    ]
    assert places == sorted(places)


def test_the_tests_of_what_imports_a_changed_module_are_run():
    importers = [*fast.importers_of([PurePosixPath("research/review/guard.py")])]

    assert PurePosixPath("research/publishing/public_row.py") in importers
    assert "tests/research/publishing/test_planning.py" in fast.selected(["research/review/guard.py"])


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("research/review/guard.py", "tests/research/review"),
        ("research/admin/board/views.py", "tests/research/admin/board"),
        ("research/admin/records/studies.py", "tests/research/admin"),
        ("site/common/leases.py", "tests/common"),
        ("site/config/settings/base.py", "tests/config"),
        ("templates/search/results.html", "tests/search"),
        ("research/checks.py", None),
        ("README.md", None),
    ],
)
def test_a_file_has_the_room_that_tests_it(path, room):
    found = fast.room_of(PurePosixPath(path))

    assert (str(found) if found else None) == room


def test_no_test_is_started_when_the_time_is_over(request, monkeypatch):
    monkeypatch.setenv("TEST_SECONDS", "86400")
    conftest.pytest_runtest_setup(request.node)

    monkeypatch.setenv("TEST_SECONDS", "0")
    with pytest.raises(pytest.skip.Exception, match="TEST_SECONDS is over"):
        conftest.pytest_runtest_setup(request.node)
