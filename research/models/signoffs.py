"""Signatures and who worked on what: append-only lines with no foreign keys that could cascade.

A line holds no personal word and no text: it commits to them. The words stand in ``SealedContent``, names and
statements in tables of their own, and both can be erased while every line and proof still verifies.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.prepared import IDENTITY, TEXT, Prepared
from common.prepared_saves import PreparedSaves
from common.words import in_the_code_s_words
from research.newsroom.commitments import opening

REMOVED_NAME = "a medical reviewer (name removed at their request)"
REMOVED_CONTRIBUTOR = "name removed at their request"


class SignOffQuerySet(models.QuerySet["SignOff"]):
    def for_words(self, subject_uuid: UUID, digest: str) -> "SignOffQuerySet":
        """The lines about exactly these words, newest first."""
        return self.filter(subject_uuid=subject_uuid, digest=digest).order_by("-sequence")

    def standing(self, subject_uuid: UUID, digest: str) -> "SignOff | None":
        """Return the signature that stands for exactly these words, or None: what is live may stay so by it.

        The newest line decides: a revocation ends every signature of the same words before it.
        """
        newest = self.for_words(subject_uuid, digest).first()
        return newest if newest is not None and newest.kind == SignOff.Kind.SIGNED else None

    def all_standing(self, subject_uuid: UUID, digest: str) -> "list[SignOff]":
        """Return every signature of exactly these words since they were last revoked, newest first."""
        lines = self.for_words(subject_uuid, digest)
        return list(takewhile(lambda line: line.kind == SignOff.Kind.SIGNED, lines))

    def releasing(self, subject_uuid: UUID, digest: str, *, known: "SignOff | None" = None) -> "SignOff | None":
        """Return the signature by which exactly these words may go live, or None.

        A newer signature of other words bars them, also when it was revoked since: nothing revives them but a
        signature of their own. ``known`` is a line that was read before, and is returned where it is the one.
        """
        # Of the subject's signatures and all lines about these words the newest decides: it is either the newest
        # signature, of these words or of others, or what ended it.
        if known is not None and known.stands_for(digest):
            decides = WHAT_DECIDES.first(digest, subject_uuid)
            if decides == (known.sequence, known.kind, known.digest):
                return known
        newest = DECIDING_LINE.first(digest, subject_uuid)
        return newest if newest is not None and newest.stands_for(digest) else None

    def latest_for(self, subject_uuid: UUID) -> "SignOff | None":
        """Return the newest signature of any words of this subject."""
        signed = self.filter(subject_uuid=subject_uuid, kind=SignOff.Kind.SIGNED)
        return signed.order_by("-sequence").first()

    def latest_times(self, subjects: Iterable[UUID]) -> dict[UUID, datetime]:
        """Return when the newest signature of any words of each subject was given; without those that have none."""
        signed = self.filter(subject_uuid__in=set(subjects), kind=SignOff.Kind.SIGNED).order_by("sequence")
        return dict(signed.values_list("subject_uuid", "signed_at"))


class SignOffManager(models.Manager.from_queryset(SignOffQuerySet)):  # type: ignore[misc]
    """Brings what stands beside a line along, in the same statement."""

    def get_queryset(self) -> SignOffQuerySet:
        """All lines, each with its personal part."""
        return super().get_queryset().select_related("personal")


class SealedContent(models.Model):
    """Words that were signed, once for each digest; or the stone that stands where they were removed.

    The database takes no other change of a row than its removal. ``removed_by`` and ``removed_with`` are
    the accounts of the two people who decided it.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    canonical = models.TextField()
    removed_at = models.DateTimeField(null=True)
    removed_reason = models.TextField(blank=True)
    removed_by = models.PositiveBigIntegerField(null=True)
    removed_with = models.PositiveBigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{'removed' if self.removed_at else 'words'} {self.digest[:12]}"


