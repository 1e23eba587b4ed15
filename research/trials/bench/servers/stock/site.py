"""The settings, addresses and templates of the site; run as a module, it is the site's ``manage.py``.

It is started in a folder of its own.
"""

import os
import sys
from pathlib import Path

import dj_database_url
import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

CARD = """{% load wagtailcore_tags wagtailimages_tags %}
<li><a href="{% pageurl article %}">{% image article.lead width-400 %}<h3>{{ article.title }}</h3></a>
<p>{{ article.summary }}</p><time>{{ article.first_published_at }}</time></li>"""
BASE = """{% load wagtailcore_tags wagtailuserbar %}{% wagtail_site as site %}<!doctype html>
<html lang="en"><head><title>{{ page.title }}</title></head><body>
<nav><ul>{% for item in site.root_page.get_children.live.in_menu %}
<li><a href="{% pageurl item %}">{{ item.title }}</a></li>{% endfor %}</ul></nav>
<nav><ol>{% for above in page.get_ancestors %}{% if above.depth > 1 %}
<li><a href="{% pageurl above %}">{{ above.title }}</a></li>{% endif %}{% endfor %}</ol></nav>
<main><h1>{{ page.title }}</h1>{% block main %}{% endblock %}</main>{% wagtailuserbar %}</body></html>"""
ARTICLE = """{% extends "stock/base.html" %}{% load wagtailcore_tags wagtailimages_tags %}{% block main %}
{% image page.lead width-800 %}<p>{{ page.summary }}</p>{% include_block page.body %}
<ul>{% for topic in page.topics.all %}<li>{{ topic }}</li>{% endfor %}</ul>
<ul>{% for article in related %}{% include "stock/card.html" %}{% endfor %}</ul>{% endblock %}"""
LIST = """{% extends "stock/base.html" %}{% block main %}
<ul>{% for article in articles %}{% include "stock/card.html" %}{% endfor %}</ul>{% endblock %}"""
LOADERS = (
    (
        "django.template.loaders.locmem.Loader",
        {"stock/card.html": CARD, "stock/base.html": BASE, "stock/article.html": ARTICLE, "stock/list.html": LIST},
    ),
    "django.template.loaders.app_directories.Loader",
)
INSTALLED_APPS = (
    "research.trials.bench.servers.stock",
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
        # Kept open, as ours are.
        DATABASES={"default": dj_database_url.parse(os.environ["REFERENCE_DATABASE_URL"], conn_max_age=600)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=INSTALLED_APPS,
        MIDDLEWARE=MIDDLEWARE,
        MEDIA_ROOT=str(Path.cwd() / "media"),
        MEDIA_URL="/media/",
        ROOT_URLCONF="research.trials.bench.servers.stock.site",
        SECRET_KEY="of a site that nobody reaches",  # noqa: S106 - nothing is kept there
        STATIC_URL="/static/",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "context_processors": CONTEXT,
                    "loaders": [("django.template.loaders.cached.Loader", LOADERS)],
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
    execute_from_command_line(sys.argv)
