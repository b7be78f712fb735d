"""What the settings need before they load, when nobody has said where the servers are."""

import contextlib
import os
import secrets
import sys
from pathlib import Path

from .servers.account import ServerProblem
from .servers.embedded import ensure

NOWHERE = {"DATABASE_URL": "postgresql://nobody@localhost:1/none", "BROKER_URL": "redis://localhost:1/0"}


def prepare(folder: Path, *, needs_servers: bool = True, durable: bool = True) -> None:
    """Fill the environment with servers kept in `folder`; a place that names its own is left alone."""
    if os.environ.get("DATABASE_URL") and os.environ.get("BROKER_URL"):
        return
    os.environ.setdefault("DEBUG", "on")
    if not needs_servers:
        _fill(NOWHERE)
        return
    try:
        _fill(ensure(folder, durable=durable).environment())
        _fill({"SECRET_KEY": kept_secret(folder), "SITE_URL": served_at(folder)})
    except ServerProblem as problem:
        sys.exit(str(problem))


def kept_secret(folder: Path) -> str:
    """The key that signs this folder's sessions and links: made once, so that they outlive a restart."""
    path, made = folder / "secret-key", folder / f"secret-key.{os.getpid()}"
    if not path.exists():
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):  # another process was quicker
            os.link(made, path)
        made.unlink()
    return path.read_text()


def served_at(folder: Path) -> str:
    """Where `manage.py up` serves this folder's data now; empty when it does not run."""
    with contextlib.suppress(OSError):
        if (folder / "up.pids").exists():
            return (folder / "up.lock").read_text()
    return ""


def _fill(values: dict[str, str]) -> None:
    for name, value in values.items():
        if value and not os.environ.get(name):
            os.environ[name] = value
