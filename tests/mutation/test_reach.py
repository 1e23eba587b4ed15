"""A module that notes its statements does what it did, and names each that a test has reached."""

import pytest

from tests.mutation.reach import Reach, noting, statement_at, statements

SOURCE = '''\
TOLD = []


def rule(a, rows):
    """Say what follows."""
    if a:
        TOLD.append(
            a
        )
    elif rows:
        for row in rows:
            yield row
    try:
        int(a)
    except ValueError:
        yield "no number"
    else:
        yield "a number"


class Room:
    def door(self):
        with open(__file__) as found:
            return lambda: found.closed
'''


@pytest.fixture
def module():
    made = {"__file__": __file__}
    exec(noting("rule.py", SOURCE, "rule.py"), made)  # noqa: S102
    return made


@pytest.mark.parametrize(
    ("arguments", "said", "lines"),
    [
        (("1", []), ["a number"], [5, 6, 7, 13, 14, 18]),
        (("x", []), ["no number"], [5, 6, 7, 13, 14, 16]),
        (("", [1]), [1, "no number"], [5, 6, 10, 11, 12, 13, 14, 16]),
    ],
)
def test_what_was_reached_is_named_and_nothing_else(module, arguments, said, lines):
    reach = Reach()

    assert list(module["rule"](*arguments)) == said
    assert reach.take() == {"rule.py": lines}
    assert reach.take() == {}


def test_a_method_is_noted_too(module):
    reach = Reach()

    assert module["Room"]().door()() is True
    assert reach.take() == {"rule.py": [23, 24]}


def test_a_line_belongs_to_the_statement_that_it_is_part_of():
    starts = statements(SOURCE)

    assert [statement_at(starts, line) for line in (7, 8, 9, 10, 12)] == [7, 7, 7, 10, 12]
