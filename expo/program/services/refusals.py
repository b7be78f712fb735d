"""What a place breaks, as sentences for the person who asked. What their wall hides is not named."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from expo.accounts.models import User
from expo.editions.models import Edition, Room
from expo.kit.errors import Invalid, Refused
from expo.proposals.models import Presenter, Proposal
from expo.proposals.queries import wall

from ..models import Session
from ..queries import Snapshot
from ..queries.times import minute
from ..solver import Fault, Place, faults


@dataclass(frozen=True)
class Attempt:
    """Somebody wants to put a proposal into a room at a time."""

    by: User | None
    edition: Edition
    proposal: Proposal
    room: Room
    starts_at: datetime


def refuse_bad_place(attempt: Attempt, seen: Snapshot) -> None:
    """Raise a refusal with everything that speaks against the place, most telling first."""
    item = seen.problem.item[attempt.proposal.pk]
    found = faults(seen.problem, item, Place(attempt.room.pk, minute(attempt.starts_at)), seen.places)
    if not found:
        return
    sentences = list(dict.fromkeys(SENTENCES[fault.code](attempt, fault) for fault in found))
    kind = Refused if found[0].code in ("room-taken", "on-stage") else Invalid
    raise kind(found[0].code, " ".join(sentences), field="room" if found[0].code in ROOM_CODES else "starts_at")


def _closed(attempt: Attempt, fault: Fault) -> str:
    local = attempt.starts_at.astimezone(attempt.edition.zone)
    minutes = attempt.proposal.length
    return (
        f"{local.day} {local:%B, %H:%M} plus {minutes} minutes is not inside a day's opening hours. "
        "Choose a start that ends before the day does."
    )


def _off_grid(attempt: Attempt, fault: Fault) -> str:
    return f"Sessions start every {attempt.edition.grid_minutes} minutes from a day's opening. Choose such a start."


def _in_break(attempt: Attempt, fault: Fault) -> str:
    return f"It would run into a break in {attempt.room}. Choose a time before or after it."


def _wrong_track(attempt: Attempt, fault: Fault) -> str:
    asked = attempt.proposal.track
    which = (
        f"the track {asked} it asked for" if asked else f"a track that takes a {attempt.proposal.format.name.lower()}"
    )
    return f"{attempt.room} does not hold {which}. Choose another room, or change the tracks in the setup."


def _lacks_equipment(attempt: Attempt, fault: Fault) -> str:
    return f"{attempt.room} lacks equipment that this session needs. Choose another room."


def _away(attempt: Attempt, fault: Fault) -> str:
    return f"{_name(attempt.proposal, fault.person)} is away at that time. Choose another time."


def _room_taken(attempt: Attempt, fault: Fault) -> str:
    other = _other(attempt, fault)
    title = f"“{other.proposal.title}”" if other else "another session (hidden: conflict)"
    return f"{attempt.room} is taken then by {title}. Choose another room or time, or move the other session first."


def _on_stage(attempt: Attempt, fault: Fault) -> str:
    other = _other(attempt, fault)
    if other is None:
        return "A presenter of this session is not free at that time. Choose another time."
    start, end = (at.astimezone(attempt.edition.zone) for at in (other.starts_at, other.ends_at))
    name = _name(attempt.proposal, fault.person)
    where = f"{other.room} from {start:%H:%M} to {end:%H:%M} (“{other.proposal.title}”)"
    return f"{name} is on stage in {where}. Choose another time."


def _own_hours(attempt: Attempt, fault: Fault) -> str:
    return "It is bound to other hours than these. Choose another time, or change its hours first."


def _no_setup(attempt: Attempt, fault: Fault) -> str:
    return f"{attempt.room} would have no time to be set up between this session and the next. Choose another time."


def _too_far(attempt: Attempt, fault: Fault) -> str:
    return (
        f"{_name(attempt.proposal, fault.person)} could not walk from one room to the other in time. Move one of them."
    )


def _link(attempt: Attempt, fault: Fault) -> str:
    return "A rule that ties it to another session would be broken. Move the other session first, or drop the rule."


SENTENCES: dict[str, Callable[[Attempt, Fault], str]] = {
    "closed": _closed,
    "off-grid": _off_grid,
    "in-break": _in_break,
    "wrong-track": _wrong_track,
    "lacks-equipment": _lacks_equipment,
    "away": _away,
    "room-taken": _room_taken,
    "on-stage": _on_stage,
    "too-early": _own_hours,
    "too-late": _own_hours,
    "off-slot": _own_hours,
    "no-setup": _no_setup,
    "too-far": _too_far,
    "not-before": _link,
    "not-same-day": _link,
    "not-apart": _link,
    "not-one-room": _link,
    "not-larger": _link,
}
ROOM_CODES = {"wrong-track", "lacks-equipment", "room-taken"}


def _other(attempt: Attempt, fault: Fault) -> Session | None:
    """The session in the way, unless it is behind the person's wall."""
    found = Session.objects.select_related("proposal", "room").filter(proposal=fault.other).first()
    hidden = attempt.by is not None and found is not None and wall(attempt.by, attempt.edition).hides(found.proposal)
    return None if hidden else found


def _name(proposal: Proposal, person: str | None) -> str:
    found = Presenter.objects.filter(proposal=proposal, email__iexact=person).first() if person else None
    return found.name if found else "A presenter"
