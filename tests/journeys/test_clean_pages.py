"""Every page that a link leads to, as each part of the demo edition sees it: it exists, is clean, and fits a phone."""

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import CharField, TextField
from django.test import Client
from django.urls import resolve
from playwright.sync_api import Page

from expo.accounts.models import User
from reviews.demo.build import build
from reviews.demo.setup import sign_in

pytestmark = [pytest.mark.slow, pytest.mark.journey, pytest.mark.django_db(transaction=True)]
#: Who looks around at which stage; a stranger has no name.
LOOKS = {
    "call": ["sponsor", "organiser"],
    "review": ["reviewer", "cochair"],
    "published": ["", "cochair", "sponsor"],
}
MOST_PARTS_SEE = 4
OK = 200
OTHERS = ("api:",)
#: Fields of text that people write.
WRITTEN = {"abstract", "affiliation", "comment", "description", "name", "public_title", "summary", "title"}
AXE = Axe()
#: Only what is wrong leaves the browser: all that passes is a thousand times as long.
WRONG = 'axe.run({resultTypes: ["violations"]}).then(found => found.violations)'
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 700}


@pytest.mark.parametrize("stage", LOOKS)
def test_pages_are_clean(new_page: Any, live_server: Any, stage: str) -> None:
    found, checked = {}, Checked()
    edition, parts = build(stage, "s"), LOOKS[stage]
    with_endless_words()
    for part in parts:
        page = new_page(color_scheme="light", viewport=WIDE)
        said = listen(page)
        if part:
            let_in(page, live_server.url, part)
        for path, status in one_of_each(page, f"/e/{edition.slug}/", checked.personal):
            wrong = [*said, *complaints(page, checked)] if status == OK else [f"answers {status}"]
            found[part, path] = wrong
            said.clear()
    assert len(found) > MOST_PARTS_SEE * len(parts), "links lead to fewer pages than expected"
    complained = [f"{seen}: {wrong}" for seen, wrong in found.items() if wrong]
    assert complained == [], "\n".join(complained)


def with_endless_words() -> None:
    """Give the first and the last row of each table a word that no line can hold, wherever people write or name."""
    written = 0
    for model in apps.get_models():
        if not model.__module__.startswith(("expo.", "reviews.")):
            continue
        fields = [
            each
            for each in model._meta.get_fields()
            if each.name in WRITTEN and isinstance(each, (CharField, TextField))
        ]
        for row in [model._default_manager.order_by("pk").first(), model._default_manager.order_by("pk").last()]:
            if row is not None and fields:
                values = {each.name: f"{row.pk:w>{min(each.max_length or 160, 160)}}" for each in fields}
                with suppress(IntegrityError), transaction.atomic():  # a name that must be unique
                    written += model._default_manager.filter(pk=row.pk).update(**values)
    assert written > MOST_PARTS_SEE, "no word became endless"


@dataclass
class Checked:
    """What axe has looked at: a kind of page, and the CSS classes of the parts that pages are made of."""

    personal: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)

    def is_new(self, page: Page) -> bool:
        """Whether the page is the first of its kind, or shows a part that no page before has shown."""
        parts = set(page.evaluate("[...document.querySelectorAll('[class]')].flatMap(each => [...each.classList])"))
        kind = kind_of(page.url)
        is_new = kind not in self.kinds or not parts <= self.parts
        self.kinds.add(kind)
        self.parts |= parts
        return is_new


def listen(page: Page) -> list[str]:
    """What the browser complains of, such as a script that the policy refuses."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def let_in(page: Page, site: str, part: str) -> None:
    client = Client()
    client.force_login(User.objects.get(email=sign_in(part)))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}])


def one_of_each(page: Page, start: str, personal: set[str]) -> Iterator[tuple[str, int]]:
    """Open one page of each kind that links lead to, nearest first, with what it answers.

    Pages outside of any edition are much the same for everybody, so `personal` remembers them from person to person.
    """
    waiting, seen = deque(["/", start]), set[str]()
    while waiting:
        path = waiting.popleft()
        kind = kind_of(path)
        if kind in seen | personal or kind.startswith(OTHERS):
            continue
        (seen if path.startswith("/e/") or path == "/" else personal).add(kind)
        answer = page.goto(path)
        assert answer is not None, path
        yield path, answer.status
        waiting.extend(links(page, start))


def kind_of(path: str) -> str:
    return resolve(urlsplit(path).path).view_name


def links(page: Page, start: str) -> list[str]:
    """Addresses in this edition, or outside of any; files to take along are not pages."""
    found = page.eval_on_selector_all("a[href]", "all => all.map(each => each.getAttribute('href'))")
    paths = [path.split("#")[0] for path in found if path.startswith("/") and "." not in path]
    return [path for path in paths if path.startswith(start) or not path.startswith("/e/")]


def complaints(page: Page, checked: Checked) -> list[str]:
    """What axe finds, and whether a phone has to scroll sideways."""
    wrong = []
    if checked.is_new(page):
        page.evaluate(AXE.axe_script)
        wrong = [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in page.evaluate(WRONG)]
    page.set_viewport_size(NARROW)
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.set_viewport_size(WIDE)
    return [*wrong, *([f"{over}px wider than a phone"] if over > 0 else [])]
