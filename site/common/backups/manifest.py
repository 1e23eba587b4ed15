"""What a back-up holds, and the proof that it still does."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
NAME = "manifest.json"
MEDIA = "media"
CHUNK_BYTES = 1 << 20


class BackupError(Exception):
    """A back-up could not be made, or is not whole; the words say what is wrong and what to do."""


@dataclass
class Manifest:
    """The list of contents of one back-up; times are ISO 8601 in UTC, sums are SHA-256."""

    began_at: str
    vendor: str
    database_file: str
    database_sum: str = ""
    finished_at: str = ""
    migrations: dict[str, str] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write it into a back-up's folder."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False, sort_keys=True)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a back-up.

    Raises:
        BackupError: there is none, or a later version of Countersign wrote it.
    """
    try:
        stored = json.loads((folder / NAME).read_text(encoding="utf-8"))
        manifest = Manifest(**stored)
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{folder} is no whole back-up: its {NAME} cannot be read ({error}).") from error
    if manifest.format != FORMAT:
        raise BackupError(f"{folder} has format {manifest.format}; this version reads format {FORMAT} only.")
    return manifest


def damage(folder: Path, manifest: Manifest) -> list[str]:
    """Return what is missing from a back-up or is not what was written, in words; nothing when it is whole."""
    expected = {manifest.database_file: manifest.database_sum}
    expected |= {f"{MEDIA}/{name}": value for name, value in manifest.media.items()}
    found = []
    for name, value in expected.items():
        file = folder / name
        if not file.is_file():
            found.append(f"{name} is missing")
        elif sum_of(file) != value:
            found.append(f"{name} was changed or is damaged")
    return found


def sum_of(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
