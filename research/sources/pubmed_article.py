"""One ``PubmedArticle`` or ``PubmedBookArticle`` element as a record. ``pubmed_xml`` finds and guards the elements."""

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from research.sources.dates import dated, from_words
from research.sources.names import orcid_of, pages_of, pmcid_of
from research.sources.notices import (
    Direction,
    cited_notice,
    fold_relation,
    is_notice,
    retracted_by_type,
    with_title_mark,
)
from research.sources.records import (
    AbstractPart,
    Author,
    Grant,
    Journal,
    JournalKind,
    MeshQualifier,
    MeshTerm,
    Notice,
    NoticeSource,
    PartialDate,
    RecordKind,
    Source,
    SourceRecord,
    known_doi,
    known_pmid,
    link_to,
)
from research.sources.registrations import registered_as
from research.sources.text import element_text, squash, unbracketed

RECORD_TAGS = ("PubmedArticle", "PubmedBookArticle")


def read_element(element: Element) -> SourceRecord:
    """Return the record that this element holds.

    Raises:
        ValueError: there is no PubMed number and no title, so nothing to tell the study by.

    Source: NLM's PubMed DTD, 1st January 2025, and the records measured in the project's evidence notes.
    """
    is_book = element.tag == "PubmedBookArticle"
    citation = element.find("BookDocument" if is_book else "MedlineCitation")
    if citation is None:
        raise ValueError(f"<{element.tag}> holds no citation")
    record = _book(element, citation) if is_book else _article(element, citation)
    if not record.pmid and not record.title:
        raise ValueError("neither a PubMed number nor a title")
    return with_title_mark(record, NoticeSource.PUBMED)


def _article(element: Element, citation: Element) -> SourceRecord:
    article = citation.find("Article")
    article = article if article is not None else Element("Article")
    types = _texts(article, "PublicationTypeList/PublicationType")
    return _shared(
        citation,
        article,
        doi=_doi(element.find("PubmedData/ArticleIdList"), article),
        title=article.find("ArticleTitle"),
        types=types,
        record=SourceRecord(
            source=Source.PUBMED_XML,
            original_title=_text(article, "VernacularTitle"),
            journal=_journal(citation, types),
            kind=RecordKind.PREPRINT if "Preprint" in types else RecordKind.JOURNAL_ARTICLE,
            date=publication_date(article.find("Journal/JournalIssue/PubDate")),
            mesh_terms=_mesh_terms(citation),
            pmcid=_pmcid(element.find("PubmedData/ArticleIdList")),
            volume=_text(article, "Journal/JournalIssue/Volume"),
            issue=_text(article, "Journal/JournalIssue/Issue"),
            pages=_pages(article),
        ),
    )


def _book(element: Element, document: Element) -> SourceRecord:
    book = document.find("Book")
    book = book if book is not None else Element("Book")
    has_chapter_title = bool(_text(document, "ArticleTitle"))
    series = Journal(name=_text(book, "BookTitle"), kind=JournalKind.BOOK_SERIES)
    return _shared(
        document,
        document,
        doi=_doi(element.find("PubmedBookData/ArticleIdList"), document)
        or _doi(document.find("ArticleIdList"), document),
        title=document.find("ArticleTitle") if has_chapter_title else book.find("BookTitle"),
        types=_texts(document, "PublicationType"),
        record=SourceRecord(
            source=Source.PUBMED_XML,
            original_title=_text(document, "VernacularTitle"),
            journal=series if has_chapter_title else Journal(kind=JournalKind.BOOK_SERIES),
            kind=RecordKind.BOOK_CHAPTER,
            date=publication_date(book.find("PubDate")),
            pages=_pages(document),
        ),
    )


def _shared(
    citation: Element,
    article: Element,
    *,
    doi: str,
    title: Element | None,
    types: tuple[str, ...],
    record: SourceRecord,
) -> SourceRecord:
    """Return the record with what articles and book chapters have alike."""
    pmid = known_pmid(_text(citation, "PMID"))
    words, is_translated = unbracketed(element_text(title))
    relations = list(_relations(citation))
    notices = [notice for direction, notice in relations if direction is Direction.AFFECTED]
    notice_of = tuple(notice for direction, notice in relations if direction is Direction.NOTICE)
    abstract = tuple(_abstract(article.find("Abstract")))
    author_list = next((found for found in article.findall("AuthorList") if found.get("Type") != "editors"), None)
    return replace(
        record,
        doi=doi,
        pmid=pmid,
        title=words,
        title_is_translated=is_translated,
        language=" ".join(_texts(article, "Language")),
        authors=tuple(_authors(author_list)),
        authors_complete=author_list is None or author_list.get("CompleteYN") != "N",
        abstract=abstract,
        registrations=registered_as(_databank_entries(article), *(part.text for part in abstract)),
        keywords=tuple(dict.fromkeys(_texts(citation, "KeywordList/Keyword"))),
        lay_summary=_lay_summary(citation),
        publication_types=types,
        funding=tuple(_grants(article)),
        interests=_text(citation, "CoiStatement") or None,
        notices=(*notices, *retracted_by_type(types, notices, NoticeSource.PUBMED)),
        notice_of=notice_of,
        is_notice=is_notice(types, notice_of),
        patient_summaries=tuple(_patient_summaries(citation)),
        url=link_to("", pmid) or link_to(doi, ""),
    )


def publication_date(element: Element | None) -> PartialDate:
    """Return a ``PubDate`` in whatever way it is given: parts, a season, or the words of ``MedlineDate``."""
    if element is None:
        return PartialDate()
    words = _text(element, "MedlineDate")
    if words:
        return from_words(words)
    year, month, day = (_text(element, name) for name in ("Year", "Month", "Day"))
    season = _text(element, "Season")
    return dated(year, month, day, as_given=" ".join(part for part in (year, season or month, day) if part))


