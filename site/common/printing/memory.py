"""Pages, and parts of them, that are printed once: what is printed depends on the values that it is made of alone.

Each process remembers the newest by what they were made of, so nothing that it has can be out of date: other
words, another rating or a notice more are other values. It saves work where a page is made again that did not change,
or many pages offer the same.
"""

import hashlib
import io
import pickle
import zlib
from typing import Any

from django.conf import settings
from django.core.cache import BaseCache, caches
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

CACHE = "printed"
#: A page takes a quarter of the memory then, and a twentieth of a millisecond more.
FASTEST = 1


def memory() -> BaseCache:
    """Return what this process remembers: the newest, for an hour at most."""
    return caches[CACHE]


def printed(template: str, **values: Any) -> SafeString:
    """Return a template with these values, from memory if it was printed with the same before.

    The template gets these values alone, neither the request nor what context processors add.
    """
    if settings.DEBUG:  # who changes templates wants to see it
        return render_to_string(template, values)
    key = key_of((template, values))
    found: bytes | None = memory().get(key)
    if found is not None:
        return mark_safe(unpacked(found))
    made = render_to_string(template, values)
    memory().set(key, packed(made))
    return made


def key_of(made_of: Any) -> str:
    """Return what is printed of some values is known by: in another process, of equal values, the same.

    Values are the same when they pickle the same: text that is safe is not the same as the text alone. Language and
    time zone are those of now.
    """
    written = io.BytesIO()
    pickler = pickle.Pickler(written, pickle.HIGHEST_PROTOCOL)
    pickler.fast = True  # the same text twice is written as two equal texts are
    pickler.dump((made_of, get_language(), get_current_timezone_name()))
    return hashlib.sha256(written.getbuffer()).hexdigest()


def packed(text: str) -> bytes:
    """Return a text as memory and files have it."""
    return zlib.compress(text.encode(), FASTEST)


def unpacked(kept: bytes) -> str:
    """Return the text that was packed.

    Raises:
        zlib.error: it is not whole.
        UnicodeDecodeError: it is none.
    """
    return zlib.decompress(kept).decode()
