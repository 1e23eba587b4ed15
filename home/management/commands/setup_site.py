"""The first start without the demo."""

import getpass
import os
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import slugify

from common.models import User
from home.first_pages import first_pages
from home.models import HomePage, brand_of_site
from home.site_setup import SiteWords, set_up_site
from research.models import TopicIndexPage
from research.review.notice_wordings import create_ready_wordings

SHORT_LENGTH = 20
PASSWORD_VARIABLE = "ADMIN_PASSWORD"  # noqa: S105 -- the variable's name, not a password


class Command(BaseCommand):
    """Creates the first pages and the first administrator."""

    help = (
        "Creates the home page, a section, the information pages and the first administrator. Asks for what it is "
        "not told; without a terminal it reads PUBLICATION, CONDITION, CONDITION_SHORT, SECTION_SLUG, "
        f"ADMIN_USERNAME, ADMIN_EMAIL and {PASSWORD_VARIABLE}."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        add = parser.add_argument
        add("--publication", default=os.environ.get("PUBLICATION", ""), help="What the publication is called.")
        add(
            "--condition",
            default=os.environ.get("CONDITION", ""),
            help="What it is about, as it stands in a sentence: “multiple sclerosis”, “Parkinson’s disease”.",
        )
        add("--short-name", default=os.environ.get("CONDITION_SHORT", ""), help="How people say it; else the same.")
        add("--section-slug", default=os.environ.get("SECTION_SLUG", ""), help="Its address; else of the short name.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create what is missing, and say what was left as it is."""
        if HomePage.objects.exists() and TopicIndexPage.objects.exists():
            self._say_what_stays(options)
        else:
            self._create_pages(options)
        wordings = create_ready_wordings()
        self.stdout.write(f"{len(wordings)} wordings for urgent notices; unsigned ones wait to be countersigned.")
        if User.objects.filter(is_superuser=True).exists():
            self.stdout.write("Left as it is: the administrator; none was created.")
            return
        self._create_administrator()

    def _create_pages(self, options: dict[str, Any]) -> None:
        publication = options["publication"] or self._ask("What is the publication called? ", "PUBLICATION")
        condition = options["condition"] or self._ask(
            "What is it about, as it stands in a sentence (for example Parkinson’s disease)? ", "CONDITION"
        )
        short = options["short_name"] or (condition if len(condition) <= SHORT_LENGTH else self._ask_short())
        _, section = set_up_site(
            SiteWords(
                publication=publication,
                section_title=condition[:1].upper() + condition[1:],
                section_slug=options["section_slug"] or slugify(short),
                condition=condition,
                condition_short=short,
                info=first_pages(publication, condition),
            )
        )
        self.stdout.write(f"Pages: “{publication}” with the section “{section.title}” at /{section.slug}/.")

    def _ask_short(self) -> str:
        return self._ask(f"How do people say it, in at most {SHORT_LENGTH} characters? ", "CONDITION_SHORT")

    def _say_what_stays(self, options: dict[str, Any]) -> None:
        sections = ", ".join(f"“{section.title}”" for section in TopicIndexPage.objects.order_by("title"))
        self.stdout.write(f"Left as they are: the home page, the sections {sections}, the information pages.")
        name = brand_of_site().name
        if options["publication"] and options["publication"] != name:
            self.stdout.write(f"It is still called “{name}”: rename it under Settings, Publication.")

    def _create_administrator(self) -> None:
        username = os.environ.get("ADMIN_USERNAME") or self._ask("Administrator's user name: ", "ADMIN_USERNAME")
        email = os.environ.get("ADMIN_EMAIL") or self._ask("Administrator's e-mail address: ", "ADMIN_EMAIL")
        password = os.environ.get(PASSWORD_VARIABLE) or self._ask("Password: ", PASSWORD_VARIABLE, secret=True)
        user = User(username=username, email=email, is_staff=True, is_superuser=True)
        try:
            validate_password(password, user)
        except ValidationError as problems:
            raise CommandError("Choose another password. " + " ".join(problems.messages)) from None
        user.set_password(password)
        user.save()
        self.stdout.write(f"Administrator “{username}” created. Start with: manage.py start")

    def _ask(self, question: str, variable: str, *, secret: bool = False) -> str:
        if not os.isatty(0):
            raise CommandError(f"No terminal to ask on. Set {variable}; --help names all variables and options.")
        answer = getpass.getpass(question) if secret else input(question)
        if not answer.strip():
            raise CommandError("Nothing was typed; nothing was created.")
        return answer.strip()
