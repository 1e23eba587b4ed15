import pytest

from research import rubric
from research.rubric import rate_credibility, rate_interest

INHALER_TRIAL = {
    "design": "randomised_trial",
    "population": "people_outcome",
    "people": 3849,
    "registered": "yes",
    "measured_alike": "yes",
    "checking": "peer_reviewed",
    "interests": "declared",
    "other_research": "agree",
}
VITAMIN_D = {
    "design": "randomised_trial",
    "population": "people_marker",
    "people": 53,
    "registered": "yes",
    "measured_alike": "no",
    "checking": "peer_reviewed",
    "interests": "declared",
    "other_research": "partly",
}
MYELIN_IN_MICE = {
    "design": "animal_study",
    "population": "animals",
    "people": 0,
    "registered": "no",
    "measured_alike": "no",
    "checking": "peer_reviewed",
    "interests": "declared",
    "other_research": "partly",
}
BEST = INHALER_TRIAL | {"design": "systematic_review", "interests": "none"}
HIGHEST_INTEREST = {"reach": "many", "actionable": "available", "novelty": "new"}


def points_of(answers, key):
    return next(answer.points for answer in rate_credibility(answers).answers if answer.question.key == key)


def limits_of(answers, **kwargs):
    return {limit.key: limit.most for limit in rate_credibility(answers, **kwargs).limits}


@pytest.mark.parametrize(
    ("question", "choice", "points"),
    [
        ("design", "systematic_review", 6),
        ("design", "randomised_trial", 5),
        ("design", "fitting_design", 5),
        ("design", "controlled_study", 4),
        ("design", "prospective_cohort", 4),
        ("design", "retrospective_cohort", 3),
        ("design", "case_control", 3),
        ("design", "cross_sectional", 3),
        ("design", "genetic", 3),
        ("design", "single_arm", 2),
        ("design", "before_after", 2),
        ("design", "case_series", 2),
        ("design", "animal_study", 1),
        ("design", "laboratory_study", 1),
        ("design", "computer_study", 1),
        ("design", "narrative_review", 1),
        ("design", "case_report", 1),
        ("design", "opinion", 0),
        ("design", "conference_abstract", 0),
        ("population", "people_outcome", 3),
        ("population", "people_marker", 2),
        ("population", "other_people", 2),
        ("population", "animals", 1),
        ("population", "human_tissue", 1),
        ("population", "cells", 0),
        ("population", "computer", 0),
        ("people", 1000, 3),
        ("people", 999, 2),
        ("people", 200, 2),
        ("people", 199, 1),
        ("people", 30, 1),
        ("people", 29, 0),
        ("people", 0, 0),
        ("checking", "peer_reviewed", 2),
        ("checking", "preprint_reviewed", 1),
        ("checking", "preprint", 0),
        ("interests", "none", 2),
        ("interests", "declared", 1),
        ("interests", "not_stated", 0),
        ("other_research", "agree", 2),
        ("other_research", "partly", 1),
        ("other_research", "first", 0),
        ("other_research", "contradicted", 0),
    ],
)
def test_an_answer_gives_the_points_of_the_table(question, choice, points):
    assert points_of({question: choice}, question) == points


@pytest.mark.parametrize(
    ("registered", "measured_alike", "points"),
    [("yes", "yes", 2), ("yes", "no", 1), ("no", "yes", 1), ("no", "no", 0), ("", "yes", 1), ("", "", None)],
)
def test_each_safeguard_gives_one_point(registered, measured_alike, points):
    assert points_of({"registered": registered, "measured_alike": measured_alike}, "safeguards") == points


def test_the_seven_questions_add_up_to_twenty():
    questions = rubric.RUBRICS[rubric.CURRENT_VERSION].credibility

    assert len(questions) == 7
    assert rate_credibility(BEST).points == rate_credibility(BEST).max_points == 20


@pytest.mark.parametrize(
    ("answers", "points", "word"),
    [(INHALER_TRIAL, 18, "Strong"), (VITAMIN_D, 13, "Moderate"), (MYELIN_IN_MICE, 6, "Weak")],
    ids=["inhaler trial", "vitamin D", "myelin repair in mice"],
)
def test_a_worked_example_comes_out_as_worked(answers, points, word):
    rating = rate_credibility(answers)

    assert (rating.points, rating.band.word) == (points, word)


def test_what_was_not_tested_in_people_is_called_early_research():
    assert rate_credibility(MYELIN_IN_MICE).label == "Early research: not tested in people"
    assert rate_credibility(INHALER_TRIAL).label == ""


