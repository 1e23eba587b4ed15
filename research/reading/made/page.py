"""The page on how a public article was made: for people what ``made.json`` is for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from common.conditional import with_last_modified
from research.content.stored import read_canonical
from research.models.reports import ReaderReport
from research.models.signoffs import SignOff
from research.reading import transparency
from research.reading.article.presentation import presentation_of
from research.reading.article.rows import also_signed, public_row
from research.reading.check_state import study_status
from research.reading.made.claims import grouped_claims
from research.reading.made.history import versions_of
from research.reading.shapes import Metadata
from research.review.questions import ANSWER_WORDS

OF_A_CLAIM = "claim:"


@dataclass(frozen=True)
class CheckView:
    """A question that the reviewer answered before signing, as it was asked, and the answer."""

    asked: str
    answer: str


@dataclass(frozen=True)
class ProofView:
    """What binds the signature: its place in the chain, and the checkpoint that covers it, if one does yet."""

    sequence: int
    digest: str
    line_hash: str
    line_url: str
    checkpoint_size: int | None = None
    checkpoint_url: str = ""


def made(request: HttpRequest, section_slug: str, slug: str) -> HttpResponse:
    """Serve how an article was made; 404 and 410 where its page answers so.

    Raises:
        Http404: nothing is public at this address.
    """
    now = timezone.now()
    row = public_row(section_slug, slug, now, also=("sign_off__proof__checkpoint",))
    if row is None:
        return render(request, "research/withdrawn.html", status=410)
    article = presentation_of(request, row, now)
    line = row.sign_off
    context = {
        "article": article,
        "article_url": row.address,
        "data_url": f"{row.address}made.json",
        "status": study_status(row.study),
        "declared": line.conflict_statement,
        "also_signed": also_signed(row),
        "checks": checks_of(line),
        "ticks": len(_ticks(line)),
        "claims": grouped_claims(read_canonical(row.content)),
        "versions": versions_of(row),
        "reports": ReaderReport.objects.decided().filter(article=row.page_id),
        "proof": proof_view(line),
        "metadata": Metadata(
            title=gettext("How this summary was made: %(title)s") % {"title": article.title},
            description=gettext(
                "Its source, who wrote and reviewed it, what was checked, every version, and the proof."
            ),
            canonical_url=request.build_absolute_uri(f"{row.address}made/"),
        ),
    }
    return with_last_modified(render(request, "research/made.html", context), row.updated_at)


def checks_of(line: SignOff) -> tuple[CheckView, ...]:
    """Return what was asked before a signature, with the answers; nothing once they are erased."""
    return tuple(
        CheckView(given["asked"], ANSWER_WORDS.get(given["answer"], given["answer"]))
        for given in line.answers
        if not _is_tick(given)
    )


def _ticks(line: SignOff) -> list[Mapping[str, Any]]:
    """Return the claims that the reviewer held against their passages one by one."""
    return [given for given in line.answers if _is_tick(given)]


def _is_tick(given: Mapping[str, Any]) -> bool:
    return str(given.get("key", "")).startswith(OF_A_CLAIM)


def proof_view(line: SignOff) -> ProofView:
    """Return where the proof of a signature stands."""
    proof = getattr(line, "proof", None)
    return ProofView(
        sequence=line.sequence,
        digest=line.digest,
        line_hash=line.line_hash,
        line_url=transparency.line_url(line.sequence) if proof else "",
        checkpoint_size=proof.checkpoint_id if proof else None,
        checkpoint_url=transparency.checkpoint_url(proof.checkpoint_id) if proof else "",
    )
