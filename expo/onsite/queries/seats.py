"""Single things of the day, found by the address of a page."""

from dataclasses import dataclass
from typing import Any

from expo.editions.models import Edition, Room
from expo.program.models import Session
from expo.program.queries.sessions import session_by_id
from expo.proposals.models import Presenter, Proposal


@dataclass(frozen=True)
class Seat:
    """A presenter's place in a session, for a policy to judge."""

    session: Session
    presenter: Presenter

    @property
    def edition(self) -> Edition:
        return self.session.edition

    @property
    def proposal(self) -> Proposal:
        return self.session.proposal


def seat_by_ids(user: Any, *, edition: str, session: int, presenter: int) -> Seat:
    """A presenter of this session; raises Session.DoesNotExist or Presenter.DoesNotExist."""
    found = session_by_id(user, edition=edition, session=session)
    return Seat(found, Presenter.objects.get(pk=presenter, proposal=found.proposal_id))


def room_by_id(user: Any, *, edition: str, room: int) -> Room:
    """A room of this edition, for a policy to judge; raises Room.DoesNotExist."""
    return Room.objects.select_related("edition").get(pk=room, edition__slug=edition)
