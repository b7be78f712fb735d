"""What a place breaks, as sentences for the person who asked. What their wall hides is not named."""

from collections.abc import Callable
from dataclasses import dataclass

from expo.proposals.models import Proposal
from expo.proposals.queries import Wall

from ..solver import Fault, Place, faults
from .nearby import Known, Scene
from .times import moment

ROOM_CODES = frozenset({"wrong-track", "lacks-equipment", "room-taken"})


@dataclass(frozen=True)
class Objection:
    """A broken rule in words; `field` is the field of the form that it is about."""

    code: str
    text: str

    @property
    def field(self) -> str:
        return "room" if self.code in ROOM_CODES else "starts_at"


@dataclass(frozen=True)
class Asked:
    """One session of a scene in the place that is wanted for it; `hidden` None: nobody looks, so all is named."""

    scene: Scene
    known: Known
    place: Place
    hidden: Wall | None

    @property
    def proposal(self) -> Proposal:
        return self.known.row

    @property
    def room(self) -> str:
        room = self.scene.rooms.get(self.place.room)
        return room.name if room else "This room"

    def other(self, fault: Fault) -> Known | None:
        """The session in the way, unless it is behind the person's wall."""
        found = self.scene.known.get(fault.other or 0)
        return None if found is None or (self.hidden and self.hidden.hides(found.row)) else found

    def name(self, fault: Fault) -> str:
        return self.known.names.get(fault.person or "", "") or "A presenter"


def objections(scene: Scene, proposal: int, hidden: Wall | None) -> tuple[Objection, ...]:
    """Everything that forbids the place wanted for this session, most telling first; each sentence once."""
    known, place = scene.known[proposal], scene.places[proposal]
    asked = Asked(scene, known, place, hidden)
    found = faults(scene.problem, known.item, place, scene.places)
    said = [Objection(fault.code, SENTENCES.get(fault.code, _another_rule)(asked, fault)) for fault in found]
    return tuple({each.text: each for each in reversed(said)}.values())[::-1]


def _closed(asked: Asked, fault: Fault) -> str:
    local = moment(asked.place.start).astimezone(asked.scene.edition.zone)
    return (
        f"{local.day} {local:%B, %H:%M} plus {asked.known.item.minutes} minutes is not inside a day's opening hours. "
        "Choose a start that ends before the day does."
    )


def _off_grid(asked: Asked, fault: Fault) -> str:
    return f"Sessions start every {asked.scene.edition.grid_minutes} minutes from a day's opening. Choose such a start."


def _in_break(asked: Asked, fault: Fault) -> str:
    return f"It would run into a break in {asked.room}. Choose a time before or after it."


def _wrong_track(asked: Asked, fault: Fault) -> str:
    track, format = asked.proposal.track, asked.proposal.format.name.lower()
    which = f"the track {track} it asked for" if track else f"a track that takes a {format}"
    return f"{asked.room} does not hold {which}. Choose another room, or change the tracks in the setup."


def _lacks_equipment(asked: Asked, fault: Fault) -> str:
    return f"{asked.room} lacks equipment that this session needs. Choose another room."


def _away(asked: Asked, fault: Fault) -> str:
    return f"{asked.name(fault)} is away at that time. Choose another time."


def _room_taken(asked: Asked, fault: Fault) -> str:
    other = asked.other(fault)
    title = f"“{other.row.title}”" if other else "another session (hidden: conflict)"
    return f"{asked.room} is taken then by {title}. Choose another room or time, or move the other session first."


def _on_stage(asked: Asked, fault: Fault) -> str:
    other = asked.other(fault)
    if other is None:
        return "A presenter of this session is not free at that time. Choose another time."
    place = asked.scene.places[other.item.id]
    zone = asked.scene.edition.zone
    start, end = (moment(at).astimezone(zone) for at in (place.start, place.start + other.item.minutes))
    where = f"{asked.scene.rooms[place.room]} from {start:%H:%M} to {end:%H:%M} (“{other.row.title}”)"
    return f"{asked.name(fault)} is on stage in {where}. Choose another time."


def _own_hours(asked: Asked, fault: Fault) -> str:
    return "It is bound to other hours than these. Choose another time, or change its hours first."


def _no_setup(asked: Asked, fault: Fault) -> str:
    return f"{asked.room} would have no time to be set up between this session and the next. Choose another time."


def _too_far(asked: Asked, fault: Fault) -> str:
    return f"{asked.name(fault)} could not walk from one room to the other in time. Move one of them."


def _link(asked: Asked, fault: Fault) -> str:
    return "A rule that ties it to another session would be broken. Move the other session first, or drop the rule."


def _another_rule(asked: Asked, fault: Fault) -> str:
    return "A rule of this timetable would be broken. Choose another place."


SENTENCES: dict[str, Callable[[Asked, Fault], str]] = {
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
