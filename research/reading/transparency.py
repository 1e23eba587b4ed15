"""What lets anybody verify the signatures without us: ``/.well-known/countersign/``.

Checkpoints, stamps and proofs never change once they are there, so all but the newest may be kept for ever.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from research.models.signoffs import SignOff
from research.models.transparency import Checkpoint, CheckpointStamp
from research.review.chain import body_of
from research.review.transparency import merkle
from research.review.transparency.tree import StoredTree

FOREVER = cache_control(public=True, max_age=31_536_000, immutable=True)
# What a sceptic asks for is the newest there is.
FRESH = cache_control(public=True, max_age=0, must_revalidate=True)
ROOT = "/.well-known/countersign/"
VERIFIER = Path(settings.BASE_DIR) / "docs" / "verify" / "countersign_verify.py"


@require_safe
@FRESH
def index(request: HttpRequest) -> JsonResponse:
    """Say what is here, and which keys sign it."""
    latest = Checkpoint.objects.only("size", "root", "made_at").last()
    return _json(
        {
            "about": "The signatures of medical reviewers form an append-only Merkle tree (RFC 9162, section 2.1).",
            "checkpoint": f"{ROOT}checkpoint" if latest else None,
            "size": latest.size if latest else 0,
            "root": latest.root if latest else None,
            "made_at": latest.made_at.isoformat() if latest else None,
            "keys": _keys(),
            "addresses": {
                "newest checkpoint": f"{ROOT}checkpoint",
                "a checkpoint": f"{ROOT}checkpoints/SIZE",
                "its RFC 3161 time stamp, where there is one": f"{ROOT}checkpoints/SIZE.tsr",
                "the program that checks a page without us": f"{ROOT}countersign_verify.py",
                "a line with its inclusion proof": f"{ROOT}lines/NUMBER",
                "proof that an older checkpoint is the beginning of a newer one": f"{ROOT}consistency/OLD/NEW",
            },
        }
    )


@require_safe
@FRESH
def newest_checkpoint(request: HttpRequest) -> HttpResponse:
    """Serve the newest checkpoint, a signed note; 404 where nothing was sealed yet."""
    latest = Checkpoint.objects.last()
    if latest is None:
        raise Http404("No checkpoint was made yet.")
    return _note(latest)


@require_safe
@FOREVER
def checkpoint(request: HttpRequest, size: int) -> HttpResponse:
    """Serve the checkpoint of a size; 404 where there is none."""
    return _note(get_object_or_404(Checkpoint, pk=size))


@require_safe
@FOREVER
def stamp(request: HttpRequest, size: int) -> HttpResponse:
    """Serve the time stamp of a checkpoint as its authority sent it; 404 where there is none."""
    found = get_object_or_404(CheckpointStamp, pk=size)
    return HttpResponse(bytes(found.answer), content_type="application/timestamp-reply")


@require_safe
@FOREVER
def line(request: HttpRequest, sequence: int) -> JsonResponse:
    """Serve a line of the chain with its inclusion proof; 404 until a checkpoint covers it."""
    found = get_object_or_404(SignOff.objects.select_related("proof__checkpoint"), pk=sequence, proof__isnull=False)
    return _json(proof_of(found))


@require_safe
@FOREVER
def consistency(request: HttpRequest, old: int, new: int) -> JsonResponse:
    """Serve the proof that the tree of one checkpoint is the beginning of another's; 404 for other sizes."""
    if Checkpoint.objects.filter(pk__in=(old, new)).count() != len({old, new}) or old > new:
        raise Http404("Both numbers are sizes of checkpoints, the older first.")
    path = merkle.consistency_path(old, new, StoredTree())
    return _json({"old": old, "new": new, "path": [part.hex() for part in path]})


def proof_of(sign_off: SignOff) -> dict[str, Any]:
    """Return a line as it was hashed, and its proof; ``proof`` is None until a checkpoint covers the line.

    Nothing is worked out here: the proof was written with the checkpoint, and never changes.
    """
    proof = getattr(sign_off, "proof", None)
    return {
        "line": body_of(sign_off),
        "proof": proof
        and {
            "index": sign_off.sequence - 1,
            "size": proof.checkpoint_id,
            "path": proof.path,
            "checkpoint": proof.checkpoint.note,
        },
    }


def line_url(sequence: int) -> str:
    """Return the address of a line with its proof."""
    return f"{ROOT}lines/{sequence}"


def checkpoint_url(size: int) -> str:
    """Return the address of a checkpoint."""
    return f"{ROOT}checkpoints/{size}"


@require_safe
@FRESH
def verifier(request: HttpRequest) -> HttpResponse:
    """Serve the program that checks a page without us; 404 where this installation came without it."""
    try:
        program = VERIFIER.read_text(encoding="utf-8")
    except OSError as missing:
        raise Http404("This installation came without the program.") from missing
    return HttpResponse(program, content_type="text/plain; charset=utf-8")


def _keys() -> list[dict[str, Any]]:
    """Return every key that a checkpoint named, and the size of the first that did."""
    named: dict[str, int] = {}
    for keys, first in Checkpoint.objects.order_by().values_list("keys").annotate(first=Min("size")).order_by("first"):
        for key in keys.split("\n"):
            named.setdefault(key, first)
    return [{"key": key, "since": first} for key, first in named.items()]


def _note(found: Checkpoint) -> HttpResponse:
    return HttpResponse(found.note, content_type="text/plain; charset=utf-8")


def _json(data: dict[str, Any]) -> JsonResponse:
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 1})
