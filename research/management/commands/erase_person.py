"""Erases a person at their request."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.models import User
from research.models.people import Person
from research.record.erasure.erasing import Erased, erase_person


class Command(BaseCommand):
    """Takes names, credentials and statements out of the record; signatures and proofs go on verifying."""

    help = (
        "Removes everything personal about somebody from signatures, contributions, reports, revisions, logs, the "
        "outbox and public bylines, and closes their account. It cannot be undone. Exit code 0: done; 3: done, but "
        "the name was left somewhere, or may stand there, or the database's files could not be rewritten."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        who = parser.add_argument_group("who, at least one of")
        who.add_argument("--user", default="", help="their account, by username")
        who.add_argument("--person", type=int, help="their entry among the contributors, by number")
        who.add_argument(
            "--email", default="", help="a reader's address, for the reports they sent and the mails they get"
        )
        parser.add_argument("--reason", required=True, help="kept for good; it must not name them")
        parser.add_argument("--by", required=True, help="the administrator who does it, by username")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase, say what was done, and exit with the code that fits."""
        if not options["yes"] and input("This cannot be undone. Type ERASE to go on: ").strip() != "ERASE":
            raise CommandError("Nothing was erased.")
        try:
            erased = erase_person(
                user=_user(options["user"]) if options["user"] else None,
                person=_person(options["person"]) if options["person"] is not None else None,
                email=options["email"],
                reason=options["reason"],
                by=_user(options["by"]),
            )
        except (PermissionDenied, ValidationError) as refused:
            raise CommandError(" ".join(getattr(refused, "messages", [str(refused)]))) from refused
        self._report(erased)

    def _report(self, erased: Erased) -> None:
        for what, count in sorted(erased.record.counts.items()):
            self.stdout.write(f"{what}: {count}")
        for place in erased.left:
            self.stdout.write(
                f"left, because signed words, a source, an address, a closed record or the program has it: {place}"
            )
        for place in erased.unclear:
            self.stdout.write(
                f"read it: one word of the name, or a spelling of it, stands there, and may be somebody else's: {place}"
            )
        if not erased.scrubbed:
            self.stdout.write("The database's files could not be rewritten: stop the site and run this again.")
        self.stdout.write(f"Erased; record {erased.record.pk}. Back-ups of before still hold what was erased.")
        if erased.left or erased.unclear or not erased.scrubbed:
            raise SystemExit(3)


def _user(name: str) -> User:
    found = User.objects.filter(username=name).first()
    if found is None:
        raise CommandError(f"There is no account “{name}”.")
    return found


def _person(pk: int) -> Person:
    found = Person.objects.filter(pk=pk).first()
    if found is None:
        raise CommandError(f"There is no contributor number {pk}.")
    return found
