"""Mails about what happens after publication: notices, re-reviews, reports of readers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext

from common.languages import language_at, speaking
from common.outbox import enqueue_mail
from common.words import Words
from research.newsroom.mails.letters import admin_address, editor_address, members, moment, send
from research.newsroom.permissions import EDITORS

if TYPE_CHECKING:
    from research.models.pages import ArticlePage


def announce_notice(notice: Any, articles: "Iterable[ArticlePage]") -> None:
    """Tell the editors, once, what happened to a study and which articles rest on it."""
    titles = "\n".join(f"- {article.title}: {editor_address(article)}" for article in articles)
    send(
        f"study-notice-{notice.pk}",
        members(EDITORS),
        lambda: (
            f"{notice.get_kind_display()}: {notice.study.title}",
            gettext(
                "%(source)s reports on “%(study)s”: %(kind)s.\n%(reason)s\n%(link)s\n\n"
                "Articles that rest on it:\n%(titles)s\n"
            )
            % {
                "source": notice.source,
                "kind": notice.get_kind_display(),
                "study": notice.study.title,
                "reason": notice.reason,
                "link": notice.link,
                "titles": titles or gettext("none"),
            },
        ),
    )


def announce_unconfirmed(unconfirmed: Any, articles: "Iterable[ArticlePage]") -> None:
    """Tell the editors, once, what a file says happened to a study, and which articles rest on it."""
    titles = "\n".join(f"- {article.title}: {editor_address(article)}" for article in articles)
    study, kind = unconfirmed.study, unconfirmed.get_kind_display
    send(
        f"unconfirmed-notice-{unconfirmed.pk}",
        members(EDITORS),
        lambda: (
            gettext("A file says: %(kind)s: %(study)s") % {"kind": kind(), "study": study.title},
            gettext(
                "A reference file that was imported says of “%(study)s”: %(kind)s.\n%(cited_as)s\n%(link)s\n\n"
                "%(asked)s\n%(address)s\n\nArticles that rest on it:\n%(titles)s\n"
            )
            % {
                "study": study.title,
                "kind": kind(),
                "cited_as": unconfirmed.cited_as,
                "link": unconfirmed.link,
                "asked": gettext("Readers are told nothing of it yet. The sources are asked at once.")
                if study.is_watched
                else gettext("Readers are told nothing of it yet, and no source can be asked: somebody has to look."),
                "address": admin_address("research_source_tasks"),
                "titles": titles,
            },
        ),
    )


def announce_re_review(row: Any, stage: str, words: Words, clock: Any) -> None:
    """Tell whoever looks after an article, else the editors, once a stage, that its next full review comes up."""
    owner = clock.owner if clock and clock.owner and clock.owner.is_active else None
    called = clock is not None and clock.called_at is not None and clock.called_at > row.reviewed_at

    def letter() -> tuple[str, str]:
        why = gettext("Called for because: %(reason)s") % {"reason": clock.reason} + "\n\n" if called else ""
        whose = (
            gettext("You look after it.")
            if owner
            else gettext("Nobody looks after it: give it to somebody in the report.")
        )
        return gettext("Re-review: %(title)s") % {"title": row.title}, gettext(
            "“%(title)s” %(words)s. Last reviewed %(reviewed)s, due %(due)s.\n\n%(why)s%(whose)s\n\n%(address)s\n"
        ) % {
            "title": row.title,
            "words": words,
            "reviewed": moment(row.reviewed_at),
            "due": moment(row.review_due_at),
            "why": why,
            "whose": whose,
            "address": admin_address("research_due_report"),
        }

    send(
        f"re-review-{row.page_id}-{row.review_due_at:%Y%m%d%H%M}-{stage}",
        [owner] if owner else members(EDITORS),
        letter,
    )


def announce_report(report: Any) -> None:
    """Tell the editors that a reader reported a problem."""
    send(
        f"reader-report-{report.pk}",
        members(EDITORS),
        lambda: (
            gettext("A reader reports: %(title)s") % {"title": report.article.title},
            f"{report.get_kind_display()}.\n\n{report.words}\n\n{_answer_to(report)}\n"
            f"{editor_address(report.article)}\n",
        ),
    )


def _answer_to(report: Any) -> str:
    if not report.email:
        return gettext("No answer wanted.")
    return gettext("Answer to %(email)s") % {"email": report.email}


def answer_report(report: Any) -> None:
    """Mail a reader who left an address what became of their report, in the language of the article's section."""
    address = report.article.url
    with speaking(language_at(address)):
        subject = gettext("Your report on “%(title)s”") % {"title": report.article.title}
        body = gettext("You wrote to us about “%(title)s”:\n\n%(words)s\n\n%(answer)s\n\n%(address)s\n") % {
            "title": report.article.title,
            "words": report.words,
            "answer": report.answer,
            "address": f"{settings.WAGTAILADMIN_BASE_URL}{address}",
        }
    enqueue_mail(f"report-answer-{report.pk}", [report.email], subject[:180], body)
