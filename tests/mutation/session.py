"""A run of mutants in one warmed process: each gets a fork, and in it the tests that reach its line.

As a plugin of pytest (``-p tests.mutation.session --mutate PATH``) it takes the place of the ordinary run. The tests
are run once to learn which lines each reaches; that is kept until a file changes. A fork then takes over the migrated
database, gives the functions of the mutated module their faulty code, and stops at the first test that fails.

What a test killed is kept too, and not tried again until the module or that test's file changes, so that a run may be
done in parts, each with the tests that are near; ``--cache-clear`` starts anew.
"""

import gc
import hashlib
import json
import os
import random
import signal
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.operators import Mutant, mutants_of
from tests.mutation.reach import Reach, noting, statement_at, statements

ROOT = Path(__file__).parents[2]
LISTED = Path(__file__).parent / "survivors.toml"
# Where pytest's cache keeps the names of those that lived.
LIVED = "mutation/lived"
# Where it keeps, by name, of which texts those were that a test killed.
KILLS = "mutation/kills"
# What one test may take before its fork is ended: the fault made it run for ever.
PATIENCE_SECONDS = 60
# Of the cases of one test, so many are tried before other tests are.
CASES_AT_ONCE = 3
KILLED, SURVIVED, UNFINISHED, BROKEN, UNREACHED = "killed", "survived", "survived so far", "cannot be run", "unreached"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what ``make mutate`` asks with."""
    group = parser.getgroup("mutation")
    group.addoption("--mutate", action="append", default=[], help="a module, or a folder of modules, to mutate")
    group.addoption("--mutate-share", type=float, default=1.0, help="of the mutants, drawn by --mutate-seed")
    group.addoption("--mutate-seed", type=int, default=1)
    group.addoption("--mutate-only", default="", help="only mutants with this in their name")
    group.addoption("--mutate-lived", action="store_true", help="only mutants that lived in the last run")
    group.addoption("--mutate-seconds", type=float, default=20.0, help="for the tests of one mutant")


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run mutants instead of the tests, when asked to."""
    if not session.config.option.mutate or session.config.option.collectonly:
        return None
    Run(session).run()
    return True


@dataclass(frozen=True)
class Known:
    """What was learned of the tests: the statements each reaches, by module, and how long it takes."""

    reached: dict[str, dict[str, list[int]]]
    seconds: dict[str, float]

    def by_line(self, path: str) -> dict[int, list[str]]:
        """Return the tests that reach each line of a module."""
        found: defaultdict[int, list[str]] = defaultdict(list)
        for test, lines in self.reached.get(path, {}).items():
            for line in lines:
                found[line].append(test)
        return found


