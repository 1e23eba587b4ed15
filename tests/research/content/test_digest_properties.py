"""The digest, tried on random articles: every claim counts, and nothing else does.

The leaves are found in what the code declares: ``ArticlePage.claim_fields``, the ``claims`` of each block,
the fields of ``Citation`` and of ``Appraisal``. A new claim is tried without a change here, or fails
because no way to change it is known.
"""

import json
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.blocks import CharBlock, ChoiceBlock, IntegerBlock, RichTextBlock, TextBlock
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.images.blocks import ImageChooserBlock
from wagtail.rich_text import RichText

from common.models import Image
from research.blocks.sections import SECTION_HEADINGS, SectionBlock
from research.content.article import ArticleContent, Citation, content_of
from research.content.stored import read_canonical
from research.editor.choosers import TermChooserBlock
from research.models import (
    AlsoCited,
    Appraisal,
    ArticleAuthor,
    ArticlePage,
    GlossaryTerm,
    Journal,
    Person,
    RelatedPick,
    Study,
    Topic,
)
from tests.factories import (
    AppraisalFactory,
    ArticlePageFactory,
    GlossaryTermFactory,
    ImageFactory,
    StudyFactory,
    TopicFactory,
)

TRIES = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
BLOCKS = SectionBlock.base_blocks