class SignOff(models.Model):
    """One line of the chain of signatures: who signed, or revoked, which words.

    ``line_hash`` covers every other field and the hash of the line before. What is personal is bound by
    ``commitments`` and read through properties; once it is erased they return what readers are told instead.
    """

    class Kind(models.TextChoices):
        SIGNED = "signed", _("Signed")
        REVOKED = "revoked", _("Revoked")

    class Subject(models.TextChoices):
        ARTICLE = "article", _("Article")
        EXPLAINER = "explainer", _("Explainer")
        PAGE_TEXT = "page_text", _("Text of a page")
        TOPIC = "topic", _("Topic definition")
        TERM = "term", _("Glossary term")
        CORRECTION = "correction", _("Correction")
        NOTICE = "notice", _("Notice")

    sequence = models.PositiveBigIntegerField(primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    subject_type = models.CharField(max_length=12, choices=Subject.choices)
    subject_uuid = models.UUIDField(db_index=True)
    digest = models.CharField(max_length=64)
    # Numbers of the account and of the contributor: they stay when names go, so that who may sign stays true.
    reviewer_id = models.PositiveBigIntegerField()
    person_id = models.PositiveBigIntegerField(null=True)
    notices_considered: models.JSONField = models.JSONField(default=list)
    # SHA-256 of each file made of a picture, by the hash of its master or "lead".
    pictures: models.JSONField = models.JSONField(default=dict)
    signed_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    commitments: models.JSONField = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    line_hash = models.CharField(max_length=64, unique=True)

    objects = SignOffManager()

    class Meta:
        ordering = ["sequence"]
        indexes = [models.Index(fields=["subject_uuid", "digest"])]
        verbose_name = "sign-off"

    @in_the_code_s_words
    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.reviewer_name}, line {self.sequence}"

    @property
    def content(self) -> str:
        """The canonical content that was signed; "" where it was removed. One query, once a line."""
        if "_content" not in self.__dict__:
            found = SealedContent.objects.filter(pk=self.digest).values_list("canonical", flat=True).first()
            self.__dict__["_content"] = found or ""
        return self.__dict__["_content"]

    def keep_content(self, canonical: str | None) -> None:
        """Take the signed words from whoever read them already; what was read before stays."""
        self.__dict__.setdefault("_content", canonical or "")

    def stands_for(self, digest: str) -> bool:
        """True for a signature of exactly these words."""
        return self.kind == SignOff.Kind.SIGNED and self.digest == digest

    @property
    def is_erased(self) -> bool:
        """True where name, credentials and statements are gone."""
        return not self._kept("salt", "")

    @property
    def reviewer_name(self) -> str:
        """The name as it was when the line was written, or what readers are told in its place."""
        return REMOVED_NAME if self.is_erased else self._kept("name", "")

    @property
    def reviewer_credentials(self) -> str:
        """The credentials then; "" once they are erased."""
        return self._kept("credentials", "")

    @property
    def answers(self) -> list[Any]:
        """The questions as asked, each with its answer; empty once they are erased."""
        return self._kept("answers", [])

    @property
    def conflict_statement(self) -> str:
        """What was declared; "" once it is erased."""
        return self._kept("conflict_statement", "")

    @property
    def comment(self) -> str:
        """What was noted; "" once it is erased."""
        return self._kept("comment", "")

    def openings(self) -> dict[str, dict[str, str]]:
        """Return what readers are told of who signed, each part with the salt that opens it; empty once erased."""
        if self.is_erased:
            return {}
        salt = self._kept("salt", "")
        shown = {
            "name": self.reviewer_name,
            "credentials": self.reviewer_credentials,
            "conflict_statement": self.conflict_statement,
        }
        return {part: {"value": value, "salt": opening(salt, part)} for part, value in shown.items()}

    def _kept(self, part: str, otherwise: Any) -> Any:
        personal = getattr(self, "personal", None)
        return otherwise if personal is None else getattr(personal, part)


class SignOffPersonal(PreparedSaves, models.Model):
    """What is personal about a line of the chain of signatures, with the salt of its commitments.

    The database takes no other change of a row than its erasure: every part empty, the salt too.
    """

    PARTS = ("name", "credentials", "answers", "conflict_statement", "comment")

    line = models.OneToOneField(SignOff, primary_key=True, on_delete=models.DO_NOTHING, related_name="personal")
    name = models.CharField(max_length=200, blank=True)
    credentials = models.CharField(max_length=120, blank=True)
    answers: models.JSONField = models.JSONField(default=list)
    conflict_statement = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    salt = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"of line {self.line_id}"

    def values(self) -> dict[str, Any]:
        """Return the parts that the line commits to, by name."""
        return {part: getattr(self, part) for part in self.PARTS}


