"""Step 5: chairs decide and release a batch; sponsors read their verdict, approve their text and confirm."""

import re

from .people import Person
from .steps_call import Text
from .steps_setup import EDITION


def look_at_the_ranking(chair: Person, best: str) -> None:
    chair.opens("Ranking")
    rows = chair.page.get_by_role("table", name=re.compile("Ranking")).get_by_role("rowheader")
    assert best in rows.filter(has=chair.page.get_by_role("link")).first.inner_text()


def decide(chair: Person, title: str, verdict: str) -> None:
    """One click on the desk."""
    chair.opens("Decisions")
    row = chair.page.get_by_role("row").filter(has=chair.page.get_by_role("link", name=title, exact=True))
    row.get_by_role("button", name=re.compile(f"^{verdict} ")).click()
    chosen = row.get_by_role("button", name=re.compile(f"^{verdict} "), pressed=True)
    chosen.wait_for()


def decide_with_words(chair: Person, title: str, verdict: str, reason: str, words: str) -> None:
    """On the decision's own page: without a reason it is refused, and the words stay."""
    chair.opens("Decisions")
    chair.goes_to(title)
    chair.page.get_by_role("radio", name=verdict, exact=True).check()
    chair.choose({"Reason": "Choose a reason"})
    chair.fill({"Feedback to the sponsor": words})
    chair.press("Save verdict")
    chair.reads("Nothing you typed is lost.")
    chair.choose({"Reason": reason})
    chair.press("Save verdict")
    chair.page.get_by_role("table", name=re.compile("verdict")).wait_for()


def release(chair: Person, batch: str, count: int) -> None:
    chair.opens("Decisions")
    chair.page.get_by_text("New batch", exact=True).click()
    chair.fill({"Name of the batch": batch})
    chair.press("Create batch")
    chair.press("Add to batch")
    assert chair.page.get_by_role("main").get_by_text("Mail to ").count() == count
    chair.page.get_by_text("Release batch", exact=True).click()
    chair.press("Release and send mails")
    chair.reads("Released by")


def sees_no_verdict(sponsor: Person, text: Text) -> None:
    sponsor.opens("My proposals")
    sponsor.goes_to(text.title)
    sponsor.reads("It waits for its verdict")
    assert sponsor.page.get_by_role("heading", name="Verdict").count() == 0


def sees_verdict(sponsor: Person, text: Text, subject: str, words: str) -> None:
    """The mail leads to the page, the page says it."""
    sponsor.follow(sponsor.mail(f"{subject}: {text.title}"))
    sponsor.page.get_by_role("heading", name="Verdict").wait_for()
    sponsor.reads(words)


def confirm(sponsor: Person, text: Text) -> None:
    sponsor.follow(sponsor.mail(f"Accepted: {text.title}"), "/constraints/")
    sponsor.press("Confirm and save")
    sponsor.goes_to("Read and approve")
    sponsor.page.get_by_role("checkbox", name=re.compile("^We approve the public title, text")).check()
    sponsor.press("Save")
    sponsor.reads("Its public text is approved.")


def return_to(person: Person) -> None:
    person.page.goto("/")
    person.goes_to(EDITION)
