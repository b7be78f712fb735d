"""Which rules may be relaxed for one session, at which price, and the model with a relaxation variable for each.

Interchangeable rooms form a group that the model counts instead of naming its rooms. Sessions of a group that are never
more at once than its rooms can always be assigned one room each, because spans of time need as many colours as overlap
at most. So the model of groups has a timetable exactly when that of rooms has one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import candidates, objectives, terms
from .base_model import covering_at
from .model import Model, add_walks
from .problem import LARGER, ONE_ROOM, Item, Place, Problem

#: What relaxing a rule costs the people concerned, from a chair's click to another session's place.
PRICES = {
    "unpin": 10,
    "link": 15,
    "track": 20,
    "earliest": 25,
    "latest": 25,
    "starts": 25,
    "equipment": 30,
    "room": 30,
    "rest": 35,
    "walk": 35,
    "away": 40,
    "break": 45,
    "format": 50,
    "closing": 55,
    "leave-out": 1000,
}
ANY_FORMAT = -1  # which every track takes


@dataclass(frozen=True, order=True)
class Rule:
    """One rule. `item`: the session it binds. `index`: which of its absences, or of the breaks, days or links."""

    kind: str
    item: int = 0
    index: int = 0

    @property
    def loses_a_session(self) -> bool:
        return self.kind == "leave-out"


def price(problem: Problem, rule: Rule) -> int:
    """The price of relaxing a rule; a better session is dearer to leave out."""
    merit = min(problem.item[rule.item].merit, 5000) if rule.loses_a_session else 0
    return PRICES[rule.kind] + merit


def rules_for(problem: Problem, item: Item, fixed: Collection[int] = ()) -> list[Rule]:
    """The rules that may be relaxed for this session, except those of the `fixed`; moving others relaxes none."""
    others = [each for each in problem.items if each.id != item.id and each.id not in fixed]
    return [
        *(Rule("unpin", each.id) for each in others if each.pin is not None),
        *(Rule("away", item.id, at) for at in range(len(item.away))),
        *(Rule(kind, item.id) for kind in ("earliest", "latest", "starts") if getattr(item, kind) is not None),
        *([Rule("equipment", item.id)] if item.needs else []),
        *([Rule("room", item.id)] if item.excluded else []),
        *([Rule("track", item.id)] if item.track is not None else []),
        Rule("format", item.id),
        *(Rule("break", index=at) for at in range(len(problem.breaks))),
        *(Rule("closing", index=at) for at in range(len(problem.days))),
        *(Rule("link", index=at) for at, link in enumerate(problem.links) if not link.cost),
        *([Rule("rest")] if problem.rest else []),
        *([Rule("walk")] if problem.walk or problem.walks else []),
        *(Rule("leave-out", each.id) for each in others),
    ]


def relaxed_problem(problem: Problem, item: Item, rules: Collection[Rule]) -> Problem:
    """The problem with these rules relaxed. A day may then close later by the length of the session."""
    gone = {(rule.kind, rule.index) for rule in rules}
    kinds = {rule.kind for rule in rules}
    unpinned = {rule.item for rule in rules if rule.kind == "unpin"}
    left_out = {rule.item for rule in rules if rule.loses_a_session}
    items = tuple(
        _relaxed_item(each, gone, kinds)
        if each.id == item.id
        else replace(each, pin=None)
        if each.id in unpinned
        else each
        for each in problem.items
        if each.id not in left_out
    )
    return replace(
        problem,
        items=items,
        tracks=tuple(replace(track, formats=track.formats | {ANY_FORMAT}) for track in problem.tracks)
        if "format" in kinds
        else problem.tracks,
        breaks=tuple(each for at, each in enumerate(problem.breaks) if ("break", at) not in gone),
        days=tuple(replace(day, end=_closes(problem, at, item, gone)) for at, day in enumerate(problem.days)),
        links=tuple(each for at, each in enumerate(problem.links) if ("link", at) not in gone),
        rest=0 if "rest" in kinds else problem.rest,
        walk=0 if "walk" in kinds else problem.walk,
        walks=() if "walk" in kinds else problem.walks,
    )


def _relaxed_item(item: Item, gone: set[tuple[str, int]], kinds: set[str]) -> Item:
    return replace(
        item,
        away=tuple(each for at, each in enumerate(item.away) if ("away", at) not in gone),
        earliest=None if "earliest" in kinds else item.earliest,
        latest=None if "latest" in kinds else item.latest,
        starts=None if "starts" in kinds else item.starts,
        needs=frozenset() if "equipment" in kinds else item.needs,
        excluded=frozenset() if "room" in kinds else item.excluded,
        track=None if "track" in kinds else item.track,
        format=ANY_FORMAT if "format" in kinds else item.format,
    )


def _closes(problem: Problem, at: int, item: Item, gone: set[tuple[str, int]]) -> int:
    """When a day closes, at the latest where the next one opens."""
    day = problem.days[at]
    if ("closing", at) not in gone:
        return day.end
    later = min((each.start for each in problem.days if each.start >= day.end), default=day.end + item.minutes)
    return min(later, day.end + item.minutes)


def rules_against(strict: Problem, relaxed: Problem, mover: int, item: Item, place: Place) -> Iterable[Rule]:
    """The rules of the `strict` problem that forbid a place of the relaxed one; the item's own only for `mover`."""
    if item.pin is not None:
        if place == item.pin:
            return
        yield Rule("unpin", item.id)
    end = place.start + item.minutes
    for at, each in enumerate(strict.breaks):
        if each.room in (None, place.room) and each.start < end and place.start < each.end:
            yield Rule("break", index=at)
    day = relaxed.day_of(place.start)
    if end > strict.days[day].end:
        yield Rule("closing", index=day)
    if item.id == mover:
        yield from _own_rules_against(strict, relaxed, item, place, end)


