"""`manage.py verify`: whether all decisions are as they were recorded."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from expo.editions.models import Edition
from reviews.decisions.queries.verification import seal_named, verify


class Command(BaseCommand):
    help = "Check the recorded decisions of an edition, or of all, and say where they do not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("edition", nargs="*", help="Slugs of editions; none: all.")
        parser.add_argument("--head", help="A seal as it was printed, or its beginning: say which it is.")

    def handle(self, *args: Any, **options: Any) -> None:
        editions = list(Edition.objects.order_by("slug"))
        if unknown := set(options["edition"]) - {each.slug for each in editions}:
            raise CommandError(f"There is no edition {', '.join(sorted(unknown))}.")
        broken = False
        for edition in editions:
            if options["edition"] and edition.slug not in options["edition"]:
                continue
            found = verify(edition)
            broken = broken or bool(found.problems)
            head = f", head {found.head}" if found.head else ""
            self.stdout.write(f"{edition.slug}: {found.records} recorded, {found.sealed} sealed{head}.")
            for problem in found.problems:
                self.stdout.write(f"  {problem}")
        if options["head"]:
            seal = seal_named(options["head"])
            if seal is None:
                raise CommandError(f"No seal begins with {options['head']}, or several do.")
            at = f"{seal.sealed_at:%d %B %Y, %H:%M} UTC"
            self.stdout.write(f"{seal.digest} is seal {seal.number} of {seal.edition.slug}, made on {at}.")
        if broken:
            raise CommandError("Decisions are not as they were recorded.")
        self.stdout.write("Everything is as it was recorded.")
