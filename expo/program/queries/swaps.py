"""Could these two swap? In words, for one person."""

from dataclasses import dataclass

from expo.accounts.models import User

from .. import telling, wording
from ..models import Session
from ..solver import swap
from .broken import broken
from .masking import Shown, shown
from .times import moment
from .why_not import Step


@dataclass(frozen=True)
class AimLine:
    """What the swap changes in one aim."""

    name: str
    change: str
    is_gain: bool


@dataclass(frozen=True)
class Swap:
    """`further` None: no moves of others make it possible. `steps` are the moves of others. `put` is for a what-if."""

    other: Session
    breaks: tuple[str, ...]
    further: int | None
    is_sure: bool
    steps: tuple[Step, ...]
    aims: tuple[AimLine, ...]
    put: tuple[str, ...]
    hides_some: bool

    @property
    def is_allowed(self) -> bool:
        return not self.breaks

    @property
    def is_possible(self) -> bool:
        return self.further is not None


def could_swap(session: Session, other: str, viewer: User) -> Swap | None:
    """The answer, for another session by the number in the form; None when there is none that they may see."""
    seen = shown(session.edition, viewer)
    mate = next((row for row in seen.sessions.values() if str(row.pk) == other and row.pk != session.pk), None)
    if mate is None or session.proposal_id not in seen.places or mate.proposal_id not in seen.places:
        return None
    one, two = session.proposal_id, mate.proposal_id
    found = swap(seen.problem, seen.places, one, two)
    after = {one: seen.places[two], two: seen.places[one]}
    told = (f"{seen.title(key)}: {broken(seen, key, after[key], fault)}" for key, fault in found.breaks)
    return Swap(
        other=mate,
        breaks=tuple(telling.sentence(each) for each in dict.fromkeys(told)),
        further=found.further,
        is_sure=found.is_sure,
        steps=tuple(
            Step(seen.title(move.item), seen.rooms[move.after.room].name, moment(move.after.start))
            for move in found.moves
            if move.after is not None and move.item not in after
        ),
        aims=tuple(_aim(*each) for each in found.costs),
        put=tuple(_put(seen, key, after[key].room, after[key].start) for key in after),
        hides_some=seen.hides_some,
    )


def _aim(key: str, by: int) -> AimLine:
    name, unit = wording.NAMES[key]
    return AimLine(name, f"{by:+,} {unit}", by < 0)


def _put(seen: Shown, key: int, room: int, start: int) -> str:
    return f"{key}:{room}:{moment(start).isoformat()}"
