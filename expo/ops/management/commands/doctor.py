"""`manage.py doctor`: what a deployment needs to work, and what to do about what is missing."""

import json
import smtplib
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from expo.ops import queries

OLDEST_POSTGRESQL = 16
SILENCE = timedelta(minutes=3)
SHORTEST_KEY = 50
QUEUES = {"default", "solver"}


@dataclass(frozen=True)
class CheckResult:
    """The result of one check. `advice` is empty exactly when all is well."""

    name: str
    seen: str
    advice: str = ""

    @property
    def well(self) -> bool:
        return not self.advice

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "well": self.well}


def examine() -> Iterator[CheckResult]:
    """The results of all checks, the basic ones first."""
    for check in CHECKS:
        yield check()


def database() -> CheckResult:
    try:
        version = queries.database_version()
    except DatabaseError as error:
        advice = "Start PostgreSQL, or correct DATABASE_URL; then run this again."
        return CheckResult("database", f"does not answer: {_first_line(error)}", advice)
    advice = "" if version >= OLDEST_POSTGRESQL else f"Upgrade to PostgreSQL {OLDEST_POSTGRESQL} or newer."
    return CheckResult("database", f"PostgreSQL {version}", advice)


def extensions() -> CheckResult:
    advice = "Run `manage.py migrate`; if that is not allowed, an administrator runs CREATE EXTENSION btree_gist."
    try:
        present = queries.has_extension("btree_gist")
    except DatabaseError as error:
        return CheckResult("extensions", f"cannot be checked: {_first_line(error)}", "Repair the database first.")
    return CheckResult(
        "extensions", "btree_gist is installed" if present else "btree_gist is missing", "" if present else advice
    )


def migrations() -> CheckResult:
    try:
        waiting = queries.waiting_migrations()
    except DatabaseError as error:
        return CheckResult("migrations", f"cannot be checked: {_first_line(error)}", "Repair the database first.")
    if not waiting:
        return CheckResult("migrations", "all applied")
    return CheckResult("migrations", f"{len(waiting)} wait, the first is {waiting[0]}", "Run `manage.py migrate`.")


def broker() -> CheckResult:
    problem = queries.broker_problem()
    if problem is None:
        return CheckResult("broker", "answers")
    return CheckResult("broker", f"does not answer: {problem}", "Start Valkey or Redis, or correct BROKER_URL.")


def workers() -> CheckResult:
    if queries.broker_problem() is not None:
        return CheckResult("workers", "cannot be checked", "Repair the broker first.")
    missing = QUEUES - queries.queues_served()
    if not missing:
        return CheckResult("workers", "every queue has one")
    name = min(missing)
    advice = f"Start a worker: celery -A expo worker -Q {name}. (A busy one may be slow to answer: try again.)"
    return CheckResult("workers", f"nobody listens to: {', '.join(sorted(missing))}", advice)


def beat() -> CheckResult:
    advice = "Start exactly one `celery -A expo beat`, and a worker for the default queue; it is seen within a minute."
    try:
        silence = queries.silent_for("beat")
    except DatabaseError as error:
        return CheckResult("beat", f"cannot be checked: {_first_line(error)}", "Repair the database first.")
    if silence is None:
        return CheckResult("beat", "never seen", advice)
    return CheckResult("beat", f"seen {int(silence.total_seconds())} seconds ago", advice if silence > SILENCE else "")


def cache() -> CheckResult:
    if not settings.CACHE_URL:
        advice = "" if settings.DEBUG else "Set CACHE_URL, so that all processes count rate limits together."
        return CheckResult("cache", "each process's own memory", advice)
    problem = queries.cache_problem()
    if problem is None:
        return CheckResult("cache", "answers")
    return CheckResult("cache", f"does not answer: {problem}", "Start Valkey or Redis, or correct CACHE_URL.")


def mail() -> CheckResult:
    kind = settings.EMAIL_BACKEND.rsplit(".", 2)[-2]
    if kind != "smtp":
        advice = "" if settings.DEBUG else "Set EMAIL_URL (smtp+tls://user:password@host:587), else nobody gets mail."
        return CheckResult("mail", f"goes to: {kind}", advice)
    try:
        connection = get_connection(timeout=10)
        connection.open()
        connection.close()
    except (OSError, smtplib.SMTPException) as error:
        return CheckResult("mail", f"the server refuses: {error}", "Correct EMAIL_URL, or the mail server.")
    return CheckResult("mail", f"{settings.EMAIL_HOST} accepts us")


def storage() -> CheckResult:
    if settings.STATIC_FROM_SOURCES:
        return CheckResult("storage", "static files straight from their sources")
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.is_file():
        return CheckResult("storage", "static files are collected")
    return CheckResult("storage", f"{manifest} is missing", "Run `manage.py collectstatic --no-input`.")


def secrets() -> CheckResult:
    key = settings.SECRET_KEY
    if settings.DEBUG:
        return CheckResult("secrets", "development; nothing to guard")
    if len(key) < SHORTEST_KEY or "insecure" in key or len(set(key)) < 5:
        advice = 'Set SECRET_KEY: python -c "import secrets; print(secrets.token_urlsafe(50))"'
        return CheckResult("secrets", "SECRET_KEY is short or well known", advice)
    return CheckResult("secrets", "SECRET_KEY is long")


def hosts() -> CheckResult:
    if settings.DEBUG:
        return CheckResult("hosts", "development; this machine only")
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        return CheckResult(
            "hosts", f"ALLOWED_HOSTS is {settings.ALLOWED_HOSTS}", "Set ALLOWED_HOSTS to the site's own names."
        )
    if not settings.SITE_URL.startswith("https://"):
        return CheckResult("hosts", f"SITE_URL is {settings.SITE_URL}", "Set SITE_URL to the site's https:// address.")
    return CheckResult("hosts", ", ".join(settings.ALLOWED_HOSTS))


def mode() -> CheckResult:
    if settings.DEBUG and not settings.DATABASES["default"]["HOST"].startswith("/"):
        return CheckResult("mode", "DEBUG is on over the network", "Set DEBUG=off wherever others can reach the site.")
    return CheckResult("mode", "development" if settings.DEBUG else "production")


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


CHECKS: list[Callable[[], CheckResult]] = [
    mode, secrets, hosts, database, extensions, migrations, broker, workers, beat, cache, mail, storage,
]  # fmt: skip


class Command(BaseCommand):
    """Check database, broker, workers, mail, storage and secrets, and say what to do about each failure."""

    help = "Check database, broker, workers, mail, storage and secrets, and say what to do about each failure."
    requires_system_checks: list[str] = []  # it must speak even when they fail

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="for machines")

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        findings = list(examine())
        if as_json:
            self.stdout.write(json.dumps([finding.as_dict() for finding in findings], indent=2))
        else:
            for finding in findings:
                self.stdout.write(self._line(finding))
        if not all(finding.well for finding in findings):
            sys.exit(1)

    def _line(self, finding: CheckResult) -> str:
        mark = self.style.SUCCESS("well") if finding.well else self.style.ERROR("FAIL")
        advice = f"\n{'':21}-> {finding.advice}" if finding.advice else ""
        return f"{mark}  {finding.name:<14} {finding.seen}{advice}"
