"""Why a session is where it is, where else it could be, and with which other it could swap, for one person."""

from dataclasses import dataclass, replace
from datetime import datetime

from expo.accounts.models import User
from expo.proposals.models import Proposal

from .. import telling, wording
from ..models import Session
from ..solver import Alternative, Item, Way, alternatives, swap, told, verdict
from ..solver.candidates import places
from .conflicts import broken_clause
from .problem import VisibleProblem, moment, snapshot, visible_problem
from .why_not import SessionMove

_TOGETHER = "Taken together, what you ask leaves no place: no room that fits is open when all of it holds."


def no_place(proposal: Proposal) -> str:
    """A sentence when equipment, hours and times away leave no room and start; empty while there is one.

    Empty as well where the set-up itself has no place for its format: that is not for the sponsor to repair.
    """
    problem = snapshot(proposal.edition, among=Proposal.objects.filter(pk=proposal.pk)).problem
    item = replace(problem.item[proposal.pk], pin=None)
    if places(problem, item) or not places(problem, _asking_nothing(item)):
        return ""
    return next((sentence for sentence, freed in _relaxed(item) if places(problem, freed)), _TOGETHER)


def _asking_nothing(item: Item) -> Item:
    return replace(item, needs=frozenset(), earliest=None, latest=None, away=())


def _relaxed(item: Item) -> list[tuple[str, Item]]:
    """Each demand that may be the one too many, and the same session without it."""
    return [
        (
            "No room that takes your format has all of this equipment. Ask for less.",
            replace(item, needs=frozenset()),
        ),
        (
            "Between these hours no room that fits is open long enough. Widen them.",
            replace(item, earliest=None, latest=None),
        ),
        (
            "Your presenters are away whenever a room that fits is open. Change when they can come.",
            replace(item, away=()),
        ),
    ]


#: So many better-looking places are in view at once.
_FIRST = 6


@dataclass(frozen=True)
class OtherSlot:
    """A room and a start, a word on it with its tone, and what speaks for and against it."""

    room: str
    starts_at: datetime
    word: str
    tone: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Reasons:
    """`better` are the first places that would gain something, `others` all the rest, best first."""

    sentences: tuple[str, ...]
    better: tuple[OtherSlot, ...] = ()
    others: tuple[OtherSlot, ...] = ()
    hides_some: bool = False


def reasons(session: Session, viewer: User) -> Reasons:
    """The present place against all others, as the timetable stands now."""
    seen = visible_problem(session.edition, viewer)
    item = seen.problem.item.get(session.proposal_id)
    if item is None or item.id not in seen.places:
        return Reasons(())
    found = alternatives(seen.problem, item, seen.places)
    rows = [_other_slot(seen, item.id, each) for each in found.rows]
    first = min(_FIRST, sum(each.way_in for each in found.rows))
    pinned = () if item.pin is None else ("It is pinned here, so every run leaves it here.",)
    return Reasons(
        sentences=(*pinned, *told(found.weighed)),
        better=tuple(rows[:first]),
        others=tuple(rows[first:]),
        hides_some=seen.hides_some,
    )


def _other_slot(seen: VisibleProblem, key: int, each: Alternative) -> OtherSlot:
    word, tone = _verdict_label(each)
    room, starts_at = seen.rooms[each.place.room].name, moment(each.place.start)
    return OtherSlot(room, starts_at, word, tone, tuple(_sentences(seen, key, each)))


def _verdict_label(each: Alternative) -> tuple[str, str]:
    found = verdict(each.costs)
    if each.breaks:
        return "taken" if all(fault.other is not None for fault in each.breaks) else "not allowed", "danger"
    if found.is_same:
        return "as good", "ok"
    if found.is_better:
        return "better", "accent"
    return ("a trade", "warn") if found.gains else ("worse", "neutral")


def _sentences(seen: VisibleProblem, key: int, each: Alternative) -> list[str]:
    found, said = verdict(each.costs), []
    if each.breaks:
        lines = (broken_clause(seen, key, each.place, fault) for fault in each.breaks)
        said.append(telling.sentence(f"breaks: {'; '.join(dict.fromkeys(lines))}"))
    if found.gains and each.way_in:
        said.append(telling.sentence(f"gains: {telling.differences(found.gains)}"))
    if found.losses and (each.way_in or not each.breaks):
        first = ", which comes first" if found.gains and not found.is_better else ""
        said.append(telling.sentence(f"costs: {telling.differences(found.losses)}{first}"))
    if each.is_better:
        said.append("A new run may put it there.")
    return [*said, *([_making_room(seen, each.way)] if each.way else [])]


def _making_room(seen: VisibleProblem, way: Way) -> str:
    """What making room takes."""
    who = seen.title(way.other)
    if way.to is None:
        fixed = seen.problem.item[way.other].pin is not None
        return telling.sentence(f"{who} is {'fixed there' if fixed else 'there and has no other free place'}")
    where = f"{seen.rooms[way.to.room].name}, {moment(way.to.start).astimezone(seen.edition.zone):%d %b %H:%M}"
    found = verdict(way.costs)
    comes_to = "would be as good as now" if found.is_same else "would be better" if found.is_better else "costs more"
    because = f" ({telling.differences(way.costs)})" if way.costs else ""
    return telling.sentence(f"{who} would have to go, at best to {where}; both moves together: {comes_to}{because}")


@dataclass(frozen=True)
class ObjectiveChange:
    """What the swap changes in one aim."""

    name: str
    change: str
    is_gain: bool


@dataclass(frozen=True)
class PossibleSwap:
    """`further` None: no moves of others make it possible. `steps` are the moves of others. `put` is for a what-if."""

    other: Session
    breaks: tuple[str, ...]
    further: int | None
    is_sure: bool
    steps: tuple[SessionMove, ...]
    aims: tuple[ObjectiveChange, ...]
    put: tuple[str, ...]
    hides_some: bool

    @property
    def is_allowed(self) -> bool:
        return not self.breaks

    @property
    def is_possible(self) -> bool:
        return self.further is not None


def possible_swap(session: Session, other: str, viewer: User) -> PossibleSwap | None:
    """The answer, for another session by the number in the form; None when there is none that they may see."""
    seen = visible_problem(session.edition, viewer)
    mate = next((row for row in seen.sessions.values() if str(row.pk) == other and row.pk != session.pk), None)
    if mate is None or session.proposal_id not in seen.places or mate.proposal_id not in seen.places:
        return None
    one, two = session.proposal_id, mate.proposal_id
    found = swap(seen.problem, seen.places, one, two)
    after = {one: seen.places[two], two: seen.places[one]}
    told = (f"{seen.title(key)}: {broken_clause(seen, key, after[key], fault)}" for key, fault in found.breaks)
    return PossibleSwap(
        other=mate,
        breaks=tuple(telling.sentence(each) for each in dict.fromkeys(told)),
        further=found.further,
        is_sure=found.is_sure,
        steps=tuple(
            SessionMove(seen.title(move.item), seen.rooms[move.after.room].name, moment(move.after.start))
            for move in found.moves
            if move.after is not None and move.item not in after
        ),
        aims=tuple(_objective_change(*each) for each in found.costs),
        put=tuple(_put(seen, key, after[key].room, after[key].start) for key in after),
        hides_some=seen.hides_some,
    )


def _objective_change(key: str, by: int) -> ObjectiveChange:
    name, unit = wording.NAMES[key]
    return ObjectiveChange(name, f"{by:+,} {unit}", by < 0)


def _put(seen: VisibleProblem, key: int, room: int, start: int) -> str:
    return f"{key}:{room}:{moment(start).isoformat()}"
