"""Erasing a person: name, credentials and statements go; lines, proofs and public words stay what they are."""

import logging
from collections import Counter
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.admin.models import EditingSession, FormState
from wagtail.models import (
    APIToken,
    Comment,
    CommentReply,
    ModelLogEntry,
    PageLogEntry,
    ReferenceIndex,
    Revision,
    TaskState,
)
from wagtail.users.models import UserProfile

from common.models import AnyUser, Image, User
from common.printing.stored import forget_soon
from research.models.people import Absence, Person
from research.models.published import PublishedArticle
from research.models.reports import ReaderReport
from research.models.reviews.blind import BlindAnswer, HeldNote
from research.models.reviews.guests import GuestLink
from research.models.reviews.submissions import ReviewDraft, ReviewReading
from research.models.secret_links import BoardFeed
from research.models.signoffs import ContributionPersonal, Erasure, SealedContent, SignOffPersonal
from research.models.workflow import MedicalReviewState
from research.newsroom.scrubbing import scrub
from research.publishing import receipts
from research.publishing.contributors import bylines
from research.publishing.ledger import wait_for_releases
from research.publishing.public_pictures import names_in, settle_soon
from research.record.erasure.names import REMOVED, Identity
from research.record.erasure.removing import delete_files_soon
from research.record.erasure.sweeping import Swept, sweep

audit = logging.getLogger("countersign.audit")

OF_THE_ACCOUNT: tuple[type[Model], ...] = (
    EditingSession,
    FormState,
    APIToken,
    BoardFeed,
    ReviewDraft,
    ReviewReading,
    BlindAnswer,
    HeldNote,
    Absence,
    EmailAddress,
    Authenticator,
)
REMOVED_AUTHOR = "An author (name removed at their request)"
REMOVED_GUEST = "(name removed)"
REMOVED_WORDS = "(Removed at the reader’s request.)"


class Erased:
    """What was done: the record of it, and whether the database's files are clean.

    ``left`` says where the name was left, ``unclear`` where one word of it stands that may be somebody else's.
    """

    def __init__(self, record: Erasure, swept: Swept, *, scrubbed: bool) -> None:
        self.record, self.left, self.unclear, self.scrubbed = record, swept.left, swept.unclear, scrubbed


def may_erase(user: AnyUser) -> bool:
    """Administrators erase people; it is no editor's daily work."""
    return bool(user.is_active and user.is_superuser)


def erase_person(
    *, user: User | None = None, person: Person | None = None, email: str = "", reason: str, by: User
) -> Erased:
    """Remove what is personal about somebody, everywhere, and record that and why; running it again is safe.

    Args:
        user: their account, if they have one; it can sign in no more.
        person: their entry among the contributors; found by the account, where there is one.
        email: a reader's address: their reports go.
        reason: kept for good, so it names nobody.
        by: the administrator who does it.

    Raises:
        PermissionDenied: ``by`` is no administrator.
        ValidationError: nobody is named, or two people, or no reason is given, or the reason names the person, or what
            is given as an address is none, or no other administrator could sign in.
    """
    if not may_erase(by):
        raise PermissionDenied(gettext("Only administrators erase people."))
    email = email.strip()
    if person is None and user is not None:
        person = Person.objects.filter(user=user).first()
    if user is None and person is not None:
        user = person.user
    identity = identity_of(user, person, email)
    _refuse_unclear(identity, user, person, email, reason)
    with transaction.atomic():
        wait_for_releases()
        _refuse_the_last_administrator(user)
        counts: Counter[str] = Counter()
        if user is not None:
            _erase_lines(user, counts)
            bylines.forget_signatures_of(user.pk)
            _erase_traces(user, counts)
            _close_account(user)
        if person is not None:
            _erase_byline(person, counts)
        addresses = {word for word in identity.phrases if "@" in word}
        _erase_reports(addresses, counts)
        _erase_guests(addresses, counts)
        forget_soon()
        swept = sweep(identity)
        counts["other texts"] = swept.changed
        record = Erasure.objects.create(
            kind=Erasure.Kind.PERSON,
            user_id=user.pk if user else None,
            person_id=person.pk if person else None,
            reason=reason.strip(),
            by_id=by.pk,
            counts=dict(counts),
            at=timezone.now(),
        )
    audit.warning("person erased: account %s, by account %s, record %s", record.user_id, by.pk, record.pk)
    return Erased(record, swept, scrubbed=not connection.in_atomic_block and scrub(connection))


