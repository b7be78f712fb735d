"""Why not: the smallest sets of rules to relax so that a session fits and, if it can be, no other loses its place.

First what moves nobody, place by place: the cheapest of that is what there is to undercut. One model that holds every
rule with a switch (`least.py`) undercuts it, by moves alone if it can, or proves that nothing does. Every answer is
tried: with it there is a timetable (the one told, with few moves), with one rule fewer there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from . import candidates
from .budget import Budget, is_found
from .checker import faults, violations
from .least import Found, Least, weight
from .loosening import Rule, needs, rules_for, without
from .model import Model
from .problem import Item, Problem
from .repair import Move
from .spans import Place

ANSWERS = 3
MOST_RULES = 2
#: The solver's own seconds: for all of a question, for each of its smaller parts, and to move few sessions.
WORK, PART, FEW = 60.0, 6.0, 15.0
MAIN = 0.6
Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class Relaxation:
    """Rules to give up together, and the timetable that is then possible: `moves` are of the other sessions.

    `is_sure`: without any one of its rules there is none, and that was proved.
    """

    rules: tuple[Rule, ...]
    moves: tuple[Move, ...]
    places: Mapping[int, Place]
    is_sure: bool = True

    @property
    def only_moves(self) -> bool:
        return not self.rules


@dataclass(frozen=True)
class Relaxed:
    """Answers, the smallest first. `is_sure`: it is proved that nothing smaller than the first would do."""

    answers: tuple[Relaxation, ...]
    is_sure: bool
    problem: Problem


def relax(
    problem: Problem,
    item: Item,
    places: Mapping[int, Place],
    work: float = WORK,
    fixed: Collection[int] = (),
    tell: Tell = lambda share, words: None,
) -> Relaxed:
    """What would have to give way for a session that has no place in this timetable.

    `work` is in the solver's own seconds. The `fixed` are pinned, and no answer touches them. The `problem` of the
    answer is what the indexes of its rules refer to. `tell` hears how far it is.
    """
    return _Search(question(problem, item, places), item.id, Budget(work), frozenset(fixed), tell).answer()


def question(problem: Problem, item: Item, places: Mapping[int, Place]) -> Problem:
    """The question by itself: what has a place in this timetable, and the session that has none."""
    there = [replace(each, present=places[each.id]) for each in problem.items if each.id in places]
    keys = {item.id} | places.keys()
    return replace(
        problem,
        items=(*(each for each in there if each.id != item.id), replace(item, pin=None, present=None)),
        links=tuple(each for each in problem.links if {each.one, each.other} <= keys),
        clashes=(),
        is_repair=False,
    ).sorted()


class _Search:
    def __init__(self, problem: Problem, key: int, budget: Budget, fixed: frozenset[int], tell: Tell) -> None:
        self.problem, self.item, self.budget, self.fixed, self.tell = problem, problem.item[key], budget, fixed, tell
        self.rules = rules_for(problem, self.item, fixed)
        self.loose = without(problem, self.item, [rule for rule in self.rules if rule.kind in PLACES])
        self.found: list[Relaxation] = []

    def answer(self) -> Relaxed:
        self.tell(0.1, "Looking for the least that has to give way")
        is_sure = self._first()
        if not self.found or self.found[0].rules:
            self.tell(0.6, "Looking for other ways")
            self._others()
            self._walk_through()
        is_small = all(self.least.allows(each.rules) for each in self.found[:1])
        return Relaxed(tuple(self.found), is_sure and is_small, self.problem)

    @cached_property
    def least(self) -> Least:
        return Least(self.problem, self.item, self.rules, self.budget, MOST_RULES)

    def _first(self) -> bool:
        """The smallest answer, and whether it is proved to be."""
        still = next((rules for rules in self.still if self.least.allows(rules)), None)
        found = self.least.first(None if still is None else weight(self.problem, still), MAIN * self.budget.left)
        is_seated = found.rules is None or self._add(self._seated(found))
        if still is not None and not self.found:
            self._add(self._tried(still, self._beside(self.still[still])))
        return found.is_proved and is_seated

    def _add(self, told: Relaxation | None) -> bool:
        if told is not None:
            self.found.append(told)
        return told is not None

    def _others(self) -> None:
        """More sets of as many rules, as far as they are wanted; where a session has to go, one way is enough."""
        if not self.found or any(rule.loses_a_session for rule in self._given):
            return
        while len(self.found) < ANSWERS:
            found = self.least.next([each.rules for each in self.found], PART)
            if found.rules is None or not self._add(self._seated(found)):
                return

    def _walk_through(self) -> None:
        """Add what moves nobody: from place to place, what forbids it, and who would have to go."""
        for rules, place in self.still.items():
            lost = sum(rule.loses_a_session for rule in rules)
            if len(self.found) == ANSWERS or lost > 1 or (lost and any(r.loses_a_session for r in self._given)):
                return
            if any(set(each.rules) <= set(rules) for each in self.found) or (self.found and len(rules) > MOST_RULES):
                continue
            self._add(self._tried(rules, self._beside(place)))

    @property
    def _given(self) -> set[Rule]:
        return {rule for each in self.found for rule in each.rules}

    @cached_property
    def still(self) -> dict[tuple[Rule, ...], Place]:
        """What would have to give way for each place, were everybody else to stay or to go; the smallest sets first."""
        sets = {self._at(place): place for place in candidates.places(self.loose, self.loose.item[self.item.id])}
        fixed = {rules for rules in sets if any(rule.loses_a_session and rule.item in self.fixed for rule in rules)}
        return {rules: sets[rules] for rules in sorted(sets.keys() - fixed, key=self._size)}

    def _size(self, rules: tuple[Rule, ...]) -> tuple[object, ...]:
        return (sum(rule.loses_a_session for rule in rules), len(rules), weight(self.problem, rules), rules)

    def _at(self, place: Place) -> tuple[Rule, ...]:
        """What would have to give way for this place."""
        trial = self.loose.item[self.item.id]
        others = {fault.other for fault in faults(self.loose, trial, place, self.present) if fault.other is not None}
        rules = needs(self.problem, self.loose, self.item.id, self.item, place)
        return tuple(sorted([*rules, *(Rule("leave-out", other) for other in others)]))

    @cached_property
    def present(self) -> dict[int, Place]:
        return {each.id: each.present for each in self.problem.items if each.present is not None}

    def _beside(self, place: Place) -> dict[int, Place]:
        """The present timetable with the session in this place."""
        return {**self.present, self.item.id: place}

    def _seated(self, found: Found) -> Relaxation | None:
        """A set of the model as an answer: few moved, and everybody in a room of their pool, if it can be their own."""
        rules = found.rules or ()
        few = self.least.with_few_moves(found, FEW)
        model = Model(without(self.problem, self.item, rules), few.seats)
        for each in model.problem.items:
            model.cp.add_exactly_one(model.options(each))
        model.cp.maximize(sum(on for (key, place), on in model.x.items() if place == self.present.get(key)))
        solver, status = self.budget.solve(model.cp, self.problem.seed, PART)
        return self._tried(rules, model.chosen(solver)) if is_found(status) else None

    def _tried(self, rules: tuple[Rule, ...], places: dict[int, Place]) -> Relaxation | None:
        """With these rules given up this is a timetable, and with one fewer there is none; None if that is not so."""
        trial = without(self.problem, self.item, rules)
        told = {key: place for key, place in places.items() if key in trial.item}
        if len(told) < len(trial.items) or violations(trial, candidates.placed(trial, told)):
            return None
        fewer = [self.least.is_enough([each for each in rules if each != rule], PART) for rule in rules]
        if any(fewer):
            return None
        return Relaxation(rules, self._moves(told), told, None not in fewer)

    def _moves(self, places: Mapping[int, Place]) -> tuple[Move, ...]:
        """Of the others, where they have a place in both."""
        return tuple(
            Move(each.id, each.present, places[each.id], tuple(sorted(each.people)))
            for each in self.problem.items
            if each.id != self.item.id and each.id in places and places[each.id] != each.present
        )


#: Rules that close places; the others set sessions against one another.
PLACES = {"unpin", "track", "earliest", "latest", "starts", "equipment", "away", "break", "format", "closing"}
