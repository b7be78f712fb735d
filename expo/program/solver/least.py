"""The least that has to give way, asked of one model with a switch at every rule, and what nothing can undercut."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from .budget import Budget, is_found, is_settled
from .loosening import Rule, price
from .problem import Item, Problem
from .spans import Place
from .switches import Switched

#: One rule outweighs the price of two, and a session outweighs both.
A_RULE, A_SESSION = 200, 1000
Rules = tuple[Rule, ...]


def weight(problem: Problem, rules: Collection[Rule]) -> int:
    """Fewer before cheaper, and rules before a session."""
    return sum((A_SESSION if rule.loses_a_session else A_RULE) + price(problem, rule) for rule in rules)


@dataclass(frozen=True)
class Found:
    """The cheapest set, and the rooms that each session may then take at its start.

    `rules` None: there is none, or (not proved) none was found.
    """

    rules: Rules | None
    seats: Mapping[int, list[Place]]
    is_proved: bool


class Least:
    """Sets of up to `most` rules, or of one session. Of these, what costs less than the `bound` is not enough."""

    def __init__(self, problem: Problem, item: Item, rules: Sequence[Rule], budget: Budget, most: int) -> None:
        self.problem, self.budget, self.most, self.bound = problem, budget, most, 0
        self.model = Switched(problem, item, rules)
        switches = self.model.switches.items()
        self.rules = sum(on for rule, on in switches if not rule.loses_a_session)
        self.lost = sum(on for rule, on in switches if rule.loses_a_session)
        self.cost = sum(weight(problem, [rule]) * on for rule, on in switches)
        self.asked = self.model.cp.clone()
        self.asked.add(self.rules + most * self.lost <= most)
        self.asked.minimize(self.cost)

    def allows(self, rules: Collection[Rule]) -> bool:
        """Whether sets of this size are asked for."""
        lost = sum(rule.loses_a_session for rule in rules)
        return len(rules) - lost + self.most * lost <= self.most

    def first(self, most: int | None, work: float) -> Found:
        """The cheapest set that costs less than `most`."""
        asked = self.asked.clone()
        if most is not None:
            asked.add(self.cost < most)
        found, bound = self._answer(asked, work)
        self.bound = bound if found.rules is not None or not found.is_proved else most or A_SESSION * A_SESSION
        return found

    def next(self, told: Sequence[Rules], work: float) -> Found:
        """The cheapest set of as many rules that holds none of these."""
        asked = self.asked.clone()
        asked.add(self.rules == len(told[0]))
        for rules in told:
            asked.add_bool_or([self.model.switches[rule].negated() for rule in rules if rule in self.model.switches])
        return self._answer(asked, work)[0]

    def is_enough(self, rules: Collection[Rule], work: float) -> bool | None:
        """Whether these alone do; None when that could not be settled."""
        if self.allows(rules) and weight(self.problem, rules) < self.bound:
            return False
        found, _ = self._answer(self._with(rules), work)
        return None if found.rules is None and not found.is_proved else found.rules is not None

    def with_few_moves(self, found: Found, work: float) -> Found:
        """The same rules given up, and as many as can be found left where they are."""
        asked = self._with(found.rules or ())
        asked.maximize(sum(self.model.stays))
        better, _ = self._answer(asked, work)
        return found if better.rules is None else better

    def _with(self, rules: Collection[Rule]) -> Any:
        asked = self.model.cp.clone()
        for rule, on in self.model.switches.items():
            asked.add(on == (rule in rules))
        return asked

    def _answer(self, asked: Any, work: float) -> tuple[Found, int]:
        """What is found, and the cost that nothing of what was asked undercuts."""
        solver, status = self.budget.solve(asked, self.problem.seed, work)
        bound = max(0, ceil(solver.best_objective_bound - 1e-6))
        if not is_found(status):
            return Found(None, {}, is_settled(status)), bound
        on = tuple(rule for rule, switch in self.model.switches.items() if solver.boolean_value(switch))
        return Found(on, self.model.seats(solver), is_settled(status)), bound
