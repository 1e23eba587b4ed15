from datetime import date

import pytest

from research.checking.facts import StudyFacts
from research.content.article import Citation


def test_money_that_is_stated_nowhere_is_asked_for(found_in):
    study = Citation(title="A study")

    assert found_in("money", study=study)
    assert found_in("money", study=study, appraisal={"interests": "none"})
    assert found_in("money", study=study, appraisal={"interests": "not_stated"}) == []
    assert found_in("money", study=Citation(title="A study", interests="None declared.")) == []


@pytest.mark.parametrize("kind", ["retraction", "withdrawal", "removal", "expression_of_concern", "correction"])
def test_each_notice_is_a_finding_with_its_day(found_in, kind):
    (finding,) = found_in("source_status", facts=StudyFacts(notices=((kind, "3 May 2026"),)))

    assert "3 May 2026" in finding.message


@pytest.mark.parametrize("kind", ["newer_version", "replacement"])
def test_a_newer_version_is_out_of_date(found_in, kind):
    assert found_in("out_of_date", facts=StudyFacts(notices=((kind, ""),)))


@pytest.mark.parametrize(("year", "expected"), [(2020, 1), (2021, 0), (None, 0)])
def test_a_source_over_five_years_old_is_asked_about(found_in, year, expected):
    assert len(found_in("out_of_date", facts=StudyFacts(year=year))) == expected


@pytest.mark.parametrize(("day", "expected"), [(date(2025, 11, 25), 1), (date(2025, 11, 26), 0), (None, 0)])
def test_a_review_over_a_year_ago_is_asked_about(found_in, day, expected):
    assert len(found_in("out_of_date", last_reviewed=day)) == expected


def test_a_new_notice_is_another_finding_than_the_one_that_was_dismissed(found_in):
    first, second = (
        found_in("source_status", facts=StudyFacts(notices=(("correction", day),)))[0] for day in ("May", "June")
    )

    assert first.key != second.key
