"""What the suite costs beside that of another commit: ``make compare-suite BASE=commit``.

Both trees run the tests that both have, in turn and as ``make test`` does, in this environment; the processor's time
of all their processes is counted, since what else the machine does changes the time on the wall. The tests that the
other tree has and this one lacks are named: a suite must not grow cheaper by losing cases.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent
CHOSEN = ("-m", "not browser and not postgres")
# Names a file with the names of the tests to run, a line each.
ONLY = "TESTS_IN_BOTH_TREES"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the tests that both trees have, when this module is a plugin of pytest."""
    named = set(Path(os.environ[ONLY]).read_text().splitlines())
    chosen = [item for item in items if item.nodeid.partition("::")[2] in named]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen


@contextmanager
def tree_of(commit: str) -> Iterator[Path]:
    """Give a folder with the files of a commit."""
    with tempfile.TemporaryDirectory(prefix="countersign-compared-") as folder:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "x", "-C", folder], input=archive, check=True)
        yield Path(folder)


def run(tree: Path, *arguments: str, only: Path | None = None) -> tuple[str, float]:
    """Run pytest in a tree; return what it printed and the seconds of processors that it took."""
    plugin = ["-p", "cost"] if only else []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *CHOSEN, *plugin, *arguments],
        cwd=tree,
        env={
            # Beside this tree, unless the shell says where; the other tree's copy has none beside it.
            "EVIDENCE_SAMPLES": str(ROOT.parent / "shared" / "samples"),
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (tree, tree / "site", HERE))),
            ONLY: str(only),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def cases(tree: Path) -> Counter[str]:
    """Return the tests of a tree by name and parameters, wherever their module stands now."""
    listed, _ = run(tree, "--collect-only", "-p", "no:randomly", "--no-header")
    return Counter(line.partition("::")[2] for line in listed.splitlines() if re.match(r"tests/\S+\.py::", line))


def main() -> int:
    """Compare, print, and return 1 when the share is above the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", default="2")
    parser.add_argument("--goal", type=float, default=0.6)
    asked = parser.parse_args()
    with tree_of(asked.base) as other:
        theirs, ours = cases(other), cases(ROOT)
        both = other / "tests-in-both-trees.txt"
        both.write_text("\n".join(sorted(theirs & ours)))
        sums = {other: 0.0, ROOT: 0.0}
        for number in range(asked.rounds):
            for tree, name in ((other, asked.base), (ROOT, "this tree")):
                printed, seconds = run(tree, "-n", asked.workers, only=both)
                sums[tree] += seconds
                print(f"round {number + 1}, {name}: {seconds:.0f} s; {printed.strip().splitlines()[-1]}", flush=True)
    share = sums[ROOT] / sums[other]
    print(f"This tree takes {share:.0%} of the processor's time of {asked.base}; the goal is {asked.goal:.0%}.")
    for name, times in sorted((theirs - ours).items()):
        print(f"not here by that name: {name}" + (f" ({times} times)" if times > 1 else ""))
    return int(share > asked.goal)


if __name__ == "__main__":
    sys.exit(main())
