"""Every address of the admin, found in the resolver, with whatever is wanted in place of its parameters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

ROUTE_PARAMETER = re.compile(r"<(?:(?P<converter>[^:>]+):)?(?P<name>\w+)>")
REGEX_PARAMETER = re.compile(r"\(\?P<(?P<name>\w+)>[^()]*\)")


@dataclass(frozen=True)
class Address:
    """One pattern of the admin: a template with a place for each parameter."""

    template: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return self.template

    def filled(self, **values: str) -> str:
        """Return the address with these values for its parameters."""
        return self.template.format(**values)


def admin_addresses() -> list[Address]:
    """Return every address below /admin/ that a view answers, but for the one that catches the rest."""
    root = next(part for part in get_resolver().url_patterns if str(part.pattern) == "admin/")
    assert isinstance(root, URLResolver)
    return [address for address in _walk(root, "/admin/") if ".*" not in address.template]


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Address]:
    for part in resolver.url_patterns:
        template = prefix + _template(str(part.pattern))
        if isinstance(part, URLPattern):
            yield Address(template, tuple(re.findall(r"{(\w+)}", template)))
        else:
            yield from _walk(part, template)


def _template(pattern: str) -> str:
    plain = ROUTE_PARAMETER.sub(r"{\g<name>}", pattern)
    plain = REGEX_PARAMETER.sub(r"{\g<name>}", plain)
    return plain.removeprefix("^").removesuffix("$").replace(r"\.", ".")
