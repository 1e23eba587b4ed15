"""What every mail carries: the publication's name, logo and colour, as text and as HTML.

Who the publication is, an app that knows it says by ``use``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True)
class Letterhead:
    """Who a mail comes from; ``logo_url`` is a whole address, or "" for none, and so is that of the licence."""

    name: str = "Countersign"
    colour: str = "#0b6470"
    logo_url: str = ""
    # Under which terms others may show what is published; "" where nothing says so.
    licence: str = ""
    licence_url: str = ""

    @property
    def address(self) -> str:
        """Where the publication is found."""
        return str(settings.WAGTAILADMIN_BASE_URL)


_find: Callable[[], Letterhead] = Letterhead


def use(find: Callable[[], Letterhead]) -> None:
    """Let this function say who the publication is, from now on."""
    global _find
    _find = find


def current() -> Letterhead:
    """Return who the publication is now."""
    return _find()


def compose(
    subject: str, body: str, to: Sequence[str], headers: Mapping[str, str] | None = None
) -> EmailMultiAlternatives:
    """Return a mail in the publication's dress, which is not sent yet.

    Args:
        body: plain text; an empty line parts paragraphs. Only addresses of this site become links: other words in a
            mail may be a reader's.
    """
    letter = current()
    _, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    mail = EmailMultiAlternatives(
        subject=subject,
        body=f"{body.rstrip()}\n\n-- \n{letter.name}\n{letter.address}\n",
        from_email=formataddr((letter.name, sender)),
        to=list(to),
        headers=dict(headers or {}),
    )
    words = {"letter": letter, "subject": subject, "paragraphs": paragraphs_of(body)}
    mail.attach_alternative(render_to_string("mail/letter.html", words), "text/html")
    return mail


def paragraphs_of(body: str) -> list[SafeString]:
    """Return the paragraphs of a text as HTML: lines kept apart, addresses of this site linked."""
    return [_as_html(paragraph) for paragraph in re.split(r"\n{2,}", body.strip()) if paragraph.strip()]


def _as_html(paragraph: str) -> SafeString:
    base = re.escape(escape(settings.WAGTAILADMIN_BASE_URL))
    linked = re.sub(rf"{base}(?:/[^\s<]*?)?(?=[.,:)]*(?:\s|$))", r'<a href="\g<0>">\g<0></a>', str(escape(paragraph)))
    return mark_safe(linked.replace("\n", "<br>\n"))
