"""What records say of a study, from every kind of record in EVIDENCE_SAMPLES that the demo rests on."""

import html
import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import parse
from django.conf import settings

from research.sources import crossref
from research.sources.errors import SourceMalformed
from research.sources.files import read_file
from research.sources.identifiers import normalise_doi
from research.sources.records import SourceRecord

SAMPLES: Path = settings.EVIDENCE_SAMPLES
ABSTRACTS = SAMPLES / "multiple-sclerosis" / "pubmed-abstracts.jsonl"
READ_ELSEWHERE = Path(__file__).parent / "citations.toml"


@dataclass(frozen=True)
class Known:
    """One record; what it does not name is "", None or empty. ``words`` is all it says, in plain text."""

    doi: str = ""
    pmid: str = ""
    title: str = ""
    journal: str = ""
    issns: tuple[str, ...] = ()
    year: int | None = None
    month: int | None = None
    day: int | None = None
    volume: str = ""
    issue: str = ""
    pages: str = ""
    authors: tuple[str, ...] = ()
    words: str = ""


def plain(text: str) -> str:
    """Return the text without markup, accents, case and closing full stop, for comparing."""
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", text))).strip().rstrip(".")
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def author_key(family: str, given: str) -> str:
    """Return the surname and the initials, such as "sagan sa"; initials filed with the surname count as initials."""
    words = plain(family).split()
    surname = [word for word in words if len(word) > 1]
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z](?=[a-z])", given)
    initials = "".join(parts) + "".join(word for word in words if len(word) == 1)
    return f"{' '.join(surname)} {initials.casefold()}".strip()


def known_studies() -> dict[str, Known]:
    """Return the records by DOI and by PMID; of two for one study, the fuller one."""
    found: dict[str, Known] = {}
    for record in sorted(_all(), key=lambda record: record.year or 0):
        for identifier in (record.doi, record.pmid):
            if identifier:
                found[identifier] = record
    return found


def read_elsewhere() -> dict[str, dict[str, Any]]:
    """Return the citations read on public pages, by PMID."""
    rows = tomllib.loads(READ_ELSEWHERE.read_text(encoding="utf-8"))["citation"]
    return {row["pmid"]: row for row in rows}


def _all() -> Iterator[Known]:
    for line in ABSTRACTS.read_text(encoding="utf-8").splitlines():
        yield _from_abstracts(json.loads(line))
    for path in sorted((SAMPLES / "pubmed-xml").glob("*.xml")) + sorted(ABSTRACTS.parent.glob("pubmed-*.xml")):
        yield from (_from_record(record) for record in read_file(path.name, path.read_bytes()).records)
    for path in sorted((SAMPLES / "crossref").glob("*.json")):
        try:
            work = json.loads(path.read_bytes())["message"]
            yield _from_record(crossref.read_work(work), pages=work.get("page", ""))
        except SourceMalformed:  # reviews and components are no studies
            continue
    for path in [*sorted((SAMPLES / "jats").glob("article-*.xml")), *sorted(ABSTRACTS.parent.glob("*.xml"))]:
        if not path.name.startswith("pubmed-"):
            yield _from_jats(parse(path).getroot())
    for path in sorted(ABSTRACTS.parent.glob("elife-*.json")):
        yield _from_elife(json.loads(path.read_bytes()))


def _from_abstracts(row: dict[str, Any]) -> Known:
    names = [name.partition(", ") for name in row["authors"].split("; ") if name]
    authors = tuple(author_key(family, given) for family, _, given in names)
    words = f"{row['title']} {row['abstract']}"
    return Known(pmid=row["pmid"], title=plain(row["title"]), authors=authors, words=words)


def _from_record(record: SourceRecord, pages: str = "") -> Known:
    return Known(
        doi=record.doi,
        pmid=record.pmid,
        title=plain(record.title),
        journal=plain(record.journal.name),
        issns=record.journal.issns,
        year=record.date.year,
        month=record.date.month,
        day=record.date.day,
        pages=pages,
        authors=tuple(
            author_key(author.family or author.collective, author.given or author.initials) for author in record.authors
        ),
        words=" ".join([record.title, *(part.text for part in record.abstract)]),
    )


def _from_jats(root: Element) -> Known:
    meta = root.find("front/article-meta")
    assert meta is not None
    dates = sorted(meta.findall("pub-date"), key=lambda found: found.find("day") is None)
    people = meta.findall("contrib-group/contrib[@contrib-type='author']")
    return Known(
        doi=normalise_doi(_text(meta, "article-id[@pub-id-type='doi']")),
        title=plain(_text(meta, "title-group/article-title")),
        journal=plain(_text(root, "front/journal-meta//journal-title")),
        issns=tuple(issn.text or "" for issn in root.findall("front/journal-meta/issn")),
        year=_number(dates[0], "year"),
        month=_number(dates[0], "month"),
        day=_number(dates[0], "day"),
        volume=_text(meta, "volume"),
        issue=_text(meta, "issue"),
        pages=_text(meta, "elocation-id"),
        authors=tuple(author_key(_text(p, "name/surname"), _text(p, "name/given-names")) for p in people),
        words=" ".join(root.itertext()),
    )


def _from_elife(article: dict[str, Any]) -> Known:
    year, month, day = (int(part) for part in article["published"][:10].split("-"))
    names = [author["name"]["index"].partition(", ") for author in article["authors"]]
    return Known(
        doi=normalise_doi(article["doi"]),
        title=plain(article["title"]),
        journal="elife",
        year=year,
        month=month,
        day=day,
        volume=str(article["volume"]),
        pages=article["elocationId"],
        authors=tuple(author_key(family, given) for family, _, given in names),
        words=plain_words(json.dumps(article, ensure_ascii=False)),
    )


def plain_words(text: str) -> str:
    """Return the text without tags and entities, for looking numbers up in it."""
    return html.unescape(re.sub(r"<[^>]+>", "", text))


def _text(element: Element, path: str) -> str:
    found = element.find(path)
    return "" if found is None else " ".join("".join(found.itertext()).split())


def _number(element: Element, path: str) -> int | None:
    words = _text(element, path)
    return int(words) if words else None
