"""Signatures and who worked on what: append-only lines with no foreign keys that could cascade."""

from django.db import models


class SignOffQuerySet(models.QuerySet["SignOff"]):
    def for_words(self, subject_uuid, digest: str) -> "SignOffQuerySet":
        """The lines about exactly these words, newest first."""
        return self.filter(subject_uuid=subject_uuid, digest=digest).order_by("-sequence")

    def standing(self, subject_uuid, digest: str) -> "SignOff | None":
        """Return the signature that stands for exactly these words, or None: what is live may stay so by it.

        The newest line decides: a revocation ends every signature of the same words before it.
        """
        newest = self.for_words(subject_uuid, digest).first()
        return newest if newest is not None and newest.kind == SignOff.Kind.SIGNED else None

    def releasing(self, subject_uuid, digest: str) -> "SignOff | None":
        """Return the signature by which exactly these words may go live, or None.

        A newer signature of other words bars them, also when it was revoked since: nothing revives them but a
        signature of their own.
        """
        latest = self.latest_for(subject_uuid)
        return self.standing(subject_uuid, digest) if latest is not None and latest.digest == digest else None

    def latest_for(self, subject_uuid) -> "SignOff | None":
        """Return the newest signature of any words of this subject."""
        signed = self.filter(subject_uuid=subject_uuid, kind=SignOff.Kind.SIGNED)
        return signed.order_by("-sequence").first()


class SignOff(models.Model):
    """One line of the chain of signatures: who signed, or revoked, which words.

    ``content`` is the canonical content itself, so that nothing else is needed to show what was
    signed. ``line_hash`` covers every other field and the hash of the line before.
    """

    class Kind(models.TextChoices):
        SIGNED = "signed", "Signed"
        REVOKED = "revoked", "Revoked"

    class Subject(models.TextChoices):
        ARTICLE = "article", "Article"
        EXPLAINER = "explainer", "Explainer"
        TOPIC = "topic", "Topic definition"
        TERM = "term", "Glossary term"
        CORRECTION = "correction", "Correction"
        NOTICE = "notice", "Notice"

    sequence = models.PositiveBigIntegerField(primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    subject_type = models.CharField(max_length=12, choices=Subject.choices)
    subject_uuid = models.UUIDField(db_index=True)
    digest = models.CharField(max_length=64)
    content = models.TextField()
    reviewer_id = models.PositiveBigIntegerField()
    reviewer_name = models.CharField(max_length=200)
    reviewer_credentials = models.CharField(max_length=120)
    answers: models.JSONField = models.JSONField(default=list)
    conflict_statement = models.TextField(blank=True)
    notices_considered: models.JSONField = models.JSONField(default=list)
    # SHA-256 of each file made of a picture, by the hash of its master or "lead".
    pictures: models.JSONField = models.JSONField(default=dict)
    comment = models.TextField(blank=True)
    signed_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    line_hash = models.CharField(max_length=64, unique=True)

    objects = SignOffQuerySet.as_manager()

    class Meta:
        ordering = ["sequence"]
        indexes = [models.Index(fields=["subject_uuid", "digest"])]
        verbose_name = "sign-off"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.reviewer_name}, line {self.sequence}"


class SealChain(models.Model):
    """The head of the chain of sign-offs: one row, locked while a line is added."""

    length = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.length} lines, head {self.head[:12]}"


class Contribution(models.Model):
    """Someone worked on a subject's words. Lines are only ever added; they decide who may sign."""

    subject_uuid = models.UUIDField(db_index=True)
    user_id = models.PositiveBigIntegerField()
    username = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["subject_uuid", "user_id"])]

    def __str__(self) -> str:
        return f"{self.username} at {self.at:%Y-%m-%d %H:%M}"