def _own_rules_against(strict: Problem, relaxed: Problem, item: Item, place: Place, end: int) -> Iterable[Rule]:
    for at, away in enumerate(item.away):
        if away.start < end and place.start < away.end:
            yield Rule("away", item.id, at)
    if item.earliest is not None and place.start < item.earliest:
        yield Rule("earliest", item.id)
    if item.latest is not None and end > item.latest:
        yield Rule("latest", item.id)
    if item.starts is not None and place.start not in item.starts:
        yield Rule("starts", item.id)
    if item.needs - strict.room[place.room].equipment:
        yield Rule("equipment", item.id)
    if place.room in item.excluded:
        yield Rule("room", item.id)
    yield from _track_rules_against(relaxed, item, place.room)


def _track_rules_against(relaxed: Problem, item: Item, room: int) -> Iterable[Rule]:
    """The cheapest that open the room: the track it asks for, or the formats that tracks take."""
    for rules in (), ("track",), ("format",), ("track", "format"):
        tried = replace(
            item,
            track=None if "track" in rules else item.track,
            format=ANY_FORMAT if "format" in rules else item.format,
        )
        if candidates.track_in(relaxed, tried, room) is not None:
            yield from (Rule(kind, item.id) for kind in rules)
            return


#: For the first room of each group all its rooms.
RoomGroups = Mapping[int, list[int]]


def room_groups(problem: Problem, offers: Mapping[tuple[int, Place], tuple[Rule, ...]]) -> RoomGroups:
    """Rooms that offer every session the same starts against the same rules and are equally far from all others."""
    by_room: dict[int, list[tuple[int, int, tuple[Rule, ...]]]] = defaultdict(list)
    for (item, place), rules in offers.items():
        by_room[place.room].append((item, place.start, rules))
    groups: dict[int, list[int]] = {}
    for room in (each.id for each in problem.rooms):
        alike = (one for one in groups if by_room[one] == by_room[room] and _are_interchangeable(problem, one, room))
        groups.setdefault(next(alike, room), []).append(room)
    return groups


def _are_interchangeable(problem: Problem, one: int, other: int) -> bool:
    """Whether no link distinguishes these rooms, and nobody has to walk between them."""
    if any(link.kind in (ONE_ROOM, LARGER) for link in problem.links):
        return False
    rooms = [room.id for room in problem.rooms]
    return problem.gap(one, other) == problem.rest and all(
        problem.gap(one, room) == problem.gap(other, room) for room in rooms
    )


