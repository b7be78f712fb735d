"""Steps 6 and 7: the scheduler proposes, a chair adopts, moves and publishes; everybody reads the same program."""

import re
from datetime import datetime

from icalendar import Calendar
from playwright.sync_api import Page

from .people import Person, field
from .steps_review import PATIENCE, Disturb
from .steps_setup import EDITION


def start_the_scheduler(chair: Person, disturb: Disturb = bool) -> None:
    chair.opens("Timetable")
    chair.press("Propose a timetable")
    chair.page.get_by_role("heading", name=re.compile(r"^Draft \d+$")).wait_for()
    disturb()
    chair.page.get_by_role("button", name="Adopt this timetable").wait_for(timeout=PATIENCE)


def proposed(chair: Person) -> str:
    """The proposed timetable, as the page says it."""
    return "\n".join(chair.page.locator("table.timetable").all_inner_texts())


def discard(chair: Person) -> None:
    chair.press("Discard this run")
    chair.reads("The run is discarded.")


def adopt(chair: Person) -> None:
    """The goals are listed in their order, each with how sure the scheduler is."""
    goals = chair.page.get_by_role("figure").filter(has_text="Goals reached")
    goals.get_by_text("As a table").click()
    goals.get_by_role("table").filter(has_text="Proof").wait_for()
    chair.reads("Every accepted session that you may see is scheduled.")
    chair.press("Adopt this timetable")
    chair.reads("Adopted: this is now the timetable.")


def start_of(chair: Person, title: str) -> str:
    """Open a session; returns its start as the form shows it."""
    chair.opens("Timetable")
    chair.goes_to(title)
    return field(chair.page, "Day and time").input_value()


def move_into_a_clash(chair: Person, title: str, other: str) -> None:
    """Both have the same presenter, so the second cannot run at the first one's time."""
    taken = start_of(chair, other)
    start_of(chair, title)
    field(chair.page, "Day and time").select_option(taken)
    chair.press("Move")
    chair.page.get_by_role("alert").first.wait_for()
    assert other in chair.page.get_by_role("alert").first.inner_text()
    assert field(chair.page, "Day and time").input_value() == taken


def move(chair: Person, title: str, start: str) -> None:
    start_of(chair, title)
    chair.choose({"Day and time": start})
    chair.press("Move")
    chair.reads(f"“{title}” has moved.")


def publish(chair: Person) -> None:
    chair.opens("Releases")
    chair.fill({"Note": "First program."})
    chair.press("Publish release 1")
    chair.page.get_by_role("heading", name="Published").wait_for()


def read_the_program(stranger: Page) -> list[str]:
    """From the home page to the program, signed in nowhere; returns the titles."""
    stranger.goto("/")
    stranger.get_by_role("link", name=EDITION, exact=True).click()
    stranger.get_by_role("heading", name=EDITION, level=1).wait_for()
    return sorted(stranger.locator(".session").get_by_role("heading").all_inner_texts())


def by_api(stranger: Page) -> list[tuple[str, datetime]]:
    answer = stranger.request.get("/api/v1/editions/icml-2031/program/")
    assert answer.ok, answer.text()
    return sorted((each["title"], datetime.fromisoformat(each["starts"])) for each in answer.json()["sessions"])


def by_calendar(stranger: Page) -> list[tuple[str, datetime]]:
    answer = stranger.request.get("/api/v1/editions/icml-2031/schedule.ics")
    assert answer.ok, answer.text()
    events = Calendar.from_ical(answer.text()).walk("VEVENT")
    return sorted((str(event["SUMMARY"]), event["DTSTART"].dt) for event in events)
