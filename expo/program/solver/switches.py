"""The model with a switch at every rule that may give way: while it is off, the rule holds. Rooms are pools."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from . import aims, candidates, terms
from .board import covering_at
from .loosening import Rule, needs, without
from .model import Model
from .pools import pools
from .problem import Item, Problem
from .spans import Place


class Switched(Model):
    """Everything must be placed, unless its switch leaves it out."""

    def __init__(self, problem: Problem, item: Item, rules: Sequence[Rule]) -> None:
        self.strict, self.item, self.rules = problem, item, frozenset(rules)
        self.switches: dict[Rule, Any] = {}
        self.guard: Any = None
        loose = without(problem, item, [rule for rule in rules if not rule.loses_a_session and rule.kind != "walk"])
        self.offers = {
            (each.id, place): tuple(needs(problem, loose, item.id, problem.item[each.id], place))
            for each in loose.items
            for place in _wanted(loose, each, problem.item[each.id])
        }
        self.pools = pools(loose, self.offers)
        wanted: dict[int, list[Place]] = {each.id: [] for each in loose.items}
        for key, place in self.offers:
            if place.room in self.pools:
                wanted[key].append(place)
        super().__init__(loose, wanted)
        self._links()
        self._places_need()
        self._all_placed()
        self.stays = self._hinted()

    def _hinted(self) -> list[Any]:
        """Start the search from the present timetable; the literals of those who stay where they are."""
        pool = {room: one for one, rooms in self.pools.items() for room in rooms}
        present = {each.id: each.present for each in self.strict.items if each.present is not None}
        there = {(key, Place(pool[place.room], place.start)) for key, place in present.items()}
        for where, literal in self.x.items():
            self.cp.add_hint(literal, where in there)
        return [literal for where, literal in self.x.items() if where in there]

    def switch(self, rule: Rule) -> Any:
        if rule not in self.switches:
            self.switches[rule] = self.cp.new_bool_var(f"{rule.kind} {rule.item} {rule.index}")
        return self.switches[rule]

    def at_most_one(self, literals: list[Any], already: int = 0) -> None:
        if self.guard is None:
            super().at_most_one(literals, already)
        elif len(literals) + already > 1:
            self.cp.add(sum(literals) + already <= 1).only_enforce_if(self.guard.negated())

    def _room_holds(self, room: int, literals: list[Any]) -> None:
        if len(literals) > len(self.pools[room]):
            self.cp.add(sum(literals) <= len(self.pools[room]))

    def seats(self, solver: Any) -> dict[int, list[Place]]:
        """For each session that has a place, its start in each room of its pool."""
        on = [(key, place) for (key, place), x in self.x.items() if solver.boolean_value(x)]
        return {key: [Place(room, place.start) for room in self.pools[place.room]] for key, place in on}

    def _people_in_one_place(self) -> None:
        for group in aims.by_person(self.problem).values():
            free = [each for each in group if each.id in self.places]
            self._apart(free, 0, None)
            if self.strict.rest:
                self._apart(free, self.strict.rest, self.switch(Rule("rest")))
            if self.strict.walk or self.strict.walks:
                self.guard = self.switch(Rule("walk"))
                terms.walks(self, free)
                self.guard = None

    def _apart(self, group: list[Item], rest: int, guard: Any) -> None:
        """No two at once, nor without the rest between them."""
        spans = [(s, s + self.problem.item[key].minutes + rest, x) for key, s, x in self.starts(group)]
        self.guard = guard
        for covering in covering_at(spans, {begin for begin, _, _ in spans}):
            self.at_most_one(covering)
        self.guard = None

    def _links(self) -> None:
        for at, link in enumerate(self.strict.links):
            if not link.cost:
                self.guard = self.switch(Rule("link", index=at))
                terms.hard_link(self, link)
                self.guard = None

    def _places_need(self) -> None:
        """A place that a rule forbids is open only while the rule is switched off."""
        needing: dict[tuple[int, Rule], list[Any]] = defaultdict(list)
        for (key, place), literal in self.x.items():
            for rule in self.offers[key, place]:
                needing[key, rule].append(literal)
        for (_, rule), literals in needing.items():
            self.cp.add(sum(literals) <= self.switch(rule))

    def _all_placed(self) -> None:
        for each in self.problem.items:
            places = [self.x[each.id, place] for place in self.places[each.id]]
            out = Rule("leave-out", each.id)
            self.cp.add_exactly_one([*places, *([self.switch(out)] if out in self.rules else [])])


def _wanted(loose: Problem, item: Item, strict: Item) -> list[Place]:
    """Where it may go; a pin may be where nothing else would."""
    there = candidates.places(loose, item)
    return there if strict.pin is None or strict.pin in there else [strict.pin, *there]
