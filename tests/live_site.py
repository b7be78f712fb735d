"""The site as in production, for tests of many people at once: gunicorn's processes and threads, and plain HTTP."""

import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from expo.accounts.models import User

from .live_workers import ROOT, environment, wait_until

PATIENCE = 600.0  # on a machine that does much else at once
SECRET = "a" * 32  # the same in the cookie and in the form: that is all the check against forged requests asks


@dataclass(frozen=True)
class Answer:
    """What came back: a page, or JSON."""

    status: int
    text: str

    @property
    def words(self) -> str:
        """The page as it reads, without markup and line ends."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", self.text))


@dataclass(frozen=True)
class Browser:
    """Somebody who is signed in. May be used by several threads: each request has a connection of its own."""

    port: int
    cookie: str

    def post(self, path: str, fields: Mapping[str, object] = {}) -> Answer:
        body = urlencode({**fields, "csrfmiddlewaretoken": SECRET}, doseq=True)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode())
        finally:
            connection.close()


class Site:
    """A site on the test's database."""

    def __init__(self, port: int) -> None:
        self.port = port

    def signed_in(self, user: User) -> Browser:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        names = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
        names[settings.CSRF_COOKIE_NAME] = SECRET
        return Browser(self.port, "; ".join(f"{name}={value}" for name, value in names.items()))

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """Gunicorn as `make run` starts it; what it says is in `folder`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "expo.wsgi", "-c", "python:expo.ops.gunicorn"]
    with (folder / "site.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--bind=127.0.0.1:{port}", "--log-level=warning"],
            cwd=ROOT,
            env={**environment(), "DATABASE_POOL": "on"},
            stdout=log,
            stderr=log,
        )
        try:
            site = Site(port)
            wait_until(site.answers, f"the site, which says why in {folder / 'site.log'}")
            yield site
        finally:
            process.terminate()
            process.wait(timeout=30)
