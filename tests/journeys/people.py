"""People at their browsers: each has a profile, an address and a password, and reads the mail that really left."""

import re
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from playwright.sync_api import Error, Locator, Page

from tests.live_workers import Worker, wait_until

PASSWORD = "correct horse battery staple"


@dataclass
class Person:
    """Somebody who uses the site by clicking."""

    page: Page
    worker: Worker
    email: str
    name: str = ""

    def mails(self, subject: str) -> list[EmailMessage]:
        return [mail for mail in self.worker.mails_to(self.email) if subject in str(mail["Subject"])]

    def mail(self, subject: str) -> str:
        """The text of the newest mail with these words in its subject, as soon as it has left."""
        wait_until(lambda: self.mails(subject), f"a mail “{subject}” to {self.email}")
        return str(self.mails(subject)[-1].get_content())

    def follow(self, mail: str, path: str = "") -> None:
        """Open the first link of a mail, or the first that leads below `path`."""
        links = re.findall(r"https?://\S+", mail)
        self.page.goto(next(link for link in links if path in link))

    def come_in_by_invitation(self, subject: str) -> "Person":
        """Open the mailed link, choose a password, and so be signed in."""
        self.choose_a_password(subject)
        self.reads(f"Account of {self.name or self.email}")
        return self

    def join_the_team_by_invitation(self) -> "Person":
        """Come in by the mailed link, read the invitation that waits on the home page, and accept it."""
        self.choose_a_password("will you join its team?")
        self.accept_the_invitation()
        self.reads(f"Account of {self.name}")
        return self

    def choose_a_password(self, subject: str) -> None:
        self.follow(self.mail(subject))
        if field(self.page, "Your name").count():
            self.name = self.name or self.email.partition("@")[0].title()
            self.fill({"Your name": self.name})
        self.fill({"Password": PASSWORD, "The same password again": PASSWORD})
        self.press("Save and continue")

    def accept_the_invitation(self) -> None:
        self.page.goto("/")
        self.goes_to("Read it, then accept or decline")
        self.press("Accept and join")
        self.reads("You are now in the team of")

    def sign_in(self) -> "Person":
        self.page.goto("/")
        self.page.get_by_role("banner").get_by_role("link", name="Sign in").click()
        self.fill({"E-mail address": self.email, "Password": PASSWORD})
        self.press("Sign in")
        self.reads(f"Account of {self.name or self.email}")
        return self

    def goes_to(self, *names: str) -> None:
        """Click one link after the other, each by its name."""
        for name in names:
            self.page.get_by_role("link", name=name, exact=True).locator("visible=true").first.click()

    def opens(self, name: str) -> None:
        """Click the link of this name in the bar of the edition."""
        with self.page.expect_navigation():
            self.page.locator(".rail").get_by_role("link", name=name, exact=True).click()

    def press(self, name: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name, exact=True).locator("visible=true").first.click()

    def fill(self, values: dict[str, str], within: Locator | None = None) -> None:
        """Type into fields by their labels."""
        for label, value in values.items():
            field(within or self.page, label).fill(value)

    def choose(self, values: dict[str, str], within: Locator | None = None) -> None:
        """Choose in lists by their labels."""
        for label, value in values.items():
            field(within or self.page, label).select_option(label=value)

    def tick(self, *names: str, within: Locator | None = None) -> None:
        for name in names:
            (within or self.page).get_by_role("checkbox", name=name, exact=True).check()

    def reads(self, text: str) -> None:
        """Wait until these words are on the page; else fail with what is there instead."""
        try:
            self.page.get_by_text(text).first.wait_for(state="attached")
        except Error as error:
            found = self.page.get_by_role("main").inner_text()
            raise AssertionError(f"{self.email} does not read “{text}” at {self.page.url} but:\n{found}") from error

    def section(self, name: str) -> Locator:
        """A named region of the page."""
        return self.page.get_by_role("region", name=name)


def field(where: Any, label: str) -> Locator:
    """The control with this label; that it may be left empty is said behind the label."""
    found: Locator = where.get_by_label(re.compile(rf"^{re.escape(label)}(\s+\(optional\))?$"))
    return found.first
