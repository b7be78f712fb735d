"""`make run` from nothing, in a data folder with a space, on servers of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest

from expo.ops.environment import kept_secret, served_at
from expo.ops.machine import command_line
from expo.ops.runner import sweep_leftovers
from expo.ops.servers import embedded

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")
PATIENCE = 120


class RunningSite:
    """`manage.py up` in a process of its own, and all it says."""

    def __init__(self, data: Path, *options: str, log: str = "said.log") -> None:
        self.data = data
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.log = data / log
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-demo", *options],
            cwd=ROOT,
            env={**environment, "DATA_DIR": str(data)},
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def said(self, what: str) -> str:
        """The first line with `what` in it, once it is there."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for line in self.log.read_text().splitlines():
                if what in line:
                    return line
            time.sleep(0.2)
        raise AssertionError(f"never said {what!r}: {self.log.read_text()}")

    def address(self) -> str:
        return self.said("Expo runs at").split()[-1]

    def ready(self) -> dict[str, object]:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.address()}/readyz", timeout=10) as response:
                    answer: dict[str, object] = json.load(response)
                    return answer
            except OSError:
                time.sleep(0.3)
        raise AssertionError(f"never ready: {self.log.read_text()}")

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and body."""
        try:
            with urllib.request.urlopen(urllib.request.Request(self.address() + path, headers=headers)) as response:
                return response.status, response.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def pids(self) -> list[int]:
        return [int(line) for line in (self.data / "up.pids").read_text().split()]

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if sys.executable in command_line(pid)]


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "data of mine"
    place.mkdir()
    yield place
    sweep_leftovers(place / "up.pids", mark=sys.executable)
    embedded.stop(place)


def test_one_command_runs_everything_through_mishaps_and_ctrl_c_stops_it_with_dev_too(data: Path) -> None:
    site = RunningSite(data)
    assert site.ready() == {"ready": True, "parts": {"database": True, "broker": True}}
    assert len(site.pids()) == 4

    # As in production: the site's own error pages, this machine's names only, a key that outlives the run.
    status, page = site.get("/nothing/")
    assert (status, "Page not found" in page, "DEBUG" in page) == (404, True, False)
    assert site.get("/", Host="elsewhere.example")[0] == 400
    style = re.search(r'href="(/static/[^"]+\.css)"', site.get("/")[1])
    assert style is not None
    assert site.get(style[1])[0] == 200
    assert (data / "secret-key").stat().st_mode & 0o777 == 0o600
    assert served_at(data) == site.address()
    key = kept_secret(data)

    twin = RunningSite(data, log="twin.log")
    assert twin.process.wait(60) == 1
    assert f"Expo already runs from this folder: {site.address()}." in twin.said("already runs")

    os.kill(int((data / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    site.said("stopped and is started again")
    assert site.ready()["ready"] is True

    left = site.pids()
    site.process.kill()
    site.process.wait(10)
    again = RunningSite(data, log="again.log")
    assert again.ready()["ready"] is True
    assert (alive(left), kept_secret(data)) == ([], key)

    pids = again.pids()
    assert again.interrupt() == 0
    assert again.said("Stopped.")
    assert (alive(pids), embedded.running(data), served_at(data)) == ([], False, "")

    # For development, from the same folder (a new one would be filled anew): the page shows what broke.
    dev = RunningSite(data, "--dev", log="dev.log")
    assert dev.ready()["ready"] is True
    status, page = dev.get("/nothing/")
    assert (status, "DEBUG = True" in page) == (404, True)
    assert dev.interrupt() == 0


def test_a_busy_port_and_a_wrong_one_are_explained(data: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert RunningSite(data, f"--port={port}", log="busy.log").said(f"Port {port} is taken by another program.")
    assert RunningSite(data, "--port=abc", log="wrong.log").said("PORT must be a number, not 'abc'.")
