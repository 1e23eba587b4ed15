"""The demo's articles, each brought to its state by the ways a newsroom uses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from common.models import Image, User
from home.demo.claims import link_claims
from home.demo.record import DATA, read
from research.artwork import draw_artwork
from research.content.stored import read_canonical
from research.models import (
    AlsoCited,
    Appraisal,
    ArticleAuthor,
    ArticlePage,
    Correction,
    GlossaryTerm,
    Person,
    PublishedArticle,
    RelatedPick,
    Study,
    Submission,
    Topic,
)
from research.publishing import planning
from research.publishing.freezing import freeze
from research.publishing.lists import listing
from research.record.loading.words import table_of
from research.review.claims.ticks import required_ticks
from research.review.frozen import Shown
from research.review.questions import REVIEW_QUESTIONS
from research.review.signing import sign_article, sign_text

SECTIONS = ("what_they_found", "who_should_care", "important_considerations")
ANSWERS = {question.key: {"answer": "yes", "note": ""} for question in REVIEW_QUESTIONS}
NO_STAKE = "I have no stake in this study: no money, no role in it, no close tie to its authors."
NO_STAKE_IN_TEXT = "I have no stake in what this text says."
FIGURE_SIZE = (1200, 675)
SCHEDULED_AHEAD = timedelta(minutes=2)


@dataclass(frozen=True)
class DemoRecord:
    """What articles are made of."""

    section: Any
    people: dict[str, Person]
    studies: dict[str, Study]
    terms: dict[str, GlossaryTerm]
    users: dict[str, User]


def load_articles(record: DemoRecord, report: Callable[[str], None]) -> int:
    """Create the articles that are missing, the scheduled one last; return how many."""
    present = set(ArticlePage.objects.child_of(record.section).values_list("slug", flat=True))
    files = [read(f"articles/{path.name}") for path in sorted((DATA / "articles").glob("*.toml"))]
    missing = [data for data in files if data["slug"] not in present]
    missing.sort(key=lambda data: (data["state"] == "scheduled", -data.get("published_days_ago", 0)))
    for number, data in enumerate(missing, 1):
        report(f"  article {number} of {len(missing)}: {data['title']}")
        BRING_TO[data["state"]](_draft(record, data), record, data)
    _pick_related(files)
    return len(missing)


def _draft(record: DemoRecord, data: dict[str, Any]) -> ArticlePage:
    page = ArticlePage(
        title=data["title"],
        slug=data["slug"],
        summary=data.get("summary", ""),
        key_takeaway=data.get("key_takeaway", ""),
        artwork=data.get("art", ""),
        study=record.studies.get(data.get("study", "")),
        live=False,
        owner=record.users["writer"],
        **_plan(data, timezone.now()),
    )
    sections: Any = [(name, [_block(record, row) for row in data[name]]) for name in SECTIONS if data.get(name)]
    page.body = sections
    record.section.add_child(instance=page)
    page.authors = [ArticleAuthor(person=record.people[key]) for key in data.get("authors", [])]
    page.also_cited = [AlsoCited(study=record.studies[key]) for key in data.get("also_cited", [])]
    if "appraisal" in data:
        page.appraisals = [_appraisal(data["appraisal"])]
    page.topics = list(Topic.objects.filter(slug__in=data.get("topics", [])))
    link_claims(page, data["slug"], record.studies)
    page.save_revision(user=record.users["writer"], log_action=True)
    return page


def _plan(data: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return the dates of an article that is still to come, so that the board shows the weeks ahead."""
    plan: dict[str, Any] = {}
    if "planned_in_days" in data:
        plan["planned_for"] = timezone.localdate(now) + timedelta(days=data["planned_in_days"])
    if "embargo_in_days" in data:
        day = timezone.localtime(now) + timedelta(days=data["embargo_in_days"])
        plan["embargo_until"] = day.replace(hour=6, minute=0, second=0, microsecond=0)
        plan["embargo_source"] = data["embargo_source"]
    return plan


def _appraisal(row: dict[str, Any]) -> Appraisal:
    answers = {name: value for name, value in row.items() if name != "reasons"}
    reasons = {f"reason_{key}": words for key, words in row.get("reasons", {}).items()}
    return Appraisal(**answers, **reasons)