def identity_of(user: User | None, person: Person | None, email: str) -> Identity:
    """Return every name and address that somebody is known by."""
    identity = Identity()
    names = [email, *_names_of_guests(email)]
    if user is not None:
        names += [user.get_full_name(), user.email, user.get_username(), *_names_of_guests(user.email)]
        names += EmailAddress.objects.filter(user=user).values_list("email", flat=True)
        lines = Q(line__reviewer_id=user.pk)
        names += SignOffPersonal.objects.filter(lines).order_by().values_list("name", flat=True).distinct()
    if person is not None:
        names += [person.name, person.orcid or ""]
        names += [name for row in bylines.written_by(person) for name, pk in row.byline() if pk == person.pk]
    for name in names:
        identity.add(name)
    return identity


def _names_of_guests(email: str) -> list[str]:
    found = (
        GuestLink.objects.filter(email__iexact=email).exclude(name=REMOVED_GUEST) if email else GuestLink.objects.none()
    )
    return list(found.values_list("name", flat=True))


def _refuse_unclear(identity: Identity, user: User | None, person: Person | None, email: str, reason: str) -> None:
    if user is None and person is None and not email:
        raise ValidationError(gettext("Name an account, a contributor, or a reader’s e-mail address."))
    if email:  # two words that are none would be taken for a name, and go from every text
        validate_email(email)
    if user is not None and person is not None and not _may_be_one(user, person):
        raise ValidationError(gettext("This account and this contributor are two people. Erase one after the other."))
    if not reason.strip():
        raise ValidationError(gettext("Say why: the reason is kept."))
    if identity.without(reason, alone=True) != reason:
        raise ValidationError(gettext("The reason is kept for good, so it must not name the person."))


def _refuse_the_last_administrator(user: User | None) -> None:
    """Refuse to close the account without which nobody could run the site. Two who go at once wait for each other."""
    administrators = User.objects.filter(is_superuser=True, is_active=True).exclude(
        password__startswith=UNUSABLE_PASSWORD_PREFIX
    )
    who = {each.pk for each in administrators.select_for_update().order_by("pk")}
    if user is not None and who == {user.pk}:
        raise ValidationError(
            gettext("Nobody else could sign in as an administrator. Make somebody one first, then erase this account.")
        )


def _may_be_one(user: User, person: Person) -> bool:
    """True where the entry is linked to the account, or neither is linked to anything else."""
    if person.user_id is not None:
        return person.user_id == user.pk
    return not Person.objects.filter(user=user).exists()


def _erase_lines(user: User, counts: Counter[str]) -> None:
    """Empty the erasable part of every line that the person signed, revoked or worked under."""
    own = SignOffPersonal.objects.filter(line__reviewer_id=user.pk).exclude(salt="")
    counts["signatures"] = own.update(name="", credentials="", answers=[], conflict_statement="", comment="", salt="")
    lines = ContributionPersonal.objects.filter(line__user_id=user.pk).exclude(salt="")
    counts["contributions"] = lines.update(username="", salt="")


