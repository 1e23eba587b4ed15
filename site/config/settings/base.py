"""What is true everywhere. Values from outside come through ``config.env``."""

from pathlib import Path
from typing import Any

from config import env
from config.databases import database, is_sqlite
from config.front_caches import front_caches

BASE_DIR = Path(__file__).resolve().parents[3]
SITE_DIR = BASE_DIR / "site"

# Everything a running site writes is under one folder, so that one path is backed up.
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

# Applications. Ours come before Wagtail's: Django takes the first command of a name, and
# our `publish_scheduled` must be the one that runs.
INSTALLED_APPS = [
    "research",
    "wagtail.contrib.redirects",  # before home, which takes the place of what it does by itself
    "home",
    "search",
    "common",
    "wagtail_modeladmin",
    "wagtail.contrib.settings",
    "wagtail.contrib.routable_page",
    "wagtail.contrib.table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_tasks",
    "django_tasks_db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "common.client_address.ClientAddressMiddleware",  # first: all others believe what it says
    "common.languages.LanguageMiddleware",  # whatever answers further in, errors too, speaks the address's language
    "common.middleware.TextGZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "common.middleware.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "common.middleware.RevalidationMiddleware",
    "common.conditional.ETagMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "common.middleware.StorableTextMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "research.newsroom.refusals.RefusalMessagesMiddleware",
    "common.odd_input.OddInputMiddleware",
    "common.once.ReadingMiddleware",
    "research.admin.who.WhoMiddleware",
    # Before the one that answers forms itself.
    "research.admin.titles.WithheldPagesMiddleware",
    "common.saving.SavingMiddleware",
    "home.redirects.RedirectMiddleware",
]

# What `manage.py start` serves: where it listens, in how many processes, each with how many threads.
HOST = env.text("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000)
WEB_PROCESSES = env.integer("WEB_CONCURRENCY", 1)
WEB_THREADS = env.integer("WEB_THREADS", 8)

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "home.frame.frame",
            ],
        },
    },
]

# Database: SQLite in the data folder unless DATABASE_URL names a PostgreSQL server.
SQLITE_URL = f"sqlite:///{DATA_DIR / 'countersign.sqlite3'}"
DATABASES = {"default": database(env.text("DATABASE_URL", SQLITE_URL))}
# What may become public, and when, is judged by the database's clock on PostgreSQL; a process's own clock is
# checked against it and against the monotonic one. The tests travel in time and set this.
BELIEVE_PROCESS_CLOCK = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if not is_sqlite(DATABASES["default"]):
    INSTALLED_APPS.append("django.contrib.postgres")

# Cache: in the process, or Redis or Valkey where several processes must agree.
# Renditions have a cache of their own, so that purging pages does not empty it.
REDIS_URL = env.text("REDIS_URL", "")


def _cache(name: str, timeout_seconds: int) -> dict[str, Any]:
    if REDIS_URL:
        backend: dict[str, Any] = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    else:
        backend = {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": name,
            "OPTIONS": {"MAX_ENTRIES": 5000},
        }
    return {**backend, "KEY_PREFIX": f"countersign:{name}", "TIMEOUT": timeout_seconds}


# Limits count for all processes together: in the database, where there is no cache server. Its entries go when
# their time is over; above this number the cache also throws away others, and with them somebody's count.
_limits = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "common_limitentry",
    "OPTIONS": {"MAX_ENTRIES": 100_000},
}
# Pages and parts of them, by what they are made of: some six kilobytes a page, in every process.
_printed = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "printed",
    "TIMEOUT": 3_600,
    "OPTIONS": {"MAX_ENTRIES": 1_500, "CULL_FREQUENCY": 10},
}
CACHES = {
    "default": _cache("default", 300),
    "renditions": _cache("renditions", 600),
    "limits": _cache("limits", 3600) if REDIS_URL else _limits,
    "printed": _printed,
}

