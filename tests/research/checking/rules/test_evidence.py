import pytest

from research.checking.claims import ClaimKind, as_stored, claims_of
from research.checking.facts import StudyFacts
from research.checking.passages import SourceKind, SourceText, find_passage
from research.content.article import ArticleContent

MOUSE = "Mice without the gene had more cells. The mice recovered."


@pytest.mark.parametrize(
    "facts",
    [StudyFacts(mesh_terms=("Animals", "Mice")), StudyFacts(texts=(SourceText(SourceKind.ABSTRACT, (("", MOUSE),)),))],
)
def test_an_animal_study_told_as_human_is_seen(found_in, facts):
    assert found_in("species", "People recovered.", "They walked again.", facts=facts)


def test_an_animal_named_in_the_opening_is_enough(found_in):
    facts = StudyFacts(mesh_terms=("Animals",))

    assert found_in("species", "Mice recovered.", "They walked.", "They ran.", facts=facts) == []


def test_an_animal_named_only_at_the_end_is_too_late(found_in):
    facts = StudyFacts(mesh_terms=("Animals",))

    assert found_in("species", "They recovered.", "They walked.", "They ran.", "These were mice.", facts=facts)


def test_the_rating_decides_who_was_studied(found_in):
    facts = StudyFacts(mesh_terms=("Animals",))

    assert found_in("species", "People recovered.", facts=facts, appraisal={"population": "people_outcome"}) == []


@pytest.mark.parametrize("design", ["prospective_cohort", "case_control", "single_arm", "animal_study"])
def test_a_causal_word_is_stronger_than_a_design_that_watched(found_in, design):
    (finding,) = found_in("stronger_than_design", "Smoking causes relapses.", appraisal={"design": design})

    assert finding.words == ("causes",)


@pytest.mark.parametrize(
    "sentence",
    ["Smoking may cause relapses.", "Smoking was linked with more relapses.", "Smoking did not cause relapses.",
     "Does smoking cause relapses?", "The needle went into the lower back."],
)  # fmt: skip
def test_a_hedged_linked_negated_or_asked_claim_may_stand(found_in, sentence):
    assert found_in("stronger_than_design", sentence, appraisal={"design": "prospective_cohort"}) == []


def test_can_is_no_hedge(found_in):
    assert found_in("stronger_than_design", "Smoking can cause relapses.", appraisal={"design": "prospective_cohort"})


def test_a_randomised_trial_may_say_that_it_caused(found_in):
    assert (
        found_in("stronger_than_design", "The drug reduced relapses.", appraisal={"design": "randomised_trial"}) == []
    )


def test_a_preprint_may_not(found_in):
    facts = StudyFacts(is_preprint=True)

    assert found_in(
        "stronger_than_design", "It reduced relapses.", facts=facts, appraisal={"design": "randomised_trial"}
    )


def test_doubt_that_is_nowhere_kept_is_lost(found_in):
    abstract = "There was no significant difference (low-certainty evidence)."

    assert found_in("certainty_lost", "The drug works well.", abstract=abstract)
    assert found_in("certainty_lost", "The drug may work.", abstract=abstract) == []


def test_doubt_of_a_sentences_own_passage_must_stand_in_that_sentence(found_in):
    source = SourceText(SourceKind.ABSTRACT, (("", "Arvelidine may relieve fatigue in adults."),))
    content = ArticleContent(title="The drug relieves fatigue")
    claim = claims_of(content)[0]
    stored = [
        {**entry, "kind": "supported", "passages": [find_passage("may relieve fatigue", source).as_stored()]}
        for entry in as_stored([type(claim)(**{**vars(claim), "kind": ClaimKind.SUPPORTED})])
    ]

    findings = found_in(
        "certainty_lost", "It may help.", facts=StudyFacts(texts=(source,)), title=content.title, stored=stored
    )

    assert [finding.sentence for finding in findings] == ["The drug relieves fatigue"]


def test_important_considerations_without_a_limit_are_seen(found_in):
    assert found_in("limits_missing", "It fell.", limits=["The study was done in Spain."])
    assert found_in("limits_missing", "It fell.", limits=["Only few people took part in this small study."]) == []


def test_a_limit_told_elsewhere_is_no_limit_there(found_in):
    assert found_in("limits_missing", "It was a small study.", limits=["It was done in Spain."])


def test_harm_that_the_source_tells_must_be_told(found_in):
    abstract = "Adverse events led to withdrawal in 9% of patients."

    assert found_in("harm_missing", "It relieved fatigue.", abstract=abstract)
    assert found_in("harm_missing", "Some stopped because of side effects.", abstract=abstract) == []
