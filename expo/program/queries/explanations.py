"""Why a session is where it is, where else it could be, and with which other it could swap, for one person."""

from dataclasses import dataclass, replace
from datetime import datetime

from expo.accounts.models import User
from expo.kit.text import listed
from expo.proposals.models import Proposal

from .. import objective_texts
from ..models import Session
from ..rule_texts import RULES, as_sentence
from ..solver.alternatives import Alternative, alternatives, compare
from ..solver.candidates import allowed_places
from ..solver.checker import Fault
from ..solver.explain import summary
from ..solver.problem import Item, Place
from ..solver.swaps import swap
from .problem import VisibleProblem, moment, snapshot, visible_problem

#: So many better-looking slots are in view at once.
FIRST = 6
TOGETHER = "Taken together, what you ask leaves no slot: no room that fits is open when all of it holds."


@dataclass(frozen=True)
class OtherSlot:
    """A room and a start, a verdict on it with its tone, and what speaks for and against it."""

    room: str
    starts_at: datetime
    label: str
    tone: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Reasons:
    """`better` are the first slots that would gain something, `others` all the rest, best first."""

    sentences: tuple[str, ...]
    better: tuple[OtherSlot, ...] = ()
    others: tuple[OtherSlot, ...] = ()
    hides_some: bool = False


def reasons(session: Session, viewer: User) -> Reasons:
    """The current slot against all others, as the timetable is now."""
    visible = visible_problem(session.edition, viewer)
    item = visible.problem.item.get(session.proposal_id)
    if item is None or item.id not in visible.places:
        return Reasons(())
    compared = alternatives(visible.problem, item, visible.places)
    rows = [
        OtherSlot(
            visible.rooms[row.place.room].name,
            moment(row.place.start),
            *_verdict(row),
            tuple(_sentences(visible, item.id, row)),
        )
        for row in compared.rows
    ]
    first = min(FIRST, sum(row.could_displace for row in compared.rows))
    pinned = () if item.pin is None else ("It is pinned here, so every run leaves it here.",)
    return Reasons(
        sentences=(*pinned, *_excluded(visible, item, visible.places[item.id].room), *summary(compared.weighed)),
        better=tuple(rows[:first]),
        others=tuple(rows[first:]),
        hides_some=visible.hides_some,
    )


def _excluded(visible: VisibleProblem, item: Item, here: int) -> list[str]:
    """Rooms in which nothing was looked for; the one it is in is judged like any other."""
    rooms = [room.name for key, room in visible.rooms.items() if key in item.excluded and key != here]
    return [f"{visible.sponsor(item.id)} cannot use {listed(rooms)}, so no slot there is compared."] if rooms else []


def _verdict(other: Alternative) -> tuple[str, str]:
    if other.breaks:
        return "taken" if all(fault.other is not None for fault in other.breaks) else "not allowed", "danger"
    compared = compare(other.costs)
    if compared.is_same:
        return "as good", "ok"
    if compared.is_better:
        return "better", "accent"
    return ("a trade-off", "warn") if compared.gains else ("worse", "neutral")


def _sentences(visible: VisibleProblem, key: int, other: Alternative) -> list[str]:
    compared, sentences = compare(other.costs), []
    if other.breaks:
        clauses = dict.fromkeys(_broken_clause(visible, key, other.place, fault) for fault in other.breaks)
        sentences.append(f"Breaks: {'; '.join(clauses)}.")
    if compared.gains and other.could_displace:
        sentences.append(f"Gains: {objective_texts.differences(compared.gains)}.")
    if compared.losses and (other.could_displace or not other.breaks):
        first = ", which is more important" if compared.gains and not compared.is_better else ""
        sentences.append(f"Costs: {objective_texts.differences(compared.losses)}{first}.")
    if other.is_better:
        sentences.append("A new run may put it there.")
    way = other.displacement
    if way is None:
        return sentences
    # What moving the session in the way takes.
    title = visible.title(way.other)
    if way.to is None:
        is_pinned = visible.problem.item[way.other].pin is not None
        why = "pinned there" if is_pinned else "there and has no other free slot"
        return [*sentences, as_sentence(f"{title} is {why}")]
    where = f"{visible.rooms[way.to.room].name}, {visible.clock(way.to.start)}"
    both = compare(way.costs)
    result = "is as good as now" if both.is_same else "is better" if both.is_better else "costs more"
    because = f" ({objective_texts.differences(way.costs)})" if way.costs else ""
    move = f"{title} would have to move, at best to {where}; both moves together: {result}{because}"
    return [*sentences, as_sentence(move)]


