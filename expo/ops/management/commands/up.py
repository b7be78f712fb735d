"""`manage.py up`: all of Expo on this machine, served as in production; with `--dev` for people who change it."""

import contextlib
import fcntl
import os
import subprocess
import sys
import time
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandError

from expo.ops import machine
from expo.ops.environment import kept_secret
from expo.ops.runner import ManagedProcess, Runner, sweep_leftovers
from expo.ops.servers import embedded
from expo.ops.servers.account import ServerProblem

WIDTH = 7


class Command(BaseCommand):
    """Migrate, fill an empty database with the demo edition, then run web, workers and beat until Ctrl-C."""

    help = __doc__
    requires_system_checks: list[str] = []  # migrate runs them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT", ""), help="else the first free one from 8000 on")
        parser.add_argument("--dev", action="store_true", help="DEBUG on, and the site restarts when code changes")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *args: Any, port: str, dev: bool, no_demo: bool, **options: Any) -> None:
        data = settings.DATA_DIR
        data.mkdir(parents=True, exist_ok=True)
        with (data / "up.lock").open("a+") as lock:
            self._only_one(lock)
            sweep_leftovers(data / "up.pids", mark=sys.executable)
            try:
                code = self._run(self._port(port), lock, dev=dev, demo=not no_demo)
            except KeyboardInterrupt:  # before the runner was there to take it
                code = 130
            finally:
                self._stop_servers(data)
        sys.exit(code)

    def _only_one(self, lock: IO[str]) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            where = lock.read().strip() or "it is just starting"
            raise CommandError(f"Expo already runs from this folder: {where}. Stop that one first (Ctrl-C).") from None

    def _port(self, wanted: str) -> int:
        if wanted and not wanted.isdecimal():
            raise CommandError(f"PORT must be a number, not {wanted!r}. For example: make run PORT=8080")
        try:
            return machine.choose(int(wanted) if wanted else None)
        except LookupError as problem:
            raise CommandError(str(problem)) from None

    def _run(self, port: int, lock: IO[str], *, dev: bool, demo: bool) -> int:
        address = f"http://localhost:{port}"
        os.environ.update(SITE_URL=address, DJANGO_RUNSERVER_HIDE_WARNING="true")
        self._prepare(demo=demo)
        lock.truncate(0)
        lock.write(address)
        lock.flush()
        if not dev:
            _as_in_production()
        programs = _programs(port, dev=dev)
        runner = Runner(programs, self._say, settings.DATA_DIR / "up.pids", maintain=self._restart_servers)
        return runner.run(when_started=lambda: self._welcome(address))

    def _prepare(self, *, demo: bool) -> None:
        self._say("expo", "Preparing the database ...")
        _manage("migrate", "--no-input", "--verbosity=0")
        if demo and "demo" in get_commands():
            self._say("expo", "Filling it with the demo edition, unless there is one ...")
            _manage("demo", "--stage", "published", "review", "call", "--size=s", "--if-empty")

    def _welcome(self, address: str) -> None:
        if not _answers(f"{address}/healthz", seconds=60):
            self._say("expo", f"The site does not answer at {address} yet; the lines above may say why.")
            return
        lines = ["", f"Expo runs at {address}", *_sign_ins(), "Ctrl-C stops everything.", ""]
        for line in lines:
            self._say("expo", line)

    def _say(self, name: str, line: str) -> None:
        self.stdout.write(f"{name:<{WIDTH}} | {line}")
        self.stdout.flush()

    def _restart_servers(self) -> None:
        data = settings.DATA_DIR
        if _embedded(data) and not embedded.running(data):
            self._say("expo", "The database or the broker stopped and is started again.")
            with contextlib.suppress(ServerProblem):  # tried again in a few seconds
                embedded.ensure(data)

    def _stop_servers(self, data: Path) -> None:
        if not _embedded(data):
            return
        if embedded.stop_unless_used(data):
            self._say("expo", "Stopped. `make run` starts it again with all data kept.")
        else:
            self._say("expo", "Stopped; the database stays up, because another command still uses it.")


def _embedded(data: Path) -> bool:
    """Whether the database is the one kept in `data`, not one that somebody named."""
    return bool(settings.DATABASES["default"]["HOST"].startswith(str(embedded.socket_folder(data.resolve()))))


def _manage(*arguments: str) -> None:
    """A command in a process of its own, so that nothing of it lives on in the runner."""
    done = subprocess.run([sys.executable, "manage.py", *arguments], check=False, cwd=settings.BASE_DIR)
    if done.returncode:
        raise CommandError(f"`manage.py {' '.join(arguments)}` failed; the lines above say why.")


def _as_in_production() -> None:
    """What differs from a deployment is only what one machine without TLS and mail server needs."""
    os.environ["DEBUG"] = "off"
    os.environ.setdefault("SECRET_KEY", kept_secret(settings.DATA_DIR))
    os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
    os.environ.setdefault("EMAIL_URL", "consolemail://")
    for name, value in {"SSL_REDIRECT": "off", "HSTS_SECONDS": "0", "LOG_JSON": "off"}.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("STATIC_FROM_SOURCES", "on")


def _programs(port: int, *, dev: bool) -> list[ManagedProcess]:
    quiet = (
        "You're running the worker with superuser privileges",
        "No directory at",  # static files come from their sources
    )
    python = [sys.executable, "-u", *(part for words in quiet for part in ("-W", f"ignore:{words}"))]
    celery = [*python, "-m", "celery", "--quiet", "-A", "expo"]
    worker = [*celery, "worker", "--without-gossip", "--without-mingle", "--loglevel=WARNING"]
    bound = f"127.0.0.1:{port}"
    served = [*python, "-m", "gunicorn", "expo.wsgi", "-c", "python:expo.ops.gunicorn", f"--bind={bound}"]
    web = [*python, "manage.py", "runserver", bound] if dev else [*served, "--log-level=warning"]
    return [
        ManagedProcess("web", web),
        ManagedProcess("worker", [*worker, "-Q", "default", "-n", "default@%h", "--concurrency=2"]),
        ManagedProcess("solver", [*worker, "-Q", "solver", "-n", "solver@%h", "--concurrency=1"]),
        ManagedProcess(
            "beat", [*celery, "beat", f"--schedule={settings.DATA_DIR / 'beat'}", "--pidfile=", "-l", "WARNING"]
        ),
    ]


def _answers(url: str, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own address
                return bool(response.status == 200)
        except OSError:
            time.sleep(0.3)
    return False


def _sign_ins() -> list[str]:
    """One line per role, from the demo command, which knows its people."""
    if "demo" not in get_commands():
        return []
    command = load_command_class(get_commands()["demo"], "demo")
    known: list[tuple[str, str, str]] = getattr(command, "sign_ins", list)()
    if not known:
        return []
    return ["Sign in as:", *(f"  {role:<26} {email:<28} {password}" for role, email, password in known)]
