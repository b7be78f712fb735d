"""A week before the day a presenter is replaced: each release names who has confirmed by then, and nobody else."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from expo.accounts.models import User
from expo.editions.models import Day
from expo.kit import clock
from expo.program.models import Session
from tests import factories as make
from tests.live_workers import Worker
from tests.releases.fixtures import ReleaseFixture, stage

from .people import Person
from .test_fits import picture, sign_in

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
TITLE = "Forecasts that hold"


@pytest.fixture
def program(transactional_db: None) -> ReleaseFixture:
    """Release 1 is out: in a week, Ada Lovelace presents the one session."""
    program = stage(0)
    program.add(title=TITLE, public_title=TITLE).proposal.presenters.update(name="Ada Lovelace")
    date = clock.now().date() + timedelta(days=7)
    starts = datetime.combine(date, time(10), program.edition.zone)
    Day.objects.update(date=date)
    Session.objects.update(starts_at=starts, taken_from=starts, ends_at=starts + timedelta(hours=1))
    program.publish()
    return program


def test_the_program_names_the_new_presenter_once_they_have_confirmed(
    program: ReleaseFixture, worker: Worker, new_page: Any, live_server: Any
) -> None:
    def signed_in(user: User) -> Person:
        page = new_page()
        sign_in(page, user, live_server)
        return Person(page, worker, user.email)

    proposal = program.sessions[0].proposal
    edition = program.edition
    stranger: Page = new_page()
    assert names(stranger, edition.slug) == ["Ada Lovelace"]

    team = signed_in(make.TeamMemberFactory(sponsor=proposal.sponsor).user)
    team.page.goto(reverse("proposals:detail", args=[edition.slug, proposal.code]))
    team.goes_to("Change presenters")
    team.reads("its next release names those of the presenters saved here who have confirmed by then")
    team.fill({"Name": "Grace Hoper", "E-mail": "grace@stage.example"})
    team.press("Save presenters")
    team.reads("Presenters saved. The program's next release names those who have confirmed by then.")
    assert "Its next release names those of them who have confirmed by then." in " ".join(
        team.mail("Presenters changed").split()
    )

    grace = Person(new_page(), worker, "grace@stage.example")
    invited = grace.mail("will you present a session?")
    assert TITLE in invited
    chair = signed_in(program.chair)
    publish(chair, edition.slug, 2)
    assert names(stranger, edition.slug) == []

    grace.follow(invited, "/presenting/")
    grace.reads(f"{proposal.sponsor.name} has named you, with the address grace@stage.example")
    grace.fill({"Your name, as it is printed": "Grace Hopper"})
    grace.press("Confirm that I present this")
    grace.reads("Thank you: you are confirmed as a presenter.")
    picture(grace.page, "presenting")
    assert names(stranger, edition.slug) == []
    publish(chair, edition.slug, 3)
    assert names(stranger, edition.slug) == ["Grace Hopper"]
    stranger.goto(reverse("releases:program", args=[edition.slug]))
    expect(stranger.get_by_text("Grace Hopper").first).to_be_visible()


def publish(chair: Person, edition: str, number: int) -> None:
    chair.page.goto(reverse("releases:list", args=[edition]))
    chair.press(f"Publish release {number}")
    chair.page.get_by_role("heading", name="Published").wait_for()


def names(stranger: Page, edition: str) -> list[str]:
    """Whom the published program names, as anybody's software reads it."""
    answer = stranger.request.get(f"/api/v1/editions/{edition}/program/")
    assert answer.ok, answer.text()
    return [each["name"] for session in answer.json()["sessions"] for each in session["presenters"]]