def _erase_traces(user: User, counts: Counter[str]) -> None:
    """Empty what they said in reviews, comments and logs; that they were there stays, as a number."""
    states = TaskState.objects.filter(finished_by=user)
    MedicalReviewState.objects.filter(pk__in=states.values("pk")).update(answers=[])
    counts["reviews"] = states.exclude(comment="").update(comment="")
    for place in ("assigned_to", "second_to"):
        MedicalReviewState.objects.open().filter(**{place: user}).update(**{place: None})
    for model in (Comment, CommentReply):
        counts["comments"] += model.objects.filter(user=user).update(text=REMOVED)
    for entry in PageLogEntry.objects.filter(user=user, data__has_key="comment"):
        PageLogEntry.objects.filter(pk=entry.pk).update(data={**entry.data, "comment": REMOVED})
    of_the_account = {"content_type": ContentType.objects.get_for_model(User), "object_id": str(user.pk)}
    counts["log entries"] = ModelLogEntry.objects.filter(**of_the_account).exclude(label=REMOVED).update(label=REMOVED)
    for revision in Revision.objects.filter(content__has_key="wagtail_admin_comments").iterator(chunk_size=100):
        if _blank_comments(revision.content["wagtail_admin_comments"], user.pk):
            Revision.objects.filter(pk=revision.pk).update(content=revision.content)
            counts["revisions"] += 1
    for model in OF_THE_ACCOUNT:
        model._default_manager.filter(user=user).delete()
    for session in Session.objects.iterator(chunk_size=500):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def _blank_comments(comments: list[dict[str, Any]], user_id: int) -> bool:
    found = False
    for comment in comments:
        if comment.get("user") == user_id and comment.get("text") != REMOVED:
            comment["text"], found = REMOVED, True
        found = _blank_comments(comment.get("replies", []), user_id) or found
    return found


def _close_account(user: User) -> None:
    """Leave an account without a name that nobody can sign in to; what points to it keeps pointing."""
    for profile in UserProfile.objects.filter(user=user):
        profile.avatar.delete(save=False)
        profile.delete()
    user.groups.clear()
    user.user_permissions.clear()
    user.set_unusable_password()
    values = {
        "username": f"removed-{user.pk}",
        "first_name": "",
        "last_name": "",
        "email": "",
        "is_active": False,
        "is_staff": False,
        "is_superuser": False,
        "last_login": None,
        "password": user.password,
    }
    User.objects.filter(pk=user.pk).update(**values)


def _erase_byline(person: Person, counts: Counter[str]) -> None:
    """Take the name off bylines, and leave an entry without one, which articles go on pointing to."""
    for row in bylines.written_by(person):
        names = [REMOVED_AUTHOR if pk == person.pk else name for name, pk in row.byline()]
        people = [None if pk == person.pk else pk for _, pk in row.byline()]
        counts["bylines"] += PublishedArticle.objects.filter(pk=row.pk).update(authors=names, author_ids=people)
        receipts.note(row.page_id)
    photo, made = person.photo, person.photo_sizes
    Person.objects.filter(pk=person.pk).update(
        name=REMOVED_AUTHOR, credentials="", orcid=None, bio="", interests="", photo=None, photo_sizes={}, user=None
    )
    bylines.forget(person)
    settle_soon(names_in({"": made}) if made else ())
    own = {"content_type": ContentType.objects.get_for_model(Person), "object_id": str(person.pk)}
    ReferenceIndex.objects.filter(**own).delete()
    if photo is not None and not ReferenceIndex.get_references_to(photo).exists():
        _delete_photo(photo)


def _delete_photo(photo: Image) -> None:
    """Delete a photo with the master that was made of it, unless other records or signed words have that, too."""
    master = photo.master
    photo.delete()
    if master is None or master.images.exists() or SealedContent.objects.filter(canonical__contains=master.hash):
        return
    master.delete()
    delete_files_soon([master.file.name, *names_in({"": master.sizes} if master.sizes else {})])


def _erase_reports(addresses: set[str], counts: Counter[str]) -> None:
    for address in addresses:
        own = ReaderReport.objects.filter(email__iexact=address)
        counts["reports"] += own.update(words=REMOVED_WORDS, email="")


def _erase_guests(addresses: set[str], counts: Counter[str]) -> None:
    """Empty what guests declared and said, and end their addresses; that somebody was asked, and as what, stays."""
    now = timezone.now()
    for address in addresses:
        own = GuestLink.objects.filter(email__iexact=address)
        own.filter(revoked_at__isnull=True).update(revoked_at=now)
        counts["guests"] += own.update(name=REMOVED_GUEST, email="", conflict_statement="", verdict="", words="")
