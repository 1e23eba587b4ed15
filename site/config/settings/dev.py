"""Development and the demo: runs with no variable set. DEBUG=0 shows the real error pages."""

from config import env

from .base import *

DEBUG = env.flag("DEBUG", True)
SECRET_KEY = env.text("SECRET_KEY", "only-for-development-and-the-demo-never-for-a-public-site")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
PAGE_STORE = env.flag("PAGE_STORE", not DEBUG)  # who changes templates wants to see it
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS", [])

# Static files come straight from the sources, without a collecting step.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns about a missing one

# A file a mail, to be looked at; on the console they would bury everything else.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
