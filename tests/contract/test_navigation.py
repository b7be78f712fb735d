"""Every page of an edition, as every part sees it: the menu says where it belongs, and no link leads nowhere."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.urls import resolve, reverse
from django.urls.exceptions import Resolver404

from tests.contract.addresses import Address, ours
from tests.contract.fixtures import ContractFixture

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: The parts, and how many pages open for each at the least: without this, a site that opens none would pass.
FEWEST = {"anonymous": 4, "contact": 14, "reviewer": 12, "cochair": 40, "walled": 30, "organiser": 50}
PAGES = [each for each in ours() if "edition" in each.keywords and not each.name.startswith("api:")]
#: Files and addresses that other programs read.
NO_PAGES = {"releases:artefact", "releases:calendar"}


def pages(world: ContractFixture, part: str) -> Iterator[tuple[Address, str]]:
    """The pages that open for somebody, with their HTML."""
    for address in PAGES:
        url = reverse(address.name, kwargs=world.kwargs_for(address.name, address.keywords))
        answer = world.browsers[part].get(url)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            yield address, answer.content.decode()


def menu_of(page: str) -> str:
    """The first menu of a page; a narrow screen has the same one folded."""
    found = re.search(r'<nav class="nav"[^>]*>(.*?)</nav>', page, re.DOTALL)
    return found[1] if found else ""


def is_page(path: str) -> bool:
    """Whether an address answers GET with a page of ours; others are files, or of another program."""
    try:
        return resolve(path).view_name not in NO_PAGES
    except Resolver404:
        return True


@pytest.mark.parametrize("part", FEWEST)
def test_every_page_has_one_current_item_and_no_dead_link(world: ContractFixture, part: str) -> None:
    wrong, answers, seen = {}, dict[str, int](), 0
    for address, page in pages(world, part):
        seen += 1
        current = re.findall(r"aria-current=\"(?:page|true)\"\s*>([^<]*)<", menu_of(page))
        if len(current) != 1:
            wrong[address.name] = f"current items: {current}"
        for path in {unescape(href).split("#")[0] for href in re.findall(r'<a[^>]*?\bhref="(/[^"]*)"', page)}:
            if path not in answers:
                answers[path] = world.browsers[part].get(path).status_code if is_page(path.split("?")[0]) else 200
            if answers[path] >= 400:
                wrong[f"{address.name} → {path}"] = f"answers {answers[path]}"
    assert wrong == {}
    assert seen >= FEWEST[part]
