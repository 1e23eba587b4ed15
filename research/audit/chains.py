"""The chains of lines, what stands beside their lines, and the triggers that keep them."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from research.audit.problems import BROKEN, LINES_AT_ONCE, WORDS_AT_ONCE, SealProblem
from research.content.canonical import digest_of
from research.models.releases import Release
from research.models.signoffs import (
    Contribution,
    ContributionPersonal,
    Erasure,
    Receipt,
    SealChain,
    SealedContent,
    SignOff,
    SignOffPersonal,
)
from research.newsroom import append_only
from research.newsroom.commitments import commitments
from research.review.chain import broken_links, contains


def check(known_head: str) -> Iterator[SealProblem]:
    """Yield what is wrong with the chains and with what their lines commit to."""
    for name in (SealChain.Name.SIGNATURES, SealChain.Name.CONTRIBUTIONS, SealChain.Name.RECEIPTS):
        for subject, words in broken_links(name):
            yield SealProblem(BROKEN, subject, words)
    if known_head and not contains(SealChain.Name.SIGNATURES, known_head):
        yield SealProblem(BROKEN, "chain of signatures", f"The head {known_head} is not in the chain.")
    yield from _check_personal(SignOff, SignOffPersonal, "reviewer_id")
    yield from _check_personal(Contribution, ContributionPersonal, "user_id")
    yield from _check_content()
    yield from _check_releases()
    for trigger in append_only.missing(connection):
        words = "This trigger is missing or changed: lines could be rewritten. Run manage.py migrate to put it back."
        yield SealProblem(BROKEN, trigger, words)


def _check_personal(model: Any, personal_model: Any, account: str) -> Iterator[SealProblem]:
    """Open every commitment. What was erased must be on record as erased."""
    erased = set(Erasure.objects.values_list("user_id", flat=True))
    name = model._meta.verbose_name
    for line in model._default_manager.select_related("personal").iterator(chunk_size=LINES_AT_ONCE):
        personal = getattr(line, "personal", None)
        if personal is None:
            yield SealProblem(BROKEN, f"{name} {line.sequence}", "What is personal about it is gone, and not erased.")
        elif not personal.salt and getattr(line, account) not in erased:
            yield SealProblem(BROKEN, f"{name} {line.sequence}", "It was erased without a record of the erasure.")
        elif personal.salt and _commitments(personal) != line.commitments:
            words = "What is personal about it was changed after it was written."
            yield SealProblem(BROKEN, f"{name} {line.sequence}", words)
    known = model._default_manager.values("sequence")
    for pk in personal_model.objects.exclude(line_id__in=known).values_list("pk", flat=True):
        yield SealProblem(BROKEN, f"{name} {pk}", "There is a personal part without a line.")


def _commitments(personal: Any) -> dict[str, str] | None:
    try:
        return commitments(personal.salt, personal.values())
    except ValueError:  # a salt that is no hexadecimal
        return None


def _check_content() -> Iterator[SealProblem]:
    stored, removed = set(), set(Erasure.objects.values_list("digest", flat=True))
    for content in SealedContent.objects.iterator(chunk_size=WORDS_AT_ONCE):
        stored.add(content.digest)
        subject = f"words {content.digest[:12]}"
        if content.removed_at and content.digest not in removed:
            yield SealProblem(BROKEN, subject, "They were removed without a record of the removal.")
        elif not content.removed_at and digest_of(content.canonical) != content.digest:
            yield SealProblem(BROKEN, subject, "They are not what their digest says.")
    for sequence, digest in SignOff.objects.values_list("sequence", "digest"):
        if digest not in stored:
            yield SealProblem(BROKEN, f"sign-off {sequence}", "The words that it signs are gone.")


def _check_releases() -> Iterator[SealProblem]:
    """Compare the ledger's receipts with the signatures, and with what readers were given."""
    done = Release.objects.filter(state=Release.State.DONE, kind=Release.Kind.PUBLISH)
    given = set(Receipt.objects.values_list("article_id", "digest"))
    signed = dict(SignOff.objects.values_list("sequence", "digest"))
    for release in done.only("article_id", "digest", "receipt").iterator(chunk_size=LINES_AT_ONCE):
        digest = release.receipt.get("digest")
        if signed.get(release.receipt.get("sign_off")) != digest or digest != (release.digest or digest):
            yield SealProblem(BROKEN, f"release {release.pk}", "Its receipt names a signature of other words.")
        elif (release.article_id, digest) not in given:
            yield SealProblem(BROKEN, f"release {release.pk}", "Readers were never given what its receipt names.")
