"""`manage.py doctor`: does this deployment have all it needs?"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from expo.ops.doctor import Finding, examine


class Command(BaseCommand):
    """Check database, broker, workers, mail, storage and secrets, and say what to do about each failure."""

    help = __doc__
    requires_system_checks: list[str] = []  # it must speak even when they fail

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="for machines")

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        findings = list(examine())
        if as_json:
            self.stdout.write(json.dumps([finding.as_dict() for finding in findings], indent=2))
        else:
            for finding in findings:
                self.stdout.write(self._line(finding))
        if not all(finding.well for finding in findings):
            sys.exit(1)

    def _line(self, finding: Finding) -> str:
        mark = self.style.SUCCESS("well") if finding.well else self.style.ERROR("FAIL")
        advice = f"\n{'':21}-> {finding.advice}" if finding.advice else ""
        return f"{mark}  {finding.name:<14} {finding.seen}{advice}"
