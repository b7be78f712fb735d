"""What all CP-SAT models of the timetable share: hinted variables, at-most-one rows, quotas, held objectives."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import objectives
from .problem import Item, Place, Placements, Problem, Timetable

LEFT_OUT = "left-out-"
#: The value of a variable in a given timetable.
HintValue = Callable[[Placements], int]
#: (item, its start, the literal of that start)
Start = tuple[int, int, Any]


class BaseModel:
    """A CP-SAT model under construction. Items in `fixed` keep their places; the others are decided."""

    kind = ""  # of solver, see `cp_sat.solver_for`

    def __init__(self, problem: Problem, fixed: Placements) -> None:
        from ortools.sat.python import cp_model  # slow to import: only who solves pays

        self.problem, self.fixed = problem, fixed
        self.cp = cp_model.CpModel()
        self.hints: list[tuple[Any, HintValue]] = []
        self.members: dict[int, list[int]] = defaultdict(list)
        for item in problem.items:
            if item.roaming_track is not None:
                self.members[item.roaming_track].append(item.id)

    def flag(self, hint: HintValue) -> Any:
        """A new 0-1 variable."""
        return self.count(1, hint)

    def count(self, most: int, hint: HintValue) -> Any:
        """A new integer variable from 0 to `most`."""
        variable = self.cp.new_bool_var("") if most == 1 else self.cp.new_int_var(0, most, "")
        self.hints.append((variable, hint))
        return variable

    def hint(self, placements: Placements) -> None:
        """Start the search from a complete timetable."""
        self.cp.clear_hints()
        for variable, hint in self.hints:
            self.cp.add_hint(variable, hint(placements))

    def at_most_one(self, literals: list[Any], already: int = 0) -> None:
        """At most one of these is true; none when a fixed session already counts (`already`)."""
        if already:
            for literal in literals:
                self.cp.add(literal == 0)
        elif len(literals) > 1:
            self.cp.add_at_most_one(literals)

    def keep_quotas(self, literals: Mapping[int, Iterable[Any]]) -> None:
        """Of a quota's sessions no more are placed than it allows; fixed ones count."""
        for quota in self.problem.quotas:
            on = [literal for key in quota.items for literal in literals.get(key, ())]
            if on:
                self.cp.add(sum(on) <= quota.most - sum(key in self.fixed for key in quota.items))

    def excess(self, literals: list[Any], already: int, most: int, hint: HintValue) -> Any:
        """How many are true beyond the first, as an expression."""
        if already:
            return already - 1 + sum(literals)
        if most < 2 or len(literals) < 2:
            return 0
        over = self.count(most - 1, hint)
        self.cp.add(over >= sum(literals) - 1)
        return over

    def objective(self, key: str) -> Any:
        """The expression to minimise: what it consists of, weighted."""
        return sum(weight * self.term(part) for part, weight in objectives.parts(self.problem, key))

    def term(self, key: str) -> Any:
        """The expression of one objective by itself: what it costs, session by session."""
        return sum(self.item_cost(key, item) for item in self.problem.items)

    def item_cost(self, key: str, item: Item) -> Any:
        """What one session costs in an objective, wherever it is placed."""
        raise NotImplementedError

    def options(self, item: Item) -> list[Any]:
        """The literals of which one is true when a session that is decided here is placed."""
        raise NotImplementedError

    def hold(self, key: str, most: int) -> None:
        """Constrain an objective to the value reached.

        Where none of a merit band is left out, each of them is placed: one row each is a tighter relaxation than their
        sum. With time blocks the sum is kept, which measured better.
        """
        if key.startswith(LEFT_OUT) and not most and not self.problem.time_blocks:
            for item in self.problem.items:
                if item.merit_band == int(key.removeprefix(LEFT_OUT)) and item.id not in self.fixed:
                    self.cp.add_exactly_one(self.options(item))
            return
        objective = self.objective(key)
        if not isinstance(objective, int):
            self.cp.add(objective <= most)

    def read(self, solver: Any) -> Timetable | None:
        """The solver's timetable, or None when its solution is not one that can be placed."""
        raise NotImplementedError


class TimedModel(BaseModel):
    """A model that knows when each session starts; `places` are the allowed ones of those it decides."""

    places: Mapping[int, list[Place]]

    def starts(self, group: Iterable[Item]) -> list[Start]:
        """The possible starts of the group's decided sessions, whatever the room."""
        raise NotImplementedError

    def rooms_of(self, key: int) -> list[tuple[int, int, Any]]:
        """The cells (day, room) a session may be in, each with its literal; None where it is fixed."""
        raise NotImplementedError


def covering_at(spans: list[tuple[int, int, Any]], points: Iterable[int]) -> list[list[Any]]:
    """The literals of the spans that cover each point in time. Two spans overlap only if they do at a start of one."""
    ordered = sorted(points)
    covering: list[list[Any]] = [[] for _ in ordered]
    for begin, end, literal in spans:
        for index in range(bisect_left(ordered, begin), bisect_left(ordered, end)):
            covering[index].append(literal)
    return covering
