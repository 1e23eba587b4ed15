"""Sealed words are for ever: the files beside this test were sealed once and must not be touched.

``v1_place.txt`` has every block and every field of version 1; ``v1.txt`` lacks where in its journal a study stands,
``v1_early.txt`` more of what was added later.
"""

import json
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from research.blocks.sections import SectionBlock
from research.content.article import ArticleContent, Citation
from research.content.canonical import digest_of
from research.content.stored import read_canonical
from research.models import PublishedArticle, SignOff
from research.publishing.lists import listing
from research.review.chain import add_line
from tests.factories import GlossaryTermFactory, StudyFactory, sign_text_of

SEALS = Path(__file__).parent / "seals"
DIGESTS = {
    "v1": "35fc73be9affc6b8b9d03ceb9bc536fdd577740105763a928b94e0feafafa6c9",
    "v1_place": "8b760bffa28dcd3a104e6d1a6ad6cc23dd30bcd5b2db09ed315cea7735884bbd",
    "v1_early": "aace8af4354edd2dddd9681ce82a271f30980eb901d4edda5442b4b74909a221",
}
EVERY_SEAL = pytest.mark.parametrize("name", DIGESTS)
TERM = UUID("5f0c8a3e-6d1b-4c2f-9a47-0b8e3f6d2c11")


def sealed(name):
    return (SEALS / f"{name}.txt").read_bytes().decode()


@pytest.fixture
def served(client, article, reviewer, section):
    """Make sealed words public as they stand in the file; return what the public view answers."""

    def serve(name):
        text, now = sealed(name), timezone.now()
        line = add_line(SignOff.Kind.SIGNED, SignOff.Subject.ARTICLE, article.subject_uuid, text, reviewer)
        content = read_canonical(text)
        row = PublishedArticle.objects.create(
            page=article,
            subject_uuid=article.subject_uuid,
            digest=line.digest,
            sign_off=line,
            content=text,
            section=section,
            address="/ms/fewer-relapses/",
            study=StudyFactory(),
            title=content.title,
            summary=content.summary,
            search_text=content.plain_text,
            published_at=now,
            updated_at=now,
            reviewed_at=now,
            review_due_at=line.valid_until,
            listable_until=line.valid_until + timedelta(days=1),
        )
        listing.follow(row)
        return client.get("/ms/fewer-relapses/")

    return serve


def words(response):
    return " ".join(unescape(BeautifulSoup(response.content, "html.parser").get_text(" ")).split())


@EVERY_SEAL
def test_a_seal_has_the_digest_it_was_sealed_with(name):
    assert digest_of(sealed(name)) == DIGESTS[name]


@EVERY_SEAL
def test_a_seal_reads_and_writes_back_byte_for_byte(name):
    content = read_canonical(sealed(name))

    assert content.canonical == sealed(name)
    assert content.digest == DIGESTS[name]


def test_the_full_seal_has_every_part_and_every_block():
    data = json.loads(sealed("v1_place").partition(":")[2])
    kinds = {block["kind"] for section in data["sections"] for block in section["blocks"]}

    assert set(data) == set(ArticleContent.__dataclass_fields__)
    assert set(data["study"]) == set(Citation.__dataclass_fields__)
    assert kinds == set(SectionBlock.base_blocks)


@pytest.mark.django_db
def test_a_full_seal_renders_with_every_word(served):
    sign_text_of(GlossaryTermFactory(subject_uuid=TERM, term="relapse", plain_words="New symptoms."))

    response = served("v1")

    assert response.status_code == 200
    shown = words(response)
    for said in (
        "Fewer relapses in the first year",
        "The treatment may prevent some relapses.",
        "Of 53 people, 4 had a relapse",
        "had a relapse within a year",
        "The trial followed 53 people for a year.",
        "We were surprised.",
        "Relapses by group",
        "Would this change my treatment?",
        "New symptoms.",
        "How they measured it",
        "It was a small study in two clinics.",
        "Journal of Slow Medicine",
        "An earlier case series",
    ):
        assert said in shown, said


@pytest.mark.django_db
def test_a_seal_without_what_was_added_later_renders(served):
    response = served("v1_early")

    assert response.status_code == 200
    assert "Three people felt better." in words(response)
    assert "It is too early to say." in words(response)


@EVERY_SEAL
@pytest.mark.django_db
def test_a_card_of_a_seal_is_printed_and_found(served, client, name):
    served(name)

    title = read_canonical(sealed(name)).title

    assert title in words(client.get("/ms/"))
    assert title in words(client.get("/search/", {"q": title.split()[-1]}))
