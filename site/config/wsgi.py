"""The WSGI entry point; production settings unless DJANGO_SETTINGS_MODULE says otherwise."""

import atexit
import gc
import os

from django.core.wsgi import get_wsgi_application

from common.installation import log_problems

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

django_application = get_wsgi_application()

# What these build on are models, which are ready only now.
from common.page_store.door import PageStoreDoor  # noqa: E402
from common.page_store.place import empty  # noqa: E402
from home.readership.counting import ReadershipCounter  # noqa: E402

# Pages from the store are counted, too.
application = ReadershipCounter(PageStoreDoor(django_application))
atexit.register(application.write)
empty()  # what is kept may be of another release
log_problems()
gc.collect()
gc.freeze()  # what is loaded stays: no collection need look through it for the rest of the process's life
