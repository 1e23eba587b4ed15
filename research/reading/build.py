"""From sealed content to what a template prints. Asks nothing of the database: it is handed all rows."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from common.languages import attributes_of, language_at
from research import rubric
from research.content.article import DETAILS, ArticleContent, BlockContent, Citation
from research.content.richtext import text_of
from research.content.sealing import LIMITS
from research.content.terms import Explained, WordNotes
from research.models.explainers import JOURNAL_PLACEHOLDER
from research.models.published import PublishedArticle
from research.models.references import Journal, Study, StudyNotice
from research.models.texts import PublishedText
from research.publishing import pictures, public_pictures
from research.reading.figures.numbers import numbers_view
from research.reading.notice_views import notice_views, warning_of
from research.reading.shapes import (
    BlockView,
    Card,
    CorrectionView,
    ExplainerView,
    SectionView,
    StudyView,
)
from research.reading.terms_at_words import with_terms_at_their_words
from research.reading.where_from.placing import with_sources
from research.reading.where_from.quoting import WhereFrom, without_repeats
from research.sources.standing import standing, unconsidered

# What a study's status says of its notices, as far as ratings go.
STATUS_NOTICES: dict[str, tuple[str, ...]] = {
    Study.Status.RETRACTED: (StudyNotice.Kind.RETRACTION,),
    Study.Status.WITHDRAWN: (StudyNotice.Kind.WITHDRAWAL,),
    Study.Status.CONCERN: (StudyNotice.Kind.CONCERN,),
}
# Adults read such prose silently at 238 words a minute (Brysbaert 2019); who is ill, or new to a language, slower.
WORDS_A_MINUTE = 200
KIND_WORDS = dict(Study.Kind.choices)
PAGE_ID = re.compile(r'<a id="(\d+)" linktype="page">')
PAGE_LINK = re.compile(r'<a id="\d+" linktype="page">(.*?)</a>')


def minutes_to_read(content: ArticleContent) -> int:
    """Return about how long the article takes to read, in minutes, at least one."""
    return max(1, round(len(content.plain_text.split()) / WORDS_A_MINUTE))


def card(row: PublishedArticle, *, section: str = "", snippet: str = "", notice: str = "") -> Card:
    """Return a published article as a card; its rating is the one its page shows now."""
    told = STATUS_NOTICES.get(row.study.status, ()) if row.study else ()
    band = None if row.rating_withheld else rubric.band_after(row.credibility, told)
    return Card(
        title=row.title,
        url=row.address,
        summary=row.summary,
        published_at=row.published_at,
        picture=pictures.picture(public_pictures.as_public(row.pictures).get(pictures.LEAD), row.lead_alternative_text),
        section=section,
        foreign=attributes_of(language_at(row.address)),
        credibility_value=band.value if band else None,
        credibility_word=band.word if band else "",
        labels=tuple(row.labels),
        snippet=snippet,
        notice=notice,
    )


def sections(
    content: ArticleContent,
    *,
    stored_pictures: Mapping[str, Any],
    terms: Mapping[str, PublishedText],
    links: Mapping[int, str],
    places: Mapping[str, Sequence[WhereFrom]] | None = None,
    with_details: bool = False,
) -> tuple[SectionView, ...]:
    """Return the article's sections ready to print.

    Args:
        content: the sealed words.
        stored_pictures: the article's pictures by key.
        terms: signed glossary terms by subject UUID; others print nothing but are not an error.
        links: addresses of public pages by page id; a link to any other page prints as plain words.
        places: what sentences rest on by the path of their field, as ``where_from`` returns it.
        with_details: open what only the longer reading has. What is said of limits is open in both.
    """
    notes = {uuid: Explained(text.value("term"), text_of(text.value("plain_words"))) for uuid, text in terms.items()}
    printer = _BlockPrinter(stored_pictures, notes, links, places or {}, with_details)
    return tuple(
        SectionView(
            section.slug,
            section.heading,
            tuple(
                view
                for number, block in blocks.items()
                if (view := printer.view(block, f"sections/{section.slug}/{number}")) is not None
            ),
        )
        for section, blocks in with_terms_at_their_words(content, notes)
    )


class _BlockPrinter:
    """Turns block contents into views; one method a kind."""

    def __init__(
        self,
        stored_pictures: Mapping[str, Any],
        terms: Mapping[str, Explained],
        links: Mapping[int, str],
        places: Mapping[str, Sequence[WhereFrom]],
        with_details: bool,
    ) -> None:
        self.stored_pictures, self.terms, self.links, self.places = stored_pictures, terms, links, places
        self.with_details = with_details
        self.notes = WordNotes(terms)

    def view(self, block: BlockContent, path: str) -> BlockView | None:
        """Return the view of a block; None for one that has nothing to show."""
        html = f"{path}/html"
        printed = dict(block.values)
        if html in self.places:
            printed["html"] = with_sources(printed.get("html", ""), self.places[html])
        values = getattr(self, f"_{block.kind}")(printed)
        if values is None:
            return None
        if block.depth == DETAILS:
            values["is_open"] = self.with_details or path.startswith(f"sections/{LIMITS}/")
        below = (place for at, places in self.places.items() if at.startswith(f"{path}/") and at != html
                 for place in places)  # fmt: skip
        return BlockView(block.kind, f"research/blocks/{block.kind}.html", values, without_repeats(below))

    def _text(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {"html": self._linked(values.get("html", ""))}

    def _more(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "summary": values.get("summary", ""),
            "html": self._linked(values.get("html", "")),
        }

    def _linked(self, html: str) -> SafeString:
        return linked(self.notes.written(html), self.links)

    def _fact(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {"text": values.get("text", "")}

    def _question(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {"text": values.get("text", "")}

    def _quote(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {key: values.get(key, "") for key in ("text", "speaker", "role")}

    def _figure(self, values: Mapping[str, Any]) -> dict[str, Any]:
        image = values.get("image") or {}
        return {
            "picture": pictures.picture(
                self.stored_pictures.get(image.get("hash", "")), values.get("alternative_text", "")
            ),
            "caption": values.get("caption", ""),
            "credit": values.get("credit", ""),
        }

    def _glossary_term(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        term = self.terms.get(values.get("term", ""))
        if term is None:
            return None
        return {"term": term.term, "plain_words": term.plain_words}

    def _table(self, values: Mapping[str, Any]) -> dict[str, Any]:
        table = values.get("table", {})
        rows = table.get("rows", [])
        has_header = bool(table.get("header_row")) and bool(rows)
        return {
            "caption": table.get("caption", ""),
            "header": rows[0] if has_header else [],
            "first_column_is_header": bool(table.get("header_column")),
            "rows": rows[1:] if has_header else rows,
        }

    def _numbers(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return numbers_view(values)


def linked(html: str, links: Mapping[int, str]) -> SafeString:
    """Return sealed HTML with its page links turned into addresses readers may follow."""
    if 'linktype="page"' not in html:
        return mark_safe(html)
    for page_id, address in links.items():
        html = html.replace(f'<a id="{page_id}" linktype="page">', f'<a href="{escape(address)}">')
    return mark_safe(PAGE_LINK.sub(r"\1", html))


def linked_page_ids(canonical: str) -> set[int]:
    """Return the pages that sealed words link to."""
    if "linktype" not in canonical:
        return set()
    return {int(number) for number in PAGE_ID.findall(canonical.replace('\\"', '"'))}


def study_view(citation: Citation, notices: Sequence[StudyNotice] = (), checked: str = "") -> StudyView:
    """Return a cited study as "More details" prints it."""
    authors = ", ".join(citation.authors[:6])
    if len(citation.authors) > 6 or (citation.authors and not citation.authors_complete):
        authors = gettext("%(names)s and others") % {"names": authors}
    return StudyView(
        title=citation.title,
        journal=citation.journal,
        authors=authors,
        date=citation.date,
        kind=str(KIND_WORDS.get(citation.kind, "")),
        place=citation.place,
        doi=citation.doi,
        doi_url=f"https://doi.org/{citation.doi}" if citation.doi else "",
        pmid=citation.pmid,
        pmid_url=f"https://pubmed.ncbi.nlm.nih.gov/{citation.pmid}/" if citation.pmid else "",
        url=citation.url,
        funding=citation.funding,
        interests=citation.interests,
        is_example=citation.is_example,
        checked=checked,
        notices=notice_views(notices),
    )


def explainer_view(text: PublishedText | None, short_name: str, citation: Citation | None) -> ExplainerView | None:
    """Return the section's explainer for an article of this source; None until it is signed."""
    if text is None:
        return None
    wordings = {
        Journal.Kind.PREPRINT_SERVER.value: "preprint_wording",
        Journal.Kind.BOOK_SERIES.value: "book_series_wording",
    }
    wording = wordings.get(citation.journal_kind if citation else "", "journal_wording")
    opening = text.value(wording) if citation and citation.journal else ""
    named = opening.replace(JOURNAL_PLACEHOLDER, f"<i>{escape(citation.journal)}</i>" if citation else "")
    return ExplainerView(
        heading=gettext("Understanding %(condition)s research") % {"condition": short_name},
        html=mark_safe(named + text.value("body")),
    )


