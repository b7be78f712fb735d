"""The whole timetable as one person may see it, read once: which sessions cannot stay, and what each place costs."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, combinations

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import Wall, wall

from ..models import Session
from ..rule_texts import RULES, as_sentence
from ..solver.checker import Fault, faults
from ..solver.problem import Item, Problem
from .conflicts import in_words, placed_item
from .effects import PlacedItem, PlacementEffect, effects
from .problem import minute
from .surroundings import NearbySession, Surroundings, all_scheduled

EffectsByProposal = dict[int, tuple[PlacementEffect, ...]]


@dataclass(frozen=True)
class SchedulingConflict:
    """A session, the name of its room, and why it cannot stay; a pinned one stays until somebody unpins it."""

    session: Session
    proposal: Proposal
    room: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class WholeTimetable:
    """`around` holds every scheduled session; of what is `hidden` from the viewer only room and time are left in it."""

    around: Surroundings
    hidden: Wall

    @cached_property
    def sessions(self) -> list[tuple[NearbySession, Session]]:
        """All, in the order of the program, the hidden ones included."""
        rooms = {room.pk: at for at, room in enumerate(self.around.setup.rooms)}
        rows = [(each, each.session) for each in self.around.sessions.values() if each.session is not None]
        return sorted(rows, key=lambda row: (row[1].starts_at, rooms.get(row[1].room_id, -1), row[1].pk))

    @cached_property
    def _faults(self) -> Mapping[int, Sequence[Fault]]:
        """What is wrong with the place of each session that the viewer may see."""
        around, near = self.around, _possibly_in_the_way(self.around)
        return {
            key: faults(
                around.problem, session.item, around.places[key], {key: around.places[key] for key in near[key]}
            )
            for key, session in around.sessions.items()
            if not self.hidden.hides(session.proposal)
        }

    def conflicts(self) -> tuple[SchedulingConflict, ...]:
        """Sessions that cannot stay under the rules as they are now, in the order of the timetable.

        What is hidden from the viewer is not counted; the others know of it only room and time.
        """
        conflicts = []
        for nearby, session in self.sessions:
            found = self._faults.get(session.proposal_id)
            if found is None:
                continue
            sentences = [rule.text for rule in in_words(self.around, session.proposal_id, found, self.hidden)]
            held, needed = minute(session.ends_at) - minute(session.starts_at), nearby.item.minutes
            if held != needed:
                sentences.append(f"It takes {needed} minutes now, and the timetable holds {held} for it.")
            if sentences:
                room = self.around.rooms.get(session.room_id)
                name = room.name if room else "a room that no longer exists"
                conflicts.append(SchedulingConflict(session, nearby.proposal, name, tuple(sentences)))
        return tuple(conflicts)

    def effects(self, shown: Collection[int]) -> EffectsByProposal:
        """For the cards of these proposals, broken rules first. Hidden sessions have none and count for nobody else's.

        Most of a day is outside prime time, so that is said while a session is moved and not on every card.
        """
        placed = [placed_item(self.around, each) for each, _ in self.sessions if not self.hidden.hides(each.proposal)]
        by_id = {each.item.id: each for each in placed}
        mates = defaultdict(list)
        for link in self.around.problem.links:
            for key, mate in ((link.one, link.other), (link.other, link.one)):
                if mate in by_id:
                    mates[key].append(by_id[mate])
        together = _Together(placed)
        by_proposal: EffectsByProposal = {}
        for here in placed:
            key = here.item.id
            if key in shown:
                others = [*together.with_(here), *mates[key]]
                problem = self.around.problem if key in mates else self._without_links
                soft = effects(problem, here, others, self.around.sessions[key].announced)
                by_proposal[key] = (
                    *_broken_rules(self._faults[key]),
                    *(effect for effect in soft if effect.code != "off-prime"),
                )
        return by_proposal

    @cached_property
    def _without_links(self) -> Problem:
        return replace(self.around.problem, links=())


def whole_timetable(edition: Edition, viewer: User) -> WholeTimetable:
    """Two queries and the viewer's wall, whatever the edition's size."""
    hidden = wall(viewer, edition)
    return WholeTimetable(_masked(all_scheduled(edition), hidden), hidden)


def scheduling_conflicts(edition: Edition, viewer: User) -> tuple[SchedulingConflict, ...]:
    """Sessions that cannot stay, as this person may know it."""
    return whole_timetable(edition, viewer).conflicts()


def _masked(around: Surroundings, hidden: Wall) -> Surroundings:
    """Of what is hidden only room and time are left."""
    behind = {key: each for key, each in around.sessions.items() if hidden.hides(each.proposal)}
    if not behind:
        return around
    sessions = {**around.sessions, **{key: replace(each, item=_shade(each)) for key, each in behind.items()}}
    links = tuple(link for link in around.problem.links if not {link.one, link.other} & behind.keys())
    problem = replace(around.problem, items=tuple(session.item for session in sessions.values()), links=links)
    return replace(around, problem=problem, sessions=sessions)


def _shade(each: NearbySession) -> Item:
    """For as long as anybody can see, and without a word of who or what it is."""
    session = each.session
    held = minute(session.ends_at) - minute(session.starts_at) if session else each.item.minutes
    return replace(each.item, people=frozenset(), away=(), setup=0, minutes=held)


def _possibly_in_the_way(around: Surroundings) -> dict[int, set[int]]:
    """For each session those that could be in its way: in its room around its time, with its people, or linked."""
    near: dict[int, set[int]] = defaultdict(set)
    linked = ((link.one, link.other) for link in around.problem.links)
    kept = (pair for pair in linked if around.places.keys() >= set(pair))
    for one, other in chain(kept, _sharing_a_room(around), _sharing_people(around)):
        near[one].add(other)
        near[other].add(one)
    return near


def _sharing_people(around: Surroundings) -> Iterable[tuple[int, int]]:
    """Pairs with somebody in common, so near in time that it could be too far to walk."""
    problem = around.problem
    margin = max([problem.rest, problem.walk, *(walk.minutes for walk in problem.walks)])
    by_person: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for key, place in around.places.items():
        item = around.sessions[key].item
        for person in item.people:
            by_person[person].append((place.start, place.start + item.minutes, key))
    for spans in by_person.values():
        for one, other in combinations(sorted(spans), 2):
            if other[0] - one[1] < margin:
                yield one[2], other[2]


def _sharing_a_room(around: Surroundings) -> Iterable[tuple[int, int]]:
    """Pairs that need one room at one time, their set-up included."""
    by_room: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for key, place in around.places.items():
        item = around.sessions[key].item
        by_room[place.room].append((place.start - item.setup, place.start + item.minutes, key))
    for spans in by_room.values():
        last: list[tuple[int, int, int]] = []
        for span in sorted(spans):
            last = [each for each in last if each[1] > span[0]]
            yield from ((each[2], span[2]) for each in last)
            last.append(span)


class _Together:
    """Finds what is on at the same time as a session."""

    def __init__(self, placed: Iterable[PlacedItem]) -> None:
        self.placed = sorted(placed, key=lambda each: each.place.start)
        self.starts = [each.place.start for each in self.placed]
        self.longest = max((each.item.minutes for each in self.placed), default=0)

    def with_(self, here: PlacedItem) -> Iterable[PlacedItem]:
        start, end = here.place.start, here.place.start + here.item.minutes
        since, until = bisect_left(self.starts, start - self.longest), bisect_left(self.starts, end)
        return (other for other in self.placed[since:until] if other.place.start + other.item.minutes > start)


def _broken_rules(found: Iterable[Fault]) -> Iterable[PlacementEffect]:
    """Rules that a session may break where it is, because something around it has changed: its own, and links."""
    for code in dict.fromkeys(fault.code for fault in found if fault.other is None or fault.code.startswith("not-")):
        clause = RULES[code].unnamed
        yield PlacementEffect(code, clause.removeprefix("it ").removeprefix("is "), as_sentence(clause), hard=True)
