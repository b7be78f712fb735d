"""Make the README's pictures from the demo edition of a running site."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reviews.assignments.models import Run
from reviews.demo.setup import PASSWORD, sign_in

FOLDER = settings.BASE_DIR / "docs" / "screenshots"
#: File name → who looks, at which address ({run}: the first run there), at which width.
PICTURES: dict[str, tuple[str | None, str, int]] = {
    "program": (None, "/e/demo-published/program/", 1280),
    "program-narrow": (None, "/e/demo-published/program/", 390),
    "sponsor": ("sponsor", "/e/demo-call/proposals/", 1280),
    "queue": ("reviewer", "/e/demo-review/review/", 1280),
    "assignments": ("cochair", "/e/demo-review/queue/", 1440),
    "run": ("cochair", "/e/demo-review/queue/runs/{run}/", 1440),
    "decisions": ("cochair", "/e/demo-published/decisions/", 1440),
    "timetable": ("cochair", "/e/demo-published/timetable/", 1440),
    "overview": ("cochair", "/e/demo-review/chair/", 1280),
    "setup": ("organiser", "/e/demo-review/setup/", 1280),
}


class Command(BaseCommand):
    help = "Take the README's screenshots (needs `make run` beside it)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.SITE_URL, help="Where the site runs.")
        parser.add_argument("--to", type=Path, default=FOLDER)
        parser.add_argument("--dark", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        from playwright.sync_api import sync_playwright

        from expo.ops import browser

        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        options["to"].mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            program = playwright.chromium.launch(executable_path=str(browser.ensure()), args=browser.ARGUMENTS)
            for name, (who, path, width) in PICTURES.items():
                self._take(program, name, who, path, width, options)
            program.close()

    def _take(self, program: Any, name: str, who: str | None, path: str, width: int, options: dict[str, Any]) -> None:
        context = program.new_context(
            base_url=options["url"],
            viewport={"width": width, "height": 900},
            color_scheme="dark" if options["dark"] else "light",
        )
        page = context.new_page()
        if who:
            page.goto("/accounts/login/")
            page.get_by_label("Email").fill(sign_in(who))
            page.locator("[name=password]").fill(PASSWORD)
            with page.expect_navigation():
                page.keyboard.press("Enter")
        run = Run.objects.filter(edition__slug="demo-review").order_by("pk").first()
        if run is None and "{run}" in path:
            raise CommandError("The demo edition has no run of the queue. `manage.py demo --stage review` makes one.")
        path = path.format(run=run.pk if run else None)
        answer = page.goto(path)
        if answer is None or not answer.ok or "/accounts/login/" in page.url:
            raise CommandError(f"{path} answered {answer.status if answer else 'nothing'}. Is the demo edition there?")
        page.screenshot(path=options["to"] / f"{name}.png")
        context.close()
        self.stdout.write(f"{name}.png")
