"""Help: every guide is there, every page links to a section that exists, pictures and all."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from expo.editions.states import Phase
from expo.kit import guides
from tests.contract.addresses import ours
from tests.factories import EditionFactory
from tests.pages import squeezed

NOT_PAGES = ("api", "ops")


@pytest.mark.parametrize("name", guides.GUIDES)
def test_a_guide_shows_its_sections_and_pictures(name: str, db: None) -> None:
    page = squeezed(Client().get(reverse("guide", args=[name])))
    guide = guides.guide_of(name)
    for anchor, title in guide.sections.items():
        assert f'<li><a href="#{anchor}">{title}</a></li>' in page
        assert f'<h2 id="{anchor}">{title}</h2>' in page
    pictures = re.findall(r'src="/static/(guide/[^"]+)"', page)
    assert pictures == [f"guide/{each}" for each in re.findall(r"screenshots/([\w-]+\.png)", guide.html)]
    assert [each for each in pictures if finders.find(each) is None] == []


def test_every_link_from_a_page_leads_to_a_section() -> None:
    missing = {
        key: target
        for key, target in guides.SECTIONS.items()
        if target.partition("#")[2] not in guides.guide_of(target.partition("#")[0]).sections
    }
    assert missing == {}


def test_every_page_of_an_edition_links_to_the_section_about_it() -> None:
    pages = {each.name for each in ours() if "edition" in each.keywords and not each.name.startswith(NOT_PAGES)}
    without = {name for name in pages if not (guides.SECTIONS.get(name) or guides.SECTIONS.get(name.partition(":")[0]))}
    assert without == {name for name in pages if name.startswith("releases:")} - set(guides.SECTIONS)  # for the public
    of_the_site = {"assignments:families", "proposals:presenting"}
    assert {key for key in guides.SECTIONS if ":" in key} - pages == of_the_site


def test_a_page_links_to_the_section_about_it(db: None) -> None:
    edition = EditionFactory(phase=Phase.CALL)
    page = squeezed(Client().get(reverse("editions:detail", args=[edition.slug])))
    assert '<a href="/help/sponsor/#before-you-write">Help: Before you write</a>' in page


@pytest.mark.parametrize("name", ["editions:home", "account_login", "help"])
def test_a_page_for_everybody_links_to_all_guides(name: str, db: None) -> None:
    assert '<a href="/help/">Help</a>' in Client().get(reverse(name)).content.decode()


def test_the_list_of_guides_names_each(db: None) -> None:
    page = squeezed(Client().get(reverse("help")))
    assert [name for name in guides.GUIDES if guides.guide_of(name).title not in page] == []


def test_an_unknown_guide_is_not_found(db: None) -> None:
    assert Client().get(reverse("guide", args=["nobody"])).status_code == 404
