import json
from types import SimpleNamespace

import pytest
from django.conf import settings

from research.editor.sample_size import suggest_people
from research.editor.suggestions import suggest_design, suggest_registrations, suggest_topics
from research.sources.files import read_file


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
        ("Groups were alike (n = 20 and n = 31).", 51),
        ("Antibodies against antigen-1 (EBNA-1) in patients given a vitamin (n = 30) or placebo (n = 23).", 53),
        ("One hundred and forty patients were randomised.", 140),
        ("One hundred forty-two patients entered the trial.", 142),
        ("Four thousand three hundred and eleven patients from five studies were included.", 4311),
        ("We found six studies involving 122 women.", 122),
        ("Ten trials involving 270 patients met these criteria.", 270),
        ("We examined 110 older adults and 79 with impairment.", 189),
        ("A total of 463 female and 165 male students answered.", 628),
        ("Pain was relieved in six of seven patients.", 7),
        ("Of the 140 patients assessed, few met the criteria.", None),
        ("About 350,000 persons in the country have it.", None),
        ("Twenty patients got the drug. Fifty patients got nothing.", None),
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


def test_a_keyword_of_the_authors_and_a_qualifier_point_to_topics():
    topics = [topic(1, "Fatigue"), topic(2, "MS", "D009103")]
    mesh = [{"ui": "D009103", "name": "Multiple Sclerosis", "qualifiers": [{"name": "drug therapy", "major": True}]}]

    found = suggest_topics(mesh, "", topics, ["fatigue"])

    assert [one.found_in for one in found] == [
        "MeSH “Multiple Sclerosis / drug therapy”", "the authors’ keyword “fatigue”",
    ]  # fmt: skip


def test_a_registration_leads_to_its_register():
    known, other = suggest_registrations(["NCT01234567", "2005-001234-12"])

    assert (known.url, other.url) == ("https://clinicaltrials.gov/study/NCT01234567", "")


#: How many people took part, read by a person in the abstracts of the samples; where an abstract gives the patients
#: and all people with controls, either is right.
STATED = {
    "10.1080/10550887.2020.1856298": (113,),
    "10022678": (1882,),
    "10186943": (270,),
    "10537958": (18, 33),
    "10590412": (10,),
    "10608915": (55,),
    "10773856": (9, 18),
    "10871832": (24,),
    "10894995": (11,),
    "10904217": (22,),
    "11213523": (10,),
    "11539872": (3,),
    "11548979": (11,),
    "11853321": (20,),
    "12356204": (64,),
    "12525714": (602,),
    "12617268": (16, 32),
    "12617270": (47,),
    "12645447": (68,),
    "12708810": (47, 66),
    "12945945": (13,),
    "7574453": (46,),
    "7617185": (35, 1882),
    "7723961": (103, 135),
    "7750068": (7,),
    "7758556": (10,),
    "7783870": (7,),
    "7912347": (51,),
    "7932918": (3,),
    "7970843": (85,),
    "8109906": (2,),
    "8116339": (2,),
    "8529173": (9,),
    "8733991": (52,),
    "9372509": (25,),
    "9456462": (33,),
    "9482676": (14,),
    "9604822": (25,),
    "9710049": (21,),
    "9710050": (7,),
    "9798839": (2,),
    "11398306": (8,),
    "10510920": (15,),
    "9193208": (142,),
    "10.1371/journal.pntd.0001041": (42,),
    "10.1371/journal.pntd.0001969": (222,),
    "10.1371/journal.pmed.0030520": (1711,),
    "10.1371/journal.pmed.1001518": (755,),
    "11243089": (435,),
    "10.1002/humu.1181": (10,),
    "10.1002/humu.1235": (10,),
    "15968009": (351,),
    "10.1136/bmj.a1190": (3721,),
    "10.1056/nejmoa1715274": (3849,),
    "9861576": (20,),
    "10.4236/aad.2024.131002": (189, 303),
    "10.1093/jamiaopen/ooae099": (1402,),
    "10.1136/gutjnl-2016-312510": (1282,),
    "10.1136/oemed-2017-104431": (679,),
    "10.1177/1352458517722646": (53,),
    "10.1002/acn3.50975": (8, 10),
    "10.1007/s10899-022-10185-9": (2022,),
    "10.3390/jcm12010249": (1067,),
    "10.1016/j.techsoc.2022.102012": (3000,),
    "10.2486/indhealth.2021-0260": (38,),
    "10.1016/j.puhe.2022.01.027": (1530,),
    "10.1523/jneurosci.2029-21.2022": (82,),
    "10.3390/ijerph18136973": (4816,),
    "10.1016/s2468-2667(20)30232-2": (3549,),
    "10.2147/dmso.s241670": (21972,),
    "10.1016/j.chiabu.2020.104658": (1019,),
    "10.2196/14035": (3604,),
    "10.1007/s10899-019-09922-4": (361,),
    "10.1111/ajad.12981": (173,),
    "10.1017/thg.2019.27": (2540,),
    "10.1111/bjdp.12287": (13888,),
    "10.1371/journal.pone.0198859": (140,),
    "10.1556/2006.7.2018.18": (595,),
    "10.1007/s10899-018-9753-3": (628,),
    "the placebo effect": (152,),
    "10.1111/add.13874": (853,),
    "10.1007/s10899-016-9664-0": (372,),
    "10.4040/jkan.2016.46.5.753": (16,),
    "10.1007/s10899-015-9575-5": (183,),
    "10.1016/j.psychres.2015.05.087": (120,),
    "10.3109/10826084.2014.958859": (2055,),
    "10.1186/1471-2458-14-398": (4484,),
    "10.1186/1747-597x-8-24": (3451,),
    "10.1177/0891988706286508": (31,),
    "10.1053/comp.2002.29857": (131,),
    "10.2466/pr0.1997.80.3.1051": (104,),
    "10.5114/pg.2018.81081": (33,),
    "10.1007/s10151-019-02080-0": (4311,),
    "10.1002/cncr.20369": (10,),
    "10.3748/wjg.v17.i1.130": (2,),
}


