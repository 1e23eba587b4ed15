"""The WSGI entry point; production settings unless DJANGO_SETTINGS_MODULE says otherwise."""

import os

from django.core.wsgi import get_wsgi_application

from common.installation import log_problems

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

django_application = get_wsgi_application()

# What counts builds on models, which are ready only now.
from home.readership.counting import ReadershipCounter  # noqa: E402

application = ReadershipCounter(django_application)
log_problems()
