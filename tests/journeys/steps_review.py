"""Steps 3 and 4: the queue assigns reviewers, a chair publishes, reviewers answer and score."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from .people import Person, field
from .steps_setup import EDITION

Disturb = Callable[[], object]
#: Milliseconds for a run: a dead worker's lease ends after 20 s, a sweep looks every 30 s, and then the work begins.
PATIENCE = 120_000


def look_at_the_rubric(chair: Person) -> None:
    """The usual one stands in as soon as the call opens; the chair may change it."""
    chair.opens("Assignments")
    chair.goes_to("Rubric")
    chair.page.get_by_role("heading", name="Research substance").wait_for()


def choose_topics(reviewer: Person, *topics: str) -> None:
    reviewer.goes_to(EDITION)
    reviewer.opens("My reviews")
    reviewer.goes_to("Choose my topics")
    reviewer.tick(*topics)
    reviewer.press("Save")
    reviewer.reads("Later assignments use it.")


def start_a_run(chair: Person, disturb: Disturb = bool) -> None:
    """Start, watch, and wait for the preview; nobody presses reload."""
    chair.opens("Assignments")
    chair.goes_to("Assign reviewers")
    chair.fill({"Seed": "7"})
    chair.press("Start run")
    chair.page.get_by_role("heading", name=re.compile(r"^Run \d+$")).wait_for()
    disturb()
    chair.page.get_by_role("button", name="Publish and notify reviewers").wait_for(timeout=PATIENCE)


def preview(chair: Person) -> str:
    """Who would get what, as the page says it."""
    table = chair.page.get_by_role("table", name="Proposed assignments")
    return table.inner_text()


def publish(chair: Person) -> None:
    chair.reads("Not published yet")
    chair.press("Publish and notify reviewers")
    chair.reads("Published: 10 reviews offered")


def discard(chair: Person) -> None:
    chair.page.locator(".page-actions summary").filter(has_text="More").click()
    chair.press("Discard")
    chair.reads("Discarded.")


def decline_one(reviewer: Person, reason: str) -> str:
    """The first on offer, with a reason; an empty reason is refused. Returns its title."""
    reviewer.follow(reviewer.mail("to review"))
    offer = reviewer.page.get_by_role("article").filter(has=reviewer.page.get_by_role("button", name="Accept")).first
    title = offer.get_by_role("heading").inner_text()
    offer.get_by_text(f"Decline {title}").click()
    reviewer.fill({"Reason": reason}, offer)
    reviewer.press("Decline", offer)
    reviewer.reads("Declined. The cochairs will find somebody else.")
    return title


def assign_another(chair: Person, title: str, reason: str) -> None:
    chair.opens("Assignments")
    chair.reads(reason)
    chair.goes_to(title)
    chair.page.get_by_role("button", name=re.compile("^Assign ")).first.click()
    chair.page.get_by_role("table", name=re.compile("Reviewers")).first.wait_for()


def accept_all(reviewer: Person) -> None:
    reviewer.opens("My reviews")
    offers = reviewer.page.get_by_role("button", name="Accept", exact=True)
    for left in range(offers.count() - 1, -1, -1):
        offers.first.click()
        expect(offers).to_have_count(left)


def review_all(reviewer: Person, levels: dict[str, int]) -> int:
    """Score everything in the queue, one after the other, the first one clumsily; returns how many."""
    reviewer.opens("My reviews")
    done = 0
    following = reviewer.page.get_by_role("link", name="Review", exact=True)
    while following.count():
        following.click()
        reviewer.reads("Shown once your review is submitted")
        if not done:
            forget_the_levels(reviewer)
        review(reviewer, levels)
        done += 1
    reviewer.reads("That was the last one")
    return done


def forget_the_levels(reviewer: Person) -> None:
    """Missing levels are asked for, and the words stay."""
    reviewer.fill({"For the sponsor": "More numbers, please."})
    submit_and_stay(reviewer)
    reviewer.reads("All criteria need one before you submit.")
    assert field(reviewer.page, "For the sponsor").input_value() == "More numbers, please."


def review(reviewer: Person, levels: dict[str, int]) -> None:
    """A level for each criterion; only then the sponsor shows."""
    title = reviewer.page.get_by_role("heading", level=1).inner_text()
    for level in reviewer.page.get_by_role("radio", name=re.compile(rf"^{levels[title]}\b")).all():
        level.check()
    submit_and_stay(reviewer)
    reviewer.reads("Review submitted.")
    assert reviewer.page.get_by_text("Shown once your review is submitted").count() == 0


def submit_and_stay(reviewer: Person) -> None:
    """The last review has one button; before that, staying on the page is one of several ways to submit."""
    more = reviewer.page.locator(".review-bar summary")
    if more.count():
        more.click()
        reviewer.press("Submit and stay here")
    else:
        reviewer.press("Submit review")
