"""How a mail of the newsroom is written: to whom, in which language, with which addresses in it."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, override
from wagtail.users.models import UserProfile

from common.models import AnyUser, User
from common.outbox import enqueue_mail
from common.prepared import KEYS, TEXT, Prepared

if TYPE_CHECKING:
    from research.models.pages import ArticlePage

# Subject and body, said in the language that is active.
Letter = Callable[[], tuple[str, str]]


MEMBERS = Prepared(lambda role: User.objects.filter(groups__role__key=role, is_active=True).distinct(), TEXT)
#: The language that each of some people reads the admin in, where they chose one.
CHOSEN = Prepared(
    lambda people: (
        UserProfile.objects.filter(user__in=people)
        .exclude(preferred_language="")
        .values_list("user", "preferred_language")
    ),
    KEYS,
)


def send(key: str, people: Iterable[Any], letter: Letter) -> None:
    """Write one mail for each language among those who get it; the first of them has the key as it stands."""
    to = [person for person in people if person and person.email]
    chosen = dict(CHOSEN([person.pk for person in to])) if to else {}
    languages: dict[str, set[str]] = {}
    for person in to:
        languages.setdefault(chosen.get(person.pk, settings.LANGUAGE_CODE), set()).add(person.email)
    ordered = sorted(languages, key=lambda language: (language != settings.LANGUAGE_CODE, language))
    for place, language in enumerate(ordered):
        with override(language):
            subject, body = letter()
        enqueue_mail(f"{key}-{language}" if place else key, sorted(languages[language]), subject[:180], body)


def members(role: str) -> list[User]:
    """Return who has a role and may sign in."""
    return MEMBERS(role)


def present(people: list[User]) -> list[User]:
    """Return who of these is not away today; all of them where nobody is left."""
    today = timezone.localdate()
    away = set(
        User.objects.filter(absences__first_day__lte=today, absences__last_day__gte=today).values_list("pk", flat=True)
    )
    return [person for person in people if person.pk not in away] or people


def name_of(user: AnyUser | None) -> str:
    """Return what a mail calls somebody."""
    return (user.get_full_name() or user.get_username()) if isinstance(user, User) else gettext("Someone")


def day(value: date) -> str:
    """Return a day in words."""
    return date_format(value)


def moment(value: datetime) -> str:
    """Return a moment by the publication's clock, which it names."""
    return date_format(timezone.localtime(value), "j F Y, H:i e")


def admin_address(name: str, *args: Any) -> str:
    """Return the whole address of a screen of the admin."""
    return f"{settings.WAGTAILADMIN_BASE_URL}{reverse(name, args=args)}"


def editor_address(page: "ArticlePage") -> str:
    """Return where an article is edited."""
    return admin_address("wagtailadmin_pages:edit", page.pk)
