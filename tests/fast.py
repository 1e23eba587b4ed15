"""Which tests to run first after a change: ``make test-fast`` asks, and runs them for less than a minute.

In order: the test modules that were changed; those named like a changed module; those of modules that import it; the
rest of the changed rooms; and always the core, which is what keeps the promise.
"""

import ast
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
APPS = ("research", "home", "search", "site/common", "site/config")
CORE = (
    "tests/research/content",
    "tests/research/review/test_guard.py",
    "tests/research/review/test_held_by_tests.py",
    "tests/research/review/test_who_may_sign.py",
    "tests/research/newsroom/test_append_only.py",
    "tests/research/publishing/ledger/test_decisions.py",
    "tests/config",
)


def changed_files() -> list[str]:
    """Return what differs from the main branch, committed or not, new files too."""
    base = _git("merge-base", "HEAD", "main") or ["HEAD"]
    return sorted({*_git("diff", "--name-only", base[0]), *_git("ls-files", "--others", "--exclude-standard")})


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.split() if done.returncode == 0 else []


def selected(changed: Iterable[str]) -> list[str]:
    """Return the test modules to run, in order, for what was changed."""
    paths = [PurePosixPath(name) for name in changed]
    modules = [path for path in paths if path.suffix == ".py" and str(path).startswith(APPS)]
    wanted = [
        *(str(path) for path in paths if path.parts[0] == "tests" and path.name.startswith("test_")),
        *(test for path in modules for test in _named_like(path)),
        *(test for path in importers_of(modules) for test in _named_like(path)),
        *(str(room) for path in paths if (room := room_of(path)) is not None),
        *CORE,
    ]
    return list(dict.fromkeys(file for test in wanted for file in _files(ROOT / test)))


def _files(place: Path) -> list[str]:
    found = sorted(place.rglob("test_*.py")) if place.is_dir() else [place]
    return [str(file.relative_to(ROOT)) for file in found if file.is_file()]


def room_of(path: PurePosixPath) -> PurePosixPath | None:
    """Return the folder of tests that stands for a file's folder; None for one that has none."""
    parts = path.parts[1:] if path.parts[0] in ("site", "templates") else path.parts
    if not parts or parts[0] not in ("research", "home", "search", "common", "config"):
        return None
    room = PurePosixPath("tests", *parts[:-1])
    while not (ROOT / room).is_dir():
        room = room.parent
    # An app as a whole is no room: it would be all tests.
    return room if room not in (PurePosixPath("tests"), PurePosixPath("tests/research")) else None


def _named_like(path: PurePosixPath) -> list[str]:
    """Return the test modules of a module: ``test_guard.py``, ``test_guard_of_texts.py``."""
    room = room_of(path)
    if room is None:
        return []
    return [str(test.relative_to(ROOT)) for test in sorted((ROOT / room).rglob(f"test_{path.stem}*.py"))]


def importers_of(modules: Iterable[PurePosixPath]) -> Iterator[PurePosixPath]:
    """Give the modules that import one of these."""
    names = {".".join(path.with_suffix("").parts).removeprefix("site.") for path in modules}
    if not names:
        return
    for app in APPS:
        for file in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in file.parts and names & set(_imported(file)):
                yield PurePosixPath(file.relative_to(ROOT).as_posix())


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


if __name__ == "__main__":
    print(" ".join(selected(changed_files())))