@pytest.mark.parametrize(
    ("points", "word"),
    [
        (20, "Strong"),
        (16, "Strong"),
        (15, "Good"),
        (12, "Good"),
        (11, "Moderate"),
        (8, "Moderate"),
        (7, "Weak"),
        (4, "Weak"),
        (3, "Very weak"),
        (0, "Very weak"),
    ],
)
def test_bands_begin_where_the_table_says(points, word):
    band = next(band for band in rubric.CREDIBILITY_BANDS if points >= band.from_points)

    assert band.word == word


@pytest.mark.parametrize(
    ("change", "limit", "most"),
    [
        ({"population": "animals"}, "no_people", 2),
        ({"population": "cells"}, "no_people", 2),
        ({"population": "human_tissue"}, "no_people", 2),
        ({"design": "single_arm"}, "no_comparison", 2),
        ({"design": "before_after"}, "no_comparison", 2),
        ({"design": "case_series"}, "no_comparison", 2),
        ({"design": "case_report"}, "no_comparison", 2),
        ({"people": 29}, "few_people", 2),
        ({"people": 1}, "few_people", 2),
        ({"people": 0}, "few_people", 2),
        ({"checking": "preprint"}, "preprint", 3),
        ({"checking": "preprint_reviewed"}, "preprint", 3),
        ({"design": "randomised_trial", "people": 99}, "small_trial", 3),
        ({"design": "controlled_study", "people": 99}, "small_trial", 3),
        ({"population": "people_marker"}, "marker", 3),
        ({"design": "prospective_cohort", "causal_claim": True}, "observational", 3),
        ({"design": "case_control", "causal_claim": True}, "observational", 3),
        ({"design": "genetic", "causal_claim": True}, "observational", 3),
        ({"design": "cross_sectional", "causal_claim": True, "lift_reason": "Dose."}, "observational_lifted", 4),
        ({"certainty": "moderate"}, "certainty", 4),
        ({"certainty": "low"}, "certainty", 3),
        ({"certainty": "very_low"}, "certainty", 2),
    ],
)
def test_a_limit_caps_the_rating(change, limit, most):
    rating = rate_credibility(BEST | change)

    assert limits_of(BEST | change)[limit] == most
    assert rating.band.value <= most
    assert all(limit.reason for limit in rating.limits)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"people": 30, "design": "systematic_review"},
        {"design": "randomised_trial", "people": 100},
        {"design": "prospective_cohort", "causal_claim": False},
        {"design": "randomised_trial", "causal_claim": True},
        {"certainty": "high"},
        {"people": None},
    ],
)
def test_a_limit_stays_away_where_its_condition_does_not_hold(change):
    assert limits_of(BEST | change) == {}


def test_the_lowest_of_several_limits_wins():
    rating = rate_credibility(BEST | {"checking": "preprint", "people": 12})

    assert rating.band.word == "Weak"
    assert len(rating.limits) == 2


def test_a_limit_never_raises_a_rating():
    rating = rate_credibility(
        {"design": "opinion", "population": "cells", "people": 0, "certainty": "moderate"}
        | {
            "registered": "no",
            "checking": "preprint",
            "interests": "not_stated",
            "other_research": "first",
        }
    )

    assert rating.band.word == "Very weak"


@pytest.mark.parametrize(
    ("notice", "said"), [("retraction", "retracted"), ("withdrawal", "withdrawn"), ("removal", "removed")]
)
def test_a_study_that_was_taken_back_has_no_rating(notice, said):
    rating = rate_credibility(INHALER_TRIAL, notices=[notice])

    assert rating.band is None
    assert said in rating.withheld


def test_an_expression_of_concern_allows_weak_at_most():
    rating = rate_credibility(INHALER_TRIAL, notices=["expression_of_concern"])

    assert rating.band.word == "Weak"
    assert "concern" in {limit.key for limit in rating.limits}


def test_a_correction_changes_no_rating():
    assert rate_credibility(INHALER_TRIAL, notices=["correction"]) == rate_credibility(INHALER_TRIAL)


@pytest.mark.parametrize(("left_open", "withheld"), [(2, ""), (3, "Not enough information to rate")])
def test_three_questions_left_open_withhold_the_rating(left_open, withheld):
    given = {key: value for key, value in INHALER_TRIAL.items() if key != "registered"} | {"registered": "yes"}
    for key in ("other_research", "interests", "people")[:left_open]:
        del given[key]

    rating = rate_credibility(given)

    assert rating.withheld == withheld
    assert (rating.band is None) == bool(withheld)


