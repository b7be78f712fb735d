"""A small Expo Day: a hall for talks and demos, two rooms for workshops, nine to six in New York."""

from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from expo.editions.models import Break, Room, Track
from expo.editions.states import Phase, RoleKind
from expo.kit.runs import RunState
from expo.program.models import Session
from expo.program.services import execution, runs, sessions
from expo.proposals.models import Availability
from tests.factories import (
    EXPO_DAY,
    AcceptedFactory,
    DayFactory,
    EditionFactory,
    FormatFactory,
    PresenterFactory,
    RoleFactory,
    RoomFactory,
    SponsorFactory,
    TrackFactory,
)


class ProgramFixture(SimpleNamespace):
    """An edition ready for its timetable, a cochair without conflicts, and makers for the rest."""

    def at(self, hour: int, minute: int = 0) -> datetime:
        """A moment of Expo Day on the edition's clock."""
        return datetime.combine(EXPO_DAY, time(hour, minute), self.edition.zone).astimezone(UTC)

    def accepted(self, *emails: str, **fields):
        """An accepted session with these presenters, a talk unless the fields say otherwise."""
        fields.setdefault("sponsor", SponsorFactory(edition=self.edition))
        made = AcceptedFactory(edition=self.edition, **{"format": self.talk, **fields})
        for position, email in enumerate(emails):
            PresenterFactory(proposal=made, email=email, name=email.partition("@")[0].title(), position=position)
        return made

    def away(self, proposal, since: int, until: int):
        person = proposal.presenters.first()
        return Availability.objects.create(presenter=person, starts_at=self.at(since), ends_at=self.at(until))

    def placed(self, *emails: str, hour: int = 9, room=None, **fields) -> Session:
        """An accepted session that a chair has placed."""
        proposal = self.accepted(*emails, **fields)
        return sessions.place(by=self.chair, proposal=proposal, room=room or self.hall, starts_at=self.at(hour))

    def add_break(self, since: int, until: int, room=None):
        return Break.objects.create(
            edition=self.edition, name="Lunch", room=room, starts_at=self.at(since), ends_at=self.at(until)
        )

    def run(self, **fields):
        """Start and execute a run; its preview."""
        run = runs.start(by=self.chair, edition=self.edition, **fields)
        execution.execute(run.pk)
        run.refresh_from_db()
        assert run.state == RunState.PREVIEW, run.error
        return run

    def program(self) -> list[tuple[str, str, str]]:
        """(title, room, start on the edition's clock) of every session, in order."""
        rows = Session.objects.filter(edition=self.edition).select_related("proposal", "room")
        zone = self.edition.zone
        return [(row.proposal.title, row.room.name, f"{row.starts_at.astimezone(zone):%d %H:%M}") for row in rows]


def build(**fields) -> ProgramFixture:
    edition = EditionFactory(phase=Phase.SCHEDULE, **fields)
    talk = FormatFactory(edition=edition)
    workshop = FormatFactory(edition=edition, slug="workshop", minutes=240)
    hall = RoomFactory(edition=edition, name="Hall A", capacity=300)
    side: list[Room] = [RoomFactory(edition=edition, name=f"Room {key}", capacity=80) for key in (1, 2)]
    talks: Track = TrackFactory(edition=edition, name="Talks", room=hall, formats=[talk])
    workshop_tracks = [
        TrackFactory(edition=edition, name=f"Workshops {room.name}", room=room, formats=[workshop]) for room in side
    ]
    DayFactory(edition=edition)
    chair = RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    return ProgramFixture(
        edition=edition,
        talk=talk,
        workshop=workshop,
        hall=hall,
        side=side,
        talks=talks,
        workshop_tracks=workshop_tracks,
        chair=chair,
    )


@pytest.fixture
def stage(db) -> ProgramFixture:
    return build()


HOUR = timedelta(hours=1)
