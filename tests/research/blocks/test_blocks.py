import pytest
from wagtail.blocks.struct_block import StructBlockValidationError

from research.blocks import ArticleBody
from research.blocks.base import claim_blocks_in
from research.blocks.evidence import FigureBlock, NumbersBlock
from research.blocks.sections import SECTION_HEADINGS, SectionBlock
from research.reading.figures.numbers import numbers_view
from tests.factories import ImageFactory, blocks


def numbers(**values):
    return NumbersBlock().to_python(blocks.numbers(**values)[1])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"after": 101}, "after"),
        ({"before": 101}, "before"),
        ({"after": -1}, "after"),
        ({"denominator": 1, "before": 0, "after": 0}, "denominator"),
        ({"denominator": None}, "denominator"),
        ({"after": None}, "after"),
        ({"outcome": ""}, "outcome"),
        ({"counted": "houses"}, "counted"),
    ],
)
def test_numbers_that_say_nothing_are_refused_at_their_field(values, field):
    with pytest.raises(StructBlockValidationError) as refused:
        NumbersBlock().clean(numbers(**values))

    assert list(refused.value.block_errors) == [field]


@pytest.mark.parametrize("values", [{}, {"before": None}, {"after": 0}, {"before": 100, "after": 100}])
def test_numbers_that_fit_are_accepted(values):
    cleaned = NumbersBlock().clean(numbers(**values))

    assert cleaned["denominator"] == 100


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {},
            "4 in 100 people had a relapse within a year (With the treatment), instead of 7 in 100 (Usual care)",
        ),
        ({"before": None, "after_label": ""}, "4 in 100 people had a relapse within a year"),
        ({"before": None, "after_label": "", "counted": "animals"}, "4 in 100 animals had a relapse within a year"),
        ({"before": None, "after_label": "", "counted": "other"}, "4 in 100 had a relapse within a year"),
        ({"before": None, "after_label": "", "after": 100}, "All 100 people had a relapse within a year"),
        ({"before": None, "after_label": "", "after": 0}, "None of 100 people had a relapse within a year"),
        (
            {"before": None, "after_label": "", "outcome": "Relapses within a year."},
            "Relapses within a year: 4 in 100 people",
        ),
        (
            {"before": 100, "outcome": "MS relapses", "after": 0},
            "MS relapses: none of 100 people (With the treatment), instead of all 100 (Usual care)",
        ),
    ],
)
def test_the_icon_array_has_a_text_twin(values, sentence):
    block = NumbersBlock()
    sealed = {key: value for key, value in block.claims_of(numbers(**values)).items() if value not in (None, "")}

    view = numbers_view(sealed)

    assert view["sentence"].rstrip(".") == sentence
    assert all(array["icons"].words for array in view["arrays"])


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["", "   "])
def test_a_figure_needs_its_alternative_text(words):
    value = FigureBlock().to_python({"image": ImageFactory().pk, "alternative_text": words, "caption": ""})

    with pytest.raises(StructBlockValidationError) as refused:
        FigureBlock().clean(value)

    assert list(refused.value.block_errors) == ["alternative_text"]


def test_the_body_has_the_three_sections_in_the_readers_order():
    assert list(ArticleBody().child_blocks) == list(SECTION_HEADINGS)
    assert list(SECTION_HEADINGS.values()) == [
        "What they found",
        "Who should care and why",
        "Important considerations",
    ]


@pytest.mark.parametrize("name", list(SectionBlock().child_blocks))
def test_each_block_explains_itself_in_the_picker(name):
    block = SectionBlock().child_blocks[name]

    assert block.meta.icon != "placeholder"
    assert block.meta.group
    assert block.meta.description


def test_every_block_of_a_section_declares_its_claims():
    assert {type(block) for block in claim_blocks_in(SectionBlock())} == {
        type(block) for block in SectionBlock().child_blocks.values()
    }


def test_block_definitions_stay_out_of_migrations():
    from research.models import ArticlePage

    _, path, args, kwargs = ArticlePage._meta.get_field("body").deconstruct()

    assert path == "research.blocks.body_field.BodyField"
    assert args == [[]]
    assert "block_lookup" not in kwargs
