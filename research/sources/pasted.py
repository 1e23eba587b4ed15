"""Identifiers out of whatever a person pastes. Only DOIs and PubMed numbers are taken; no address is ever asked for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from research.sources.errors import Problem
from research.sources.records import known_doi, known_pmid

MOST_IDENTIFIERS = 500
NAME = "Pasted list"
_DOI_INSIDE = re.compile(r"10\.[0-9]{4,9}/[^\s\"<>]+", re.IGNORECASE)
_PUBMED_ADDRESS = re.compile(
    r"^(?:https?://)?(?:pubmed\.ncbi\.nlm\.nih\.gov/|(?:www\.)?ncbi\.nlm\.nih\.gov/pubmed/)([1-9][0-9]{0,8})(?:[/?#]|$)",
    re.IGNORECASE,
)
_PMC = re.compile(r"PMC[0-9]+", re.IGNORECASE)
_LABEL = re.compile(r"^(?:pmid|pubmed id|doi)\s*:?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identifier:
    """One DOI or PubMed number, normalised, and the line it was pasted on; the other of the two is ""."""

    line: int
    doi: str = ""
    pmid: str = ""


def identifiers_in(text: str) -> tuple[list[Identifier], list[Problem]]:
    """Return the identifiers of a pasted list in their order, each once, and what could not be read as one.

    At most ``MOST_IDENTIFIERS`` are taken; a problem says so when there are more.
    """
    found: dict[str, Identifier] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), start=1):
        for read in _read_line(line.strip(), number):
            if isinstance(read, Problem):
                problems.append(read)
            elif len(found) < MOST_IDENTIFIERS:
                found.setdefault(read.doi or read.pmid, read)
            else:
                problems.append(Problem(NAME, f"Only the first {MOST_IDENTIFIERS} identifiers are taken.", number))
                return list(found.values()), problems
    return list(found.values()), problems


def _read_line(line: str, number: int) -> Iterator[Identifier | Problem]:
    if not line or _LABEL.match(line):
        return
    whole = _read_one(line, number)
    if whole is not None:
        yield whole
        return
    for word in line.split():
        if _LABEL.match(word):
            continue
        yield _read_one(word.strip(",;"), number) or _problem(word, number)


def _read_one(words: str, number: int) -> Identifier | None:
    words = words.rstrip(",;")
    if pubmed := _PUBMED_ADDRESS.match(words):
        return Identifier(number, pmid=pubmed[1])
    if pmid := known_pmid(words):
        return Identifier(number, pmid=pmid)
    if doi := known_doi(words):
        return Identifier(number, doi=doi)
    if "://" in words and " " not in words and (inside := _DOI_INSIDE.search(unquote(words))):
        doi = known_doi(re.split(r"[?#&]", inside[0])[0].removesuffix("/").removesuffix("/full").removesuffix(".pdf"))
        return Identifier(number, doi=doi) if doi else None
    return None


def _problem(word: str, number: int) -> Problem:
    shown = word if len(word) <= 60 else f"{word[:60]}…"
    if _PMC.fullmatch(word) or "/pmc" in word.lower():
        return Problem(NAME, f"“{shown}” is a PMC number, not a PubMed number. Paste the PMID or the DOI.", number)
    if "://" in word:
        return Problem(NAME, f"“{shown}” holds no DOI and no PubMed number, and addresses are not opened.", number)
    return Problem(NAME, f"“{shown}” is neither a DOI nor a PubMed number.", number)
