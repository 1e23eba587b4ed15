"""The table of every word on a public page names all that there is: a field or a text that is added is added there."""

from dataclasses import fields
from pathlib import Path

import pytest

from research.content.article import ArticleContent, BlockContent
from research.models import PublishedArticle
from research.models.texts import SignableText

TABLE = (Path(__file__).parents[3] / "docs" / "what-is-signed.md").read_text()
# What a public row has beside signed words, in the table's words; the rest of it is for finding rows.
BESIDE = {
    "authors": "written by",
    "author_ids": "written by",
    "pictures": "pictures",
    "topics": "topics",
    "section": "section and condition",
    "study": "source and “also cited”",
    "related_ids": "you may also like",
    "published_at": "published, updated, due again",
    "updated_at": "published, updated, due again",
    "reviewed_at": "medically reviewed by",
    "review_due_at": "published, updated, due again",
    "rating_withheld": "A notice lowers or withholds a rating",
    "topics_text": "topic definitions, other names",
    "version": "versions (`versions/<n>/`)",
}
SIGNED = {"content", "title", "summary", "search_text", "labels", "credibility", "credibility_word", "interest",
          "lead_alternative_text", "digest", "sign_off", "subject_uuid"}  # fmt: skip
NOT_PRINTED = {"id", "page", "address", "listable_until", "expires_at", "withdrawn_at", "restricted"}


@pytest.mark.parametrize("name", [field.name for field in (*fields(ArticleContent), *fields(BlockContent))])
def test_every_field_of_what_is_signed_is_in_the_table(name):
    assert f"`{name}`" in TABLE


@pytest.mark.parametrize("model", SignableText.__subclasses__(), ids=lambda model: model.__name__)
def test_every_text_with_a_signature_of_its_own_is_in_the_table(model):
    assert f"`{model.__name__}`" in TABLE


def test_every_column_that_readers_read_is_signed_or_in_the_table():
    columns = {field.name for field in (*PublishedArticle._meta.concrete_fields, *PublishedArticle._meta.many_to_many)}

    assert columns - SIGNED - NOT_PRINTED == set(BESIDE)
    assert [words for words in BESIDE.values() if words not in TABLE] == []
