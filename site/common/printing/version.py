"""Which release of the site prints: pages of another one are others, though they are made of the same values."""

import hashlib
import re
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

#: What a page may be printed by, below the folders of the project.
SUFFIXES = frozenset({".html", ".json", ".mo", ".py", ".svg", ".txt"})
FOLDERS = ("home", "research", "search", "site", "templates")
#: By what processes that print alike may differ.
NOT_OF_PRINT = frozenset({"HOST", "PORT", "WEB_PROCESSES", "WEB_THREADS", "LOGGING"})
#: What tells two objects of one kind apart, in one process.
AT = re.compile(r" at 0x[0-9a-f]+")


@cache
def version() -> str:
    """Return what this process prints by, as sixteen hexadecimal digits: processes that print alike have the same.

    That is: code, templates, translations, settings, libraries, and the names of static files.
    """
    digest = hashlib.sha256()
    for part in _parts():
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:16]


def _parts() -> Iterator[bytes]:
    yield sys.version.encode()
    yield from sorted(path.name.encode() for path in Path(sysconfig.get_paths()["purelib"]).glob("*.dist-info"))
    for folder in FOLDERS:
        for path in sorted((settings.BASE_DIR / folder).rglob("*")):
            if path.suffix in SUFFIXES:
                yield str(path.relative_to(settings.BASE_DIR)).encode()
                yield path.read_bytes()
    static = Path(settings.STATIC_ROOT or "") / "staticfiles.json"
    yield static.read_bytes() if static.is_file() else b""
    names = sorted(name for name in dir(settings) if name.isupper() and name not in NOT_OF_PRINT)
    yield repr([(name, _plain(getattr(settings, name))) for name in names]).encode()


def _plain(value: Any) -> Any:
    """Return a setting as every process writes it: sets in the order of their words, and no address in memory."""
    if isinstance(value, Mapping):
        return sorted((repr(key), _plain(one)) for key, one in value.items())
    if isinstance(value, set | frozenset):
        return sorted(map(repr, map(_plain, value)))
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return AT.sub("", repr(value))
