"""Each fault is one change of meaning, has a name, and reaches whoever holds the function."""

import pytest

from tests.mutation.operators import mutants_of
from tests.mutation.session import put_in


def faults(body: str) -> list[str]:
    source = f"def rule(a, b, rows):\n    {body}\n"
    return [mutant.what for mutant in mutants_of("rule.py", source, "rule.py")]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("return a < b", "a < b -> a <= b"),
        ("return a == b", "a == b -> a != b"),
        ("return a in b", "a in b -> a not in b"),
        ("return a and b", "a and b -> a or b"),
        ("return a and b", "a and b -> b"),
        ("return not a", "not a -> a"),
        ("if a:\n        b()", "if a -> if not a"),
        ("return [row for row in rows if row]", "for row in rows if row -> for row in rows"),
        ("return 3", "3 -> 4"),
        ("return True", "True -> False"),
        ("return a", "return a -> return None"),
        ("raise ValueError(a)", "raise ValueError(a) -> pass"),
        ("a(b)", "a(b) -> pass"),
        ("super().__init__(a)", "super().__init__(a) -> super()"),
        ("a += 1", "a += 1 -> pass"),
        ("return sorted(rows, key=a)", "sorted(rows, key=a) -> rows"),
        ("return sorted(rows, key=a)", "sorted(rows, key=a) -> sorted(rows)"),
        ("return rows.filter(a=1, b=2)", "rows.filter(a=1, b=2) -> rows.filter(b=2)"),
        ("return a.objects.order_by('b')", "a.objects.order_by('b') -> a.objects.all()"),
        ("return a.strip()", "a.strip() -> a"),
        ("return a[:3]", "a[:3] -> a"),
        ("return [*a, *b]", "[*a, *b] -> [*a]"),
        ("for a in rows:\n        break", "break -> continue"),
    ],
)
def test_a_slip_of_the_hand_is_among_the_faults(body, fault):
    assert fault in faults(body)


@pytest.mark.parametrize("body", ['"""Say what a < b means."""', "logger.info(a)", "return", "return []", "pass"])
def test_what_promises_nothing_has_no_faults(body):
    assert faults(body) == []


def test_the_same_fault_twice_has_two_names():
    assert faults("return (a == b, a == b)")[:3] == [
        "return (a == b, a == b) -> return None",
        "a == b -> a != b",
        "a == b -> a != b (2)",
    ]


def test_of_a_long_expression_only_the_difference_is_told():
    terms = ", ".join(f"*a_very_long_list_of_rules_number_{number}" for number in range(9))

    named = faults(f"return [{terms}]")

    assert any("number_4, " in name for name in named)
    assert all(len(name) < 300 for name in named)


def test_a_fault_reaches_functions_that_somebody_holds_already():
    source = "def rule(a, b):\n    return a < b\n\n\nclass Rules:\n    def holds(self, a, b):\n        return a < b\n"
    names: dict = {}
    exec(compile(source, "held.py", "exec"), names)  # noqa: S102 - the text above
    held, method = names["rule"], names["Rules"]().holds
    first, second = (mutant for mutant in mutants_of("held.py", source, "held.py") if mutant.what == "a < b -> a <= b")

    assert put_in(first.compiled(), "held.py")
    assert (held(1, 1), method(1, 1)) == (True, False)

    assert put_in(second.compiled(), "held.py")
    assert (held(1, 1), method(1, 1)) == (False, True)


def test_a_call_of_super_that_is_lost_fits_in_the_place_of_the_method():
    source = "class Refused(Exception):\n    def __init__(self, a):\n        super().__init__(a.upper())\n"
    names: dict = {}
    exec(compile(source, "refused.py", "exec"), names)  # noqa: S102 - the text above
    (lost,) = (mutant for mutant in mutants_of("refused.py", source, "refused.py"))

    assert str(names["Refused"]("no")) == "NO"
    assert put_in(lost.compiled(), "refused.py")
    assert str(names["Refused"]("no")) == "no"