def _broken_clause(visible: VisibleProblem, key: int, place: Place, fault: Fault) -> str:
    """What a place breaks for this session: "the room is taken by “X”". What a wall hides is not named."""
    return RULES[fault.code].clause.format(
        other=visible.title(fault.other or 0),
        person=visible.person(key, fault.person),
        sponsor=visible.sponsor(key),
        break_name=visible.break_name(place, visible.problem.item[key].minutes),
    )


@dataclass(frozen=True)
class RequiredMove:
    """Where another session would go."""

    title: str
    room: str
    starts_at: datetime


@dataclass(frozen=True)
class ObjectiveChange:
    """What a swap changes in one objective."""

    name: str
    change: str
    is_gain: bool


@dataclass(frozen=True)
class PossibleSwap:
    """`further` None: no moves of others make it possible. `put` is for a what-if."""

    other: Session
    breaks: tuple[str, ...]
    further: int | None
    is_proved: bool
    moves: tuple[RequiredMove, ...]
    objectives: tuple[ObjectiveChange, ...]
    put: tuple[str, ...]
    hides_some: bool

    @property
    def is_allowed(self) -> bool:
        return not self.breaks

    @property
    def is_possible(self) -> bool:
        return self.further is not None


def possible_swap(session: Session, other: str, viewer: User) -> PossibleSwap | None:
    """With another session by the number in the form; None when there is none that they may see."""
    visible = visible_problem(session.edition, viewer)
    mate = next((row for row in visible.sessions.values() if str(row.pk) == other and row.pk != session.pk), None)
    if mate is None or session.proposal_id not in visible.places or mate.proposal_id not in visible.places:
        return None
    one, two = session.proposal_id, mate.proposal_id
    answer = swap(visible.problem, visible.places, one, two)
    after = {one: visible.places[two], two: visible.places[one]}
    breaks = [
        f"{visible.title(key)}: {_broken_clause(visible, key, after[key], fault)}" for key, fault in answer.breaks
    ]
    return PossibleSwap(
        other=mate,
        breaks=tuple(as_sentence(clause) for clause in dict.fromkeys(breaks)),
        further=answer.further,
        is_proved=answer.is_sure,
        moves=tuple(
            RequiredMove(visible.title(move.item), visible.rooms[move.after.room].name, moment(move.after.start))
            for move in answer.moves
            if move.after is not None and move.item not in after
        ),
        objectives=tuple(
            ObjectiveChange(objective_texts.name(key), f"{by:+,} {objective_texts.text(key).unit}", by < 0)
            for key, by in answer.costs
        ),
        put=tuple(f"{key}:{place.room}:{moment(place.start).isoformat()}" for key, place in after.items()),
        hides_some=visible.hides_some,
    )


def no_place(proposal: Proposal) -> str:
    """A sentence when equipment, rooms, hours and times away leave no room and start; empty while there is one.

    The session is looked at alone, so that nobody else's shows. Empty as well where the set-up itself has no slot for
    its format: that is not for the sponsor to repair.
    """
    problem = snapshot(proposal.edition, among=Proposal.objects.filter(pk=proposal.pk)).problem
    item = replace(problem.item[proposal.pk], pin=None)
    undemanding = replace(item, needs=frozenset(), excluded=frozenset(), earliest=None, latest=None, away=())
    if allowed_places(problem, item) or not allowed_places(problem, undemanding):
        return ""
    # Each demand that may be the one too many, and the same session without it.
    relaxed = {
        "No room that takes your format has all of this equipment. Ask for less.": replace(item, needs=frozenset()),
        "None of the rooms that you can use takes your format. Exclude fewer.": replace(item, excluded=frozenset()),
        "Between these hours no room that fits is open long enough. Widen them.": replace(
            item, earliest=None, latest=None
        ),
        "Your presenters are away whenever a room that fits is open. Change when they can come.": replace(
            item, away=()
        ),
    }
    return next((sentence for sentence, without in relaxed.items() if allowed_places(problem, without)), TOGETHER)
