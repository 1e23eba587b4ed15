"""Records as bytes and back: what was read for a preview is exactly what is imported after it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from research.sources.records import (
    AbstractPart,
    Author,
    Grant,
    Journal,
    JournalKind,
    MeshQualifier,
    MeshTerm,
    Notice,
    NoticeKind,
    NoticeSource,
    PartialDate,
    RecordKind,
    Source,
    SourceRecord,
)


def dump_records(records: Iterable[SourceRecord]) -> bytes:
    """Return records as JSON, one a line."""
    lines = (json.dumps(asdict(record), ensure_ascii=False, separators=(",", ":")) for record in records)
    return "\n".join(lines).encode()


def load_records(content: bytes) -> Iterator[SourceRecord]:
    """Yield the records of ``dump_records``, in order."""
    # Not splitlines: a text may hold the separators that it splits at.
    for line in content.split(b"\n"):
        if line:
            yield _record(json.loads(line))


def _record(data: dict[str, Any]) -> SourceRecord:
    return SourceRecord(
        **{
            **data,
            "source": Source(data["source"]),
            "kind": RecordKind(data["kind"]),
            "journal": _journal(data["journal"]),
            "date": PartialDate(**data["date"]),
            "authors": tuple(Author(**author) for author in data["authors"]),
            "abstract": tuple(AbstractPart(**part) for part in data["abstract"]),
            "publication_types": tuple(data["publication_types"]),
            "mesh_terms": tuple(_mesh(term) for term in data["mesh_terms"]),
            "funding": tuple(Grant(**grant) for grant in data["funding"]),
            "notices": tuple(_notice(notice) for notice in data["notices"]),
            "notice_of": tuple(_notice(notice) for notice in data["notice_of"]),
            "patient_summaries": tuple(data["patient_summaries"]),
            "registrations": tuple(data["registrations"]),
            "keywords": tuple(data["keywords"]),
            "other_dois": tuple(data["other_dois"]),
        }
    )


def _journal(data: dict[str, Any]) -> Journal:
    return Journal(**{**data, "issns": tuple(data["issns"]), "kind": JournalKind(data["kind"])})


def _mesh(data: dict[str, Any]) -> MeshTerm:
    return MeshTerm(**{**data, "qualifiers": tuple(MeshQualifier(**qualifier) for qualifier in data["qualifiers"])})


def _notice(data: dict[str, Any]) -> Notice:
    read = {**data, "kind": NoticeKind(data["kind"]), "source": NoticeSource(data["source"])}
    return Notice(**{**read, "date": PartialDate(**data["date"])})