WORDS = st.text(st.sampled_from("abc zé<&>\"'0 9–"), min_size=1, max_size=20).filter(str.strip)
LINE = WORDS.map(lambda words: f"x{words}")
HTML = st.lists(LINE, min_size=1, max_size=3).map(
    lambda lines: "".join(
        f"<p>{line.replace('&', '&amp;').replace('<', '&lt;')} <b>or</b> <a href='https://example.org/'>so</a></p>"
        for line in lines
    )
)
EARLIEST = datetime(2020, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
CLAIM_KINDS = ("supported", "background", "explanation", "question")
HASHES = st.text("0123456789abcdef", min_size=40, max_size=40)


def image(number, file_hash):
    """Return a picture in memory: its record, and the master that was made of its file."""
    return Image(pk=number, file_hash=file_hash, master_id=f"{file_hash:0<64}", master_made_from=f"{file_hash}:")


IMAGES = st.builds(image, st.integers(1, 9), HASHES)
TERMS = st.builds(lambda: GlossaryTerm(pk=1, subject_uuid=uuid4()))
TABLES = st.builds(
    lambda rows, header, column, caption: {
        "data": rows,
        "first_row_is_table_header": header,
        "first_col_is_header": column,
        "table_caption": caption,
    },
    st.lists(st.lists(LINE, min_size=2, max_size=2), min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
    LINE,
)


def values_for(child):
    """Return a strategy for the values of a block's child; an unknown kind of child is an error."""
    if isinstance(child, RichTextBlock):
        return HTML.map(RichText)
    if isinstance(child, ChoiceBlock):
        keys = [key for key, _ in child.field.choices if key]
        return st.sampled_from(keys)
    if isinstance(child, IntegerBlock):
        return st.integers(0, 10**5)
    for kind, strategy in (
        (TableBlock, TABLES),
        (ImageChooserBlock, IMAGES),
        (TermChooserBlock, TERMS),
        ((CharBlock, TextBlock), LINE),
    ):
        if isinstance(child, kind):
            return strategy
    raise AssertionError(f"No values are known for {type(child).__name__}: teach values_for.")


@cache
def blocks_of(kind):
    """Return a strategy for blocks of a kind, every child filled."""
    children = {name: values_for(child) for name, child in BLOCKS[kind].child_blocks.items()}
    return st.tuples(st.just(kind), st.fixed_dictionaries(children))


def fields_of(model, *, but=()):
    """Return a strategy for the values of a model's own fields, by name; relations are left out."""
    chosen = {
        field.name: _values_for_field(field)
        for field in model._meta.concrete_fields
        if not field.is_relation and not field.primary_key and field.name not in but
    }
    return st.fixed_dictionaries(chosen)


def _values_for_field(field):
    if field.choices:
        return st.sampled_from([key for key, _ in field.choices if key])
    match field.get_internal_type():
        case "UUIDField":
            return st.uuids()
        case "BooleanField":
            return st.just(True)
        case "PositiveIntegerField" | "PositiveSmallIntegerField":
            return st.integers(1, 11)  # one more is still a month
        case _:
            return LINE


NOT_CITED = {
    "embargo_until", "embargo_source", "status", "checked_at", "created_at", "updated_at",
    "date_as_given",
}  # fmt: skip
JOURNALS = st.builds(lambda name, kind: Journal(pk=1, name=name, kind=kind), LINE, st.sampled_from(Journal.Kind.values))


def _not_in_a_citation():
    """Return the fields of a study that stand for nothing a citation has."""
    added = {f.name for f in Study._meta.concrete_fields} - NOT_CITED - {"year", "month", "day", "id", "journal"}
    return NOT_CITED | (added - set(Citation.__dataclass_fields__) - {"subject_uuid"})


STUDIES = st.builds(
    lambda values, journal: Study(pk=1, journal=journal, **values),
    fields_of(Study, but=_not_in_a_citation()),
    JOURNALS,
)
APPRAISALS = st.builds(lambda values: Appraisal(**values), fields_of(Appraisal, but={"rubric_version"}))
BODIES = st.tuples(*(blocks_of(kind) for kind in BLOCKS)).map(
    lambda found: [(slug, list(found[number::3])) for number, slug in enumerate(SECTION_HEADINGS)]
)


EDITS = (
    lambda words: f"{words} y",
    lambda words: f"y{words}",
    lambda words: words.replace("x", "y"),
    lambda words: words.replace("x", "X"),
    lambda words: words.replace("x", "x\u00a0"),
)


@st.composite
def articles(draw):
    """Draw a complete article in memory: every claim and every kind of block has a value."""
    page = ArticlePage(
        **{name: draw(LINE) for name in ("title", "summary", "seo_title", "search_description")},
        key_takeaway=draw(HTML),
        lead_image=draw(IMAGES),
        lead_image_alternative_text=draw(LINE),
        study=draw(STUDIES),
        claims=[{"field": "title", "span": [0, 1], "digest": "1" * 32, "kind": draw(st.sampled_from(CLAIM_KINDS))}],
    )
    page.also_cited = [AlsoCited(study=study) for study in draw(st.lists(STUDIES, min_size=1, max_size=2))]
    page.appraisals = [draw(APPRAISALS)]
    page.body = draw(BODIES)
    return page


def digest(page):
    return content_of(page).digest


def leaves_of(page):
    """Return the leaves of the canonical JSON by path, and the digest, which covers all of them."""
    content = content_of(page)
    found = {"digest": content.digest}

    def walk(value, path):
        if isinstance(value, dict):
            for name, member in value.items():
                walk(member, f"{path}.{name}")
        elif isinstance(value, list):
            for number, member in enumerate(value):
                walk(member, f"{path}.{number}")
        else:
            found[path] = value

    walk(json.loads(content.canonical.partition(":")[2]), "")
    return found


def changed(value, edit):
    """Yield every way to change a value that a reader would see."""
    if isinstance(value, RichText):
        yield RichText(edit(value.source)) if "<y" not in edit(value.source) else RichText(f"{value.source}<p>y</p>")
    elif isinstance(value, str):
        yield edit(value) if edit(value) != value else f"{value} y"
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
    elif hasattr(value, "file_hash"):
        yield image(value.pk, f"{'1' if value.file_hash[0] == '0' else '0'}{value.file_hash[1:]}")
    elif isinstance(value, GlossaryTerm):
        yield GlossaryTerm(pk=value.pk, subject_uuid=uuid4())
    elif isinstance(value, UUID):
        yield uuid4()
    elif isinstance(value, list):
        yield []
        yield [*value, {"field": "summary", "span": [0, 9], "digest": "0" * 32, "kind": "background", "note": "y"}]
    elif isinstance(value, dict):
        yield from _changed_tables(value, edit)
    else:
        raise AssertionError(f"No change is known for {type(value).__name__}: teach `changed`.")


def _changed_tables(table, edit):
    for name in ("first_row_is_table_header", "first_col_is_header"):
        yield {**table, name: not table[name]}
    yield {**table, "table_caption": edit(table["table_caption"])}
    for row, cells in enumerate(table["data"]):
        for column, cell in enumerate(cells):
            data = [list(cells) for cells in table["data"]]
            data[row][column] = edit(cell)
            yield {**table, "data": data}


def mutations(page, edit):
    """Change one claim at a time, yield where, and put it back."""
    for name in sorted(ArticlePage.claim_fields):
        field = ArticlePage._meta.get_field(name)
        match name:
            case "body":
                yield from _in_body(page, edit)
            case "study":
                yield from _in_record(page.study, _cited_names(), edit, "study")
                yield from _in_record(page.study.journal, ("name", "kind"), edit, "journal")
            case "also_cited":
                for row in page.also_cited.all():
                    yield from _in_record(row.study, _cited_names(), edit, "also cited")
                    yield from _in_record(row.study.journal, ("name", "kind"), edit, "journal also cited")
            case "appraisals":
                yield from _in_record(page.appraisals.all()[0], _answer_names(), edit, "appraisal")
            case _ if not field.one_to_many:
                yield from _in_record(page, (name,), edit, "page")
            case _:
                raise AssertionError(f"No change is known for {name}: teach `mutations`.")


def _in_record(record, names, edit, where):
    for name in names:
        given, field = getattr(record, name), record._meta.get_field(name)
        others = changed(given, edit)
        if field.choices:
            others = [next(key for key, _ in field.choices if key and key != given)]
        for other in others:
            setattr(record, name, other)
            yield f"{where}: {name}"
        setattr(record, name, given)


def _in_body(page, edit):
    sections = [(child.block_type, [(b.block_type, dict(b.value)) for b in child.value]) for child in page.body]
    given = page.body
    for number, (slug, found) in enumerate(sections):
        for place, (kind, values) in enumerate(found):
            for other in _changed_blocks(kind, values, edit):
                body = [(name, list(blocks)) for name, blocks in sections]
                body[number][1][place : place + 1] = other
                page.body = body
                yield f"{slug}: {kind}"
    page.body = given


def _changed_blocks(kind, values, edit):
    yield []  # the block is taken out
    yield [("question" if kind == "fact" else "fact", {"text": "Another block."})]
    for name in BLOCKS[kind].meta.claims:
        child, given = BLOCKS[kind].child_blocks[name], values[name]
        others = changed(given, edit)
        if isinstance(child, ChoiceBlock):
            others = [next(key for key, _ in child.field.choices if key and key != given)]
        for other in others:
            yield [(kind, {**values, name: other})]


def _cited_names():
    return sorted({f.name for f in Study._meta.concrete_fields} - _not_in_a_citation() - {"id", "journal"})


def _answer_names():
    return [f.name for f in Appraisal._meta.concrete_fields if f.name not in {"id", "page"}]


@pytest.mark.django_db
@settings(TRIES, max_examples=10)
@given(page=articles(), edit=st.sampled_from(EDITS))
def test_every_claim_of_every_article_breaks_the_digest(page, edit):
    before, leaves = digest(page), leaves_of(page)
    touched = set()

    for where in mutations(page, edit):
        after = leaves_of(page)
        assert after["digest"] != before, where
        touched |= {path for path in leaves if leaves[path] != after.get(path)}

    assert digest(page) == before, "a claim was not put back"
    assert set(leaves) - touched == {path for path in leaves if path.endswith(".slug")}


@pytest.mark.django_db
@TRIES
@given(page=articles())
def test_sections_are_claims_with_their_place(page):
    before = digest(page)
    sections = [(child.block_type, [(b.block_type, b.value) for b in child.value]) for child in page.body]
    (first, found), (second, others), third = sections

    page.body = [(second, found), (first, others), third]

    assert digest(page) != before


@pytest.mark.django_db
@TRIES
@given(page=articles())
def test_the_order_of_what_is_said_is_a_claim(page):
    before = digest(page)
    sections = [(child.block_type, [(b.block_type, b.value) for b in child.value]) for child in page.body]

    page.body = [(slug, list(reversed(found))) for slug, found in sections]

    assert digest(page) != before


def spaced(html):
    """Return rich text with white space and attributes that no reader sees."""
    return (
        f" {html} ".replace("<p>", '\n <p  data-block-key="k"> ').replace(" ", "  ").replace("</p>", " </p>\n<p></p>")
    )


def raw_with_other_ids(page):
    """Return the body as stored, with other block ids and its sections the other way round."""
    raw = deepcopy(list(page.body.get_prep_value()))
    for number, section in enumerate(reversed(raw)):
        section["id"] = f"s{number}"
        for place, block in enumerate(section["value"]):
            block["id"] = f"b{number}-{place}"
    return list(reversed(raw))


@pytest.mark.django_db
@TRIES
@given(page=articles(), moment=st.datetimes(timezones=st.just(UTC), min_value=EARLIEST), words=LINE)
def test_what_is_no_claim_keeps_the_digest(page, moment, words):
    before = digest(page)

    page.topics = [Topic(pk=1, name=words)]
    page.authors = [ArticleAuthor(person=Person(pk=1, name=words))]
    page.related_picks = [RelatedPick(article=ArticlePage(pk=7, title=words))]
    page.subject_uuid, page.slug, page.artwork = uuid4(), words, "waves"
    page.planned_for, page.embargo_until, page.embargo_source = moment.date(), moment, words
    page.go_live_at = page.expire_at = page.first_published_at = moment
    page.show_in_menus, page.live, page.draft_title = True, True, words
    page.study.status, page.study.embargo_until = "retracted", moment

    assert digest(page) == before


@pytest.mark.django_db
@TRIES
@given(page=articles())
def test_white_space_ids_and_the_order_of_sections_keep_the_digest(page):
    before = digest(page)

    page.key_takeaway = spaced(page.key_takeaway)
    for name in ("title", "summary", "seo_title", "search_description", "lead_image_alternative_text"):
        setattr(page, name, f"\n {getattr(page, name)}\t ".replace(" ", "  "))
    sections = [(child.block_type, [(b.block_type, _spaced(b.value)) for b in child.value]) for child in page.body]
    page.body = list(reversed(sections))

    assert digest(page) == before


def _spaced(values):
    return {
        name: RichText(spaced(value.source)) if isinstance(value, RichText) else value for name, value in values.items()
    }


@pytest.mark.django_db
@TRIES
@given(page=articles())
def test_sealed_words_read_back_as_they_were(page):
    sealed = content_of(page)

    assert read_canonical(sealed.canonical) == sealed
    assert read_canonical(sealed.canonical).canonical == sealed.canonical


def test_every_part_of_the_content_is_drawn():
    """A new part of ArticleContent or Citation needs a claim that fills it, or the tests above miss it."""
    assert set(ArticleContent.__dataclass_fields__) == {
        "language", "section", "translates", "claims", "title", "summary", "key_takeaway", "appraisal", "reasons",
        "sections", "study", "also_cited", "lead_image",
        "search_title", "search_description",
    }  # fmt: skip


def stored(page, section):
    """Save a drawn article with real pictures, terms and studies in place of the drawn ones."""
    picture, term = ImageFactory(), GlossaryTermFactory()
    body = [(child.block_type, [(b.block_type, dict(b.value)) for b in child.value]) for child in page.body]
    for _, found in body:
        for _, values in found:
            values |= {"image": picture} if "image" in values else {}
            values |= {"term": term} if "term" in values else {}
    words = ("title", "summary", "key_takeaway", "seo_title", "search_description", "lead_image_alternative_text")
    given = {name: getattr(page, name) for name in words}
    answers = {name: getattr(page.appraisals.all()[0], name) for name in _answer_names()}
    return ArticlePageFactory(
        parent=section,
        slug=f"drawn-{uuid4()}",
        body=body,
        lead_image=picture,
        appraisals=[AppraisalFactory.build(**answers)],
        also_cited=[AlsoCited(study=StudyFactory())],
        **given,
    )


@pytest.mark.django_db
@settings(TRIES, max_examples=6)
@given(drawn=articles())
def test_saving_loading_and_copying_keep_the_digest(drawn, section):
    page = stored(drawn, section)
    before = digest(page)

    row = ArticlePage.objects.get(pk=page.pk)
    assert digest(row) == before
    assert digest(row.get_latest_revision_as_object()) == before

    row.body = raw_with_other_ids(row)
    row.topics = [TopicFactory()]
    row.save()
    row = ArticlePage.objects.get(pk=page.pk)
    assert digest(row) == before
    assert digest(row.save_revision().as_object()) == before

    copy = row.copy(update_attrs={"slug": f"copy-{uuid4()}"}, keep_live=False)
    assert digest(ArticlePage.objects.get(pk=copy.pk)) == before
    assert digest(copy.get_latest_revision_as_object()) == before
