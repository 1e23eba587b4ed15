"""What happened to a study, as readers are told of it: heading, meaning, and which part it is about."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.safestring import mark_safe

from research.models.references import StudyNotice
from research.models.texts import PublishedText
from research.reading.shapes import NoticeView
from research.sources.standing import standing

NOTICE_HEADINGS = {
    StudyNotice.Kind.RETRACTION: "This study was retracted",
    StudyNotice.Kind.PARTIAL_RETRACTION: "Part of this study was retracted",
    StudyNotice.Kind.WITHDRAWAL: "This study was withdrawn",
    StudyNotice.Kind.REMOVAL: "This study was removed",
    StudyNotice.Kind.MARKED_RETRACTED: "The title of this study is marked as retracted",
    StudyNotice.Kind.MARKED_WITHDRAWN: "The title of this study is marked as withdrawn",
    StudyNotice.Kind.CONCERN: "The journal has voiced concern about this study",
    StudyNotice.Kind.CORRECTION: "This study was corrected",
    StudyNotice.Kind.REINSTATEMENT: "This study was reinstated",
    StudyNotice.Kind.REPLACEMENT: "This study was retracted and republished",
    StudyNotice.Kind.CORRECTED_REPUBLISHED: "This study was corrected and published again",
    StudyNotice.Kind.NEWER_VERSION: "There is a newer version of this study",
    StudyNotice.Kind.NEEDS_A_LOOK: "A source reports something that nobody has looked at yet",
}
NOTICE_MEANINGS = {
    StudyNotice.Kind.RETRACTION: "Do not rely on its results. We keep this page so that nobody meets the "
    "results elsewhere without this notice.",
    StudyNotice.Kind.PARTIAL_RETRACTION: "The rest of the study was not taken back.",
    StudyNotice.Kind.WITHDRAWAL: "Do not rely on its results.",
    StudyNotice.Kind.REMOVAL: "Do not rely on its results.",
    StudyNotice.Kind.MARKED_RETRACTED: "No notice says why yet. Do not rely on its results until it is clear.",
    StudyNotice.Kind.MARKED_WITHDRAWN: "No notice says why yet. Do not rely on its results until it is clear.",
    StudyNotice.Kind.CONCERN: "Its results may turn out to be wrong. Wait for the outcome.",
    StudyNotice.Kind.CORRECTION: "The link says what was changed.",
    StudyNotice.Kind.REINSTATEMENT: "An earlier notice was lifted.",
    StudyNotice.Kind.REPLACEMENT: "This page is about the first version.",
    StudyNotice.Kind.CORRECTED_REPUBLISHED: "This page is about the first version.",
    StudyNotice.Kind.NEWER_VERSION: "This page is about the earlier version.",
    StudyNotice.Kind.NEEDS_A_LOOK: "Read it and record what it is. Readers do not see it.",
}
# What the title of a page says that must not be relied on, the weightiest first.
TITLE_PREFIXES = {
    StudyNotice.Kind.RETRACTION: "Retracted",
    StudyNotice.Kind.WITHDRAWAL: "Withdrawn",
    StudyNotice.Kind.REMOVAL: "Removed",
    StudyNotice.Kind.MARKED_RETRACTED: "Marked as retracted",
    StudyNotice.Kind.MARKED_WITHDRAWN: "Marked as withdrawn",
    StudyNotice.Kind.PARTIAL_RETRACTION: "Partly retracted",
}
# Of these readers are told which part it is about, or that the source does not say.
IN_PARTS = (StudyNotice.Kind.PARTIAL_RETRACTION,)
PART_NOT_SAID = "Which part: the source does not say; read the notice before you rely on any of it"


def notice_views(notices: Iterable[StudyNotice]) -> tuple[NoticeView, ...]:
    """Return the notices that stand and that readers can be told of; one that needs a look is the newsroom's."""
    kept = standing(list(notices))
    return tuple(notice_view(notice) for notice in kept if notice.kind != StudyNotice.Kind.NEEDS_A_LOOK)


def notice_view(notice: StudyNotice) -> NoticeView:
    """Return what happened to a study as a banner."""
    reason = f"Reason given: {notice.reason.rstrip('.')}. " if notice.reason else ""
    return NoticeView(
        kind=notice.kind,
        heading=NOTICE_HEADINGS[StudyNotice.Kind(notice.kind)],
        text=f"{_part_words(notice)}{reason}{NOTICE_MEANINGS[StudyNotice.Kind(notice.kind)]}",
        date=notice.date,
        date_words="" if notice.date else notice.date_as_given,
        source=notice.source,
        link=notice.link,
    )


def _part_words(notice: StudyNotice) -> str:
    """Return which part a notice is about, in the source's words or those that an editor chose; "" for the whole."""
    words = notice.get_part_display() if notice.part else ""
    given = f"“{notice.part_as_given.rstrip('.')}”" if notice.part_as_given else ""
    if words or given:
        return f"Which part: {'. '.join(part for part in (words, given) if part)}. "
    return f"{PART_NOT_SAID}. " if notice.kind in IN_PARTS else ""


def placed_notice_view(text: PublishedText) -> NoticeView:
    """Return a signed wording that editors put above an article."""
    return NoticeView(kind="notice", heading=text.value("heading"), text=mark_safe(text.value("text")))


def placed_notices(texts: Mapping[str, PublishedText]) -> tuple[NoticeView, ...]:
    """Return the signed wordings among an article's texts that editors put above it."""
    return tuple(placed_notice_view(text) for text in texts.values() if text.subject_type == "notice")


def title_prefix(notices: Sequence[StudyNotice]) -> str:
    """Return the word that a title carries when the study is not to be relied on; "" for none."""
    kinds = {notice.kind for notice in standing(list(notices))}
    return next((words for kind, words in TITLE_PREFIXES.items() if kind in kinds), "")
