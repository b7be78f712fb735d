"""Several programs run as one, with real processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from expo.ops import machine
from expo.ops.runner import ManagedProcess, Runner, sweep_leftovers

pytestmark = pytest.mark.slow
PATIENT = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


class RunnerFixture:
    """A runner in a thread, with all its lines."""

    def __init__(self, tmp_path: Path, **scripts: str) -> None:
        self.lines: list[tuple[str, str]] = []
        self.pids = tmp_path / "pids"
        self.programs = [ManagedProcess(name, [sys.executable, "-c", script]) for name, script in scripts.items()]
        self.runner = Runner(self.programs, lambda name, line: self.lines.append((name, line)), self.pids)
        self.code: int | None = None

    def run(self, then: Callable[[], None]) -> None:
        """Run here (signals need the main thread) while `then` plays beside it and finally stops the runner."""

        def play() -> None:
            try:
                then()
            finally:
                self.runner.stop()

        self.code = self.runner.run(when_started=play)

    def wait_for(self, line: tuple[str, str], times: int = 1) -> None:
        deadline = time.monotonic() + 20
        while self.lines.count(line) < times:
            assert time.monotonic() < deadline, f"{line} never came: {self.lines}"
            time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_lines_carry_the_name_of_their_program_and_all_stop_together(tmp_path: Path) -> None:
    stage = RunnerFixture(tmp_path, web=PATIENT, worker=PATIENT)
    pids: list[int] = []

    def then() -> None:
        stage.wait_for(("web", "up"))
        stage.wait_for(("worker", "up"))
        pids.extend(int(line) for line in stage.pids.read_text().split())

    stage.run(then)
    assert (stage.code, len(pids), [pid for pid in pids if alive(pid)], stage.pids.exists()) == (0, 2, [], False)


def test_a_killed_program_is_started_again(tmp_path: Path) -> None:
    stage = RunnerFixture(tmp_path, worker=PATIENT)

    def then() -> None:
        stage.wait_for(("worker", "up"))
        os.kill(int(stage.pids.read_text()), signal.SIGKILL)
        stage.wait_for(("worker", "up"), times=2)

    stage.run(then)
    assert (stage.code, ("expo", "worker stopped and is started again.") in stage.lines) == (0, True)


def test_a_program_that_falls_at_every_start_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    stage = RunnerFixture(tmp_path, web="print('no database'); raise SystemExit(3)", worker=PATIENT)
    stage.code = stage.runner.run(when_started=lambda: None)
    assert stage.code == 1
    assert ("expo", "web stopped 3 times right after its start; the lines above say why.") in stage.lines
    assert stage.lines.count(("web", "no database")) == 3


def test_asked_twice_it_kills_what_will_not_stop(tmp_path: Path) -> None:
    stage = RunnerFixture(tmp_path, worker=STUBBORN)
    pids: list[int] = []

    def then() -> None:
        stage.wait_for(("worker", "up"))
        pids.append(int(stage.pids.read_text()))
        stage.runner.stop()

    started = time.monotonic()
    stage.run(then)
    assert (alive(pids[0]), time.monotonic() - started < 10) == (False, True)


def test_what_a_killed_runner_left_behind_is_swept(tmp_path: Path) -> None:
    ours, other = (
        subprocess.Popen([sys.executable, "-c", PATIENT, mark], start_new_session=True, stdout=subprocess.PIPE)
        for mark in ("ours", "other")
    )
    for each in (ours, other):
        assert each.stdout is not None
        assert each.stdout.readline() == b"up\n"  # before, it may not carry its command line yet
    threading.Thread(target=ours.wait, daemon=True).start()
    noted = tmp_path / "pids"
    noted.write_text(f"{ours.pid}\n{other.pid}\n999999999\n")
    assert sweep_leftovers(noted, mark=" ours") == 1
    ours.wait(10)
    assert (other.poll(), noted.exists()) == (None, False)
    other.kill()
    other.wait(10)


def test_the_first_free_port_is_taken_and_a_busy_one_explained() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert machine.is_free(port) is False
        with pytest.raises(LookupError, match=rf"Port {port} is taken by another program.*PORT={port + 1}"):
            machine.choose(port)
    assert machine.choose(None) in range(machine.FIRST, machine.LAST + 1)