# Whole pages for readers who are not signed in, kept by this machine for a minute at most and thrown away when what
# they show changes. The folder is disposable, and of this machine alone: with several of them, switch it off.
PAGE_STORE = env.flag("PAGE_STORE", True)
PAGE_STORE_DIR = DATA_DIR / "pages"
# Articles that were printed, by all that they are made of: disposable, too, and of this machine.
PRINTED_DIR = DATA_DIR / "printed" if PAGE_STORE else None

# Caches in front of the site: they may keep what the store keeps, and are told when it goes.
WAGTAILFRONTENDCACHE = front_caches()

# Who asks: the proxies named here say for whom they ask, and whether it was over TLS. Everybody else is believed
# in nothing. It decides what limits count, what the report form counts, and what the log says.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES", [])
IPWARE_META_PRECEDENCE_ORDER = ("REMOTE_ADDR",)  # the log's library would believe any header

# Background tasks run at once in the calling process, or are queued for the worker that `manage.py start` then
# runs too. On PostgreSQL they are queued unless TASKS_BACKEND says otherwise: index writes inside the
# transactions of pages deadlock there, and a lock that keeps them apart would be held by a process that froze.
TASKS_IN_DATABASE = (
    env.text("TASKS_BACKEND", "immediate" if is_sqlite(DATABASES["default"]) else "database") == "database"
)
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend"
        if TASKS_IN_DATABASE
        else "django_tasks.backends.immediate.ImmediateBackend",
    },
    # Imports ask outside sources and take minutes: they never run in a request. `manage.py run_imports`
    # is their worker, and `manage.py start` runs it.
    "imports": {"BACKEND": "django_tasks_db.DatabaseBackend"},
}

# Language and time. Times are stored in UTC and shown in the publication's zone. A public page's language is that of
# its section or of the publication (both set by editors), the newsroom's is what each user chose; this is what both
# start from, and what is written in the code.
LANGUAGE_CODE = "en-gb"
# Those that are complete: docs/languages.md says how one is added.
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch"), ("fr", "Français")]
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
LOCALE_PATHS = [SITE_DIR / "config" / "locale"]
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = env.text("TIME_ZONE", "Europe/London")
USE_I18N = True
USE_TZ = True

# Static files and media. Media names are random, so an address says nothing. Only what is below public/ is for
# everybody; what readers do not see has an address with a key.
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [SITE_DIR / "config" / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(DATA_DIR / "media")))
SERVE_MEDIA = env.flag("SERVE_MEDIA", True)
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "common.media.MediaStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o644
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a long article is one form with thousands of fields

# Sign-in: allauth for everyone, the admin too. Accounts are made by an administrator, never by sign-up.
AUTH_USER_MODEL = "common.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "wagtailadmin_home"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "common.adapters.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = "none"  # an administrator vouches for the address
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
# Wrong passwords count against the address they come from and never against an account: whoever knows the
# right one gets in from elsewhere, however long somebody tries.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,100/h/ip"}
# A second factor is offered to everyone and asked of those who set one up.
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Countersign"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # vouched for by an administrator, as above

# Browser security. Public pages have no inline script and no third party; their policy is a constant, which names
# the one inline style, the publication's colour, by its hash (common.middleware.allow_style). Wagtail's admin still
# needs inline code (wagtail/wagtail#1288) and pictures made in the browser.
MEDIA_ORIGINS = env.names("MEDIA_ORIGINS", [])
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", *MEDIA_ORIGINS],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}
ADMIN_CONTENT_SECURITY_POLICY = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:", *MEDIA_ORIGINS],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'self'"],
}
# A preview is a public page in the editor's frame, with the script that checks its words from there.
PREVIEW_CONTENT_SECURITY_POLICY = {
    "default-src": ["'self'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", *MEDIA_ORIGINS],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
}
X_FRAME_OPTIONS = "SAMEORIGIN"  # the editor shows its previews in a frame
CSRF_COOKIE_HTTPONLY = False  # Wagtail's editor reads the token