def _doi(id_list: Element | None, article: Element) -> str:
    """Return the paper's DOI: from its own list of identifiers first, as reference lists carry other papers'."""
    places = [place for place in article.findall("ELocationID") if place.get("EIdType") == "doi"]
    invalid = {known_doi(element_text(place)) for place in places if place.get("ValidYN") == "N"}
    listed = (
        [found for found in id_list.findall("ArticleId") if found.get("IdType") == "doi"] if id_list is not None else []
    )
    for found in (*listed, *(place for place in places if place.get("ValidYN") != "N")):
        doi = known_doi(element_text(found))
        if doi and doi not in invalid:
            return doi
    return ""


def _pmcid(id_list: Element | None) -> str:
    """Return the number of the free full text, from the paper's own list of identifiers."""
    listed = id_list.findall("ArticleId") if id_list is not None else []
    return next((pmcid_of(element_text(found)) for found in listed if found.get("IdType") == "pmc"), "")


def _pages(article: Element) -> str:
    given = _text(article, "Pagination/MedlinePgn")
    return given or pages_of(_text(article, "Pagination/StartPage"), _text(article, "Pagination/EndPage"))


def _databank_entries(article: Element) -> Iterator[tuple[str, str]]:
    for bank in article.findall("DataBankList/DataBank"):
        for number in _texts(bank, "AccessionNumberList/AccessionNumber"):
            yield _text(bank, "DataBankName"), number


def _journal(citation: Element, types: tuple[str, ...]) -> Journal:
    printed = _texts(citation, "Article/Journal/ISSN")
    linking = _text(citation, "MedlineJournalInfo/ISSNLinking")
    issns = tuple(dict.fromkeys(issn for issn in (linking, *printed) if issn))
    name = _text(citation, "Article/Journal/Title") or _text(citation, "Article/Journal/ISOAbbreviation")
    kind = JournalKind.PREPRINT_SERVER if "Preprint" in types else JournalKind.JOURNAL
    return Journal(name=name, issn=issns[0] if issns else "", issns=issns, kind=kind)


def _authors(author_list: Element | None) -> Iterator[Author]:
    for author in author_list if author_list is not None else ():
        if author.get("ValidYN") == "N":
            continue
        collective = _text(author, "CollectiveName")
        family = _text(author, "LastName")
        if collective:
            yield Author(collective=collective)
        elif family:
            orcid = next((found for found in author.findall("Identifier") if found.get("Source") == "ORCID"), None)
            yield Author(
                family=family,
                given=_text(author, "ForeName"),
                initials=_text(author, "Initials"),
                suffix=_text(author, "Suffix"),
                orcid=orcid_of(element_text(orcid)),
            )


def _abstract(abstract: Element | None) -> Iterator[AbstractPart]:
    for part in abstract.findall("AbstractText") if abstract is not None else ():
        text = element_text(part)
        if text:
            category = part.get("NlmCategory", "")
            label = squash(part.get("Label"))
            yield AbstractPart(text, label, "" if category == "UNASSIGNED" else category)


def _lay_summary(citation: Element) -> str:
    """Return the plain-language summary in English, else in the first language there is."""
    found = [other for other in citation.findall("OtherAbstract") if other.get("Type") == "plain-language-summary"]
    found.sort(key=lambda other: other.get("Language", "eng") != "eng")
    for other in found:
        text = "\n\n".join(part.text for part in _abstract(other))
        if text:
            return text
    return ""


def _mesh_terms(citation: Element) -> tuple[MeshTerm, ...]:
    is_automated = citation.get("IndexingMethod") == "Automated"
    terms = []
    for heading in citation.findall("MeshHeadingList/MeshHeading"):
        descriptor = heading.find("DescriptorName")
        if descriptor is None:
            continue
        qualifiers = tuple(
            MeshQualifier(element_text(found), found.get("UI", ""), found.get("MajorTopicYN") == "Y")
            for found in heading.findall("QualifierName")
        )
        is_major = descriptor.get("MajorTopicYN") == "Y"
        terms.append(
            MeshTerm(
                element_text(descriptor), descriptor.get("UI", ""), is_major, qualifiers, is_automated=is_automated
            )
        )
    return tuple(terms)


def _grants(article: Element) -> Iterator[Grant]:
    for grant in article.findall("GrantList/Grant"):
        yield Grant(_text(grant, "Agency"), _text(grant, "GrantID"), _text(grant, "Country"))


def _relations(citation: Element) -> Iterator[tuple[Direction, Notice]]:
    for relation in citation.findall("CommentsCorrectionsList/CommentsCorrections"):
        word = relation.get("RefType", "")
        direction, kind = fold_relation(word)
        if direction is not Direction.HARMLESS:
            citation_words, pmid = _text(relation, "RefSource"), _text(relation, "PMID")
            part = _text(relation, "Note")
            yield direction, cited_notice(kind, word, citation_words, pmid, NoticeSource.PUBMED, part=part)


def _patient_summaries(citation: Element) -> Iterator[str]:
    for relation in citation.findall("CommentsCorrectionsList/CommentsCorrections[@RefType='SummaryForPatientsIn']"):
        pmid = known_pmid(_text(relation, "PMID"))
        if pmid:
            yield pmid


def _text(element: Element, path: str) -> str:
    return element_text(element.find(path))


def _texts(element: Element, path: str) -> tuple[str, ...]:
    return tuple(text for found in element.findall(path) if (text := element_text(found)))
