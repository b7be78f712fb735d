"""`manage.py servers`: the embedded PostgreSQL and Valkey of this folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from expo.ops.servers import embedded
from expo.ops.servers.account import ServerProblem


class Command(BaseCommand):
    """Start or stop the embedded servers."""

    help = __doc__
    requires_system_checks: list[str] = []  # must work before anything else does

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop"])
        parser.add_argument("--test", action="store_true", help="those of the tests")
        parser.add_argument("--unless-used", action="store_true", help="leave them to other commands that use them")

    def handle(self, *args: Any, action: str, test: bool, unless_used: bool, **options: Any) -> None:
        folder: Path = settings.DATA_DIR / "test" if test else settings.DATA_DIR
        try:
            getattr(self, f"_{action}")(folder, durable=not test, unless_used=unless_used)
        except ServerProblem as problem:
            raise CommandError(str(problem)) from None

    def _start(self, folder: Path, *, durable: bool, unless_used: bool) -> None:
        for name, value in embedded.ensure(folder, durable=durable).environment().items():
            self.stdout.write(f"{name}={value}")

    def _stop(self, folder: Path, *, durable: bool, unless_used: bool) -> None:
        if not folder.exists():
            self.stdout.write("There are none here.")
        elif not unless_used:
            embedded.stop(folder)
            self.stdout.write("Stopped.")
        elif embedded.stop_unless_used(folder):
            self.stdout.write("Stopped.")
        else:
            self.stdout.write("Left running: another command uses them.")
