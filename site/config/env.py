"""Values from outside the process; every complaint names the variable it is about."""

import ipaddress
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

_env = Env()

#: Shorter keys can be guessed; `python -c "import secrets; print(secrets.token_urlsafe(50))"` makes a good one.
SECRET_MINIMUM_LENGTH = 32


def required(name: str) -> str:
    """Return the variable's text.

    Raises:
        ImproperlyConfigured: it is missing or blank.
    """
    value = text(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name}: this installation cannot start without it.")
    return value


def secret(name: str) -> str:
    """Return a required text that is long enough to be a key.

    Raises:
        ImproperlyConfigured: it is missing, or shorter than ``SECRET_MINIMUM_LENGTH`` characters.
    """
    value = required(name)
    if len(value) < SECRET_MINIMUM_LENGTH:
        raise ImproperlyConfigured(f"{name} must have at least {SECRET_MINIMUM_LENGTH} characters.")
    return value


def text(name: str, default: str) -> str:
    """Return the variable's text without surrounding space, or ``default`` when it is not set."""
    return _read(_env.str, name, default).strip()


def flag(name: str, default: bool) -> bool:
    """Return a yes or no; 1, true, yes, on and their opposites are understood."""
    return _read(_env.bool, name, default)


def integer(name: str, default: int) -> int:
    """Return a whole number."""
    return _read(_env.int, name, default)


def number(name: str, default: float) -> float:
    """Return a number that may have a fraction."""
    return _read(_env.float, name, default)


def names(name: str, default: Sequence[str]) -> list[str]:
    """Return the comma-separated parts of the variable, blanks left out."""
    parts = _read(_env.list, name, list(default))
    return [part.strip() for part in parts if part.strip()]


def networks(name: str, default: Sequence[str]) -> list[str]:
    """Return the comma-separated IP addresses and networks of the variable, such as ``127.0.0.1, 10.0.0.0/8``.

    Raises:
        ImproperlyConfigured: one of them is neither.
    """
    found = names(name, default)
    for part in found:
        try:
            ipaddress.ip_network(part, strict=False)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name} takes IP addresses and networks such as 10.0.0.0/8: {error}."
            ) from error
    return found


def web_address(name: str, default: str) -> str:
    """Return the variable's address without a slash at its end.

    Raises:
        ImproperlyConfigured: it has no scheme, no host, or more than those and a port.
    """
    address = text(name, default).rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or address != f"{parts.scheme}://{parts.netloc}":
        raise ImproperlyConfigured(
            f"{name} is {address!r}, and must be the address readers use, such as https://news.example."
        )
    return address


def required_names(name: str) -> list[str]:
    """Return the comma-separated parts of a variable that must hold at least one.

    Raises:
        ImproperlyConfigured: it is missing or has no part that is not blank.
    """
    required(name)
    parts = names(name, [])
    if not parts:
        raise ImproperlyConfigured(f"{name} must name at least one value.")
    return parts


def hosts(name: str) -> list[str]:
    """Return the required names of hosts that a site answers to; ``.news.example`` stands for all below it, too.

    Raises:
        ImproperlyConfigured: there is none, or one that would let anybody choose: mails with links for a new
            password name the host that was asked for.
    """
    found = required_names(name)
    for host in found:
        if "*" in host or "/" in host:
            raise ImproperlyConfigured(
                f"{name} has {host!r}. Name the hosts that readers use, with commas between: news.example, "
                ".news.example for all below it, or an IP address."
            )
    return found


def _read(parse: Any, name: str, default: Any) -> Any:
    try:
        return parse(name, default)
    except EnvError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}") from error
