"""Granian, with the site loaded once for all its workers: they share that memory until they write there.

``python -m config.preloaded`` takes granian's own options. Its workers are forks; each of them still makes its own
application, store and connections.
"""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import reverse

from research.artwork import fonts


def load() -> None:
    """Load the settings, the apps and every view; leave nothing open that two processes must not share."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
    gc.disable()  # a collection leaves holes, and who fills one copies its whole page
    get_wsgi_application()

    # What ``config.wsgi`` builds on: models, which are ready only now.
    import common.installation  # noqa: PLC0415
    import common.page_store.door  # noqa: F401, PLC0415
    import home.readership.counting  # noqa: F401, PLC0415

    reverse("search")  # reads all addresses
    fonts.letters_of(fonts.REGULAR, fonts.SEMIBOLD, fonts.SERIF)  # as every article asks for them
    connections.close_all()
    gc.freeze()  # nor does a later collection write to each thing that is loaded
    gc.enable()


if __name__ == "__main__":
    from granian.cli import entrypoint

    load()
    entrypoint()