# Mail. Nothing is sent inside a transaction: see common.outbox.
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = env.flag("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = env.integer("EMAIL_TIMEOUT_SECONDS", 10)
EMAIL_FILE_PATH: Path | None = None  # for a backend that writes files
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "newsroom@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Wagtail. The names of the publication live on its home page; this one is for the admin.
WAGTAIL_SITE_NAME = "Countersign"
WAGTAILADMIN_BASE_URL = env.web_address("BASE_URL", "http://localhost:8000")
# No call leaves the installation unasked.
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
# Mails about comments, which Wagtail sends by itself, in the publication's dress too.
WAGTAILADMIN_NOTIFICATION_USE_HTML = True
# The last approval makes a release; Wagtail's own action would publish whatever revision is newest.
WAGTAIL_FINISH_WORKFLOW_ACTION = "research.publishing.finish.hand_over"
# Signatures are bound to words, not to revisions: saving the same words again must not throw them away.
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = False
WAGTAIL_PASSWORD_RESET_ENABLED = False  # allauth's reset is the one that knows second factors
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
WAGTAILEMBEDS_RESPONSIVE_HTML = True
# Wagtail's own editor of rich text mixes the texts of people who open it at the same moment.
WAGTAILADMIN_RICH_TEXT_EDITORS = {"default": {"WIDGET": "common.rich_text.DraftailRichTextArea"}}
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

# Images. No SVG: it can carry script. The pixel limit keeps one upload from filling the memory.
WAGTAILIMAGES_IMAGE_MODEL = "common.Image"
WAGTAILIMAGES_IMAGE_FORM_BASE = "common.image_forms.ImageForm"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = env.integer("MAX_IMAGE_MEGABYTES", 15) * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = env.integer("MAX_IMAGE_MEGAPIXELS", 50) * 1_000_000
WAGTAILIMAGES_FORMAT_CONVERSIONS = {"avif": "avif", "webp": "webp"}
WAGTAILIMAGES_AVIF_QUALITY = 60
WAGTAILIMAGES_WEBP_QUALITY = 78
WAGTAILIMAGES_JPEG_QUALITY = 80

# Log: to the standard error stream, which whoever runs the process keeps. `countersign.audit` has one line
# for every act that an auditor would ask about.
LOG_LEVEL = env.text("LOG_LEVEL", "INFO")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "countersign": {"level": LOG_LEVEL},
        "countersign.audit": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
    },
}

# Sample records for the tests that want real ones; they pass without.
EVIDENCE_SAMPLES = Path(env.text("EVIDENCE_SAMPLES", str(BASE_DIR.parent / "shared" / "samples")))

# Medical review. A signature is good for this long; after it the article is due for re-review, and words
# that are not yet public need a new signature.
REVIEW_VALID_DAYS = env.integer("REVIEW_VALID_DAYS", 365)

# Checkpoints of the chain of signatures, which let outsiders verify it (docs/verifying.md). The key never stands
# in the database or in the data folder: whoever has it and the database could sign another history.
CHECKPOINT_KEY = env.text("CHECKPOINT_KEY", "")
CHECKPOINT_KEY_FILE = env.text("CHECKPOINT_KEY_FILE", "")
CHECKPOINT_ORIGIN = env.text("CHECKPOINT_ORIGIN", "countersign")
CHECKPOINT_MAIL_TO = env.names("CHECKPOINT_MAIL_TO", [])
CHECKPOINT_POST_TO = env.names("CHECKPOINT_POST_TO", [])
TIMESTAMP_AUTHORITY = env.text("TIMESTAMP_AUTHORITY", "")

# Sources. PubMed and Crossref want to know whom to write to; without a contact nothing is asked of them.
SOURCES_CONTACT = env.text("SOURCES_CONTACT", "")
SOURCES_TIMEOUT_SECONDS = env.number("SOURCES_TIMEOUT_SECONDS", 20.0)
NCBI_API_KEY = env.text("NCBI_API_KEY", "")
# The sentinel re-checks studies in the runner. It needs the network, so it starts with a contact only.
SENTINEL_ENABLED = env.flag("SENTINEL_ENABLED", bool(SOURCES_CONTACT))
RETRACTION_WATCH_CSV = env.text("RETRACTION_WATCH_CSV", "")
