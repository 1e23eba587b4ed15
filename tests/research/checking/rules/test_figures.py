import pytest

ABSTRACT = "Relapse occurred in 24% of the active group and 37% of the placebo group. We followed 612 adults."


def test_a_number_that_the_source_lacks_is_named_with_its_sentence(found_in):
    (finding,) = found_in("number_not_in_source", "We followed 621 adults.", "In all, 24% relapsed.", abstract=ABSTRACT)

    assert finding.sentence == "We followed 621 adults."
    assert finding.words == ("621",)
    assert "check the full text" in finding.message


def test_without_a_stored_text_no_number_is_called_missing(found_in):
    assert found_in("number_not_in_source", "We followed 621 adults.") == []


def test_numbers_of_the_other_group_are_seen(found_in):
    (finding,) = found_in(
        "numbers_swapped", "With placebo 24% had a relapse, with the drug it was 37%.", abstract=ABSTRACT
    )

    assert finding.words == ("24%", "37%")


@pytest.mark.parametrize(
    "sentence",
    ["With placebo 37% had a relapse, with the drug it was 24%.", "24% had one, compared with 37% on placebo.",
     "Of the placebo group, 37% relapsed, and 24% of the others did.", "In the two groups it was 24% and 37%."],
)  # fmt: skip
def test_a_faithful_comparison_is_left_alone(found_in, sentence):
    assert found_in("numbers_swapped", sentence, abstract=ABSTRACT) == []


def test_a_difference_of_percentages_is_no_percentage(found_in):
    (finding,) = found_in("percentage_points", "Relapses were 13% lower with the drug.", abstract=ABSTRACT)

    assert "24%" in finding.message
    assert "37%" in finding.message


def test_percentage_points_may_be_said(found_in):
    assert found_in("percentage_points", "It was 13 percentage points lower.", abstract=ABSTRACT) == []


@pytest.mark.parametrize(
    "sentence", ["The risk was 30% lower.", "They were twice as likely to fall.", "It cut the risk in half."]
)
def test_relative_risk_alone_is_seen(found_in, sentence):
    assert found_in("relative_alone", sentence)


@pytest.mark.parametrize("absolute", ["4 in 100 had one.", "It was 4% against 7%.", "That is 12 per 1,000 people."])
def test_relative_risk_beside_absolute_numbers_may_stand(found_in, absolute):
    assert found_in("relative_alone", "The risk was 43% lower.", absolute) == []
