"""What records say beyond title and authors, and what works truly are."""

import pytest

from research.models import Study
from research.record.importing import import_record
from research.sources import crossref
from research.sources.bibtex import read_bibtex
from research.sources.nbib import read_nbib
from research.sources.records import RecordKind
from research.sources.registrations import registrations_in
from research.sources.ris import read_ris
from research.sources.stored import dump_records, load_records
from research.sources.text import markup_text

from .helpers import read_xml

PUBMED = b"""<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>900</PMID><Article>
<Journal><JournalIssue><Volume>9</Volume><Issue>2</Issue><PubDate><Year>2003</Year></PubDate></JournalIssue></Journal>
<ArticleTitle>[A trial].</ArticleTitle><Pagination><MedlinePgn>148-53</MedlinePgn></Pagination>
<Abstract><AbstractText>Registered as ISRCTN31894035.</AbstractText></Abstract>
<AuthorList><Author><LastName>Park</LastName><Initials>JH</Initials>
<Identifier Source="ORCID">0000-0002-1825-0097</Identifier></Author></AuthorList>
<DataBankList><DataBank><DataBankName>ClinicalTrials.gov</DataBankName>
<AccessionNumberList><AccessionNumber>NCT01234567</AccessionNumber></AccessionNumberList></DataBank>
<DataBank><DataBankName>GENBANK</DataBankName><AccessionNumberList><AccessionNumber>U12345</AccessionNumber>
</AccessionNumberList></DataBank></DataBankList></Article>
<MeshHeadingList><MeshHeading><DescriptorName UI="D009103">Multiple Sclerosis</DescriptorName>
<QualifierName UI="Q000188" MajorTopicYN="Y">drug therapy</QualifierName></MeshHeading></MeshHeadingList>
<KeywordList><Keyword>fatigue</Keyword></KeywordList></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pmc">PMC55</ArticleId><ArticleId IdType="pmc">PMC5546321</ArticleId>
</ArticleIdList></PubmedData></PubmedArticle></PubmedArticleSet>"""

NBIB = """PMID- 900
TI  - [A trial].
VI  - 9
IP  - 2
PG  - 148-53
PMC - PMC5546321
SI  - ClinicalTrials.gov/NCT01234567
SI  - GENBANK/U12345
AB  - Registered as ISRCTN31894035.
OT  - fatigue
FAU - Park, Ji Hye
AU  - Park JH
AUID- ORCID: 0000-0002-1825-0097
MH  - Multiple Sclerosis/*drug therapy
"""


def read(name):
    if name == "PubMed XML":
        return read_xml(PUBMED.replace(b'<ArticleId IdType="pmc">PMC55</ArticleId>', b""))[0][0]
    return next(iter(read_nbib(NBIB, "one.nbib")))


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["PubMed XML", ".nbib"])
def test_what_a_record_says_is_kept(name):
    record = read(name)
    (stored,) = load_records(dump_records([record]))
    assert stored == record, "what is shown in a preview is what is imported"

    import_record(record)

    study = Study.objects.get()
    assert (study.volume, study.issue, study.pages) == ("9", "2", "148-53")
    assert study.registrations == ["NCT01234567", "ISRCTN31894035"]
    assert (study.pmcid, study.keywords, study.title_is_translated) == ("PMC5546321", ["fatigue"], True)
    assert study.author_orcids == {"Park JH": "0000-0002-1825-0097"}
    assert [one["name"] for one in study.mesh_terms[0]["qualifiers"]] == ["drug therapy"]


def test_other_files_give_the_place_and_the_kind_too():
    (ris,) = read_ris(
        "TY  - THES\nTI  - A thesis\nVL  - 9\nIS  - 2\nSP  - 148\nEP  - 153\nKW  - fatigue\nDO  - 10.5555/a\nER  - \n",
        "a.ris",
    )
    (bib,) = read_bibtex(
        "@phdthesis{a, title={A thesis}, volume={9}, number={2}, pages={148--153}, keywords={fatigue; sleep},"
        " doi={10.5555/a}}", "a.bib"
    )  # fmt: skip

    for record in (ris, bib):
        assert (record.volume, record.issue, record.pages) == ("9", "2", "148-153")
        assert record.kind is RecordKind.DISSERTATION
        assert record.keywords[0] == "fatigue"


@pytest.mark.parametrize(
    ("kind", "subtype", "named"),
    [
        ("dissertation", "", RecordKind.DISSERTATION),
        ("report", "", RecordKind.REPORT),
        ("proceedings-article", "", RecordKind.CONFERENCE_PAPER),
        ("book", "", RecordKind.BOOK),
        ("book-chapter", "", RecordKind.BOOK_CHAPTER),
        ("reference-entry", "", RecordKind.REFERENCE_ENTRY),
        ("posted-content", "preprint", RecordKind.PREPRINT),
        ("posted-content", "other", RecordKind.OTHER),
        ("standard", "", RecordKind.OTHER),
        ("journal-article", "", RecordKind.JOURNAL_ARTICLE),
    ],
)
def test_crossrefs_types_are_named_truly(kind, subtype, named):
    assert crossref.read_work({"DOI": "10.5555/a", "type": kind, "subtype": subtype}).kind is named


