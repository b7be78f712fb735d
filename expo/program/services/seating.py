"""What the verbs on sessions share: the row as it is now, and a checked place written down."""

from collections.abc import Iterable

from expo.accounts.models import User
from expo.editions.models import Edition, Room
from expo.kit.errors import Invalid, NotAllowed, Refused, WrongState

from ..models import Session
from ..queries.problem import moment
from ..queries.surroundings import Surroundings, WantedPlacement
from ..solver import Place
from ..solver.candidates import track_in
from .refusals import settled
from .writing import judged, set_stage, take_turn

BY_HAND = ["A chair put it here by hand."]
GONE = "This session is no longer in the timetable. Go back to the timetable to see what changed."
STALE = (
    "Somebody changed this session after you opened it. What you chose is kept below; look at where it stands now, "
    "then send it again."
)


def taken(session: Session, version: int, edition: Edition | None = None) -> tuple[Session, Edition]:
    """The session as it is now, in this person's turn; refuses what they decided on an old page."""
    edition = edition or take_turn(session.edition)
    rows = Session.objects.select_for_update(of=("self",)).select_related("proposal__format", "proposal__track", "room")
    found = rows.filter(pk=session.pk).first()
    if found is None:
        raise WrongState("session-gone", GONE)
    if found.version != version:
        raise Refused("stale", STALE)
    found.edition = found.proposal.edition = edition
    return found, edition


def require_own(edition: Edition, room: Room) -> None:
    """Two editions never mix."""
    if room.edition_id != edition.pk:
        raise NotAllowed("not-allowed", "This room is not part of the edition.", field="room")


def seat(
    by: User, edition: Edition, wants: Iterable[tuple[Session, WantedPlacement]], apart: Iterable[WantedPlacement] = ()
) -> None:
    """Check, write and let PostgreSQL judge, all at once; a rule of the setup that forbids a place says so.

    `apart` are changes that the caller writes: sessions that leave.
    """
    pairs = list(wants)
    scene = settled(by, edition, *(want for _, want in pairs), *apart)
    for session, want in pairs:
        if want.place is not None:
            _stand(scene, session, want.place)
    with judged():
        for session, _ in pairs:
            session.save()
        set_stage(edition, [session for session, _ in pairs])


def _stand(scene: Surroundings, session: Session, place: Place) -> None:
    item = scene.known[session.proposal_id].item
    session.room = scene.rooms[place.room]
    session.stand(place.room, moment(place.start), item.minutes, item.setup)
    session.track_id = _track(scene, session, place)
    session.run, session.why = None, BY_HAND
    session.version += 1


def _track(scene: Surroundings, session: Session, place: Place) -> int:
    track = track_in(scene.problem, scene.known[session.proposal_id].item, place.room)
    if track is None:
        raise Invalid("wrong-track", f"{session.room} holds no track that takes this session.", field="room")
    return track.id
