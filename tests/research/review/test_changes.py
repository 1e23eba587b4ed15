"""What an editor and a reviewer are shown of a change."""

from dataclasses import fields, replace

import pytest

from research.content.article import ArticleContent, Citation
from research.review.changes import changed_parts

STUDY = Citation(
    title="A trial",
    journal="A journal",
    journal_kind="journal",
    kind="article",
    authors=("Park JH",),
    authors_complete=True,
    date="2018",
    doi="10.1000/1",
    pmid="1",
    url="https://example.org/1",
    funding="A fund",
    interests="None",
)
OTHER = {
    "journal_kind": "preprint_server",
    "kind": "preprint",
    "authors": ("Park JH", "Halvard I"),
    "authors_complete": False,
    "is_example": True,
}


@pytest.mark.parametrize("field", [field.name for field in fields(Citation)])
def test_no_change_of_a_citation_is_without_words(field):
    changed = replace(STUDY, **{field: OTHER.get(field, "something else")})

    (change,) = changed_parts(ArticleContent(study=STUDY), ArticleContent(study=changed))

    assert change.part == "More details"
    assert "<ins>" in change.diff or "<del>" in change.diff


def test_equal_words_are_no_change():
    assert changed_parts(ArticleContent(study=STUDY), ArticleContent(study=replace(STUDY))) == []
