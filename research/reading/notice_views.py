"""What happened to a study, as readers are told of it: heading, meaning, and which part it is about."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from research.models.references import StudyNotice
from research.models.texts import PublishedText
from research.reading.shapes import NoticeView
from research.sources.standing import standing

NOTICE_HEADINGS = {
    StudyNotice.Kind.RETRACTION: _("This study was retracted"),
    StudyNotice.Kind.PARTIAL_RETRACTION: _("Part of this study was retracted"),
    StudyNotice.Kind.WITHDRAWAL: _("This study was withdrawn"),
    StudyNotice.Kind.REMOVAL: _("This study was removed"),
    StudyNotice.Kind.MARKED_RETRACTED: _("The title of this study is marked as retracted"),
    StudyNotice.Kind.MARKED_WITHDRAWN: _("The title of this study is marked as withdrawn"),
    StudyNotice.Kind.CONCERN: _("The journal has voiced concern about this study"),
    StudyNotice.Kind.CORRECTION: _("This study was corrected"),
    StudyNotice.Kind.REINSTATEMENT: _("This study was reinstated"),
    StudyNotice.Kind.REPLACEMENT: _("This study was retracted and republished"),
    StudyNotice.Kind.CORRECTED_REPUBLISHED: _("This study was corrected and published again"),
    StudyNotice.Kind.NEWER_VERSION: _("There is a newer version of this study"),
    StudyNotice.Kind.NEEDS_A_LOOK: _("A source reports something that nobody has looked at yet"),
}
NOTICE_MEANINGS = {
    StudyNotice.Kind.RETRACTION: _(
        "Do not rely on its results. We keep this page so that nobody meets the results elsewhere without this notice."
    ),
    StudyNotice.Kind.PARTIAL_RETRACTION: _("The rest of the study was not taken back."),
    StudyNotice.Kind.WITHDRAWAL: _("Do not rely on its results."),
    StudyNotice.Kind.REMOVAL: _("Do not rely on its results."),
    StudyNotice.Kind.MARKED_RETRACTED: _("No notice says why yet. Do not rely on its results until it is clear."),
    StudyNotice.Kind.MARKED_WITHDRAWN: _("No notice says why yet. Do not rely on its results until it is clear."),
    StudyNotice.Kind.CONCERN: _("Its results may turn out to be wrong. Wait for the outcome."),
    StudyNotice.Kind.CORRECTION: _("The link says what was changed."),
    StudyNotice.Kind.REINSTATEMENT: _("An earlier notice was lifted."),
    StudyNotice.Kind.REPLACEMENT: _("This page is about the first version."),
    StudyNotice.Kind.CORRECTED_REPUBLISHED: _("This page is about the first version."),
    StudyNotice.Kind.NEWER_VERSION: _("This page is about the earlier version."),
    StudyNotice.Kind.NEEDS_A_LOOK: _("Read it and record what it is. Readers do not see it."),
}
# What the title of a page says that must not be relied on, the weightiest first.
WARNINGS = {
    StudyNotice.Kind.RETRACTION: _("Retracted study"),
    StudyNotice.Kind.WITHDRAWAL: _("Withdrawn study"),
    StudyNotice.Kind.REMOVAL: _("Removed study"),
    StudyNotice.Kind.MARKED_RETRACTED: _("Study marked as retracted"),
    StudyNotice.Kind.MARKED_WITHDRAWN: _("Study marked as withdrawn"),
    StudyNotice.Kind.PARTIAL_RETRACTION: _("Partly retracted study"),
}
# Of these readers are told which part it is about, or that the source does not say.
IN_PARTS = (StudyNotice.Kind.PARTIAL_RETRACTION,)
PART_NOT_SAID = _("Which part: the source does not say; read the notice before you rely on any of it")


def notice_views(notices: Iterable[StudyNotice]) -> tuple[NoticeView, ...]:
    """Return the notices that stand and that readers can be told of; one that needs a look is the newsroom's."""
    kept = standing(list(notices))
    return tuple(notice_view(notice) for notice in kept if notice.kind != StudyNotice.Kind.NEEDS_A_LOOK)


def notice_view(notice: StudyNotice) -> NoticeView:
    """Return what happened to a study as a banner."""
    reason = gettext("Reason given: %(reason)s.") % {"reason": notice.reason.rstrip(".")} if notice.reason else ""
    kind = StudyNotice.Kind(notice.kind)
    return NoticeView(
        kind=notice.kind,
        heading=gettext(NOTICE_HEADINGS[kind]),
        text=" ".join(part for part in (_part_words(notice), reason, gettext(NOTICE_MEANINGS[kind])) if part),
        date=notice.date,
        date_words="" if notice.date else notice.date_as_given,
        source=notice.source,
        link=notice.link,
    )


def _part_words(notice: StudyNotice) -> str:
    """Return which part a notice is about, in the source's words or those that an editor chose; "" for the whole."""
    words = gettext(notice.get_part_display()) if notice.part else ""
    given = f"“{notice.part_as_given.rstrip('.')}”" if notice.part_as_given else ""
    if words or given:
        return gettext("Which part: %(part)s.") % {"part": ". ".join(part for part in (words, given) if part)}
    return f"{gettext(PART_NOT_SAID)}." if notice.kind in IN_PARTS else ""


def placed_notice_view(text: PublishedText) -> NoticeView:
    """Return a signed wording that editors put above an article."""
    return NoticeView(kind="notice", heading=text.value("heading"), text=mark_safe(text.value("text")))


def placed_notices(texts: Mapping[str, PublishedText]) -> tuple[NoticeView, ...]:
    """Return the signed wordings among an article's texts that editors put above it."""
    return tuple(placed_notice_view(text) for text in texts.values() if text.subject_type == "notice")


def warning_of(notices: Sequence[StudyNotice]) -> str:
    """Return what a title is preceded by when the study is not to be relied on; "" for nothing."""
    kinds = {notice.kind for notice in standing(list(notices))}
    return next((gettext(words) for kind, words in WARNINGS.items() if kind in kinds), "")