def correction_views(texts: Iterable[PublishedText]) -> tuple[CorrectionView, ...]:
    """Return signed corrections, newest first."""
    views = (CorrectionView(date.fromisoformat(text.value("date")), mark_safe(text.value("text"))) for text in texts)
    return tuple(sorted(views, key=lambda view: view.date, reverse=True))


def ratings(
    content: ArticleContent, notices: Sequence[StudyNotice], considered: Collection[str] | None = None
) -> tuple[rubric.Rating, rubric.Rating]:
    """Return the shown credibility and interest: a function of sealed answers and notices.

    Args:
        considered: the UUIDs of the notices that the words were signed in knowledge of; None for a draft, which
            whoever signs it will judge with all of them in view.
    """
    kinds = [notice.kind for notice in standing(notices)]
    open_kinds = [] if considered is None else [notice.kind for notice in unconsidered(notices, considered)]
    return (
        rubric.rate_credibility(content.appraisal, content.reasons, notices=kinds, unconsidered=open_kinds),
        rubric.rate_interest(content.appraisal, content.reasons, notices=kinds),
    )


def labels(content: ArticleContent, notices: Sequence[StudyNotice]) -> tuple[tuple[str, str], ...]:
    """Return the labels of the rated study as (question, words), a function of sealed answers and notices."""
    kinds = [notice.kind for notice in standing(list(notices))]
    return tuple(rubric.study_labels(content.appraisal, notices=kinds))


def metadata_title(content: ArticleContent, notices: Sequence[StudyNotice]) -> str:
    """Return the title for search engines and shared links; it says so when the study is not to be relied on."""
    title, warning = content.search_title or content.title, warning_of(notices)
    return gettext("%(warning)s: %(title)s") % {"warning": warning, "title": title} if warning else title
