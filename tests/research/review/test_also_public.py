"""Everything that will be public is seen on the review screen: a word is planted in every place, and found."""

import json

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from research.blocks.sections import SectionBlock
from research.checking.claims import ClaimKind, claims_of, sentence_digest
from research.checking.passages import typed_passage
from research.content.article import content_of
from research.content.canonical import canonical_json, digest_of
from research.models import AlsoCited, Appraisal, ArticlePage, SignOff, Submission
from research.review.claims.links import declare, set_origin
from tests.factories import (
    AppraisalFactory,
    ArticlePageFactory,
    GlossaryTermFactory,
    ImageFactory,
    JournalFactory,
    StudyFactory,
    blocks,
    submit,
)

pytestmark = pytest.mark.django_db

PLANT = "zorbulin"


def html(words):
    return f"<p>Before. {words} after.</p>"


def link(words):
    return f'<p>See <a href="https://{words}.example.org/{words}">the register</a>.</p>'


def study(**values):
    return {"study": StudyFactory(**values)}


def cited(**values):
    return {"also_cited": [AlsoCited(study=StudyFactory(**values))]}


def body(*found):
    return {"body": blocks.body(blocks.text(), *found)}


def appraised(**values):
    return {"appraisals": [AppraisalFactory.build(**values)]}


def linked(**link):
    title = "What was found"
    return {
        "title": title,
        "claims": [{"field": "title", "span": [0, len(title)], "digest": sentence_digest(title), **link}],
    }


# By claim field: what puts the planted word there.
IN_FIELDS = {
    "title": [lambda: {"title": f"What {PLANT} did"}],
    "summary": [lambda: {"summary": f"In short, {PLANT}."}],
    "key_takeaway": [lambda: {"key_takeaway": html(PLANT)}],
    "lead_image": [lambda: {"lead_image": ImageFactory(), "lead_image_alternative_text": f"A {PLANT}"}],
    "lead_image_alternative_text": [lambda: {"lead_image": ImageFactory(), "lead_image_alternative_text": PLANT}],
    "seo_title": [lambda: {"seo_title": f"All on {PLANT}"}],
    "search_description": [lambda: {"search_description": f"About {PLANT}."}],
    "claims": [
        lambda: linked(kind="background", note=PLANT),
        lambda: linked(kind="supported", passages=[{"locator": "p. 7", "quote": f"with {PLANT}"}]),
    ],
    "appraisals": [
        lambda name=name: appraised(**{name: f"Because of {PLANT}."})
        for name in ("reason_design", "reason_people", "reason_novelty", "reason_safeguards", "lift_reason")
    ],
    "study": [
        lambda name=name: study(**{name: f"{PLANT} et al"}) for name in ("title", "authors", "funding", "interests")
    ]
    + [
        lambda: study(journal=JournalFactory(name=f"Journal of {PLANT}")),
        lambda: study(authors="\n".join([*"ABCDEFGH", PLANT])),
        lambda: study(doi=f"10.1000/{PLANT}"),
        lambda: study(doi=None, pmid=None, url=f"https://example.org/{PLANT}"),
        lambda: study(year=None, month=None, date_as_given=f"Spring of {PLANT}"),
    ],
    "also_cited": [
        lambda name=name: cited(**{name: f"{PLANT} et al"}) for name in ("title", "authors", "funding", "interests")
    ]
    + [
        lambda: cited(journal=JournalFactory(name=f"Journal of {PLANT}")),
        lambda: cited(doi=f"10.1000/{PLANT}"),
        lambda: cited(year=None, month=None, date_as_given=f"Spring of {PLANT}"),
    ],
}
IN_BLOCKS = {
    "text": [lambda: body(blocks.text(html(PLANT))), lambda: body(blocks.text(link(PLANT)))],
    "numbers": [
        lambda name=name: body(blocks.numbers(**{name: f"with {PLANT}"}))
        for name in ("before_label", "after_label", "outcome")
    ],
    "figure": [
        lambda name=name: body(blocks.figure(ImageFactory(), **{name: f"A {PLANT}"}))
        for name in ("alternative_text", "caption", "credit")
    ],
    "fact": [lambda: body(blocks.fact(f"It was {PLANT}."))],
    "question": [lambda: body(blocks.question(f"Is {PLANT} for me?"))],
    "quote": [lambda: body(blocks.quote(f"It was {PLANT}.")), lambda: body(blocks.quote(speaker=PLANT))],
    "table": [
        lambda: body(blocks.table([["Group", PLANT], ["Usual care", "7"]])),
        lambda: body(blocks.table(caption=f"With {PLANT}")),
    ],
    "glossary_term": [
        lambda: body(blocks.glossary_term(GlossaryTermFactory(term=PLANT))),
        lambda: body(blocks.glossary_term(GlossaryTermFactory(plain_words=f"It is {PLANT}."))),
    ],
    "more": [
        lambda: body(blocks.more(summary=f"How {PLANT} works")),
        lambda: body(blocks.more(html=html(PLANT))),
        lambda: body(blocks.more(html=link(PLANT))),
    ],
}
PLANTED = [
    pytest.param(make, id=f"{name}-{number}")
    for places in (IN_FIELDS, IN_BLOCKS)
    for name, ways in places.items()
    for number, make in enumerate(ways)
]


