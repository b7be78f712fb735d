"""Both servers of one folder, and the locks around them."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from . import postgres, valkey
from .account import ServerProblem

# Shared locks of this process, kept open until it ends.
_locks: dict[Path, IO[str]] = {}


@dataclass(frozen=True)
class Servers:
    """Where the embedded servers answer."""

    database_url: str
    broker_url: str
    cache_url: str

    def environment(self) -> dict[str, str]:
        """The settings' names for these addresses."""
        return {"DATABASE_URL": self.database_url, "BROKER_URL": self.broker_url, "CACHE_URL": self.cache_url}


def ensure(folder: Path, *, durable: bool = True) -> Servers:
    """Both servers, started when they do not answer; `durable=False` trades safety on power loss for speed."""
    folder = folder.resolve()
    _make(folder)
    with _exclusively(folder):
        sockets = socket_folder(folder)
        database_url = postgres.ensure(folder / "postgres", sockets, durable=durable)
        broker = valkey.ensure(folder / "valkey", sockets)
        if folder not in _locks:
            handle = _locks[folder] = _open(folder / "users.lock")
            fcntl.flock(handle, fcntl.LOCK_SH)
    return Servers(database_url, f"redis+socket://{broker}?virtual_host=0", f"unix://{broker}?db=1")


def running(folder: Path) -> bool:
    """Whether both servers are there right now."""
    folder = folder.resolve()
    return postgres.running(folder / "postgres") and valkey.running(socket_folder(folder))


def stop(folder: Path) -> None:
    """Stop both servers, whoever uses them."""
    folder = folder.resolve()
    if folder.is_dir():
        with _exclusively(folder):
            _stop(folder)


def stop_unless_used(folder: Path) -> bool:
    """Stop both servers unless another process still works with them; says whether they are stopped."""
    folder = folder.resolve()
    with _exclusively(folder):  # nobody can begin to use them between the look and the stop
        if in_use_by_others(folder):
            return False
        _stop(folder)
    return True


def _stop(folder: Path) -> None:
    postgres.stop(folder / "postgres")
    valkey.stop(folder / "valkey", socket_folder(folder))


def in_use_by_others(folder: Path) -> bool:
    """Whether a process other than this one holds the servers."""
    mine = _locks.pop(folder.resolve(), None)
    if mine:
        mine.close()
    with _open(folder / "users.lock") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def socket_folder(folder: Path) -> Path:
    """A short private folder for sockets: a socket's full path may hold 107 bytes, and a project's often holds more."""
    name = f"expo-{os.getuid()}-{sha256(os.fsencode(folder)).hexdigest()[:10]}"
    path = Path(tempfile.gettempdir() if len(tempfile.gettempdir()) < 60 else "/tmp") / name  # noqa: S108
    path.mkdir(mode=0o711, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise ServerProblem(f"{path} belongs to somebody else. Remove it, then try again.")
    return path


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "users.lock").touch()
    except OSError as error:
        raise ServerProblem(
            f"Cannot write to {folder} ({error.strerror}). It may belong to another user: "
            "run as that user, remove the folder, or set DATABASE_URL and BROKER_URL to servers of your own."
        ) from error


@contextmanager
def _exclusively(folder: Path) -> Iterator[None]:
    """One process at a time may start or stop the servers of a folder."""
    with _open(folder / "starting.lock") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _open(path: Path) -> IO[str]:
    return path.open("a", encoding="utf-8")
