"""Step 1: an organiser sets up an edition, brings in sponsors and people, and opens the call."""

from datetime import timedelta
from pathlib import Path

from expo.kit import clock

from .people import Person

EDITION = "ICML 2031 Expo"
TOPICS = ("Language models", "Efficiency", "Robotics", "Causality")
TABLE = """organisation,tier,contact_email,contact_name
Northwind Research,Gold,nora@northwind.example,Nora North
Contoso AI,Platinum,carl@contoso.example,Carl Conto
Fabrikam,Gold,not-an-address,Fay Fabri
"""
ROLES = """email,role,name,sector,senior
chair2@university.example,cochair,Chiara Chair,academia,
rev1@university.example,reviewer,Rea One,academia,yes
rev2@institute.example,reviewer,Rolf Two,academia,no
rev3@lab.example,reviewer,Rita Three,industry,no
rev4@company.example,reviewer,Ravi Four,industry,no
"""


def create_the_edition(organiser: Person) -> None:
    organiser.page.goto("/")
    organiser.goes_to("New edition")
    organiser.fill({"Name": EDITION, "Address": "icml-2031", "Conference": "ICML", "Place": "Oslo"})
    organiser.choose({"Time zone": "Europe/Oslo"})
    organiser.press("Create the edition")
    organiser.press("Set up as for ICML")
    organiser.reads("Formats, tracks, rooms and a day have been added.")


def set_the_calendar(organiser: Person) -> None:
    """A date that cannot be first: what was typed stays."""
    today = clock.now()
    moments = {"Call closes": today + timedelta(days=20), "Reviews due": today + timedelta(days=40)}
    organiser.goes_to("Calendar, time zone and review settings")
    organiser.fill({label: f"{moment:%Y-%m-%dT12:00}" for label, moment in moments.items()})
    organiser.fill({"Verdicts by": f"{today + timedelta(days=1):%Y-%m-%dT12:00}", "Reviews per proposal": "2"})
    organiser.fill({"Call text": "Bring research, not sales.", "Contact address": "expo@icml.example"})
    organiser.press("Save")
    organiser.reads("Nothing you typed is lost.")
    organiser.fill({"Verdicts by": f"{today + timedelta(days=50):%Y-%m-%dT12:00}"})
    organiser.press("Save")
    organiser.reads("The calendar is saved.")


def add_topics_and_a_tier(organiser: Person) -> None:
    organiser.goes_to("Topics")
    for topic in TOPICS:
        organiser.fill({"Name": topic})
        organiser.press("Add the topic")
        organiser.reads(f"Added: {topic}.")
    organiser.goes_to("Setup", "Tiers and their entitlements")
    organiser.fill({"Name": "Gold", "Rank": "1"})
    for format, submit, accept in (("Talk", "2", "2"), ("Demo", "1", "1"), ("Workshop", "1", "1")):
        organiser.fill({f"{format}: may submit": submit, f"{format}: may be accepted": accept})
    organiser.press("Add the tier")
    organiser.page.get_by_role("rowheader", name="1. Gold").wait_for()


def upload_sponsors(organiser: Person, folder: Path) -> None:
    """Two lines of three are bad; they come back as a file, which is mended and sent again."""
    upload(organiser, folder / "sponsors.csv", TABLE, "Sponsors", "Upload a table")
    organiser.reads("There is no tier “Platinum”.")
    organiser.reads("“not-an-address” is not an e-mail address.")
    with organiser.page.expect_download() as download:
        organiser.goes_to("Download these rows")
    rest = Path(download.value.path()).read_text("utf-8")
    assert "Contoso AI" in rest
    assert "Fay Fabri" in rest
    assert "Northwind" not in rest
    mended = rest.replace("Platinum", "Gold").replace("not-an-address", "fay@fabrikam.example")
    upload(organiser, folder / "mended.csv", mended, "Sponsors", "Upload a table")
    organiser.reads("Every row was imported.")


def add_a_sponsor(organiser: Person, organisation: str, contact: str) -> None:
    organiser.opens("Sponsors")
    organiser.goes_to("Add a sponsor")
    organiser.fill({"Organisation": organisation, "Contact's e-mail address": contact})
    organiser.choose({"Tier": "Gold"})
    organiser.press("Add the sponsor")
    organiser.page.get_by_role("rowheader", name=organisation).wait_for()


def give_roles(organiser: Person, folder: Path) -> None:
    organiser.opens("Setup")
    organiser.goes_to("Roles")
    organiser.fill({"E-mail address": "chair@university.example", "Name": "Cleo Chair"})
    organiser.choose({"Role": "Cochair", "Sector": "Academia"})
    organiser.press("Invite")
    organiser.reads("Cleo Chair is now a cochair.")
    upload(organiser, folder / "roles.csv", ROLES, "Setup", "Roles", "Upload a table")
    organiser.reads("Every row was imported.")


def move_phase(organiser: Person, label: str, phase: str) -> None:
    organiser.opens("Setup")
    confirm_move(organiser, label, phase)


def move_phase_as_chair(chair: Person, label: str, phase: str) -> None:
    """Chairs have no setup; they move the phase on the overview."""
    chair.opens("Overview")
    confirm_move(chair, label, phase)


def confirm_move(person: Person, label: str, phase: str) -> None:
    """The button says what it means first, then asks."""
    move = person.page.locator("details.phase-move").filter(has_text=label).first
    move.locator("summary").click()
    person.press(label, within=move.locator("form"))
    person.reads(f"is now in the phase “{phase}”.")


def upload(person: Person, path: Path, text: str, *way: str) -> None:
    path.write_text(text, "utf-8")
    person.opens(way[0])
    person.goes_to(*way[1:])
    person.page.get_by_label("CSV file").set_input_files(path)
    person.press("Upload")
