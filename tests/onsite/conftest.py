"""The small Expo Day of the timetable's tests, on the day."""

import pytest

from tests.factories import TeamMemberFactory
from tests.program.conftest import ProgramFixture, build


@pytest.fixture
def stage(db) -> ProgramFixture:
    return build(grid_minutes=15)


def with_team(session):
    """Somebody of the session's sponsor, who gets its mail."""
    return TeamMemberFactory(sponsor=session.proposal.sponsor).user
