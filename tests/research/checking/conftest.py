from datetime import date

import pytest

from research.checking.checks import check_draft, draft_of
from research.checking.facts import StudyFacts
from research.checking.passages import SourceKind, SourceText
from research.content.article import ArticleContent, BlockContent, Citation, SectionContent

TODAY = date(2026, 11, 25)


def section(slug, *sentences):
    html = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    return SectionContent(slug, (BlockContent("text", {"html": html}),))


@pytest.fixture
def found_in():
    """Return the findings of one rule on an article made of these words, with this abstract stored."""

    def found(rule, *sentences, abstract="", limits=(), facts=None, stored=(), last_reviewed=None, terms=(), **content):
        sections = [section("what_they_found", *sentences)] if sentences else []
        if limits:
            sections.append(section("important_considerations", *limits))
        words = {"study": Citation(title="A study", interests="None.")} | content
        article = ArticleContent(sections=tuple(sections), **words)
        texts = (SourceText(SourceKind.ABSTRACT, (("", abstract),)),) if abstract else ()
        draft = draft_of(
            article,
            facts or StudyFacts(texts=texts),
            today=TODAY,
            stored_claims=stored,
            last_reviewed=last_reviewed,
            explained_terms=frozenset(terms),
        )
        return [finding for finding in check_draft(draft) if finding.rule.key == rule]

    return found