def seen(client, state):
    """Return what the reviewer reads: the screen, and what the frame prints as it opens."""
    screen = BeautifulSoup(client.get(reverse("research_review", args=[state.pk])).content, "html.parser")
    frame = BeautifulSoup(client.get(screen.iframe["src"]).content, "html.parser")
    for unseen in frame.select("head, script, details, .vh"):
        unseen.decompose()
    beside = [screen.select_one("#cs-also-public").find_parent("section"), *screen.select("[data-claims]")]
    return " ".join(part.get_text(" ") for part in beside), frame.get_text(" ")


@pytest.mark.parametrize("make", PLANTED)
def test_a_planted_word_is_seen_before_it_is_signed(client, section, writer, reviewer, make):
    state = submit(ArticlePageFactory(parent=section, by=writer, **make()), writer)
    client.force_login(reviewer)

    also_public, frame = seen(client, state)

    assert PLANT in also_public or PLANT in frame


def test_every_claim_field_and_every_block_is_planted():
    assert set(IN_FIELDS) | {"body"} == ArticlePage.claim_fields
    assert set(IN_BLOCKS) == set(SectionBlock.base_blocks)


@pytest.mark.parametrize(
    "values",
    [
        lambda: {"seo_title": PLANT},
        lambda: {"search_description": PLANT},
        lambda: {"lead_image": ImageFactory(), "lead_image_alternative_text": PLANT},
        lambda: body(blocks.more(html=html(PLANT))),
        lambda: body(blocks.text(link(PLANT))),
        lambda: body(blocks.figure(ImageFactory(), alternative_text=PLANT)),
        lambda: cited(interests=PLANT),
    ],
)
def test_what_the_frame_does_not_print_stands_under_also_public(client, section, writer, reviewer, values):
    state = submit(ArticlePageFactory(parent=section, by=writer, **values()), writer)
    client.force_login(reviewer)

    also_public, frame = seen(client, state)

    assert PLANT in also_public
    assert PLANT not in frame


def test_the_host_of_a_link_is_named(client, section, writer, reviewer):
    state = submit(ArticlePageFactory(parent=section, by=writer, **body(blocks.text(link("a")))), writer)
    client.force_login(reviewer)

    page = BeautifulSoup(client.get(reverse("research_review", args=[state.pk])).content, "html.parser")

    assert [host.get_text() for host in page.select(".cs-also__host")] == ["a.example.org"]
    assert not SignOff.objects.exists()


# Every leaf of what is signed, whatever field or block it will come from one day.

# What names a record, a file or a place, or is chosen from a list: no words of anybody's.
CHOSEN = {
    "actionable", "certainty", "checking", "counted", "design", "digest", "field", "hash", "kind",
    "journal_kind", "language", "measured_alike", "novelty", "other_research", "population", "reach", "registered",
    "rubric", "section", "slug", "source", "study", "term", "depth", "subject",
}  # fmt: skip
WITHIN_CLAIMS = ("claims", "origin")


