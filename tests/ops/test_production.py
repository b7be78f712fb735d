"""The settings as a production environment sees them, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "8Kq0mXv3RzT7dWcYh1LpNf5GsJbE9uAoQ2wVxZ4yHkMrCtBi6D",
    "ALLOWED_HOSTS": "expo.example.org",
    "SITE_URL": "https://expo.example.org",
    "DATABASE_URL": "postgresql://expo:secret@postgres:5432/expo",
    "BROKER_URL": "redis://valkey:6379/0",
    "CACHE_URL": "redis://valkey:6379/1",
    "EMAIL_URL": "smtp+tls://expo:secret@mail.example.org:587",
}


def manage(*arguments: str, without: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
    chosen = {name: value for name, value in {**PRODUCTION, **extra}.items() if name != without}
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **chosen}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def setting(expression: str, **extra: str) -> str:
    return manage(
        "shell", "--no-imports", "-c", f"from django.conf import settings; print({expression})", **extra
    ).stdout.strip()


def test_djangos_deployment_check_finds_nothing() -> None:
    result = manage("check", "--deploy", "--fail-level", "WARNING")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "System check identified no issues (0 silenced).\n"


@pytest.mark.parametrize("name", ["SECRET_KEY", "BROKER_URL"])
def test_a_missing_variable_is_named_with_what_to_do(name: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", "import expo.settings"],
        cwd=ROOT,
        env={key: value for key, value in PRODUCTION.items() if key != name},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert f"{name} is not set. " in result.stderr.splitlines()[-1]


def test_cookies_are_secure_and_strangers_are_kept_out() -> None:
    names = ("DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT")
    seen = setting(f"[getattr(settings, name) for name in {names!r}]")
    assert seen == "[False, True, True, True]"


def test_no_page_may_run_inline_script_or_style() -> None:
    seen = setting("str(settings.CONTENT_SECURITY_POLICY)")
    assert "unsafe" not in seen


def test_static_files_are_hashed_and_compressed() -> None:
    assert setting("settings.STORAGES['staticfiles']['BACKEND']").endswith("CompressedManifestStaticFilesStorage")


def test_sessions_share_one_count_of_rate_limits() -> None:
    assert setting("settings.CACHES['default']['LOCATION']") == "redis://valkey:6379/1"


def test_options_in_the_database_address_live_beside_the_pool() -> None:
    seen = setting(
        "sorted(settings.DATABASES['default']['OPTIONS'])",
        DATABASE_URL=PRODUCTION["DATABASE_URL"] + "?sslmode=require",
    )
    assert seen == "['options', 'pool', 'sslmode']"


@pytest.mark.parametrize(
    ("given", "count"), [({}, 0), ({"TRUSTED_PROXIES": "2"}, 2), ({"TRUSTED_PROXIES": "", "TRUST_PROXY": "on"}, 1)]
)
def test_one_setting_says_how_many_proxies_everything_trusts(given: dict[str, str], count: int) -> None:
    names = "settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.REST_FRAMEWORK['NUM_PROXIES']"
    seen = setting(f"[{names}, settings.SECURE_PROXY_SSL_HEADER]", **given)
    header = ("HTTP_X_FORWARDED_PROTO", "https") if count else None
    assert seen == str([count, count, header])


def test_a_cache_that_fails_stops_nobody() -> None:
    cache = "settings.CACHES['default']"
    assert setting(f"[{cache}['BACKEND'], {cache}['OPTIONS']['socket_timeout']]") == (
        "['expo.kit.cache.ForgivingCache', 1]"
    )


@pytest.mark.parametrize(("site", "may"), [("http://localhost:8000", True), ("https://expo.example.org", False)])
def test_passkeys_go_without_tls_only_on_ones_own_machine(site: str, may: bool) -> None:
    assert setting("settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", SITE_URL=site) == str(may)
