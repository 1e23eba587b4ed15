"""What changed between two versions of an article's words, part by part."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from research import rubric
from research.content.article import ArticleContent, Citation, words_of
from research.content.canonical import canonical_json
from research.content.richtext import text_of
from research.content.sealing import SECTION_HEADINGS
from research.models.references import Journal, Study

KINDS = dict(Study.Kind.choices)
JOURNAL_KINDS = dict(Journal.Kind.choices)


@dataclass(frozen=True)
class Change:
    """A changed part: its name as readers know it, and the words before and after as HTML."""

    part: str
    diff: SafeString


def changed_parts(before: ArticleContent, after: ArticleContent) -> list[Change]:
    """Return the parts whose claims differ, in reading order, each with its difference marked."""
    old, new = dict(_parts(before)), dict(_parts(after))
    return [Change(name, difference(old[name][1], new[name][1])) for name in new if old[name][0] != new[name][0]]


def difference(before: str, after: str) -> SafeString:
    """Return the words with what went and what came marked by ``del`` and ``ins``."""
    old, new = before.split(), after.split()
    pieces = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(format_html("{}", " ".join(old[i:j])))
            continue
        if i < j:
            pieces.append(format_html("<del>{}</del>", " ".join(old[i:j])))
        if k < m:
            pieces.append(format_html("<ins>{}</ins>", " ".join(new[k:m])))
    return format_html_join(" ", "{}", ((piece,) for piece in pieces))


def _parts(content: ArticleContent) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each part's name with its canonical form and its words."""
    yield "Title", _plain(content.title)
    yield "Summary", _plain(content.summary)
    yield (
        "Ratings",
        (
            canonical_json({"answers": content.appraisal, "reasons": content.reasons}),
            _rating_words(content),
        ),
    )
    yield "Key takeaway", (content.key_takeaway, text_of(content.key_takeaway))
    for slug, heading in SECTION_HEADINGS.items():
        found = [section for section in content.sections if section.slug == slug]
        blocks = [[block.kind, block.values] for section in found for block in section.blocks]
        yield heading, (canonical_json(blocks), " ".join(words_of(section) for section in found))
    yield "More details", _citations(content)
    image = content.lead_image
    yield (
        "Picture",
        (
            canonical_json([image.id, image.hash, image.alternative_text] if image else []),
            image.alternative_text if image else "",
        ),
    )
    yield "Search description", _plain(f"{content.search_title} {content.search_description}")


def _plain(words: str) -> tuple[str, str]:
    return words, words


def _citations(content: ArticleContent) -> tuple[str, str]:
    cited = [study for study in (content.study, *content.also_cited) if study]
    words = " ".join(_citation_words(study) for study in cited)
    return canonical_json([study.__dict__ for study in cited]), words


def _citation_words(study: Citation) -> str:
    """Return every value of a citation, so that no change of it is without words."""
    authors = ", ".join(study.authors)
    values: list[Any] = [
        study.title,
        study.journal,
        f"({JOURNAL_KINDS.get(study.journal_kind, study.journal_kind)})" if study.journal_kind else "",
        KINDS.get(study.kind, study.kind),
        authors if study.authors_complete or not authors else f"{authors} and others",
        study.date,
        study.volume,
        study.issue,
        study.pages,
        study.doi,
        study.pmid,
        study.url,
        study.funding,
        study.interests,
        "Invented example." if study.is_example else "",
    ]
    return " ".join(value for value in values if value)


def _rating_words(content: ArticleContent) -> str:
    if not content.appraisal:
        return ""
    rated = (
        rubric.rate_credibility(content.appraisal, content.reasons),
        rubric.rate_interest(content.appraisal, content.reasons),
    )
    return " ".join(
        f"{answer.question.title}: {answer.words}. {answer.reason}" for rating in rated for answer in rating.answers
    )