def test_crossref_gives_the_place_and_the_registration():
    record = crossref.read_work(
        {
            "DOI": "10.5555/a", "type": "journal-article", "volume": "9", "issue": "2", "article-number": "e12",
            "clinical-trial-number": [{"clinical-trial-number": "nct01234567", "registry": "10.18810/ct"}],
        }
    )  # fmt: skip

    assert (record.volume, record.issue, record.pages) == ("9", "2", "e12")
    assert record.registrations == ("NCT01234567",)


MML = 'xmlns:mml="http://www.w3.org/1998/Math/MathML"'


@pytest.mark.parametrize(
    ("title", "words"),
    [
        (f"Role of <mml:math {MML}><mml:mrow><mml:msup><mml:mi>Ca</mml:mi><mml:mrow><mml:mn>2</mml:mn>"
         "<mml:mo>+</mml:mo>"
         "</mml:mrow></mml:msup></mml:mrow></mml:math> in cells", "Role of Ca²⁺ in cells"),
        (f"The <mml:math {MML}>\n  <mml:msub>\n <mml:mi>β</mml:mi>\n <mml:mn>2</mml:mn>\n </mml:msub>\n</mml:math> one",
         "The β₂ one"),
        ("Over <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> of cells", "Over 1/2 of cells"),
        ("By <math><semantics><mi>x</mi><annotation>\\backslash x</annotation></semantics></math> only", "By x only"),
        ("Of <math><msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt></math>", "Of √(x+1)"),
        ("Broken <math><mi>x</math> here", "Broken x here"),
        ("Of 10<sup>9</sup> cells", "Of 10⁹ cells"),
        ("Rest in people<subtitle>A trial</subtitle>", "Rest in people: A trial"),
        ("Rest in people?<br/><subtitle>A trial</subtitle>", "Rest in people? A trial"),
        ("p < 0.05 and b > 3 by mathematics", "p < 0.05 and b > 3 by mathematics"),
    ],
)  # fmt: skip
def test_formulas_and_subtitles_in_titles_are_readable(title, words):
    assert markup_text(title) == words


def test_a_formula_in_pubmed_is_readable_too():
    data = (
        b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>900</PMID><Article><ArticleTitle>Of <mml:math "
        b'xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup>'
        b"</mml:math>.</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
    )

    assert read_xml(data)[0][0].title == "Of x²."


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("ClinicalTrials.gov number, NCT01234567; and NCT01234567 again", ("NCT01234567",)),
        ("ACTRN12617000876392 and DRKS00013888 and CRD42016012345",
         ("ACTRN12617000876392", "DRKS00013888", "CRD42016012345")),
        ("NCT1 and ISRCTN", ()),
    ],
)  # fmt: skip
def test_registrations_are_found_in_texts(text, numbers):
    assert registrations_in(text) == numbers


AUTHORS = {
    "spelt without umlauts": ("FAU - Müller, Hans\nAU  - Mueller H\nFAU - Öst, Eva\nAU  - Ost E\n",
                              ["Müller H", "Öst E"]),
    "with a suffix": ("FAU - Smith, John Jr\nAU  - Smith J Jr\n", ["Smith J Jr"]),
    "with a particle": ("FAU - de la Cruz, Maria\nAU  - Cruz M\n", ["de la Cruz M"]),
    "full names first": ("FAU - Park, Ji\nFAU - Roe, Ann\nAU  - Park J\nAU  - Roe A\n", ["Park J", "Roe A"]),
    "only short": ("AU  - Park J\nAU  - Roe A\n", ["Park J", "Roe A"]),
    "one short between": ("FAU - Park, Ji\nAU  - Park JH\nAU  - Roe A\nFAU - Lind, Bo\nAU  - Lind B\n",
                          ["Park JH", "Roe A", "Lind B"]),
    "full first and one more": ("FAU - Müller, Hans\nFAU - Roe, Ann\nAU  - Mueller H\nAU  - Roe A\nAU  - Lind B\n",
                                ["Müller H", "Roe A", "Lind B"]),
    "with a group": ("FAU - Müller, Hans\nAU  - Mueller H\nCN  - The Group\nFAU - Roe, Ann\nAU  - Roe A\n",
                     ["Müller H", "The Group", "Roe A"]),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "names"), AUTHORS.values(), ids=AUTHORS.keys())
def test_the_forms_of_one_name_make_one_author(lines, names):
    (record,) = read_nbib(f"PMID- 900\nTI  - A trial\n{lines}", "one.nbib")

    assert [author.name for author in record.authors] == names
