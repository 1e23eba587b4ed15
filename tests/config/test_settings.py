import os
import subprocess
import sys

import pytest
from django.conf import settings

from common.models import LimitEntry

GOOD = {"SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "news.example, www.news.example"}


def production(variables: dict[str, str], code: str, tmp_path) -> subprocess.CompletedProcess[str]:
    """Run a line of Python with the production settings and these variables, in a process of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    paths = os.pathsep.join([str(settings.BASE_DIR), str(settings.SITE_DIR)])
    environment = {
        **kept,
        "PYTHONPATH": paths,
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-c", f"from django.conf import settings; settings.DEBUG; {code}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_production_does_not_start_without_what_it_needs(missing, tmp_path):
    variables = {name: value for name, value in GOOD.items() if name != missing}

    result = production(variables, "pass", tmp_path)

    assert result.returncode != 0
    assert f"Set the environment variable {missing}" in result.stderr


def test_production_does_not_start_with_a_guessable_key(tmp_path):
    result = production({**GOOD, "SECRET_KEY": "changeme"}, "pass", tmp_path)

    assert result.returncode != 0
    assert "SECRET_KEY must have at least" in result.stderr


def test_production_is_closed_by_default(tmp_path):
    names = ["DEBUG", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS"]
    code = f"print([getattr(settings, name) for name in {names}], settings.WAGTAILADMIN_BASE_URL)"

    result = production(GOOD, code, tmp_path)

    assert result.stdout.strip() == "[False, True, True, True, 31536000] https://news.example", result.stderr


def test_a_bucket_moves_media_out_of_the_process(tmp_path):
    code = "print(settings.STORAGES['default']['BACKEND'], settings.SERVE_MEDIA)"

    result = production({**GOOD, "S3_BUCKET": "media"}, code, tmp_path)

    assert result.stdout.strip() == "common.s3.MediaS3Storage False", result.stderr


def test_redis_and_postgresql_are_chosen_by_the_environment_alone(tmp_path):
    variables = {**GOOD, "REDIS_URL": "redis://cache:6379/0", "DATABASE_URL": "postgres://db/news"}
    code = "print(settings.CACHES['default']['BACKEND'], settings.DATABASES['default']['ENGINE'])"

    result = production(variables, code, tmp_path)

    assert result.stdout.split() == [
        "django.core.cache.backends.redis.RedisCache",
        "django.db.backends.postgresql",
    ], result.stderr


def test_limits_count_where_all_processes_see_it(tmp_path):
    code = "print(settings.CACHES['limits']['BACKEND'], settings.CACHES['limits']['LOCATION'])"

    alone = production(GOOD, code, tmp_path)
    shared = production({**GOOD, "REDIS_URL": "redis://cache:6379/0"}, code, tmp_path)

    table = LimitEntry._meta.db_table
    assert alone.stdout.split() == ["django.core.cache.backends.db.DatabaseCache", table], alone.stderr
    assert shared.stdout.split() == ["django.core.cache.backends.redis.RedisCache", "redis://cache:6379/0"]


def test_the_header_for_tls_is_read_behind_a_named_proxy_only(tmp_path):
    code = "print(settings.SECURE_PROXY_SSL_HEADER, settings.TRUSTED_PROXIES)"

    alone = production(GOOD, code, tmp_path)
    behind = production({**GOOD, "TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"}, code, tmp_path)

    assert alone.stdout.strip() == "None []", alone.stderr
    assert behind.stdout.strip() == "('HTTP_X_FORWARDED_PROTO', 'https') ['127.0.0.1', '10.0.0.0/8']", behind.stderr


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ALLOWED_HOSTS", "*", "Name the hosts that readers use"),
        ("ALLOWED_HOSTS", "news.example,*.news.example", "Name the hosts that readers use"),
        ("ALLOWED_HOSTS", "https://news.example", "Name the hosts that readers use"),
        ("BASE_URL", "news.example", "the address readers use"),
        ("BASE_URL", "https://news.example/path", "the address readers use"),
        ("TRUSTED_PROXIES", "the-proxy", "IP addresses and networks"),
        ("WEB_CONCURRENCY", "many", "WEB_CONCURRENCY cannot be read"),
    ],
)
def test_a_value_that_cannot_work_is_named_with_what_to_do(name, value, words, tmp_path):
    result = production({**GOOD, name: value}, "pass", tmp_path)

    assert result.returncode != 0
    assert name in result.stderr.splitlines()[-1]
    assert words in result.stderr.splitlines()[-1]


def test_our_apps_come_before_wagtails():
    apps = list(settings.INSTALLED_APPS)

    assert max(apps.index(app) for app in ("research", "home", "search", "common")) < apps.index("wagtail")


def test_nothing_calls_out_unasked():
    assert settings.WAGTAIL_ENABLE_UPDATE_CHECK is False
    assert settings.WAGTAIL_GRAVATAR_PROVIDER_URL is None
