"""Structured data as text."""

import json
from typing import Any


def json_for_script(data: Any) -> str:
    """Return JSON that cannot end the script element it stands in."""
    written = json.dumps(data, ensure_ascii=False)
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