def _block(record: DemoRecord, row: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    values = {name: value for name, value in row.items() if name not in ("type", "art")}
    match row["type"]:
        case "glossary_term":
            values = {"term": record.terms[row["term"]]}
        case "figure":
            values = {
                "image": _drawing(row),
                "alternative_text": row["alt"],
                "caption": row["caption"],
                "credit": row["credit"],
            }
        case "table":
            values = table_of(values)
    return row["type"], values


def _drawing(row: dict[str, Any]) -> Image:
    """Return an illustration as an image of the library."""
    title = f"Illustration: {row['alt']}"[:255]
    existing = Image.objects.filter(title=title).first()
    if existing is not None:
        return existing
    buffer = BytesIO()
    draw_artwork(title, row["art"], *FIGURE_SIZE).save(buffer, format="WEBP", quality=88)
    file = ContentFile(buffer.getvalue(), name="illustration.webp")
    image = Image(title=title, file=file, credit=row.get("credit", ""), description=row["alt"])
    image.save()
    image.get_file_hash()
    return image


def _go_live(page: ArticlePage, record: DemoRecord, data: dict[str, Any]) -> None:
    """Sign and release as on the day it was published; what was corrected since is corrected today."""
    earlier = data.get("earlier")
    if not earlier:
        _release(page, record, data)
        return
    words = {name: getattr(page, name) for name in earlier["words"]}
    _release(_with(page, record, earlier["words"]), record, data)
    correction = Correction.objects.create(article=page, date=timezone.localdate(), text=earlier["correction"])
    sign_text(correction, record.users[_reviewer(data)], conflict_statement=NO_STAKE_IN_TEXT)
    corrected = _with(page, record, words)
    _sign_and_release(corrected, record, data, timezone.now())


def _with(page: ArticlePage, record: DemoRecord, words: dict[str, str]) -> ArticlePage:
    """Save a draft with other words; return the page."""
    draft = ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    for name, value in words.items():
        setattr(draft, name, value)
    draft.save_revision(user=record.users["writer"])
    return ArticlePage.objects.get(pk=page.pk)


def _release(page: ArticlePage, record: DemoRecord, data: dict[str, Any]) -> None:
    then = timezone.now() - timedelta(days=data.get("published_days_ago", 1))
    _sign_and_release(page, record, data, then - timedelta(days=1))
    public = PublishedArticle.objects.get(page=page)
    public.published_at = public.updated_at = then
    public.save(update_fields=["published_at", "updated_at"])
    listing.follow(public)  # lists have the newest first
    ArticlePage.objects.filter(pk=page.pk).update(first_published_at=then, last_published_at=then)


def _sign_and_release(page: ArticlePage, record: DemoRecord, data: dict[str, Any], signed_at: datetime) -> None:
    revision = page.get_latest_revision()
    frozen = freeze(revision, record.users["writer"])
    sign_article(
        frozen,
        record.users[_reviewer(data)],
        shown=Shown.of(frozen),
        answers=ANSWERS,
        ticks=_ticks(frozen),
        conflict_statement=NO_STAKE,
        now=signed_at,
    )
    planning.plan_release(revision, user=record.users["writer"], digest=frozen.digest)
    planning.run_due(timezone.now())


def _ticks(submission: Submission) -> list[str]:
    return [claim.key for claim in required_ticks(read_canonical(submission.content))]


def _expire(page: ArticlePage, record: DemoRecord, data: dict[str, Any]) -> None:
    _go_live(page, record, data)
    page.refresh_from_db()
    page.unpublish(set_expired=True, user=record.users["editor"])


def _submit(page: ArticlePage, record: DemoRecord, data: dict[str, Any]) -> Any:
    state = page.get_workflow().start(page, record.users["writer"])
    return state.current_task_state.specific


def _send_back(page: ArticlePage, record: DemoRecord, data: dict[str, Any]) -> None:
    review = _submit(page, record, data)
    review.reject(user=record.users[_reviewer(data)], comment=data["comment"])


def _schedule(page: ArticlePage, record: DemoRecord, data: dict[str, Any]) -> None:
    page.go_live_at = (timezone.now() + SCHEDULED_AHEAD).replace(second=0, microsecond=0)
    page.save_revision(user=record.users["writer"])
    review = _submit(page, record, data)
    review.approve(
        user=record.users[_reviewer(data)],
        shown=Shown.of(review.submission),
        answers=ANSWERS,
        ticks=_ticks(review.submission),
        conflict_statement=NO_STAKE,
    )


def _leave(page: ArticlePage, record: DemoRecord, data: dict[str, Any]) -> None:
    """A draft stays one."""


BRING_TO = {
    "live": _go_live,
    "expired": _expire,
    "in_review": _submit,
    "sent_back": _send_back,
    "scheduled": _schedule,
    "draft": _leave,
}


def _reviewer(data: dict[str, Any]) -> str:
    return {"ines-halvard": "reviewer2"}.get(data.get("reviewer", ""), "reviewer")


def _pick_related(files: list[dict[str, Any]]) -> None:
    """Set the editors' picks, which are outside what is signed, once all articles are there."""
    by_slug = dict(ArticlePage.objects.values_list("slug", "pk"))
    for data in files:
        picks = [by_slug[slug] for slug in data.get("related", []) if slug in by_slug]
        page_id = by_slug[data["slug"]]
        if not picks or RelatedPick.objects.filter(page_id=page_id).exists():
            continue
        RelatedPick.objects.bulk_create(
            RelatedPick(page_id=page_id, article_id=pk, sort_order=order) for order, pk in enumerate(picks)
        )
        for public in PublishedArticle.objects.filter(page_id=page_id):
            public.related_ids = picks
            public.save(update_fields=["related_ids"])
