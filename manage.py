"""Django's command line. Without DATABASE_URL and BROKER_URL it brings its own servers, under .data/."""

import os
import sys
from pathlib import Path

# Commands that must work before, or without, any server.
SERVERLESS = {"servers", "browser", "help", "--help", "-h", "version", "--version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expo.settings")
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts it may have an older one
        sys.exit("Expo needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Use `make run`, or .venv/bin/python manage.py after `make install`.")
    from expo.ops.environment import prepare

    data = Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parent / ".data")
    try:
        prepare(data, needs_servers=not SERVERLESS & set(sys.argv[1:2] or ["help"]))
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
