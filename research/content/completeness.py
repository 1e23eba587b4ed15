"""What an article must have before it can be submitted for review; a draft may lack any of it."""

from dataclasses import dataclass

from django.utils.translation import gettext

from research import rubric
from research.content.article import ArticleContent, texts_of, words_of
from research.content.invisible import hidden_in
from research.content.richtext import text_of
from research.content.sealing import SECTION_HEADINGS
from research.content.working_title import is_working_title

SUMMARY_MAX_LENGTH = 280
TAKEAWAY_MAX_LENGTH = 300
WORDS_AIM = (400, 850)
FORM_FIELDS = {"title", "summary", "key_takeaway", "seo_title", "search_description"}
# Where the form holds what canonical content has under another name.
HELD_BY = {
    "search_title": "seo_title",
    "appraisal": "appraisals",
    "reasons": "appraisals",
    "study": "study",
    "also_cited": "study",
    "lead_image": "lead_image",
}
MOST_TOLD = 3


@dataclass(frozen=True)
class MissingPart:
    """A part that is missing: the form field it belongs to, and what to do about it."""

    field: str
    words: str


def missing_parts(content: ArticleContent) -> list[MissingPart]:
    """Return what keeps these words from being submitted, in the order a writer works."""
    return [
        *_missing_words(content),
        *_missing_sections(content),
        *_missing_answers(content),
        *_unreadable_pictures(content),
        *_hidden_characters(content),
    ]


def _missing_words(content: ArticleContent) -> list[MissingPart]:
    takeaway = text_of(content.key_takeaway)
    checks = (
        (not content.study, "study", gettext("Choose the study that this article summarises.")),
        (not content.title, "title", gettext("Give the article a title.")),
        (
            is_working_title(content.title),
            "title",
            gettext("Give the article a title of its own: “%(title)s” is a working title.") % {"title": content.title},
        ),
        (not content.summary, "summary", gettext("Write a summary for cards and search.")),
        (
            len(content.summary) > SUMMARY_MAX_LENGTH,
            "summary",
            gettext("Shorten the summary to %(summary_max_length)s characters; it has %(summary)s.")
            % {"summary_max_length": SUMMARY_MAX_LENGTH, "summary": len(content.summary)},
        ),
        (not takeaway, "key_takeaway", gettext("Write the key takeaway.")),
        (
            len(takeaway) > TAKEAWAY_MAX_LENGTH,
            "key_takeaway",
            gettext("Shorten the key takeaway to %(takeaway_max_length)s characters; it has %(takeaway)s.")
            % {"takeaway_max_length": TAKEAWAY_MAX_LENGTH, "takeaway": len(takeaway)},
        ),
    )
    return [MissingPart(field, words) for is_missing, field, words in checks if is_missing]


def _missing_sections(content: ArticleContent) -> list[MissingPart]:
    parts = []
    for slug, heading in SECTION_HEADINGS.items():
        found = [section for section in content.sections if section.slug == slug]
        if not found or not words_of(found[0]):
            parts.append(MissingPart("body", gettext("Write the section “%(heading)s”.") % {"heading": heading}))
        elif len(found) > 1:
            parts.append(
                MissingPart(
                    "body", gettext("The section “%(heading)s” is there twice: merge the two.") % {"heading": heading}
                )
            )
        elif not words_of(found[0].without_details):
            words = gettext("Say something in “%(section)s” outside “More detail”: the short reading has only that.")
            parts.append(MissingPart("body", words % {"section": heading}))
    return [*parts, *_figures_without_words(content)]


def _figures_without_words(content: ArticleContent) -> list[MissingPart]:
    figures = [b for s in content.sections for b in s.blocks if b.kind == "figure"]
    if all(figure.values.get("alternative_text") for figure in figures):
        return []
    return [MissingPart("body", gettext("Give each figure its alternative text."))]


def _unreadable_pictures(content: ArticleContent) -> list[MissingPart]:
    words = gettext("The file of a picture cannot be read. Choose another picture, or upload this one again.")
    figures = [b.values.get("image") or {} for s in content.sections for b in s.blocks if b.kind == "figure"]
    parts = [MissingPart("body", words)] if any(image.get("unreadable") for image in figures) else []
    if content.lead_image and content.lead_image.unreadable:
        parts.append(MissingPart("lead_image", words))
    return parts


def _hidden_characters(content: ArticleContent) -> list[MissingPart]:
    """Return, by field, the characters that nobody can see and no script needs, each with its place."""
    parts = []
    for name, text in texts_of(content):
        found = [str(hidden) for hidden in hidden_in(text) if not hidden.needed]
        if found:
            where = name if name in FORM_FIELDS else HELD_BY.get(name, "body")
            more = (
                gettext(" and %(most_told)s more") % {"most_told": len(found) - MOST_TOLD}
                if len(found) > MOST_TOLD
                else ""
            )
            words = gettext("Delete what nobody can see: %(found)s%(more)s.") % {
                "found": ", ".join(found[:MOST_TOLD]),
                "more": more,
            }
            parts.append(MissingPart(where, words))
    return parts


def _missing_answers(content: ArticleContent) -> list[MissingPart]:
    answers = content.appraisal
    if not answers:
        return [MissingPart("appraisals", gettext("Answer the questions on the Ratings tab."))]
    rated = (
        rubric.rate_credibility(answers, content.reasons),
        rubric.rate_interest(answers, content.reasons),
    )
    return [
        MissingPart(
            "appraisals",
            gettext("Answer “%(title)s” on the Ratings tab, or say there why it stays open.")
            % {"title": answer.question.title},
        )
        for rating in rated
        for answer in rating.answers
        if answer.points is None and not answer.reason
    ]