def sample_abstracts():
    """Return the abstracts of the samples by DOI, PMID or the start of the title, all in lower case."""
    samples = settings.EVIDENCE_SAMPLES
    jsons = ("multiple-sclerosis/pubmed-abstracts.jsonl", "lay-pairs/abstract-and-lay-summary.jsonl")
    rows = [json.loads(line) for name in jsons for line in (samples / name).read_text(encoding="utf-8").splitlines()]
    found = {str(row.get("pmid") or row["doi"]).lower(): str(row["abstract"] or "") for row in rows}
    kinds = ("pubmed-xml/*.xml", "multiple-sclerosis/pubmed-*.xml", "nbib/*", "ris/*", "bibtex/*")
    for path in (path for kind in kinds for path in sorted(samples.glob(kind)) if "_set" not in path.name):
        for record in read_file(path.name, path.read_bytes()).records:
            key = (record.doi or record.pmid or record.title).lower()
            found.setdefault(key, " ".join(part.text for part in record.abstract))
    return {key: text for key, text in found.items() if text}


@pytest.mark.samples
def test_three_in_four_sizes_of_real_abstracts_are_found_and_one_in_ten_at_most_is_wrong():
    if not (settings.EVIDENCE_SAMPLES / "lay-pairs").exists():
        pytest.skip("no samples here")
    abstracts = sample_abstracts()
    stated = {start: key for start in STATED for key in abstracts if key.startswith(start)}

    suggested = {start: suggest_people(abstracts[key]) for start, key in stated.items()}

    right = sum(one is not None and one.number in STATED[start] for start, one in suggested.items())
    wrong = sum(one is not None and one.number not in STATED[start] for start, one in suggested.items())
    assert len(stated) == len(STATED)
    assert right / len(stated) >= 0.75
    assert wrong / len(stated) <= 0.10
    others = [suggest_people(text) for key, text in abstracts.items() if key not in stated.values()]
    assert sum(one is not None for one in others) / len(others) <= 0.05, "where no size is stated, none is suggested"
