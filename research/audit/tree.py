"""The Merkle tree, its checkpoints and the proofs that were handed out, worked out anew from the lines."""

import base64
from collections.abc import Iterator

from research.audit.problems import BROKEN, LINES_AT_ONCE, TILES_AT_ONCE, SealProblem
from research.models.signoffs import SealChain, SignOff
from research.models.transparency import Checkpoint, InclusionProof, TreeTile
from research.review.chain import CHAINS
from research.review.transparency import merkle
from research.review.transparency.tree import StoredTree, made_from_below


def check(known_checkpoint: str) -> Iterator[SealProblem]:
    """Yield what does not follow from the lines any more, and where a checkpoint kept elsewhere does not fit."""
    for tile in TreeTile.objects.order_by("level", "index").iterator(chunk_size=TILES_AT_ONCE):
        hashes = made_from_below(tile.level, tile.index)
        if b"".join(hashes) != bytes(tile.hashes) or merkle.whole(hashes) != bytes(tile.root):
            yield SealProblem(BROKEN, f"tree, {tile}", "It does not follow from the lines.")
            return  # everything above rests on it
    tree, count = StoredTree(), SignOff.objects.count()
    for checkpoint in Checkpoint.objects.iterator(chunk_size=LINES_AT_ONCE):
        yield from _check_note(checkpoint.note, f"checkpoint {checkpoint.size}", tree, count, checkpoint)
    for proof in InclusionProof.objects.order_by("pk").iterator(chunk_size=LINES_AT_ONCE):
        if not 0 < proof.line_id <= proof.checkpoint_id <= count:
            yield SealProblem(BROKEN, f"proof of line {proof.line_id}", "It is of no line that its checkpoint covers.")
        elif _path(proof, tree) != proof.path:
            yield SealProblem(BROKEN, f"proof of line {proof.line_id}", "It proves nothing: it was changed.")
    if known_checkpoint:
        yield from _check_note(known_checkpoint, "the checkpoint kept elsewhere", tree, count, None)


def _path(proof: InclusionProof, tree: StoredTree) -> list[str]:
    return [part.hex() for part in merkle.inclusion_path(proof.line_id - 1, proof.checkpoint_id, tree)]


def _check_note(note: str, subject: str, tree: StoredTree, count: int, row: Checkpoint | None) -> Iterator[SealProblem]:
    """Compare a signed note with the lines, with the heads that it names, and with its row."""
    lines = note.replace("\r\n", "\n").partition("\n\n")[0].split("\n")
    try:
        size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError):
        yield SealProblem(BROKEN, subject, "It cannot be read.")
        return
    if row is not None and (size, root.hex()) != (row.size, row.root):
        yield SealProblem(BROKEN, subject, "Its note says something else than its row.")
    if size > count or size < 1 or merkle.root(size, tree) != root:
        yield SealProblem(BROKEN, subject, f"The first {size} signatures are not the ones it covers.")
    for line in lines[3:]:
        name, _, rest = line.partition(" ")
        if name in (SealChain.Name.CONTRIBUTIONS, SealChain.Name.RECEIPTS) and not _is_head(name, rest):
            yield SealProblem(BROKEN, subject, f"The {name} are not the ones it names: lines were rewritten.")


def _is_head(name: str, words: str) -> bool:
    """True where the line of that number has that hash; "0 -" is the head of an empty chain."""
    number, _, line_hash = words.partition(" ")
    if words == "0 -":
        return True
    known = CHAINS[name]._default_manager.filter(line_hash=line_hash).values_list("sequence", flat=True)
    return number in map(str, known)
