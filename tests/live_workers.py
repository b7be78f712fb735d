"""Real workers on a real broker, and the mail they send, for tests of a task's life."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 90.0


def environment() -> dict[str, str]:
    """For a process that works on the test's database."""
    url = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(url._replace(path="/" + str(connection.settings_dict["NAME"])))
    return {**os.environ, "DATABASE_URL": database, "PYTHONUNBUFFERED": "1"}


class Worker:
    """A Celery worker process on the test database; `kill` is SIGKILL to all of its processes."""

    def __init__(self, mailbox: Path, site: str, *, beat: bool = True) -> None:
        self.mailbox, self.site, self.beat = mailbox, site, beat
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        schedule = ["-B", "-s", str(self.mailbox / "beat")] if self.beat else []
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "tests.fast_celery",
            "worker",
            "-Q",
            "default,solver",
            "-c",
            "2",
            "-l",
            "WARNING",
        ]
        log = (self.mailbox / "worker.log").open("ab")
        self.process = subprocess.Popen(
            [*command, *schedule], cwd=ROOT, env=self._environment(), stdout=log, stderr=log, start_new_session=True
        )

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        if self.process is None:
            return
        os.killpg(self.process.pid, number)
        self.process.wait(timeout=30)
        self.process = None

    def _environment(self) -> dict[str, str]:
        # One slash more than usual: the settings' reader takes the first one for the end of the host's name.
        mail = {"EMAIL_URL": f"filemail:///{self.mailbox}/mail", "SITE_URL": self.site}
        return {**environment(), **mail, "EXPO_DISPATCH_TASKS": "on"}

    def mails_to(self, address: str) -> list[EmailMessage]:
        """What has left for an address, in the order of leaving."""
        found = []
        for path in sorted((self.mailbox / "mail").glob("*.log"), key=lambda path: path.stat().st_mtime):
            for text in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
                mail = message_from_bytes(text, policy=policy.default)
                if address in str(mail["To"]):
                    found.append(mail)
        return found


@contextmanager
def running(worker: Worker) -> Iterator[Worker]:
    """The worker started, and stopped in the end whatever happens."""
    (worker.mailbox / "mail").mkdir(parents=True, exist_ok=True)
    worker.start()
    try:
        yield worker
    finally:
        if worker.process is not None:
            worker.kill()


def wait_until(true: Callable[[], object], what: str, seconds: float = PATIENCE, pause: float = 0.2) -> None:
    """Wait for something that another process does; fails with `what` when it never happens."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(pause)
