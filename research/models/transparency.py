"""What lets an outsider verify the signatures: signed checkpoints of the Merkle tree, and proofs into it."""

from django.db import models

from research.models.signoffs import SignOff


class TreeTile(models.Model):
    """256 neighbouring hashes of the tree, whose values can never change again.

    Level 0 holds leaves; a hash of level n is the root of a whole tile of level n - 1. All of it follows from
    the lines, and is kept so that a proof reads a handful of rows however long the chain is.
    """

    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="one_tile_a_place")]

    def __str__(self) -> str:
        return f"level {self.level}, tile {self.index}"


class Checkpoint(models.Model):
    """The tree's size and root at a moment, signed; ``note`` is what outsiders keep, byte for byte."""

    size = models.PositiveBigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)
    note = models.TextField()
    # The verification keys the note names, one a line.
    keys = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["size"]

    def __str__(self) -> str:
        return f"{self.size} lines, root {self.root[:12]}"


class CheckpointStamp(models.Model):
    """The answer of a time-stamping authority about a checkpoint (RFC 3161), as it came."""

    checkpoint = models.OneToOneField(Checkpoint, primary_key=True, on_delete=models.DO_NOTHING, related_name="stamp")
    authority = models.CharField(max_length=500)
    answer = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.authority} on {self.checkpoint_id}"


class InclusionProof(models.Model):
    """Why a line is in the first checkpoint that covers it. Written with that checkpoint, never again."""

    line = models.OneToOneField(SignOff, primary_key=True, on_delete=models.DO_NOTHING, related_name="proof")
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.DO_NOTHING, related_name="+")
    # Hexadecimal hashes from the leaf up.
    path: models.JSONField = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"line {self.line_id} in {self.checkpoint_id}"
