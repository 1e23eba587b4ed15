"""The language of a public page: its section's, or else the publication's. Nothing that a reader sends decides it.

So a page has one language at its address, may be kept under it, and says the same to everybody. Which languages there
are, an app that knows it says by ``use``. Nothing stored, signed or hashed is put into the language of a request:
sentences are kept as they are written in the code, and translated where they are printed.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.once import READING, once, reading

logger = logging.getLogger("countersign.languages")

PUBLICATION = ""
#: What is asked by machines, and answers when nothing else does.
SPEAKS_TO_MACHINES = frozenset({".well-known", "health", "media", "static"})

_find: Callable[[], Mapping[str, str]] = dict


def use(find: Callable[[], Mapping[str, str]]) -> None:
    """Let this function say, from now on, which language each section has, by its slug; "" is the publication."""
    global _find
    _find = find


@once(lambda: "")
def by_section() -> Mapping[str, str]:
    """Return the language of each section by its slug, and that of the publication."""
    return _find()


def languages() -> list[tuple[str, str]]:
    """Return the languages that there are to choose from: a new one is no migration."""
    return list(settings.LANGUAGES)


def publication_language() -> str:
    """Return the language of what belongs to no section."""
    return by_section().get(PUBLICATION) or settings.LANGUAGE_CODE


def language_at(address: str) -> str:
    """Return the language of the page at an address of this site."""
    first = address.lstrip("/").partition("/")[0]
    if first in SPEAKS_TO_MACHINES:
        return settings.LANGUAGE_CODE
    known = by_section()
    return known.get(first) or known.get(PUBLICATION) or settings.LANGUAGE_CODE


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Print what is printed meanwhile in a language."""
    with translation.override(language or publication_language()):
        yield


def number_words(number: int) -> str:
    """Return a whole number as the active language writes it, its thousands apart."""
    return number_format(number, use_l10n=True, force_grouping=True)


def is_foreign(language: str) -> bool:
    """Tell whether words in a language are not in that of the page around them, which then has to say so."""
    active = translation.get_language() or settings.LANGUAGE_CODE
    return bool(language) and _base(language) != _base(active)


def attributes_of(language: str) -> SafeString:
    """Return what an element says of its words' language: nothing where that is the page's own."""
    return format_html(" {}", attributes(language)) if is_foreign(language) else SafeString("")


def attributes(language: str) -> SafeString:
    """Return language and direction of writing as attributes."""
    return format_html('lang="{}" dir="{}"', language, "rtl" if is_right_to_left(language) else "ltr")


def is_right_to_left(language: str) -> bool:
    """Tell whether a language is written from right to left."""
    return _base(language) in settings.LANGUAGES_BIDI


def _base(language: str) -> str:
    return language.split("-")[0].lower()


class LanguageMiddleware:
    """Answers each request in the language of its address, and leaves none behind for the next.

    In the newsroom this is what people get who have not chosen a language; Wagtail puts theirs over it. Each card and
    each link of a page asks for a language: while a request only reads, what is known is read once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer."""
        with (
            reading(by_section) if request.method in READING else nullcontext(),
            translation.override(_language_of(request)),
        ):
            return self.get_response(request)


def _language_of(request: HttpRequest) -> str:
    try:
        return language_at(request.path_info)
    except DatabaseError:
        logger.warning("The language of %s is not known: the database does not answer", request.path_info[:200])
        return settings.LANGUAGE_CODE
