"""Step 2: sponsors write, save, submit; what is refused keeps what was typed."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator

from .people import PASSWORD, Person, field
from .steps_setup import EDITION

TOO_LONG = "long " * 1300


@dataclass(frozen=True)
class Text:
    """What a sponsor writes."""

    title: str
    format: str
    topic: str
    presenter: str
    track: str = ""

    @property
    def public_title(self) -> str:
        return f"{self.title}, in public"


def see_what_the_tier_allows(sponsor: Person, *expected: str) -> None:
    sponsor.page.goto("/")
    sponsor.goes_to(EDITION, "My proposals")
    for words in expected:
        sponsor.reads(words)


def begin(sponsor: Person, text: Text) -> None:
    """A title and a format are enough for a draft."""
    sponsor.opens("My proposals")
    sponsor.goes_to("New proposal")
    sponsor.page.get_by_role("radio", name=re.compile(rf"^{text.format}\b")).check()
    if text.track:
        sponsor.choose({"Track": f"{text.track} ({text.format})"})
    sponsor.fill({"Title": text.title})
    sponsor.press("Save draft")
    sponsor.reads("Draft saved.")


def write_too_much(sponsor: Person) -> None:
    """Past the limit: refused with a sentence, every word still there."""
    sponsor.fill({"Review text": TOO_LONG, "What attendees learn": "Typed before."})
    sponsor.press("Save draft")
    sponsor.reads("Shorten it by")
    assert field(sponsor.page, "Review text").input_value() == TOO_LONG
    assert field(sponsor.page, "What attendees learn").input_value() == "Typed before."


def write(sponsor: Person, text: Text) -> None:
    sponsor.fill({"Review text": f"We measured **{text.title}**.", "What attendees learn": "What failed, and why."})
    write_what_the_format_asks(sponsor, text.format)
    sponsor.tick(text.topic)
    name_presenter(sponsor, text)
    sponsor.fill({"Public title": text.public_title, "Public text": "Come and see."})


def write_what_the_format_asks(sponsor: Person, format: str) -> None:
    sponsor.page.get_by_role("radio", name="Intermediate").check()
    sponsor.fill({"Evidence and openness": "Measured three times; the code is public."})
    if format != "Talk":
        sponsor.fill({"Hands-on part": "Everybody tries it."})
    if format == "Demo":
        sponsor.fill({"Equipment and other needs": "A table and power."})
    if format == "Workshop":
        part = sponsor.page.get_by_role("group", name="Part 1 of the outline", exact=True)
        sponsor.fill({"Minutes": "240", "Title of the part": "By hand"}, part)
        sponsor.reads("240 of 240 minutes")


def name_presenter(sponsor: Person, text: Text) -> None:
    address = f"{text.presenter.lower().replace(' ', '.')}@stage.example"
    sponsor.fill({"Name": text.presenter, "E-mail": address}, first_presenter(sponsor))


def first_presenter(sponsor: Person) -> Locator:
    return sponsor.page.get_by_role("group", name="Presenter 1", exact=True)


def submit(sponsor: Person, text: Text) -> None:
    sponsor.press("Check and submit")
    sponsor.reads("Everything that reviewers need is there.")
    sponsor.press("Submit")
    sponsor.page.get_by_role("heading", name=text.title, level=1).wait_for()
    sponsor.reads("Submitted")


def propose(sponsor: Person, text: Text) -> None:
    begin(sponsor, text)
    write(sponsor, text)
    submit(sponsor, text)


def propose_clumsily(sponsor: Person, text: Text) -> None:
    """A draft may lack its title, a submission may not; the page names the gap and keeps the rest."""
    begin(sponsor, text)
    write_too_much(sponsor)
    write(sponsor, text)
    sponsor.fill({"Title": ""})
    sponsor.press("Check and submit")
    sponsor.reads("One thing is missing")
    sponsor.goes_to("Continue editing")
    assert field(sponsor.page, "Public title").input_value() == text.public_title
    sponsor.fill({"Title": text.title})
    submit(sponsor, text)


def invite_to_the_team(contact: Person, sponsor: str, newcomer: str) -> None:
    contact.opens("My proposals")
    contact.goes_to(f"Team of {sponsor}")
    contact.fill({"E-mail address": newcomer})
    contact.press("Invite")
    contact.page.get_by_role("rowheader", name=newcomer).wait_for()


def sign_up(newcomer: Person) -> None:
    """Without an invitation: the address is verified by a mailed link."""
    newcomer.page.goto("/accounts/login/")
    newcomer.goes_to("Create an account")
    newcomer.fill({"Your name": "Newcomer", "E-mail address": newcomer.email})
    newcomer.fill({"Password": PASSWORD, "The same password again": PASSWORD})
    newcomer.press("Create account")
    newcomer.reads("We sent you a link.")
    newcomer.follow(newcomer.mail("Confirm your e-mail address"), "confirm-email")
    newcomer.press("Yes, confirm it")
    newcomer.name = "Newcomer"
    newcomer.reads("Account of Newcomer")
