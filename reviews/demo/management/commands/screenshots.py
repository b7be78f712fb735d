"""Make the README's pictures from the demo edition of a running site."""

import os
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from reviews.assignments.models import Assignment, Run
from reviews.demo.setup import PASSWORD, sign_in

FOLDER = settings.BASE_DIR / "docs" / "screenshots"
#: File name → who looks, at which address ({run} and {assignment}: the first ones of the review stage).
PICTURES: dict[str, tuple[str | None, str]] = {
    "program": (None, "/e/demo-published/program/"),
    "sponsor": ("sponsor", "/e/demo-call/proposals/"),
    "queue": ("reviewer", "/e/demo-review/review/"),
    "review": ("reviewer", "/e/demo-review/review/{assignment}/"),
    "overview": ("cochair", "/e/demo-review/chair/"),
    "assignments": ("cochair", "/e/demo-review/queue/"),
    "run": ("cochair", "/e/demo-review/queue/runs/{run}/"),
    "ranking": ("cochair", "/e/demo-published/standings/"),
    "decisions": ("cochair", "/e/demo-published/decisions/"),
    "timetable": ("cochair", "/e/demo-published/timetable/"),
    "setup": ("organiser", "/e/demo-review/setup/"),
}
#: What is added to the file's name → size of the window and colours.
LOOKS: dict[str, tuple[int, int, Literal["light", "dark"]]] = {
    "": (1440, 900, "light"),
    "-narrow": (390, 844, "light"),
    "-dark": (1440, 900, "dark"),
}


#: What the README and the guides show.
README = {*PICTURES, "program-narrow"}


class Command(BaseCommand):
    help = "Take the README's screenshots (needs `make run` beside it)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.SITE_URL, help="Where the site runs.")
        parser.add_argument("--to", type=Path, default=FOLDER)
        parser.add_argument("--all-looks", action="store_true", help="Every page narrow and dark too.")

    def handle(self, *args: Any, **options: Any) -> None:
        from playwright.sync_api import sync_playwright

        from expo.ops import browser

        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        options["to"].mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            program = playwright.chromium.launch(executable_path=str(browser.ensure()), args=browser.ARGUMENTS)
            signed_in = {who: self._sign_in(program, options["url"], who) for who, _ in PICTURES.values() if who}
            for name, (who, path) in PICTURES.items():
                for look, (width, height, colours) in LOOKS.items():
                    if not (options["all_looks"] or f"{name}{look}" in README):
                        continue
                    context = program.new_context(
                        base_url=options["url"],
                        storage_state=signed_in[who] if who else None,
                        viewport={"width": width, "height": height},
                        color_scheme=colours,
                        reduced_motion="reduce",
                    )
                    self._take(context.new_page(), path, options["to"] / f"{name}{look}.png")
                    context.close()
            program.close()

    def _sign_in(self, program: Any, url: str, who: str) -> Any:
        page = program.new_context(base_url=url).new_page()
        page.goto("/accounts/login/")
        page.locator("[name=login]").fill(sign_in(who))
        page.locator("[name=password]").fill(PASSWORD)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return page.context.storage_state()

    def _take(self, page: Any, path: str, file: Path) -> None:
        run = Run.objects.filter(edition__slug="demo-review").order_by("pk").first()
        open_ones = Assignment.objects.filter(
            edition__slug="demo-review", reviewer__email=sign_in("reviewer"), state="accepted"
        )
        assignment = open_ones.order_by("pk").first()
        if ("{run}" in path and run is None) or ("{assignment}" in path and assignment is None):
            raise CommandError(f"There is nothing to show at {path}. `manage.py demo --stage review` makes it.")
        path = path.format(run=run and run.pk, assignment=assignment and assignment.pk)
        answer = page.goto(path)
        if answer is None or not answer.ok or "/accounts/login/" in page.url:
            raise CommandError(f"{path} answered {answer.status if answer else 'nothing'}. Is the demo edition there?")
        page.screenshot(path=file)
        self.stdout.write(file.name)
