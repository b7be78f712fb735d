"""Why not: the smallest sets of rules to relax so that a session fits and, if possible, no other loses its place.

First every place is tried with all others left where they are: the cheapest set that frees one is an upper bound. One
model with a relaxation variable for every rule then finds a cheaper set, moving others if it must, or proves that there
is none. Every answer is verified: with its rules relaxed there is a timetable, with one fewer there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import Any

from . import candidates
from .candidates import Allowed
from .checker import faults, violations
from .cp_sat import WorkLimit, is_feasible, is_settled
from .model import Model
from .problem import Item, Place, Placements, Problem, Timetable
from .relaxation_model import RelaxationModel, Rule, price, relaxed_problem, rules_against, rules_for
from .repair import SessionMove, session_moves

ANSWERS = 3
MOST_RULES = 2
#: Deterministic seconds: for a whole question, for each of its smaller parts, and to move few sessions.
WORK, PART, FEW_MOVES = 60.0, 6.0, 15.0
#: The part of the work that is left which the first answer may use.
FIRST_SHARE = 0.6
#: One rule outweighs the price of two, and a session outweighs both.
A_RULE, A_SESSION = 200, 1000
#: Kinds of rule that close places; the others bind two sessions.
CLOSING_PLACES = {
    "unpin",
    "track",
    "earliest",
    "latest",
    "starts",
    "equipment",
    "room",
    "away",
    "break",
    "format",
    "closing",
}
Rules = tuple[Rule, ...]
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Relaxation:
    """Rules to relax together, and the timetable that is then possible: `moves` are of the other sessions.

    `is_sure`: it is proved that without any one of its rules there is no timetable.
    """

    rules: Rules
    moves: tuple[SessionMove, ...]
    places: Placements
    is_sure: bool = True


@dataclass(frozen=True)
class Relaxations:
    """Answers, the smallest first. `is_sure`: it is proved that nothing smaller than the first is enough.

    The indexes of rules refer to `problem`.
    """

    answers: tuple[Relaxation, ...]
    is_sure: bool
    problem: Problem


def relax(
    problem: Problem,
    item: Item,
    places: Placements,
    work: float = WORK,
    fixed: Collection[int] = (),
    progress: Progress = lambda share, words: None,
) -> Relaxations:
    """What to relax so that a session without a place in this timetable fits.

    `work` is in deterministic seconds. The `fixed` sessions are pinned, and no answer unpins them or leaves them out.
    """
    problem = relaxation_problem(problem, item, places)
    return _Question(problem, item.id, WorkLimit(work), frozenset(fixed), progress).answer()


def relaxation_problem(problem: Problem, item: Item, places: Placements) -> Problem:
    """The question as a problem: the placed sessions, and the one without a place."""
    placed = [replace(each, present=places[each.id]) for each in problem.items if each.id in places]
    keys = {item.id} | places.keys()
    return replace(
        problem,
        items=(*(each for each in placed if each.id != item.id), replace(item, pin=None, present=None)),
        links=tuple(each for each in problem.links if {each.one, each.other} <= keys),
        clashes=(),
        is_repair=False,
    ).sorted()


def weight(problem: Problem, rules: Collection[Rule]) -> int:
    """The cost of a set: fewer rules before cheaper ones, and any rules before a session."""
    return sum((A_SESSION if rule.loses_a_session else A_RULE) + price(problem, rule) for rule in rules)


@dataclass(frozen=True)
class RuleSet:
    """The cheapest set of rules, and the places that each session is then allowed in its room group.

    `rules` None: there is none, or (not proved) none was found.
    """

    rules: Rules | None
    allowed: Allowed
    is_proved: bool


class CheapestRules:
    """Finds sets of up to `most` rules, or of one session. Sets that weigh less than `bound` are proved too small."""

    def __init__(self, problem: Problem, item: Item, rules: Sequence[Rule], limit: WorkLimit, most: int) -> None:
        self.problem, self.limit, self.most, self.bound = problem, limit, most, 0
        self.model = RelaxationModel(problem, item, rules)
        variables = self.model.relaxations.items()
        self.rules = sum(relaxed for rule, relaxed in variables if not rule.loses_a_session)
        self.lost = sum(relaxed for rule, relaxed in variables if rule.loses_a_session)
        self.cost = sum(weight(problem, [rule]) * relaxed for rule, relaxed in variables)
        self.cp = self.model.cp.clone()
        self.cp.add(self.rules + most * self.lost <= most)
        self.cp.minimize(self.cost)

    def allows(self, rules: Collection[Rule]) -> bool:
        """Whether a set is of the size that is searched for."""
        lost = sum(rule.loses_a_session for rule in rules)
        return len(rules) - lost + self.most * lost <= self.most

    def first(self, most: int | None, work: float) -> RuleSet:
        """The cheapest set that weighs less than `most`."""
        cp = self.cp.clone()
        if most is not None:
            cp.add(self.cost < most)
        cheapest, bound = self._solve(cp, work)
        self.bound = bound if cheapest.rules is not None or not cheapest.is_proved else most or A_SESSION * A_SESSION
        return cheapest

    def next(self, known: Sequence[Rules], work: float) -> RuleSet:
        """The cheapest set of as many rules that contains none of the known sets."""
        cp = self.cp.clone()
        cp.add(self.rules == len(known[0]))
        for rules in known:
            variables = [self.model.relaxations[rule] for rule in rules if rule in self.model.relaxations]
            cp.add_bool_or([relaxed.negated() for relaxed in variables])
        return self._solve(cp, work)[0]

    def is_enough(self, rules: Collection[Rule], work: float) -> bool | None:
        """Whether relaxing these alone is enough; None when that could not be settled."""
        if self.allows(rules) and weight(self.problem, rules) < self.bound:
            return False
        solved, _ = self._solve(self._relaxing(rules), work)
        return None if solved.rules is None and not solved.is_proved else solved.rules is not None

    def with_few_moves(self, cheapest: RuleSet, work: float) -> RuleSet:
        """The same rules relaxed, with as many sessions as possible left at their present places."""
        cp = self._relaxing(cheapest.rules or ())
        cp.maximize(sum(self.model.unmoved))
        better, _ = self._solve(cp, work)
        return cheapest if better.rules is None else better

    def _relaxing(self, rules: Collection[Rule]) -> Any:
        cp = self.model.cp.clone()
        for rule, relaxed in self.model.relaxations.items():
            cp.add(relaxed == (rule in rules))
        return cp

    def _solve(self, cp: Any, work: float) -> tuple[RuleSet, int]:
        """The set found, and the lower bound of its weight."""
        solver, status = self.limit.solve(cp, self.problem.seed, work)
        bound = max(0, ceil(solver.best_objective_bound - 1e-6))
        if not is_feasible(status):
            return RuleSet(None, {}, is_settled(status)), bound
        rules = tuple(rule for rule, relaxed in self.model.relaxations.items() if solver.boolean_value(relaxed))
        return RuleSet(rules, self.model.allowed_in_groups(solver), is_settled(status)), bound


class _Question:
    def __init__(self, problem: Problem, key: int, limit: WorkLimit, fixed: frozenset[int], progress: Progress) -> None:
        self.problem, self.item, self.limit, self.fixed = problem, problem.item[key], limit, fixed
        self.progress = progress
        self.rules = rules_for(problem, self.item, fixed)
        closing = [rule for rule in self.rules if rule.kind in CLOSING_PLACES]
        self.relaxed = relaxed_problem(problem, self.item, closing)
        self.present = {each.id: each.present for each in problem.items if each.present is not None}
        self.answers: list[Relaxation] = []

    def answer(self) -> Relaxations:
        self.progress(0.1, "Looking for the fewest rules to relax")
        unmoved = next((rules for rules in self.sets_without_moves if self.cheapest.allows(rules)), None)
        most = None if unmoved is None else weight(self.problem, unmoved)
        smallest = self.cheapest.first(most, FIRST_SHARE * self.limit.left)
        is_placed = smallest.rules is None or self._add(self._with_rooms(smallest))
        if unmoved is not None and not self.answers:
            self._add(self._verified(unmoved, self._beside_present(self.sets_without_moves[unmoved])))
        is_sure = smallest.is_proved and is_placed  # that no smaller set is enough
        if not self.answers or self.answers[0].rules:
            self.progress(0.6, "Looking for other solutions")
            # More sets of as many rules, up to the number of answers; where a session is lost, one set is enough.
            has_more = bool(self.answers) and not any(rule.loses_a_session for rule in self._rules_in_answers)
            while has_more and len(self.answers) < ANSWERS:
                cheapest = self.cheapest.next([each.rules for each in self.answers], PART)
                has_more = cheapest.rules is not None and self._add(self._with_rooms(cheapest))
            self._add_sets_without_moves()
        is_small = all(self.cheapest.allows(each.rules) for each in self.answers[:1])
        return Relaxations(tuple(self.answers), is_sure and is_small, self.problem)

    @cached_property
    def cheapest(self) -> CheapestRules:
        return CheapestRules(self.problem, self.item, self.rules, self.limit, MOST_RULES)

    def _add(self, answer: Relaxation | None) -> bool:
        if answer is not None:
            self.answers.append(answer)
        return answer is not None

    def _add_sets_without_moves(self) -> None:
        """Add answers that move nobody: place by place, the rules that forbid it and the sessions that block it."""
        for rules, place in self.sets_without_moves.items():
            lost = sum(rule.loses_a_session for rule in rules)
            loses_already = any(rule.loses_a_session for rule in self._rules_in_answers)
            if len(self.answers) == ANSWERS or lost > 1 or (lost and loses_already):
                return
            if any(set(each.rules) <= set(rules) for each in self.answers) or (
                self.answers and len(rules) > MOST_RULES
            ):
                continue
            self._add(self._verified(rules, self._beside_present(place)))

    @property
    def _rules_in_answers(self) -> set[Rule]:
        return {rule for each in self.answers for rule in each.rules}

    @cached_property
    def sets_without_moves(self) -> dict[Rules, Place]:
        """The rules to relax for each place if all others stay or are left out; the smallest sets first."""
        places = candidates.allowed_places(self.relaxed, self.relaxed.item[self.item.id])
        item, sets = self.relaxed.item[self.item.id], dict[Rules, Place]()
        for place in places:
            others = {each.other for each in faults(self.relaxed, item, place, self.present) if each.other is not None}
            rules = rules_against(self.problem, self.relaxed, self.item.id, self.item, place)
            sets[tuple(sorted([*rules, *(Rule("leave-out", other) for other in others)]))] = place
        fixed = {rules for rules in sets if any(rule.loses_a_session and rule.item in self.fixed for rule in rules)}

        def size(rules: Rules) -> tuple[object, ...]:
            lost = sum(rule.loses_a_session for rule in rules)
            return lost, len(rules), weight(self.problem, rules), rules

        return {rules: sets[rules] for rules in sorted(sets.keys() - fixed, key=size)}

    def _beside_present(self, place: Place) -> Timetable:
        return {**self.present, self.item.id: place}

    def _with_rooms(self, cheapest: RuleSet) -> Relaxation | None:
        """A set as an answer: few moves, and each session in a room of its group, its present one where possible."""
        rules = cheapest.rules or ()
        few_moves = self.cheapest.with_few_moves(cheapest, FEW_MOVES)
        model = Model(relaxed_problem(self.problem, self.item, rules), few_moves.allowed)
        for each in model.problem.items:
            model.cp.add_exactly_one(model.options(each))
        model.cp.maximize(sum(x for (key, place), x in model.x.items() if place == self.present.get(key)))
        solver, status = self.limit.solve(model.cp, self.problem.seed, PART)
        return self._verified(rules, model.read(solver)) if is_feasible(status) else None

    def _verified(self, rules: Rules, places: Placements) -> Relaxation | None:
        """The answer, unless it is no timetable with these rules relaxed, or fewer of them are enough."""
        relaxed = relaxed_problem(self.problem, self.item, rules)
        timetable = {key: place for key, place in places.items() if key in relaxed.item}
        if len(timetable) < len(relaxed.items) or violations(relaxed, candidates.placed(relaxed, timetable)):
            return None
        fewer = [self.cheapest.is_enough([each for each in rules if each != rule], PART) for rule in rules]
        if any(fewer):
            return None
        moves = session_moves(self.problem, self.present, timetable)
        of_others = tuple(each for each in moves if each.item != self.item.id and each.after is not None)
        return Relaxation(rules, of_others, timetable, None not in fewer)
