"""A public installation: no defaults for secrets or hosts, so a forgotten one stops it at the start."""

from typing import Any

import structlog

from config import env

from .base import *

DEBUG = False
SECRET_KEY = env.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS", [])
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS")

# Addresses in mails and feeds; the first host over TLS unless said otherwise.
WAGTAILADMIN_BASE_URL = env.web_address("BASE_URL", f"https://{ALLOWED_HOSTS[0].lstrip('.')}")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS", [WAGTAILADMIN_BASE_URL])

# TLS everywhere. Health checks come from inside, without TLS.
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("SECURE_HSTS_INCLUDE_SUBDOMAINS", True)
SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD", False)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
# From anybody but a trusted proxy, the header is taken off before it is read.
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Static files get names made from their content, compressed once, cached for ever.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}

# Media in an S3-compatible store when a bucket is named; the store or its CDN then serves them. The bucket must let
# everybody read what is below public/, and nothing else.
S3_BUCKET = env.text("S3_BUCKET", "")
if S3_BUCKET:
    options: dict[str, Any] = {
        "bucket_name": S3_BUCKET,
        "endpoint_url": env.text("S3_ENDPOINT_URL", "") or None,
        "region_name": env.text("S3_REGION", "") or None,
        "custom_domain": env.text("S3_CUSTOM_DOMAIN", "") or None,
        "querystring_auth": False,
        "file_overwrite": False,
        # A picture leaves shared stores a minute after its article is taken down.
        "object_parameters": {"CacheControl": "public, max-age=3600, s-maxage=60"},
    }
    STORAGES["default"] = {"BACKEND": "common.s3.MediaS3Storage", "OPTIONS": options}
    SERVE_MEDIA = False

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

# One JSON object a line, each with the request it belongs to.
INSTALLED_APPS = [*INSTALLED_APPS, "django_structlog"]
MIDDLEWARE = [*MIDDLEWARE, "common.request_log.RequestLogMiddleware"]
_processors: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
structlog.configure(
    processors=[*_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING["formatters"]["plain"] = {
    "()": structlog.stdlib.ProcessorFormatter,
    "processor": structlog.processors.JSONRenderer(),
    "foreign_pre_chain": _processors,
}
