#!/usr/bin/env python
"""Put `site/` on the path and run Django's command line."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command named on the command line, with the development settings unless told otherwise."""
    here = Path(__file__).resolve().parent
    for entry in (here / "site", here):
        if str(entry) not in sys.path:
            sys.path.insert(0, str(entry))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
