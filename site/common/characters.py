"""Half a character: no database and no answer can hold it, and JSON may name one all the same."""

import re

# The escapes of JSON, one after the other: a whole pair, half a character (the group), or any other.
JSON_ESCAPE = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u([dD][89a-fA-F]..)|.)")


def whole_characters(written: str) -> str:
    """Return JSON, as it is written, with U+FFFD for each half of a character."""
    if "\\u" not in written:
        return written
    return JSON_ESCAPE.sub(lambda found: "\\ufffd" if found[1] else found[0], written)