class RelaxationModel(Model):
    """Everything is placed, unless relaxed to be left out; a rule holds while its relaxation variable is false."""

    def __init__(self, problem: Problem, item: Item, rules: Sequence[Rule]) -> None:
        self.strict, self.item, self.rules = problem, item, frozenset(rules)
        self.relaxations: dict[Rule, Any] = {}
        self.enforced_unless: Any = None
        relaxed = relaxed_problem(
            problem, item, [rule for rule in rules if not rule.loses_a_session and rule.kind != "walk"]
        )
        self.offers: dict[tuple[int, Place], tuple[Rule, ...]] = {}
        for each in relaxed.items:
            strict = problem.item[each.id]
            places = candidates.allowed_places(relaxed, each)
            if strict.pin is not None and strict.pin not in places:
                places = [strict.pin, *places]
            for place in places:
                self.offers[each.id, place] = tuple(rules_against(problem, relaxed, item.id, strict, place))
        self.groups = room_groups(relaxed, self.offers)
        allowed: dict[int, list[Place]] = {each.id: [] for each in relaxed.items}
        for key, place in self.offers:
            if place.room in self.groups:
                allowed[key].append(place)
        super().__init__(relaxed, allowed)
        for at, link in enumerate(problem.links):
            if not link.cost:
                self.enforced_unless = self.relaxation(Rule("link", index=at))
                terms.hard_link(self, link)
                self.enforced_unless = None
        self._hold_place_rules()
        for each in relaxed.items:
            out = Rule("leave-out", each.id)
            self.cp.add_exactly_one([*self.options(each), *([self.relaxation(out)] if out in self.rules else [])])
        # Start the search from the current timetable; the literals of the sessions' present places.
        group = {room: one for one, rooms in self.groups.items() for room in rooms}
        present = {each.id: each.present for each in self.strict.items if each.present is not None}
        at_present = {(key, Place(group[place.room], place.start)) for key, place in present.items()}
        for where, literal in self.x.items():
            self.cp.add_hint(literal, where in at_present)
        self.unmoved = [literal for where, literal in self.x.items() if where in at_present]

    def relaxation(self, rule: Rule) -> Any:
        """The variable that is true when this rule is relaxed."""
        if rule not in self.relaxations:
            self.relaxations[rule] = self.cp.new_bool_var(f"{rule.kind} {rule.item} {rule.index}")
        return self.relaxations[rule]

    def at_most_one(self, literals: list[Any], already: int = 0) -> None:
        if self.enforced_unless is None:
            super().at_most_one(literals, already)
        elif len(literals) + already > 1:
            self.cp.add(sum(literals) + already <= 1).only_enforce_if(self.enforced_unless.negated())

    def room_holds(self, room: int, literals: list[Any]) -> None:
        if len(literals) > len(self.groups[room]):
            self.cp.add(sum(literals) <= len(self.groups[room]))

    def allowed_in_groups(self, solver: Any) -> dict[int, list[Place]]:
        """For each placed session its start in each room of its group."""
        on = [(key, place) for (key, place), x in self.x.items() if solver.boolean_value(x)]
        return {key: [Place(room, place.start) for room in self.groups[place.room]] for key, place in on}

    def people_in_one_place(self) -> None:
        for group in objectives.by_person(self.problem).values():
            free = [each for each in group if each.id in self.places]
            self._apart(free, 0, None)
            if self.strict.rest:
                self._apart(free, self.strict.rest, self.relaxation(Rule("rest")))
            if self.strict.walk or self.strict.walks:
                self.enforced_unless = self.relaxation(Rule("walk"))
                add_walks(self, free)
                self.enforced_unless = None

    def _apart(self, group: list[Item], rest: int, enforced_unless: Any) -> None:
        """No two at once, nor with less than the rest between them."""
        spans = [(s, s + self.problem.item[key].minutes + rest, x) for key, s, x in self.starts(group)]
        self.enforced_unless = enforced_unless
        for covering in covering_at(spans, {begin for begin, _, _ in spans}):
            self.at_most_one(covering)
        self.enforced_unless = None

    def _hold_place_rules(self) -> None:
        """A place that a rule forbids is open only while the rule is relaxed."""
        forbidden: dict[tuple[int, Rule], list[Any]] = defaultdict(list)
        for (key, place), literal in self.x.items():
            for rule in self.offers[key, place]:
                forbidden[key, rule].append(literal)
        for (_, rule), literals in forbidden.items():
            self.cp.add(sum(literals) <= self.relaxation(rule))