@pytest.mark.parametrize("people", [None, 0, 1, 53, 3849])
def test_the_size_is_said_in_words(people):
    words = {None: "Not answered", 0: "No people took part", 1: "1 person", 53: "53 people", 3849: "3,849 people"}

    answer = next(a for a in rate_credibility({"people": people}).answers if a.question.key == "people")

    assert answer.words == words[people]


def test_the_reasons_stand_with_their_answers():
    rating = rate_credibility(INHALER_TRIAL, {"design": "By chance."})

    assert [answer.reason for answer in rating.answers if answer.reason] == ["By chance."]


@pytest.mark.parametrize(
    ("reach", "actionable", "novelty", "word"),
    [
        ("many", "available", "new", "High"),
        ("many", "available", "adds", "High"),
        ("many", "in_trials", "adds", "Medium"),
        ("some", "in_trials", "adds", "Medium"),
        ("some", "in_trials", "known", "Low"),
        ("few", "years_away", "known", "Low"),
    ],
)
def test_interest_follows_from_its_three_answers(reach, actionable, novelty, word):
    rating = rate_interest({"reach": reach, "actionable": actionable, "novelty": novelty})

    assert rating.band.word == word


def test_interest_with_an_open_answer_is_not_rated():
    rating = rate_interest({"reach": "many", "actionable": "available"})

    assert rating.band is None
    assert rating.withheld


def test_interest_never_moves_credibility():
    assert rate_credibility(VITAMIN_D | HIGHEST_INTEREST) == rate_credibility(VITAMIN_D)


@pytest.mark.parametrize(("answers", "warned"), [(MYELIN_IN_MICE, True), (VITAMIN_D, False), (INHALER_TRIAL, False)])
def test_high_interest_with_weak_credibility_needs_a_modest_headline(answers, warned):
    assert rubric.needs_modest_headline(rate_credibility(answers), rate_interest(HIGHEST_INTEREST)) is warned


def test_the_three_study_labels_follow_from_the_answers():
    labels = rubric.study_labels(MYELIN_IN_MICE)

    assert labels == [
        ("Peer reviewed?", "Peer reviewed"),
        ("Kind of study", "Animal study"),
        ("Studied in", "Animals"),
    ]


def test_a_study_that_was_taken_back_is_not_called_peer_reviewed():
    assert rubric.study_labels(MYELIN_IN_MICE, notices=["retraction"]) == []
    assert rubric.study_labels(MYELIN_IN_MICE, notices=["expression_of_concern"]) == rubric.study_labels(MYELIN_IN_MICE)


def test_an_open_question_has_no_label():
    assert rubric.study_labels({"design": "opinion"}) == [("Kind of study", "Opinion")]


def test_an_unknown_rubric_version_is_refused():
    with pytest.raises(KeyError):
        rate_credibility({"rubric": "1999-01"})


def test_a_questions_weight_is_its_best_choice():
    version = rubric.RUBRICS[rubric.CURRENT_VERSION]
    questions = [question for question in (*version.credibility, *version.interest) if question.choices]

    assert [q.key for q in questions if max(choice.points for choice in q.choices) != q.max_points] == []


@pytest.mark.parametrize(
    ("notices", "word"),
    [([], "Strong"), (["correction"], "Strong"), (["expression_of_concern"], "Weak"), (["retraction"], None)],
)
def test_a_notice_leaves_the_same_band_on_cards_as_on_the_page(notices, word):
    signed = rate_credibility(INHALER_TRIAL).band

    band = rubric.band_after(signed.value, notices)

    assert band == rate_credibility(INHALER_TRIAL, notices=notices).band
    assert (band.word if band else None) == word


@pytest.mark.parametrize(
    ("notice", "done"), [("retraction", "retracted"), ("withdrawal", "withdrawn"), ("removal", "removed")]
)
def test_a_study_that_was_taken_back_is_not_called_interesting(notice, done):
    answers = {"reach": "many", "actionable": "available", "novelty": "new"}

    interest = rate_interest(answers, notices=[notice])

    assert rate_interest(answers).band.word == "High"
    assert interest.band is None
    assert interest.withheld == f"No rating: the study was {done}"


def test_a_concern_leaves_the_interest_rating():
    answers = {"reach": "many", "actionable": "available", "novelty": "new"}

    assert rate_interest(answers, notices=["expression_of_concern"]).band.word == "High"
