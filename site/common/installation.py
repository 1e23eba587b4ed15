"""What keeps an installation from serving its readers, found at the start instead of by them."""

import logging
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

logger = logging.getLogger("countersign.installation")

LOCAL_CACHES = ("locmem.LocMemCache", "dummy.DummyCache")


def problems(web_processes: int | None = None) -> list[CheckMessage]:
    """Return what is wrong with this installation's settings and files: errors and warnings, each with what to do.

    Args:
        web_processes: how many are about to be started; ``WEB_CONCURRENCY`` when None.
    """
    return [*_static_files(), *_proxies(), *_cache(settings.WEB_PROCESSES if web_processes is None else web_processes)]


def static_files_are_collected() -> bool:
    """Tell whether pages find their styles: without the list of collected files each of them is an error."""
    if not isinstance(staticfiles_storage, ManifestFilesMixin):
        return True
    return bool(staticfiles_storage.hashed_files)


def _static_files() -> Iterator[CheckMessage]:
    if not static_files_are_collected():
        yield Error(
            "The static files are not collected: every page would be an error.",
            hint="Run `manage.py collectstatic --noinput` after each installation, then start again.",
            id="common.E001",
        )


def _proxies() -> Iterator[CheckMessage]:
    if getattr(settings, "SECURE_SSL_REDIRECT", False) and not settings.TRUSTED_PROXIES:
        yield Error(
            "Pages are redirected to https, and no proxy is named that could bring them from there: a redirect "
            "without end.",
            hint="Set TRUSTED_PROXIES to the addresses of the proxy that ends TLS, such as 127.0.0.1, and let it send "
            "X-Forwarded-Proto and X-Forwarded-For. Without any TLS: SECURE_SSL_REDIRECT=0.",
            id="common.E002",
        )


def _cache(web_processes: int) -> Iterator[CheckMessage]:
    if settings.DEBUG or not str(settings.CACHES["default"]["BACKEND"]).endswith(LOCAL_CACHES):
        return
    if web_processes > 1:
        yield checks.Warning(
            f"{web_processes} web processes have a cache each: what one of them clears, the others keep.",
            hint="Set REDIS_URL to a Redis or Valkey server, or WEB_CONCURRENCY=1 (threads need no shared cache).",
            id="common.W001",
        )
    yield checks.Warning(
        "There is no shared cache: limits on sign-in and reports are counted in the database.",
        hint="That is right for one machine. For several, set REDIS_URL to a Redis or Valkey server.",
        id="common.W002",
    )


def log_problems() -> None:
    """Write every problem to the log: for servers that ``manage.py start`` did not start."""
    for problem in problems():
        level = logging.ERROR if problem.is_serious() else logging.WARNING
        logger.log(level, "%s %s", problem.msg, problem.hint)


@register(Tags.security, deploy=True)
def check_installation(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Let ``manage.py check --deploy`` say what ``manage.py start`` says."""
    return problems()
