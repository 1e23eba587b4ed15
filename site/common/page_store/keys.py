"""Which requests the store may answer, and what makes two of them one."""

import hashlib
import re
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings

from common.client_address import FORWARDED_PROTO, is_trusted
from common.page_store.settled import settled

#: Parameters that make another page, in the order of the key, each with what it may look like.
KNOWN = {
    "page": re.compile(r"[1-9]\d{0,4}"),
    "after": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "v": re.compile(r"[0-9a-f]{12}"),
}
#: What others hang on addresses to count their readers; no page is another one for it.
TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|mc_cid|mc_eid|igshid|twclid|yclid|_ga|_gl|mtm_\w+|pk_\w+|ref_src"
)
PATH = re.compile(r"/[-\w./]{0,300}", re.ASCII)
#: What is never kept, whatever its view says.
PASSED = ("/accounts/", "/admin/", "/calendar/", "/guest/", "/health/", "/media/", "/preview/", "/search/", "/static/")
#: Somebody who is signed in, or whom the site has something to tell.
OF_A_PERSON = ("messages=",)
#: Requests that ask for more than a page.
ASKS_MORE = frozenset(
    {
        "HTTP_AUTHORIZATION",
        "HTTP_IF_MATCH",
        "HTTP_IF_UNMODIFIED_SINCE",
        "HTTP_UPGRADE",
        "HTTP_TRANSFER_ENCODING",
    }
)


class Key(NamedTuple):
    """What a kept page is made of, and nothing else; and the name of its file."""

    scheme: str
    host: str
    path: str
    query: str
    name: str

    @property
    def url(self) -> str:
        """Return the address that readers use."""
        return f"{self.scheme}://{self.host}{self.path}{'?' if self.query else ''}{self.query}"


def key_of(environ: dict[str, Any]) -> Key | None:
    """Return the key of a request; None where Django answers, without the store."""
    told = environ.get
    if told("REQUEST_METHOD") not in ("GET", "HEAD") or told("SCRIPT_NAME"):
        return None
    if not environ.keys().isdisjoint(ASKS_MORE) or told("CONTENT_LENGTH") not in (None, "", "0"):
        return None
    cookies = told("HTTP_COOKIE")
    if cookies and (settings.SESSION_COOKIE_NAME in cookies or any(name in cookies for name in OF_A_PERSON)):
        return None
    return _key(
        scheme_of(environ) if FORWARDED_PROTO in environ else told("wsgi.url_scheme", "http"),
        told("HTTP_HOST", ""),
        told("SERVER_PORT", ""),
        told("PATH_INFO", ""),
        told("QUERY_STRING", ""),
    )


@settled(most=5_000)
def _key(scheme: str, host: str, port: str | int, path: str, query: str) -> Key | None:
    host = host.lower()
    if not _is_own(host, str(port)):
        return None
    if path.startswith(PASSED) or path.endswith("/report/") or PATH.fullmatch(path) is None:
        return None
    canonical = canonical_query(query)
    if canonical is None:
        return None
    name = hashlib.sha256("\n".join((scheme, host, path, canonical)).encode()).hexdigest()
    return Key(scheme, host, path, canonical, name)


def canonical_query(text: str) -> str | None:
    """Return the known parameters in order; None where there is one that the store does not know, or twice."""
    if not text:
        return ""
    if len(text) > 1_000:
        return None
    found = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if TRACKING.fullmatch(name):
            continue
        form = KNOWN.get(name)
        if form is None or name in found or form.fullmatch(value) is None:
            return None
        found[name] = value
    return urlencode([(name, found[name]) for name in KNOWN if name in found])


def scheme_of(environ: dict[str, Any]) -> str:
    """Return the scheme that Django will find: only a trusted proxy says more than the server."""
    header = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
    if header and FORWARDED_PROTO in environ and is_trusted(environ.get("REMOTE_ADDR", "")):
        secure = environ[FORWARDED_PROTO].split(",")[0].strip() == header[1]
        return "https" if secure else "http"
    return str(environ.get("wsgi.url_scheme", "http"))


def _is_own(host: str, port: str) -> bool:
    """Tell whether a host is one that readers use, at the port where we listen or none.

    A pattern such as ``.news.example`` lets anybody make up names without end: of those only the one readers use.
    """
    if host == urlsplit(settings.WAGTAILADMIN_BASE_URL).netloc.lower():
        return True
    name, _, asked = host.rpartition(":") if re.fullmatch(r".+:\d+", host) else (host, "", "")
    allowed = {one.lower() for one in settings.ALLOWED_HOSTS if not one.startswith((".", "*"))}
    return name in allowed and asked in ("", port)
