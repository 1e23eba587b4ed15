"""A line becomes a draft, not stored yet: each value goes through the field that the editor's form has for it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from research.models.pages import AlsoCited, ArticleAuthor, ArticlePage
from research.models.sections import TopicIndexPage
from research.models.studies.appraisal import REASON_KEYS, Appraisal
from research.record.loading.known import Known, identifier_in
from research.record.loading.lines import Line, LineRefused, identity_of
from research.record.loading.words import SECTIONS, block_of, takeaway_html
from research.sources.pasted import Identifier

TEXTS = ("title", "slug", "summary", "key_takeaway", "seo_title", "search_description", "artwork")
RECORDS = ("study", "also_cited", "authors", "topics", "appraisal")
KEYS = frozenset({"id", "section", "language", *TEXTS, *SECTIONS, *RECORDS})

Value = TypeVar("Value")


@dataclass(frozen=True)
class Draft:
    """An article that was read and is in order: its line, its section, and the page with all that belongs to it."""

    line: Line
    section: TopicIndexPage
    page: ArticlePage


@cache
def _form() -> Any:
    return ArticlePage.get_edit_handler().get_form_class()


def studies_named_in(line: Line) -> list[Identifier]:
    """Return the DOIs and PubMed numbers by which a line names the studies of its article."""
    named = [line.data.get("study"), *_list(line.data.get("also_cited"))]
    return [found for words in named if (found := identifier_in(words)) is not None]


def read_draft(line: Line, known: Known, *, system: str = "") -> Draft:
    """Return the draft of a line.

    Raises:
        LineRefused: with everything that is wrong with it.
    """
    reading = _Reading(line.data, known)
    section = reading.take("", known.section, line.data.get("section"), line.data.get("language"))
    page = reading.page()
    unknown = sorted(set(line.data) - KEYS)
    if unknown:
        reading.reasons.append(
            f"Nothing here is called {', '.join(f'“{name}”' for name in unknown)}. "
            f"An article has: {', '.join(sorted(KEYS))}."
        )
    if reading.reasons or section is None:
        raise LineRefused(*reading.reasons)
    page.subject_uuid = identity_of(line.external_id, system)
    page.owner = known.owner
    return Draft(line, section, page)


class _Reading:
    """Reads the fields of one article, and collects what is wrong."""

    def __init__(self, data: Mapping[str, Any], known: Known) -> None:
        self.data, self.known = data, known
        self.reasons: list[str] = []

    def take(self, where: str, read: Callable[..., Value], *args: Any) -> Value | None:
        """Return what is read; None where it is refused, which is noted with its place."""
        try:
            return read(*args)
        except LineRefused as refused:
            self.reasons += [f"“{where}”: {reason}" if where else reason for reason in refused.reasons]
        except ValidationError as error:
            self.reasons.append(f"“{where}”: {' '.join(messages_of(error))}")
        return None

    def page(self) -> ArticlePage:
        """Return the article as far as it could be read; it is live in no case."""
        page = ArticlePage(live=False, **self._texts())
        page.body = self._body()
        if self.data.get("study") is not None:
            page.study = self.take("", self.known.study, self.data["study"])
        page.also_cited = [AlsoCited(study=study) for study in self._all("also_cited", self.known.study)]
        page.authors = [ArticleAuthor(person=person) for person in self._all("authors", self.known.person)]
        page.topics = self._all("topics", self.known.topic)
        page.appraisals = [Appraisal(**answers)] if (answers := self._answers()) else []
        return page

    def _texts(self) -> dict[str, Any]:
        texts = {name: self.data[name] for name in TEXTS if self.data.get(name) is not None}
        fields = _form().base_fields
        cleaned = {
            name: self.take(name, _text, fields[name], name, text) for name, text in {"title": "", **texts}.items()
        }
        return {name: text for name, text in cleaned.items() if text is not None}

    def _body(self) -> Any:
        block = _form().base_fields["body"].block
        sections = [(name, blocks) for name in SECTIONS if (blocks := self._blocks(name, self.data.get(name)))]
        value = block.normalize(sections)
        return self.take("body", block.clean_deferred, value) or value

    def _blocks(self, section: str, rows: Any) -> list[tuple[str, dict[str, Any]]]:
        blocks = [
            self.take(f"{section}, block {place}", block_of, row, self.known.terms)
            for place, row in enumerate(_list(rows), start=1)
        ]
        return [block for block in blocks if block is not None]

    def _all(self, name: str, find: Callable[[Any], Value]) -> list[Value]:
        """Return the records that a list names, each once."""
        found = [self.take("", find, value) for value in _list(self.data.get(name))]
        return list(dict.fromkeys(one for one in found if one is not None))

    def _answers(self) -> dict[str, Any]:
        given = self.data.get("appraisal") or {}
        if not isinstance(given, dict) or not isinstance(given.get("reasons") or {}, dict):
            self.reasons.append("“appraisal”: give an object with the answers, and one of “reasons” in it.")
            return {}
        fields = _form().formsets["appraisals"].form.base_fields
        answers = {name: value for name, value in given.items() if name != "reasons"}
        answers |= {f"reason_{key}": words for key, words in (given.get("reasons") or {}).items()}
        cleaned = {
            name: self.take(f"appraisal, {name}", _answer, fields, name, value) for name, value in answers.items()
        }
        return {name: value for name, value in cleaned.items() if value is not None}


def _text(field: forms.Field, name: str, text: Any) -> Any:
    if not isinstance(text, str):
        raise LineRefused("Give text.")
    return field.clean(takeaway_html(text) if name == "key_takeaway" else text)


def _answer(fields: Mapping[str, Any], name: str, value: Any) -> Any:
    field: forms.Field | None = fields.get(name)
    if field is None or name in ("id", "DELETE", "ORDER"):
        reasons = ", ".join(REASON_KEYS)
        raise LineRefused(f"There is no such question; reasons are of: {reasons}.")
    try:
        return field.clean(value)
    except ValidationError as error:
        if not isinstance(field, forms.ChoiceField):
            raise
        choices = ", ".join(str(key) for key, _ in fields[name].choices if key)
        raise LineRefused(f"{' '.join(error.messages)} Choose from: {choices}.") from error


def messages_of(error: ValidationError) -> Iterable[str]:
    """Return what a value was refused for, also where the error stands deep in the blocks of a stream."""
    nested = getattr(error, "block_errors", None)
    if not nested:
        yield from (str(words) for words in error.messages)
        return
    for place, inner in nested.items() if isinstance(nested, dict) else enumerate(nested):
        if inner is not None and place != NON_FIELD_ERRORS:
            yield from (f"{place}: {words}" for words in messages_of(inner))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
