import json
from types import SimpleNamespace

import pytest
from django.conf import settings

from research.editor.suggestions import suggest_design, suggest_people, suggest_topics


@pytest.mark.parametrize(
    ("types", "mesh", "title", "key"),
    [
        (["Journal Article", "Meta-Analysis"], ["Humans"], "", "systematic_review"),
        (["Randomized Controlled Trial"], ["Humans", "Animals"], "", "randomised_trial"),
        (["Randomized Controlled Trial"], ["Animals", "Rats"], "", "animal_study"),
        (["Case Reports"], [], "", "case_report"),
        (["Review"], ["Animals"], "", "narrative_review"),
        (["Journal Article"], ["Humans", "Retrospective Studies"], "", "retrospective_cohort"),
        (["Journal Article"], ["Mendelian Randomization Analysis"], "", "genetic"),
        (["Journal Article"], [], "X for relapses: a randomised, placebo-controlled trial", "randomised_trial"),
        (["Journal Article"], [], "Remyelination in mice after injury", "animal_study"),
        (["Journal Article"], [], "Protocol for a randomised controlled trial", None),
        (["Journal Article"], [], "Randomised thoughts", None),
        (["Journal Article"], [], "Observations", None),
    ],
)
def test_the_kind_of_study_is_taken_from_types_then_headings_then_the_title(types, mesh, title, key):
    found = suggest_design(types, mesh, title)

    assert (found.key if found else None) == key


def test_a_suggested_kind_says_where_it_was_found():
    assert suggest_design(["Randomized Controlled Trial"], [], "").found_in == (
        "publication type “Randomized Controlled Trial”"
    )


@pytest.mark.parametrize(
    ("abstract", "number"),
    [
        ("We randomised 120 patients to two groups.", 120),
        ("A total of 3,849 adults with COPD were randomly assigned.", 3849),
        ("Between 2001 and 2005, 53 people with MS took part.", 53),
        ("Twenty-four patients were included.", 24),
        ("Groups were alike (n = 20 and n = 31).", 31),
        ("Antibodies against antigen-1 (EBNA-1) in patients given a vitamin (n = 30) or placebo (n = 23).", 30),
        ("In 20% of patients it helped.", None),
        ("In 2005 patients were few.", None),
        ("Mice were fed.", None),
    ],
)
def test_the_number_of_people_is_found_with_its_words(abstract, number):
    found = suggest_people(abstract)

    assert (found.number if found else None) == number


def topic(pk, name, mesh_ui=None, synonyms=()):
    return SimpleNamespace(pk=pk, name=name, mesh_ui=mesh_ui, all_names=lambda: [name, *synonyms])


def test_topics_are_found_by_identifier_by_name_and_by_synonym_major_ones_first():
    topics = [topic(1, "Relapse"), topic(2, "MS", "D009103"), topic(3, "Inflammation", None, ["Swelling"])]
    mesh = [
        {"ui": "D000001", "name": "Swellings", "major": False, "automated": True},
        {"ui": "D009103", "name": "Multiple Sclerosis", "major": True, "automated": False},
    ]

    found = suggest_topics(mesh, "Relapse after treatment", topics)

    assert [(one.topic.pk, one.is_automated) for one in found] == [(2, False), (3, True), (1, False)]


def test_an_abbreviation_is_meant_in_capitals_only():
    assert not suggest_topics([], "It lasted 20 ms", [topic(1, "MS")])


@pytest.mark.samples
def test_real_abstracts_mostly_give_a_number():
    path = settings.EVIDENCE_SAMPLES / "multiple-sclerosis" / "pubmed-abstracts.jsonl"
    if not path.exists():
        pytest.skip("no samples here")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [str(row.get("abstract") or row.get("text") or "") for row in rows]

    found = [suggest_people(text) for text in texts if text]

    assert all(one is None or one.number > 0 for one in found)
    assert any(found)
