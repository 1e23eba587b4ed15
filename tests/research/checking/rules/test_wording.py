import pytest


@pytest.mark.parametrize("word", ["breakthrough", "miracle", "game-changer", "promising", "cure"])
def test_hype_is_seen(found_in, word):
    (finding,) = found_in("hype", f"It is a {word} for people.", abstract="A trial of a drug.")

    assert finding.words == (word,)


def test_the_sources_own_word_and_a_denied_one_may_stand(found_in):
    assert found_in("hype", "Cure was the outcome.", abstract="The rate of cure was measured.") == []
    assert found_in("hype", "It is not a cure.", abstract="A trial.") == []


def test_an_abbreviation_is_asked_for_once_where_it_stands_first(found_in):
    findings = found_in("abbreviation", "The EDSS was used.", "The EDSS rose.")

    assert [finding.sentence for finding in findings] == ["The EDSS was used."]


@pytest.mark.parametrize(
    "sentence",
    ["The scale of disability (EDSS) was used.", "The EDSS (a scale of disability) was used.",
     "An MRI was made in the UK.",
     "A scale called EDSS was used.", "MS is common.", "STAGE II WAS REACHED"],
)  # fmt: skip
def test_explained_known_and_glossary_abbreviations_may_stand(found_in, sentence):
    assert found_in("abbreviation", sentence, terms=["ms"]) == []


def test_a_hard_term_is_asked_for_once(found_in):
    findings = found_in("hard_term", "Remyelination failed.", "Then remyelination came.")

    assert [finding.words for finding in findings] == [("Remyelination",)]
    assert findings[0].rule.is_hint


@pytest.mark.parametrize(
    "sentence",
    ["The repair of myelin, called remyelination, failed.", "Repair (remyelination) failed."],
)
def test_an_explained_term_may_stand(found_in, sentence):
    assert [f.words for f in found_in("hard_term", sentence, terms=["myelin"])] == []


def test_plain_words_come_first(found_in):
    assert found_in("plain_term_first", "Remyelination (the repair of the cover) failed.")
    assert found_in("plain_term_first", "The repair of the cover (remyelination) failed.") == []


@pytest.mark.parametrize(
    "sentence",
    ["You should take vitamin D.", "Patients should stop their tablets.", "Ask your doctor for this drug.",
     "We recommend it to all.", "Doctors should give it early.", "This drug should be avoided."],
)  # fmt: skip
def test_advice_to_act_is_seen(found_in, sentence):
    assert found_in("advice", sentence)


@pytest.mark.parametrize(
    "sentence",
    ["Please do not change any treatment without talking to your care team.",
     "Nobody should stop a treatment because of this study.", "People took the drug for a year.",
     "It is not clear whether people should take it.", "You should not stop taking it before you talk to your doctor."],
)  # fmt: skip
def test_what_keeps_readers_from_acting_is_no_advice(found_in, sentence):
    assert found_in("advice", sentence) == []


def test_a_question_to_ask_is_no_advice(found_in):
    from_block = found_in("advice", "Should I stop taking it?")

    assert from_block == []


def test_a_takeaway_of_four_sentences_is_too_long(found_in):
    assert found_in("takeaway_length", key_takeaway="<p>One. Two. Three. Four.</p>")
    assert found_in("takeaway_length", key_takeaway="<p>One, e.g. this. Two. Three.</p>") == []
