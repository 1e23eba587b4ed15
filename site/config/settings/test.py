"""The test suite: no network, no server; SQLite in memory unless TEST_DATABASE_URL says otherwise."""

import tempfile
from pathlib import Path

from config import env

from .base import *

DEBUG = False
SECRET_KEY = "only-for-tests"  # noqa: S105 - signs nothing that outlives a test
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]

# Its own variable: an address left in the shell must not decide where tests write.
DATABASES = {
    "default": database(env.text("TEST_DATABASE_URL", "sqlite://:memory:"), keep_open_seconds=0, idle_seconds=0)
}
# Tests travel in time; the ones about clocks set it back.
BELIEVE_PROCESS_CLOCK = True
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "django.contrib.postgres"]
if not is_sqlite(DATABASES["default"]):
    INSTALLED_APPS.append("django.contrib.postgres")
# wagtail-factories imports the documents app's model; the site itself does not install the app.
INSTALLED_APPS.append("wagtail.documents")

# Its own tests switch it on.
PAGE_STORE = env.flag("TEST_PAGE_STORE", False)
PRINTED_DIR = DATA_DIR / "printed" if PAGE_STORE else None

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MEDIA_ROOT = Path(env.text("TEST_MEDIA_ROOT", "") or tempfile.mkdtemp(prefix="countersign-test-media-"))
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "default"},
    "renditions": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "renditions"},
    "limits": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "limits"},
    "printed": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "printed"},
}
TASKS_IN_DATABASE = False
TASKS = {name: {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"} for name in ("default", "imports")}

# Finding static files at the start of every test client would cost more than the tests.
MIDDLEWARE = [item for item in MIDDLEWARE if not item.startswith("whitenoise.")]
