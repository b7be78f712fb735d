"""What all forms of the model share: flags and counts that know their value in any timetable, and rows of literals."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .problem import Item, Problem
from .spans import Place

Chosen = Mapping[int, Place]
LEFT_OUT = "left-out-"
Worth = Callable[[Chosen], int]


class Board:
    """A CP-SAT model in the making. Items in `fixed` stay where they are; the others are decided."""

    kind = ""  # how it is solved best, see `settings`

    def __init__(self, problem: Problem, fixed: Chosen) -> None:
        from ortools.sat.python import cp_model  # slow to import: only who solves pays

        self.problem, self.fixed = problem, fixed
        self.cp = cp_model.CpModel()
        self.known: list[tuple[Any, Worth]] = []
        self.members: dict[int, list[int]] = defaultdict(list)
        for item in problem.items:
            if item.strand is not None:
                self.members[item.strand].append(item.id)

    def flag(self, worth: Worth) -> Any:
        """A yes-or-no, and what it is in a given timetable."""
        return self.count(1, worth)

    def count(self, most: int, worth: Worth) -> Any:
        """A number from 0 to `most`, and what it is in a given timetable."""
        made = self.cp.new_bool_var("") if most == 1 else self.cp.new_int_var(0, most, "")
        self.known.append((made, worth))
        return made

    def hint(self, chosen: Chosen) -> None:
        """Start the search from a whole timetable."""
        self.cp.clear_hints()
        for made, worth in self.known:
            self.cp.add_hint(made, worth(chosen))

    def at_most_one(self, literals: list[Any], already: int = 0) -> None:
        """No two of these, nor one beside one that is fixed."""
        if already:
            for literal in literals:
                self.cp.add(literal == 0)
        elif len(literals) > 1:
            self.cp.add_at_most_one(literals)

    def keep_quotas(self, literals: Mapping[int, Iterable[Any]]) -> None:
        """Of the sessions of a quota no more are on than it allows; what is fixed counts."""
        for quota in self.problem.quotas:
            on = [literal for key in quota.items for literal in literals.get(key, ())]
            if on:
                self.cp.add(sum(on) <= quota.most - sum(key in self.fixed for key in quota.items))

    def excess(self, literals: list[Any], already: int, most: int, worth: Worth) -> Any:
        """How many are on beyond the first, as an expression."""
        if already:
            return already - 1 + sum(literals)
        if most < 2 or len(literals) < 2:
            return 0
        over = self.count(most - 1, worth)
        self.cp.add(over >= sum(literals) - 1)
        return over

    def aim(self, key: str) -> Any:
        """The expression to make small."""
        raise NotImplementedError

    def options(self, item: Item) -> list[Any]:
        """The literals of which one holds when a session that is decided here has a place."""
        raise NotImplementedError

    def hold(self, key: str, most: int) -> None:
        """An aim stays within what was reached. Where nobody of a band is left out, everybody in it has a place.

        One row for each is a tighter relaxation than their sum; blocks keep the sum, which served them better.
        """
        if key.startswith(LEFT_OUT) and not most and not self.problem.blocks:
            for item in self.problem.items:
                if item.band == int(key.removeprefix(LEFT_OUT)) and item.id not in self.fixed:
                    self.cp.add_exactly_one(self.options(item))
            return
        aim = self.aim(key)
        if not isinstance(aim, int):
            self.cp.add(aim <= most)

    def chosen(self, solver: Any) -> dict[int, Place] | None:
        """The timetable the solver holds, or None when it holds none that can be seated."""
        raise NotImplementedError


def covering_at(spans: list[tuple[int, int, Any]], points: Iterable[int]) -> list[list[Any]]:
    """For each point in time the literals that are on then. Two spans overlap only if they do at a start of one."""
    ordered = sorted(points)
    covering: list[list[Any]] = [[] for _ in ordered]
    for begin, end, literal in spans:
        for index in range(bisect_left(ordered, begin), bisect_left(ordered, end)):
            covering[index].append(literal)
    return covering
