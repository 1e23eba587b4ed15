"""A site of Wagtail alone, for ``memory`` to compare with: the packages that we use of it, and none of ours.

It is started in a folder of its own; run as a module, it makes its database there.
"""

from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

PAGE = "{% load wagtailcore_tags %}<title>{{ page.title }}</title><h1>{{ page.title }}</h1>"
INSTALLED_APPS = (
    *("wagtail.contrib.settings", "wagtail.contrib.routable_page", "wagtail.contrib.table_block"),
    *("wagtail.contrib.redirects", "wagtail.embeds", "wagtail.sites", "wagtail.users", "wagtail.snippets"),
    *("wagtail.documents", "wagtail.images", "wagtail.search", "wagtail.admin", "wagtail", "modelcluster", "taggit"),
    *("django_filters", "django_tasks", "django.contrib.auth", "django.contrib.contenttypes"),
    *("django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles"),
)
MIDDLEWARE = (
    *("django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware"),
    *("django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"),
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
CONTEXT = (
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
)

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["localhost"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(Path.cwd() / "stock.sqlite3")}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=INSTALLED_APPS,
        MIDDLEWARE=MIDDLEWARE,
        ROOT_URLCONF="research.trials.bench.stock",
        SECRET_KEY="of a site that nobody reaches",  # noqa: S106 - nothing is kept there
        STATIC_URL="/static/",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "context_processors": CONTEXT,
                    "loaders": [
                        ("django.template.loaders.locmem.Loader", {"wagtailcore/page.html": PAGE}),
                        "django.template.loaders.app_directories.Loader",
                    ],
                },
            }
        ],
        USE_TZ=True,
        WAGTAILADMIN_BASE_URL="http://localhost",
        WAGTAIL_SITE_NAME="Stock",
    )
    django.setup()

urlpatterns = [path("admin/", include("wagtail.admin.urls")), path("", include("wagtail.urls"))]
application = get_wsgi_application()

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
