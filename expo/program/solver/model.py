"""The timetable as a CP-SAT model: one yes-or-no per item and place, cliques for rooms and people."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from . import aims, candidates
from .problem import Item, Place, Problem


class Model:
    """Hard rules from the start; aims are added when their turn comes, so that early ones stay small."""

    def __init__(self, problem: Problem) -> None:
        from ortools.sat.python import cp_model  # slow to import: only who solves pays

        self.problem = problem
        self.cp = cp_model.CpModel()
        self.places = {item.id: candidates.places(problem, item) for item in problem.items}
        self.x: dict[tuple[int, Place], Any] = {
            (item, place): self.cp.new_bool_var("") for item, places in self.places.items() for place in places
        }
        self.excess: list[tuple[Any, list[tuple[int, Place]], int]] = []
        self._once_each()
        self._rooms_hold_one()
        self._people_in_one_place()

    def _once_each(self) -> None:
        for item in self.problem.items:
            literals = [self.x[item.id, place] for place in self.places[item.id]]
            (self.cp.add_exactly_one if item.pin else self.cp.add_at_most_one)(literals)

    def _rooms_hold_one(self) -> None:
        by_room: dict[int, list[tuple[int, Place]]] = defaultdict(list)
        for item, place in self.x:
            by_room[place.room].append((item, place))
        for room in sorted(by_room):
            self._never_two(by_room[room])

    def _people_in_one_place(self) -> None:
        for group in aims.by_person(self.problem).values():
            self._never_two(self._choices(group))

    def _never_two(self, choices: list[tuple[int, Place]]) -> None:
        """Two spans overlap only if they do at the start of one, so the starts are enough."""
        points = sorted({place.start for _, place in choices})
        for covering in self._covering(choices, points):
            if len(covering) > 1:
                self.cp.add_at_most_one(self.x[choice] for choice in covering)

    def _choices(self, group: Iterable[Item]) -> list[tuple[int, Place]]:
        return [(item.id, place) for item in group for place in self.places[item.id]]

    def _covering(self, choices: list[tuple[int, Place]], points: list[int]) -> list[list[tuple[int, Place]]]:
        """For each point in time the choices that are on then."""
        covering: list[list[tuple[int, Place]]] = [[] for _ in points]
        for item, place in choices:
            end = place.start + self.problem.item[item].minutes
            for index in range(bisect_left(points, place.start), bisect_left(points, end)):
                covering[index].append((item, place))
        return covering

    def aim(self, key: str) -> Any:
        """The expression to make small."""
        if key == "sponsor-parallel":
            return self._parallel(aims.by_sponsor(self.problem).values())
        if key == "topic-parallel":
            return self._parallel(aims.by_topic(self.problem).values())
        return sum(self._item_cost(key, item) for item in self.problem.items)

    def _item_cost(self, key: str, item: Item) -> Any:
        absent = aims.cost(self.problem, key, item, None)
        costs = [(place, aims.cost(self.problem, key, item, place) - absent) for place in self.places[item.id]]
        return absent + sum(cost * self.x[item.id, place] for place, cost in costs if cost)

    def _parallel(self, groups: Iterable[list[Item]]) -> Any:
        return sum(term for group in groups for term in self._excess_of(group))

    def _excess_of(self, group: list[Item]) -> list[Any]:
        choices = self._choices(group)
        ends = {place.start + self.problem.item[item].minutes for item, place in choices}
        points = sorted({place.start for _, place in choices} | ends)
        terms = []
        for covering, (start, end) in zip(self._covering(choices, points), pairwise(points), strict=False):
            items = {item for item, _ in covering}
            if len(items) > 1:
                over = self.cp.new_int_var(0, len(items) - 1, "")
                self.cp.add(over >= sum(self.x[choice] for choice in covering) - 1)
                self.excess.append((over, covering, len(items) - 1))
                terms.append((end - start) * over)
        return terms

    def hint(self, chosen: dict[int, Place]) -> None:
        """Start the search from a whole timetable."""
        self.cp.clear_hints()
        for (item, place), literal in self.x.items():
            self.cp.add_hint(literal, chosen.get(item) == place)
        for over, covering, _most in self.excess:
            on = sum(chosen.get(item) == place for item, place in covering)
            self.cp.add_hint(over, max(0, on - 1))

    def chosen(self, solver: Any) -> dict[int, Place]:
        """The timetable the solver holds."""
        return {item: place for (item, place), literal in self.x.items() if solver.boolean_value(literal)}
