"""How gunicorn serves the site: `python -m gunicorn expo.wsgi -c python:expo.ops.gunicorn`."""

import os
import re
from typing import Any

from gunicorn.glogging import Logger

# Each process serves on one core; its threads wait for the database in turns.
workers, threads = int(os.environ.get("WEB_CONCURRENCY") or 2), int(os.environ.get("WEB_THREADS") or 4)
graceful_timeout = 10
#: What follows these paths in a URL is as good as a password.
KEYS = re.compile(r"(/accounts/(?:password/reset/key|confirm-email)/)[^/\s?]+")


class AccessLogger(Logger):
    """Writes no key of a mailed link into the log."""

    def atoms(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What a line of the access log is made of."""
        atoms = super().atoms(*args, **kwargs)
        return {name: KEYS.sub(r"\1...", value) if isinstance(value, str) else value for name, value in atoms.items()}


logger_class = AccessLogger
