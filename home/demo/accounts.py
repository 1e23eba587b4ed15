"""The demo's accounts. They exist only where the demo was loaded."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.models import Group
from django.utils import timezone

from common.models import User
from research.models import Release
from research.newsroom.permissions import EDITORS, MEDICAL_REVIEWERS, WRITERS

PASSWORD = "countersign-demo"  # noqa: S105 -- printed for everyone who starts the demo
ACCOUNTS = (
    ("writer", "Ana", "Ruiz", WRITERS),
    ("reviewer", "Joan", "Park", MEDICAL_REVIEWERS),
    ("reviewer2", "Ines", "Halvard", MEDICAL_REVIEWERS),
    ("editor", "Rosalind", "Teague", EDITORS),
    ("admin", "Admin", "Demo", None),
)
PEOPLE_OF_ACCOUNTS = {
    "ana-ruiz": "writer",
    "joan-park": "reviewer",
    "ines-halvard": "reviewer2",
    "rosalind-teague": "editor",
}


def create_accounts() -> dict[str, User]:
    """Create the demo's accounts where they are missing; return them by user name."""
    return {username: _account(username, *rest) for username, *rest in ACCOUNTS}


def _account(username: str, first_name: str, last_name: str, group: str | None) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User.objects.create_user(
            username,
            f"{username}@example.org",
            PASSWORD,
            first_name=first_name,
            last_name=last_name,
            is_superuser=group is None,
            is_staff=group is None,
        )
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


def start_lines() -> Iterator[str]:
    """Yield what to print at the start, when the demo is loaded: accounts, mails, and what goes live next."""
    if not User.objects.filter(username="writer", email="writer@example.org").exists():
        return
    yield f"Demo accounts, all with the password {PASSWORD}:"
    for username, _, _, group in ACCOUNTS:
        yield f"  {username:<10} {group or 'Administrator'}"
    if settings.EMAIL_FILE_PATH:
        yield f"Mails are written to {settings.EMAIL_FILE_PATH}."
    for release in Release.objects.open().filter(due_at__gt=timezone.now()).select_related("article")[:1]:
        yield f"Going live at {timezone.localtime(release.due_at):%H:%M %Z}: {release.article.title}"
