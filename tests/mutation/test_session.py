"""What was killed is kept between runs, and tried again once what it rests on is another text."""

from types import SimpleNamespace

import pytest

from tests.mutation import session
from tests.mutation.operators import mutants_of
from tests.mutation.session import Run, digest_of

SOURCE = "def is_due(at, now):\n    return at <= now\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Make a run of one module and one test, as it starts; what it keeps outlives it."""
    monkeypatch.setattr(session, "ROOT", tmp_path)
    (tmp_path / "rule.py").write_text(SOURCE)
    (tmp_path / "test_rule.py").write_text("def test_rule(): ...\n")
    kept = {}
    cache = SimpleNamespace(get=lambda key, default: kept.get(key, default), set=kept.__setitem__)
    config = SimpleNamespace(option=SimpleNamespace(mutate=["rule.py"]), cache=cache)
    item = SimpleNamespace(nodeid="test_rule.py::test_rule")

    def start():
        digest_of.cache_clear()
        return Run(SimpleNamespace(config=config, items=[item]))

    yield start
    digest_of.cache_clear()


def mutant():
    return next(mutants_of("rule.py", SOURCE, "rule.py"))


def test_what_a_test_killed_is_not_tried_again(run):
    first = run()
    assert not first._was_killed(mutant())

    first._keep(mutant(), "test_rule.py::test_rule")

    assert run()._was_killed(mutant())


@pytest.mark.parametrize("changed", ["rule.py", "test_rule.py"])
@pytest.mark.parametrize("gone", [True, False])
def test_it_is_tried_again_once_the_module_or_the_tests_file_is_another(run, tmp_path, changed, gone):
    run()._keep(mutant(), "test_rule.py::test_rule")
    if gone:
        (tmp_path / changed).unlink()
    else:
        (tmp_path / changed).write_text("# Other words\n")

    assert not run()._was_killed(mutant())


def test_a_test_that_is_changed_while_the_mutants_run_killed_as_it_was_before(run, tmp_path):
    started = run()
    (tmp_path / "test_rule.py").write_text("# Other words\n")

    started._keep(mutant(), "test_rule.py::test_rule")

    assert not run()._was_killed(mutant())
