"""Parts of pages that are printed once: what is printed depends on the values that it is printed of, and nothing else.

Each process remembers the newest parts by what they were made of, so nothing that it has can be out of date: other
words, another rating or a notice more are other values. It saves work where a page is made again that did not change,
or many pages offer the same.
"""

import hashlib
import pickle
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

CACHE = "printed"


def printed(template: str, **values: Any) -> SafeString:
    """Return a template with these values, from memory if it was printed with the same before.

    The template gets these values alone, neither the request nor what context processors add. Values are the same when
    they pickle the same: text that is safe is not the same as the text alone. Language and time zone are those of now.
    """
    if settings.DEBUG:  # who changes templates wants to see it
        return mark_safe(render_to_string(template, values))
    made_of = pickle.dumps((template, values, get_language(), get_current_timezone_name()), pickle.HIGHEST_PROTOCOL)
    key, memory = hashlib.sha256(made_of).hexdigest(), caches[CACHE]
    html: str | None = memory.get(key)
    if html is None:
        html = render_to_string(template, values)
        memory.set(key, html)
    return mark_safe(html)
