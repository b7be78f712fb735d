"""`manage.py demo`: a whole edition to look at, made of real sessions."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from expo.accounts.models import User
from expo.editions.models import Edition
from reviews.demo.build import build
from reviews.demo.plan import SIZES, STAGES
from reviews.demo.setup import CAST, PASSWORD, sign_in


class Command(BaseCommand):
    help = "Build the demo edition up to a stage. Built before: nothing changes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--stage", choices=STAGES, nargs="+", default=["review"], help="One edition for each.")
        parser.add_argument("--size", choices=SIZES, default="s")
        parser.add_argument("--if-empty", action="store_true", help="Do nothing where there is an edition already.")
        parser.add_argument("--quiet", action="store_true", help="Print no progress.")

    def sign_ins(self) -> list[tuple[str, str, str]]:
        """Name, mail address and password of each part; `manage.py up` shows them."""
        if not User.objects.filter(email=sign_in("organiser")).exists():
            return []
        return [(name, sign_in(part), PASSWORD) for part, name in CAST.items()]

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Edition.objects.exists():
            return
        if not (settings.DEBUG or settings.TESTING):
            raise CommandError("The demo's passwords are public, so it is built only where DEBUG is on.")
        say = (lambda line: None) if options["quiet"] else self.stdout.write
        for stage in options["stage"]:
            edition = build(stage, options["size"], say)
            self.stdout.write(f"{edition.name}: {settings.SITE_URL}/e/{edition.slug}/")
        if not options["quiet"]:
            people = ", ".join(sign_in(part) for part in CAST)
            self.stdout.write(f"Sign in as {people}; the password of all is {PASSWORD}")
