"""The first start without the demo."""

import getpass
import os
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.models import User
from home.site_setup import FIRST_INFO, SiteWords, set_up_site
from research.review.notice_wordings import create_ready_wordings

PASSWORD_VARIABLE = "ADMIN_PASSWORD"  # noqa: S105 -- the variable's name, not a password


class Command(BaseCommand):
    """Creates the first pages and the first administrator."""

    help = (
        "Creates the home page, a section, the information pages and the first administrator. Asks for "
        f"what it is not told; without a terminal it reads ADMIN_USERNAME, ADMIN_EMAIL and {PASSWORD_VARIABLE}."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--publication", default=os.environ.get("PUBLICATION", "Countersign"))
        parser.add_argument("--condition", default=os.environ.get("CONDITION", "Multiple sclerosis"))
        parser.add_argument("--short-name", default=os.environ.get("CONDITION_SHORT", "MS"))
        parser.add_argument("--section-slug", default=os.environ.get("SECTION_SLUG", "ms"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Create what is missing, and say what there is."""
        home, section = set_up_site(
            SiteWords(
                publication=options["publication"],
                section_title=options["condition"],
                section_slug=options["section_slug"],
                condition=options["condition"].lower(),
                condition_short=options["short_name"],
                info=FIRST_INFO,
            )
        )
        self.stdout.write(f"Pages: “{home.publication_name}” with the section “{section.title}”.")
        wordings = create_ready_wordings()
        self.stdout.write(f"{len(wordings)} wordings for urgent notices wait to be countersigned.")
        if User.objects.filter(is_superuser=True).exists():
            self.stdout.write("There is an administrator already; none was created.")
            return
        self._create_administrator()

    def _create_administrator(self) -> None:
        username = os.environ.get("ADMIN_USERNAME") or self._ask("Administrator's user name: ")
        email = os.environ.get("ADMIN_EMAIL") or self._ask("Administrator's e-mail address: ")
        password = os.environ.get(PASSWORD_VARIABLE) or self._ask("Password: ", secret=True)
        user = User(username=username, email=email, is_staff=True, is_superuser=True)
        try:
            validate_password(password, user)
        except ValidationError as problems:
            raise CommandError("Choose another password. " + " ".join(problems.messages)) from None
        user.set_password(password)
        user.save()
        self.stdout.write(f"Administrator “{username}” created. Start with: manage.py start")

    def _ask(self, question: str, *, secret: bool = False) -> str:
        if not os.isatty(0):
            raise CommandError(f"No terminal to ask on. Set ADMIN_USERNAME, ADMIN_EMAIL and {PASSWORD_VARIABLE}.")
        answer = getpass.getpass(question) if secret else input(question)
        if not answer.strip():
            raise CommandError("Nothing was typed; nothing was created.")
        return answer.strip()
