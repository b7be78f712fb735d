"""`manage.py browser`: make sure that journeys and screenshots have a Chromium."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from expo.ops import browser


class Command(BaseCommand):
    """Find Chromium, install it when missing, print its path."""

    help = __doc__
    requires_system_checks: list[str] = []  # needs no settings at all

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(str(browser.ensure()))
        except LookupError as problem:
            raise CommandError(str(problem)) from None
