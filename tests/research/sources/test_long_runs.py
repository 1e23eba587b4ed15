"""Reading takes as long as what is read, however odd it is: one long run of a sign makes nobody wait."""

import gc
import time
from contextlib import suppress

import pytest

from research.sources.errors import SourceMalformed
from research.sources.files import read_file
from research.sources.notices import title_mark, without_mark
from research.sources.text import markup_text

MOST_SIGNS = 40_000
# Below this much CPU, no two sizes are worth comparing.
NOTHING = 0.1
RUNS = [" ", "\t", "\n", "\u00a0", "-", "{}", "$", "\\", "<", "<math>", "<m:math>", "</math>", "<br>", "<a ", "&amp;"]

FILES = {
    "a.bib": "@article{{a,\n pages = {{1{run}2}},\n title = {{A}},\n journal = {{J{run}J}},\n doi = {{10.1/x}}\n}}\n",
    "a.ris": "TY  - JOUR\nTI  - A{run}trial\nJO  - A{run}journal\nKW  - A{run}word\nSP  - 1{run}2\nDO  - 10.1000/x\n",
    "a.nbib": "PMID- 901\nTI  - A{run}trial\nJT  - A{run}journal\nPG  - 1{run}2\nLID - 10.1000/x{run}[doi]\n",
}


def seconds_for(work, given):
    """Return the CPU time that the work took at its best, whoever else was at work, and whatever was collected."""
    return min(_once(work, given) for _ in range(3))


def _once(work, given):
    gc.collect()
    gc.disable()
    try:
        begun = time.process_time()
        with suppress(SourceMalformed):
            work(given)
        return time.process_time() - begun
    finally:
        gc.enable()


def assert_grows_as_what_is_read(work, made):
    longer = seconds_for(work, made(MOST_SIGNS))

    assert longer < NOTHING or longer < 10 * seconds_for(work, made(MOST_SIGNS // 4))


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("name", FILES)
def test_a_long_run_in_a_file_takes_no_longer_than_words(name, run):
    def made(signs):
        return FILES[name].format(run=run * (signs // len(run))).encode()

    assert_grows_as_what_is_read(lambda content: list(read_file(name, content).records), made)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("work", [markup_text, without_mark, title_mark])
def test_a_long_run_in_a_title_takes_no_longer_than_words(work, run):
    assert_grows_as_what_is_read(work, lambda signs: run * (signs // len(run)) + "x")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("A trial<subtitle>of rest</subtitle>", "A trial: of rest"),
        ("A trial? <br/> <subtitle>Yes</subtitle>", "A trial? Yes"),
        ("<b>A trial</b> <subtitle>of rest</subtitle>", "A trial of rest"),
        ("<math><mi>x</mi></math> and <m:math><m:mn>1</m:mn></m:math>", "x and 1"),
        ("<math><mi>x</mi> and <math><mi>y</mi>", "x and y"),
        ("<m:math><m:mi>x</m:mi></math> then <math><mi>y</mi></math>", "x then y"),
        ("</math> <math><mi>y</mi></math>", "y"),
    ],
)
def test_subtitles_and_formulas_read_as_they_did(written, text):
    assert markup_text(written) == text