class SealChain(PreparedSaves, models.Model):
    """The head of a chain of lines: one row a chain, locked while a line is added."""

    class Name(models.TextChoices):
        SIGNATURES = "signatures", _("Signatures")
        CONTRIBUTIONS = "contributions", _("Contributions")
        RECEIPTS = "receipts", _("Receipts")
        # Not a chain: how far the tree over the signatures was sealed by a checkpoint.
        TREE = "tree", _("Tree")

    name = models.CharField(max_length=16, primary_key=True, choices=Name.choices)
    length = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)

    @in_the_code_s_words
    def __str__(self) -> str:
        return f"{self.get_name_display()}: {self.length} lines, head {self.head[:12]}"


class Contribution(models.Model):
    """Someone worked on a subject's words. Lines are only ever added; they decide who may sign."""

    sequence = models.PositiveBigIntegerField(primary_key=True)
    subject_uuid = models.UUIDField(db_index=True)
    user_id = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    commitments: models.JSONField = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    line_hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["sequence"]
        indexes = [models.Index(fields=["subject_uuid", "user_id"])]

    def __str__(self) -> str:
        return f"{self.username} at {self.at:%Y-%m-%d %H:%M}"

    @property
    def username(self) -> str:
        """The name of the account then, or what stands in its place once it is erased."""
        personal = getattr(self, "personal", None)
        return personal.username if personal is not None and personal.salt else REMOVED_CONTRIBUTOR


class ContributionPersonal(models.Model):
    """The name on a line of contributions, with the salt of its commitment; it changes by erasure only."""

    PARTS = ("username",)

    line = models.OneToOneField(Contribution, primary_key=True, on_delete=models.DO_NOTHING, related_name="personal")
    username = models.CharField(max_length=150, blank=True)
    salt = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"of line {self.line_id}"

    def values(self) -> dict[str, Any]:
        """Return the parts that the line commits to, by name."""
        return {part: getattr(self, part) for part in self.PARTS}


class Receipt(models.Model):
    """What readers were given, or lost: a line each time the row they read from changes.

    ``fields`` holds a hash for each field of that row, so that a change that went past the newsroom is found
    and named. ``article_id`` is the page's number.
    """

    class Event(models.TextChoices):
        PUBLIC = "public", _("Public")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        # Later sizes of signed pictures: ``fields`` holds the SHA-256 of each file by its name.
        PICTURES = "pictures", _("Pictures made of their masters")

    sequence = models.PositiveBigIntegerField(primary_key=True)
    event = models.CharField(max_length=10, choices=Event.choices)
    article_id = models.PositiveBigIntegerField()
    subject_uuid = models.UUIDField(db_index=True)
    digest = models.CharField(max_length=64)
    sign_off_sequence = models.PositiveBigIntegerField()
    fields: models.JSONField = models.JSONField(default=dict)
    at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64, blank=True)
    line_hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["sequence"]

    @in_the_code_s_words
    def __str__(self) -> str:
        return f"{self.get_event_display()}: {self.subject_uuid} at {self.at:%Y-%m-%d %H:%M}"


class Erasure(models.Model):
    """One removal: a person's name and statements, or signed words. Lines are only ever added."""

    class Kind(models.TextChoices):
        PERSON = "person", _("A person")
        CONTENT = "content", _("Signed words")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    # Numbers of what was erased; a reader who wrote a report has none.
    user_id = models.PositiveBigIntegerField(null=True)
    person_id = models.PositiveBigIntegerField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    reason = models.TextField()
    by_id = models.PositiveBigIntegerField(null=True)
    with_id = models.PositiveBigIntegerField(null=True)
    counts: models.JSONField = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]

    @in_the_code_s_words
    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.at:%Y-%m-%d}"


class ContentRemovalRequest(models.Model):
    """One person asks for signed words to be removed; another one does it, or declines."""

    digest = models.CharField(max_length=64)
    reason = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["digest"], condition=models.Q(closed_at__isnull=True), name="one_open_removal_a_digest"
            )
        ]

    def __str__(self) -> str:
        return f"Removal of {self.digest[:12]}"


def _deciding(digest: str, subject_uuid: UUID) -> SignOffQuerySet:
    decisive = models.Q(kind=SignOff.Kind.SIGNED) | models.Q(digest=digest)
    rows: SignOffQuerySet = SignOff.objects.filter(decisive, subject_uuid=subject_uuid)
    return rows.order_by("-sequence")


# Every ask of the guard reads these.
DECIDING_LINE = Prepared(lambda digest, subject: _deciding(digest, subject)[:1], TEXT, IDENTITY)
WHAT_DECIDES = Prepared(
    lambda digest, subject: _deciding(digest, subject).values_list("sequence", "kind", "digest")[:1], TEXT, IDENTITY
)
