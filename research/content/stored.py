"""Reads sealed content back from its canonical text, whatever version it was sealed in."""

import json
from collections.abc import Mapping
from typing import Any

from research.content.article import ArticleContent, BlockContent, Citation, ImageContent, SectionContent


class UnknownContentVersion(ValueError):
    """Sealed content names a version that this program cannot read."""


def read_canonical(text: str) -> ArticleContent:
    """Return the content that a canonical text holds, whatever version it was sealed in.

    Raises:
        UnknownContentVersion: no reader for this version.
    """
    version, _, body = text.partition(":")
    if version not in READERS:
        raise UnknownContentVersion(f"Sealed content of version {version!r} cannot be read.")
    return READERS[version](json.loads(body))


def _read_v1(data: Mapping[str, Any]) -> ArticleContent:
    return ArticleContent(
        language=data.get("language", ""),
        section=data.get("section", ""),
        translates=data.get("translates", {}),
        title=data.get("title", ""),
        summary=data.get("summary", ""),
        key_takeaway=data.get("key_takeaway", ""),
        appraisal=data.get("appraisal", {}),
        reasons=data.get("reasons", {}),
        sections=tuple(
            SectionContent(
                section["slug"],
                tuple(
                    BlockContent(block["kind"], block.get("values", {}), block.get("depth", ""))
                    for block in section.get("blocks", [])
                ),
            )
            for section in data.get("sections", [])
        ),
        study=_read_citation(data["study"]) if "study" in data else None,
        also_cited=tuple(_read_citation(cited) for cited in data.get("also_cited", [])),
        lead_image=ImageContent(**data["lead_image"]) if "lead_image" in data else None,
        search_title=data.get("search_title", ""),
        search_description=data.get("search_description", ""),
        claims=tuple(data.get("claims", ())),
    )


def _read_citation(data: Mapping[str, Any]) -> Citation:
    known = {name: value for name, value in data.items() if name in Citation.__dataclass_fields__}
    return Citation(**{**known, "authors": tuple(known.get("authors", ()))})


# Every version ever sealed keeps its reader.
READERS = {"v1": _read_v1}
