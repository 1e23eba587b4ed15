"""A working title says that it is none yet, whoever typed around it."""

import pytest

from research.content.working_title import is_working_title, working_title


@pytest.mark.parametrize(
    ("title", "is_working"),
    [
        (working_title("Sleep"), True),
        ("Sleep (working title)  ", True),
        ("Sleep (Working Title)", True),
        ("Sleep (working title) again", False),
        ("Sleep", False),
    ],
)
def test_a_working_title_is_known_by_its_mark(title, is_working):
    assert is_working_title(title) is is_working


def test_a_draft_is_called_by_what_it_is_about_and_the_mark():
    assert working_title("Sleep") == "Sleep (working title)"
