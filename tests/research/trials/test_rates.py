from contextlib import suppress
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command

from research.checking.rules import figures
from research.management.commands import check_rates
from research.trials.rates import planting
from research.trials.rates.measuring import PLANS, Rate, comparisons, recall
from research.trials.rates.texts import example_texts, published_pairs, retold_comparisons


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_each_kind_of_error_can_be_planted_and_is_caught_in_the_examples(plan):
    rate = recall(plan, example_texts(), [])

    assert rate.of > 0
    assert rate.value >= 0.5


def test_swapped_groups_are_caught_in_retellings_and_faithful_ones_left_alone():
    swapped, faithful = comparisons(retold_comparisons())

    assert swapped.of == 12
    assert swapped.holds
    assert faithful.value == 0


def test_a_planted_error_changes_the_text_it_was_planted_in():
    text = example_texts()[0]

    for planted in planting.wrong_digits(text):
        assert planted.sentence not in text.sentences
        assert planted.sentence in [claim.text for claim in planted.draft.claims]


def test_an_error_that_no_rule_speaks_of_is_missed():
    text = example_texts()[0]
    planted = planting.Planted(text.draft, text.sentences[0])

    assert not planted.is_caught_by([figures.numbers_not_in_source])


def test_without_the_published_pairs_the_examples_are_measured_and_it_is_said(tmp_path, settings):
    settings.EVIDENCE_SAMPLES = tmp_path
    out = StringIO()

    with suppress(SystemExit):
        call_command("check_rates", stdout=out)

    assert "No published pairs" in out.getvalue()
    assert "wrong digits: 0." in out.getvalue() or "wrong digits: 1." in out.getvalue()


def test_a_missed_rate_is_said_and_ends_with_an_error(monkeypatch):
    monkeypatch.setattr(check_rates, "recall", lambda plan, *texts: Rate(plan.name, 0.1, 10, least=0.9))
    monkeypatch.setattr(check_rates.Command, "_texts", lambda self: ([], [], example_texts()))
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("check_rates", stdout=out)

    assert ended.value.code == check_rates.EXIT_RATE_MISSED
    assert "RATE MISSED" in out.getvalue()


@pytest.mark.samples
@pytest.mark.slow
@pytest.mark.skipif(
    not published_pairs(settings.EVIDENCE_SAMPLES), reason="needs the sample records: set EVIDENCE_SAMPLES"
)
def test_every_rate_is_kept_on_the_published_pairs():
    call_command("check_rates", stdout=StringIO())
