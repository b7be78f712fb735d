"""A timetable that is ready to be published, for the tests of this room."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase, RoleKind
from expo.program.models import Session
from expo.proposals.states import ProposalState
from expo.releases import services
from expo.releases.models import Release
from tests import factories as make

NINE = datetime(2027, 7, 18, 13, tzinfo=UTC)  # nine in the morning in New York


@dataclass
class ReleaseFixture:
    """An edition being scheduled, its cochair, and confirmed sessions one after the other in one room."""

    edition: Edition
    chair: User
    sessions: list[Session] = field(default_factory=list)

    def publish(self, **kwargs: Any) -> Release:
        return services.publish(**{"by": self.chair, "edition": self.edition, **kwargs})

    def add(self, **proposal: Any) -> Session:
        """One more confirmed session, in the hour after the last."""
        given = {"state": ProposalState.CONFIRMED, "edition": self.edition, **proposal}
        made = make.AcceptedFactory(**given)
        make.PresenterFactory(proposal=made, affiliation="Analytical Engines", confirmed=True)
        room = self.edition.rooms.first() or make.RoomFactory(edition=self.edition, name="Hall A")
        track = self.edition.tracks.first() or make.TrackFactory(edition=self.edition, name="Talks", slug="talks")
        starts = NINE + timedelta(hours=len(self.sessions))
        session = make.SessionFactory(edition=self.edition, proposal=made, room=room, track=track, starts_at=starts)
        self.sessions.append(session)
        return session


def stage(sessions: int = 2, **edition: Any) -> ReleaseFixture:
    made = make.EditionFactory(**{"phase": Phase.SCHEDULE, "place": "Montréal", **edition})
    make.DayFactory(edition=made)
    chair = make.RoleFactory(edition=made, kind=RoleKind.COCHAIR).user
    found = ReleaseFixture(made, chair)
    for _ in range(sessions):
        found.add()
    return found