def full_article(section, writer):
    """An article with something in every field and every block, claims and the origin of a number among them."""
    record = StudyFactory(
        volume="9", issue="2", pages="148-153", interests="None.", funding="A fund.", url="https://a.org"
    )
    reasons = {
        field.name: "Because it was." for field in Appraisal._meta.fields if field.name.startswith("reason_")
    } | {"lift_reason": "Chance."}
    found = [
        blocks.text('<p>So it was, <a href="https://example.org/a">they say</a>.</p>'),
        blocks.numbers(),
        blocks.figure(ImageFactory(), credit="Own drawing"),
        blocks.fact(),
        blocks.question(),
        blocks.quote(),
        blocks.table(),
        blocks.glossary_term(GlossaryTermFactory()),
        blocks.more(),
    ]
    page = ArticlePageFactory(
        parent=section,
        by=writer,
        title="What was found",
        study=record,
        body=blocks.body(*found),
        lead_image=ImageFactory(),
        lead_image_alternative_text="A nerve",
        seo_title="All on it",
        search_description="About it.",
        appraisals=[AppraisalFactory.build(**reasons)],
        also_cited=[AlsoCited(study=StudyFactory(title="Another"))],
    )
    draft = page.get_latest_revision_as_object()
    quote = typed_passage("with seven of a hundred", "p. 7", study=str(record.subject_uuid), licence="CC BY 4.0")
    declared = {
        "title": ("supported", ""),
        "summary": ("background", "A textbook says so."),
        "fact": ("explanation", "Ours."),
    }
    for claim in claims_of(content_of(draft)):
        kind, note = declared.get(claim.block_kind or claim.part, ("", ""))
        if kind:
            declare(draft, claim.key, ClaimKind(kind), passages=[quote] if kind == "supported" else [], note=note)
    set_origin(draft, "sections/what_they_found/1/after", quote)
    draft.save_revision(user=writer)
    return page


def leaves_of(value, path=()):
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, str):
        yield path, value
    for key, member in members:
        yield from leaves_of(member, (*path, key))


def plant_in(data, *, claims):
    """Write a word of its own into every leaf; return the words, each with the path of its leaf."""
    planted = {}
    for number, (path, value) in enumerate(list(leaves_of(data))):
        name = next(key for key in reversed(path) if isinstance(key, str))
        is_choice = name in CHOSEN or path[:2] == ("appraisal", "interests")
        if is_choice or bool(set(path) & set(WITHIN_CLAIMS)) != claims:
            continue
        word = PLANT + "".join(chr(ord("a") + int(digit)) for digit in str(number))
        place = data
        for key in path[:-1]:
            place = place[key]
        opened, _, rest = value.partition(">")
        place[path[-1]] = f"{opened}>{word} {rest}" if value.startswith("<") else f"{value} {word}"
        if 'href="https://' in value:
            place[path[-1]] = place[path[-1]].replace('href="https://', f'href="https://{word}link.')
            planted[f"{word}link"] = (*path, "href")
        planted[word] = path
    return planted


def test_a_word_in_any_leaf_of_what_is_signed_is_seen(client, section, writer, reviewer):
    state = submit(full_article(section, writer), writer)
    frozen = state.submission
    data = json.loads(frozen.content.partition(":")[2])
    planted = plant_in(data, claims=False)
    content = f"v1:{canonical_json(data)}"
    Submission.objects.filter(pk=frozen.pk).update(content=content, digest=digest_of(content))
    client.force_login(reviewer)

    read = " ".join(seen(client, state))

    assert len(planted) > 50
    assert {path for word, path in planted.items() if word not in read} == set()


def test_a_word_in_any_leaf_of_a_claim_or_an_origin_is_seen(client, section, writer, reviewer):
    page = full_article(section, writer)
    draft = ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    data = {"claims": draft.claims}
    planted = plant_in(data, claims=True)
    draft.claims = data["claims"]
    draft.save_revision(user=writer)
    state = submit(draft, writer)
    assert all(word in state.submission.content for word in planted)
    client.force_login(reviewer)

    read = " ".join(seen(client, state))

    assert len(planted) > 7
    assert {path for word, path in planted.items() if word not in read} == set()
