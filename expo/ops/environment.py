"""What the settings need before they load, when nobody has said where the servers are."""

import os
import sys
from pathlib import Path

from .servers import ServerProblem, ensure

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
    except ServerProblem as problem:
        sys.exit(str(problem))


def _fill(values: dict[str, str]) -> None:
    for name, value in values.items():
        if not os.environ.get(name):
            os.environ[name] = value
