"""Ports and processes of this machine."""

import socket
import subprocess
from pathlib import Path

FIRST, LAST = 8000, 8099


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there right now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def choose(port: int | None) -> int:
    """The port itself, or without one the first free one from 8000 on; raises LookupError with a sentence."""
    if port is not None:
        if is_free(port):
            return port
        raise LookupError(f"Port {port} is taken by another program. Choose another (make run PORT={port + 1}).")
    for candidate in range(FIRST, LAST + 1):
        if is_free(candidate):
            return candidate
    raise LookupError(f"Ports {FIRST} to {LAST} are all taken. Choose another (make run PORT=9000).")


def command_line(pid: int) -> str:
    """The program and its arguments, empty when there is no such process."""
    noted = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return noted.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    answer = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout
