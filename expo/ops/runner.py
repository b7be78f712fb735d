"""Runs several programs as one: their lines together, a fallen one up again, all of them down on Ctrl-C."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .machine import command_line

STOP_SECONDS = 15
# A program that falls this often within so many seconds of its start will not be started again.
FALLS, QUICK_SECONDS = 3, 10.0
LOOK_SECONDS, MAINTAIN_SECONDS = 0.3, 3.0

Say = Callable[[str, str], None]


@dataclass
class ManagedProcess:
    """One long-running program and its present process."""

    name: str
    command: list[str]
    quick_falls: int = 0
    started: float = 0.0
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self, say: Say) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches only the runner, which then stops the rest in order
        )
        threading.Thread(target=self._relay, args=(self.process, say), daemon=True).start()

    def fallen(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def hopeless(self) -> bool:
        """Counts this fall; true when it falls right after each start."""
        quick = time.monotonic() - self.started < QUICK_SECONDS
        self.quick_falls = self.quick_falls + 1 if quick else 0
        return self.quick_falls >= FALLS

    def send(self, number: int, *, group: bool = False) -> None:
        if self.process and (group or self.process.poll() is None):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number) if group else self.process.send_signal(number)

    def end(self) -> None:
        """Kill what is left of it, with all it started."""
        if self.process:
            self.send(signal.SIGKILL, group=True)
            self.process.wait()

    def _relay(self, process: subprocess.Popen[str], say: Say) -> None:
        assert process.stdout is not None  # noqa: S101 - told to Popen above
        for line in process.stdout:
            say(self.name, line.rstrip())


class Runner:
    """Keeps programs running until somebody asks to stop."""

    def __init__(
        self, programs: list[ManagedProcess], say: Say, pids: Path, maintain: Callable[[], None] = lambda: None
    ) -> None:
        """`maintain` is called every few seconds, for what the programs depend on."""
        self.programs, self.say, self.pids, self.maintain = programs, say, pids, maintain
        self.failed = False
        self._stopping = threading.Event()
        self._hurry = threading.Event()

    def stop(self, *_: object) -> None:
        """Ask all to stop; asked twice, they are killed."""
        (self._hurry if self._stopping.is_set() else self._stopping).set()

    def run(self, when_started: Callable[[], None]) -> int:
        """Run until stopped; the exit code says whether a program gave up."""
        previous = {number: signal.signal(number, self.stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            for program in self.programs:
                program.start(self.say)
            self._note_pids()
            threading.Thread(target=when_started, daemon=True).start()
            self._watch()
            self._stop_all()
        finally:
            for program in self.programs:
                program.end()
            self.pids.unlink(missing_ok=True)
            for number, handler in previous.items():
                signal.signal(number, handler)
        return int(self.failed)

    def _watch(self) -> None:
        maintained = time.monotonic()
        while not self._stopping.wait(LOOK_SECONDS):
            self._restart_fallen()
            if time.monotonic() - maintained > MAINTAIN_SECONDS:
                self.maintain()
                maintained = time.monotonic()

    def _restart_fallen(self) -> None:
        for program in filter(ManagedProcess.fallen, self.programs):
            if program.hopeless():
                self.say(
                    "expo", f"{program.name} stopped {FALLS} times right after its start; the lines above say why."
                )
                self.failed = True
                self._stopping.set()
                return
            self.say("expo", f"{program.name} stopped and is started again.")
            program.end()
            program.start(self.say)
            self._note_pids()

    def _stop_all(self) -> None:
        self.say("expo", "Stopping. Press Ctrl-C again to kill.")
        for program in self.programs:
            program.send(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while not all(map(ManagedProcess.fallen, self.programs)):
            if time.monotonic() > deadline or self._hurry.is_set():
                return
            time.sleep(0.05)

    def _note_pids(self) -> None:
        pids = [str(program.process.pid) for program in self.programs if program.process]
        self.pids.write_text("\n".join(pids))


def sweep_leftovers(pids: Path, mark: str) -> int:
    """Kill programs that a killed runner left behind; `mark` must be in their command line."""
    leftovers = [pid for pid in _noted(pids) if mark in command_line(pid)]
    for pid in leftovers:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    deadline = time.monotonic() + STOP_SECONDS
    while any(mark in command_line(pid) for pid in leftovers) and time.monotonic() < deadline:
        time.sleep(0.05)
    pids.unlink(missing_ok=True)
    return len(leftovers)


def _noted(pids: Path) -> list[int]:
    try:
        return [int(line) for line in pids.read_text().split()]
    except (OSError, ValueError):
        return []
