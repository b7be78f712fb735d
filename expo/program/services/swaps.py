"""Two sessions that change places."""

from uuid import uuid4

from django.db import transaction

from expo.accounts.models import User
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require

from ..models import Session
from ..queries.problem import minute
from ..queries.surroundings import WantedPlacement
from ..solver import Place
from .seating import seat, taken
from .standing import note, standing
from .writing import take_turn


@transaction.atomic
def swap(*, by: User, session: Session, other: Session, version: int, other_version: int) -> tuple[Session, Session]:
    """Let two sessions exchange room and start; each keeps its own length, and both must fit or neither moves."""
    require(by, "program.move", session)
    require(by, "program.move", other)
    if session.edition_id != other.edition_id:
        raise Invalid("other-edition", "Sessions of two editions cannot change places. Choose one of this edition.")
    if session.pk == other.pk:
        raise WrongState("same-session", "A session cannot change places with itself. Choose another one.")
    edition = take_turn(session.edition)
    one, _ = taken(session, version, edition)
    two, _ = taken(other, other_version, edition)
    before = standing(one), standing(two)
    seat(by, edition, [(one, _at(one, two)), (two, _at(two, one))])
    step = uuid4().hex
    note(by, one, before[0], standing(one), step=step)
    note(by, two, before[1], standing(two), step=step)
    return one, two


def _at(session: Session, other: Session) -> WantedPlacement:
    """The session where the other one stands now."""
    return WantedPlacement(session.proposal_id, Place(other.room_id, minute(other.starts_at)), session.proposal.length)