class Run:
    """All mutants of the modules asked for, one after the other."""

    def __init__(self, session: pytest.Session) -> None:
        self.session, self.options = session, session.config.option
        self.items = {item.nodeid: item for item in session.items}
        named = [ROOT / path for path in self.options.mutate]
        self.modules = sorted({file for path in named for file in (path, *path.rglob("*.py")) if file.is_file()})
        self.kills: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.steady: dict[str, bool] = {}
        # As they are now: a run is long, and tests are written meanwhile.
        for path in (*map(path_of, self.items), *(str(file.relative_to(ROOT)) for file in self.modules)):
            digest_of(path)
        self.kept: dict[str, list[list[str]]] = session.config.cache.get(KILLS, {})  # type: ignore[union-attr]

    def run(self) -> None:
        """Run them, print what became of each that lives, and fail for each that has no reason to."""
        ends: dict[str, list[str]] = defaultdict(list)
        mutants = []
        for mutant in self._mutants():
            if self._was_killed(mutant):
                ends[KILLED].append(mutant.name)
            else:
                mutants.append(mutant)
        known = self._known() if mutants else Known({}, {})
        self._say(
            f"{len(mutants)} mutants of {len(self.modules)} modules, {len(known.seconds)} tests; "
            f"{len(ends[KILLED])} more were killed before"
        )
        started = time.monotonic()
        for number, mutant in enumerate(mutants, 1):
            end, why = self._try(mutant, known)
            ends[end].append(mutant.name)
            if end != KILLED:
                self._say(f"{number} {end}: {mutant.name} (line {mutant.line}) {why}")
            elif number % 50 == 0:
                self._say(f"{number} tried, {len(ends[KILLED])} killed, {time.monotonic() - started:.0f} s")
        self._report(ends)

    def _was_killed(self, mutant: Mutant) -> bool:
        """Whether a test killed it that is as it was, in a module that is as it was."""
        texts = self.kept.get(mutant.name, [])
        return bool(texts) and all(digest_of(path) == digest for path, digest in texts)

    def _keep(self, mutant: Mutant, test: str) -> None:
        self.kept[mutant.name] = [[path, digest_of(path)] for path in (mutant.path, path_of(test))]
        self.session.config.cache.set(KILLS, self.kept)  # type: ignore[union-attr]

    def _report(self, ends: dict[str, list[str]]) -> None:
        listed = {entry["mutant"]: entry["reason"] for entry in tomllib.loads(LISTED.read_text()).get("survivor", [])}
        living = [*ends[SURVIVED], *ends[UNFINISHED], *ends[UNREACHED]]
        new = [name for name in living if name not in listed]
        self._say(
            f"{sum(map(len, ends.values()))} mutants: {len(ends[KILLED])} killed, {len(living) - len(new)} live with a "
            f"reason, {len(new)} without, {len(ends[BROKEN])} cannot be run"
        )
        for name in new:
            self._say(f"no reason: {name}")
        for name in sorted(set(listed) & set(ends[KILLED])):
            self._say(f"killed, so it needs no reason any more: {name}")
        self.session.testsfailed = len(new)
        self.session.config.cache.set(LIVED, living)  # type: ignore[union-attr]

    def _mutants(self) -> list[Mutant]:
        found = [
            mutant
            for file in self.modules
            for mutant in mutants_of(str(file.relative_to(ROOT)), file.read_text(), str(file))
            if self.options.mutate_only in mutant.name
        ]
        if self.options.mutate_lived:
            lived = self.session.config.cache.get(LIVED, [])  # type: ignore[union-attr]
            found = [mutant for mutant in found if mutant.name in lived]
        if self.options.mutate_share >= 1:
            return found
        share = round(len(found) * self.options.mutate_share)
        drawn = random.Random(self.options.mutate_seed).sample(range(len(found)), share)
        return [found[at] for at in sorted(drawn)]

    # What is known of the tests

    def _known(self) -> Known:
        """Return what each test reaches, learned before or now; leave the process warm."""
        kept = self._kept_file()
        if not kept.exists():
            self._learn(kept)
        else:
            self._run_here(self.session.items[:1])
        return Known(**json.loads(kept.read_text()))

    def _kept_file(self) -> Path:
        found = hashlib.sha256("\n".join([*sorted(self.items), *map(str, self.modules)]).encode())
        for folder in ("research", "home", "search", "site", "templates", "tests"):
            for file in sorted((ROOT / folder).rglob("*")):
                if file.suffix in {".py", ".html"} and "mutation" not in file.parts:
                    found.update(file.read_bytes())
        return self.session.config.cache.mkdir("mutation") / f"{found.hexdigest()[:16]}.json"  # type: ignore[union-attr]

    def _learn(self, kept: Path) -> None:
        self._say(f"learning what {len(self.items)} tests reach")
        self._run_here(self.session.items[:1])
        sources = {str(module.relative_to(ROOT)): module.read_text() for module in self.modules}
        for path, source in sources.items():
            put_in(noting(path, source, str(ROOT / path)), str(ROOT / path))
        reached: dict[str, dict[str, list[int]]] = defaultdict(dict)
        seconds = self._run_here(self.session.items, reached)
        for path, source in sources.items():
            put_in(compile(source, str(ROOT / path), "exec"), str(ROOT / path))
        kept.write_text(json.dumps({"reached": reached, "seconds": seconds}))

    def _run_here(
        self, items: Sequence[pytest.Item], reached: dict[str, dict[str, list[int]]] | None = None
    ) -> dict[str, float]:
        """Run tests in this process; return the seconds of those that passed. What is set up for several stays."""
        seconds = {}
        reach = Reach()
        for item, following in zip(items, [*items[1:], items[-1]], strict=True):
            reports = runtestprotocol(item, log=False, nextitem=following)
            lines = reach.take()
            if all(report.passed for report in reports):
                seconds[item.nodeid] = round(sum(report.duration for report in reports), 3)
                for path in lines if reached is not None else ():
                    reached[path][item.nodeid] = lines[path]
        # The last one may be run again: what was set up for it alone would not be set up anew.
        self.session._setupstate.teardown_exact(items[-1].parent)  # type: ignore[arg-type]
        return seconds

    # One mutant

    def _try(self, mutant: Mutant, known: Known) -> tuple[str, str]:
        tests = self._tests_for(mutant, known)
        if not tests:
            return UNREACHED, ""
        while True:
            end, test = self._in_a_fork(tests, mutant)
            if end != KILLED or not test or self._is_steady(test):
                break
            tests.remove(test)  # it fails in a fork without any fault
        if end == KILLED and test:
            self.kills[mutant.path + mutant.function][test] += 1
            self._keep(mutant, test)
        return end, f"{len(tests)} tests reach it"

    def _tests_for(self, mutant: Mutant, known: Known) -> list[str]:
        """Return the tests that reach a mutant's line, the likeliest to notice it first."""
        line = statement_at(starts_in(mutant.path), mutant.line)
        found = {test for test in known.by_line(mutant.path).get(line, []) if test in self.items}
        kills = self.kills[mutant.path + mutant.function]
        path = Path(mutant.path)
        cases: Counter[str] = Counter()
        ranked = []
        for test in sorted(found, key=lambda each: known.seconds[each]):
            plain = test.partition("[")[0]
            cases[plain] += 1
            far = path.stem not in test, path.parent.name not in test
            ranked.append((-kills[test], *far, cases[plain] // CASES_AT_ONCE, known.seconds[test], test))
        return [test for *_, test in sorted(ranked)]

    def _is_steady(self, test: str) -> bool:
        if test not in self.steady:
            self.steady[test] = self._in_a_fork([test], None)[0] != KILLED
        return self.steady[test]

    def _in_a_fork(self, tests: Sequence[str], mutant: Mutant | None) -> tuple[str, str]:
        """Run tests until one fails; return what became of the mutant, and the test that killed it."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            self._child(tests, mutant, writing)
        os.close(writing)
        with os.fdopen(reading) as told:
            test = told.read().rpartition("\n")[2]
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            return KILLED, test
        return {0: SURVIVED, 1: KILLED, 2: UNFINISHED}.get(os.WEXITSTATUS(status), BROKEN), test

    def _child(self, tests: Sequence[str], mutant: Mutant | None, writing: int) -> None:
        code = 3
        try:
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            if mutant is None or put_in(mutant.compiled(), str(ROOT / mutant.path)):
                code = self._run_until_one_fails([self.items[test] for test in tests], writing)
        finally:
            os._exit(code)

    def _run_until_one_fails(self, items: Sequence[pytest.Item], writing: int) -> int:
        end = time.process_time() + self.options.mutate_seconds
        self.session._setupstate.teardown_exact(items[0])
        for item, following in zip(items, [*items[1:], items[-1]], strict=True):
            signal.alarm(PATIENCE_SECONDS)
            os.write(writing, f"\n{item.nodeid}".encode())
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                return 1
            if time.process_time() > end and item is not items[-1]:
                return 2
        return 0

    def _say(self, words: str) -> None:
        sys.__stdout__.write(f"{words}\n")  # type: ignore[union-attr]
        sys.__stdout__.flush()  # type: ignore[union-attr]


def path_of(test: str) -> str:
    """Return the path of a test's file."""
    return test.partition("::")[0]


@cache
def digest_of(path: str) -> str:
    """Return a digest of a file of the project as it was when first asked; empty where there is none."""
    file = ROOT / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16] if file.is_file() else ""


@cache
def starts_in(path: str) -> list[int]:
    """Return the lines on which a module's statements start."""
    return statements((ROOT / path).read_text())


def put_in(module: CodeType, filename: str) -> bool:
    """Give the functions of a loaded module the code of another version of it; return whether any took it.

    The functions stay the objects that they are, so everybody who holds one runs the new code.
    """
    theirs = {(code.co_firstlineno, code.co_qualname): code for code in codes_in(module)}
    changed = 0
    gc.unfreeze()  # what the suite hides from the collector is not listed either
    for function in [found for found in gc.get_objects() if type(found) is FunctionType]:
        code = function.__code__
        if code.co_filename != filename:
            continue
        other = theirs.get((code.co_firstlineno, code.co_qualname))
        if other is not None and other != code and len(other.co_freevars) == len(code.co_freevars):
            function.__code__ = other
            changed += 1
    return changed > 0


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """Give every function's code in a module's, however deep."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from codes_in(constant)
