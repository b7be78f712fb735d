"""What the published program tells otherwise than the timetable."""

from dataclasses import dataclass

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.program.queries.sessions import placed
from expo.proposals.queries.conflict_wall import wall
from expo.releases.queries import current, program_of


@dataclass(frozen=True)
class Outdated:
    """The newest release, and how many sessions stand elsewhere by now."""

    release: int
    sessions: int


def outdated(edition: Edition, viewer: User) -> Outdated | None:
    """How many sessions that the viewer may see stand elsewhere than in the newest release; None before the first."""
    release = current(edition)
    if release is None:
        return None
    hidden = wall(viewer, edition)
    told = {each.id: (each.room.id, each.starts, each.ends) for each in program_of(release).sessions}
    moved = [
        session
        for session in placed(edition)
        if session.proposal_id in told
        and not hidden.hides(session.proposal)
        and told[session.proposal_id] != (session.room_id, session.starts_at, session.ends_at)
    ]
    return Outdated(release.number, len(moved))
