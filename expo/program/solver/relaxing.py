"""Why not: the smallest sets of rules to relax so that a session fits and, if it can be, no other loses its place.

First whether moves alone would do. Then one model that holds every rule with a switch: one switch, then two, the lowest
price first; each answer, and whatever contains it, is forbidden before the next question. Last, which one session would
have to go. Every answer is tried by the plain model: with it there is a timetable (the one told, with few moves), with
one rule fewer there is none. A large timetable is not asked at once: then the answers are those that move nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from . import candidates
from .blocking import timetable_for
from .checker import faults, violations
from .loosening import Rule, needs, price, rules_for, without
from .model import Model
from .problem import Item, Problem
from .repair import Move, repair
from .settings import solver_for
from .spans import Place
from .switches import Switched

ANSWERS = 3
MOST_RULES = 2
TRIES = 3
#: Pairs of session and place above which there is no model of all rules at once: then only the places are walked
#: through, with every other session where it is.
LARGE = 15_000
A_SESSION, A_RULE = 10_000_000, 20_000


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
    """Answers, the smallest first. `is_sure`: the search ended by itself, so nothing smaller was missed."""

    answers: tuple[Relaxation, ...]
    is_sure: bool
    problem: Problem


def relax(
    problem: Problem, item: Item, places: Mapping[int, Place], work: float = 1.0, fixed: Collection[int] = ()
) -> Relaxed:
    """What would have to give way for a session that has no place in this timetable.

    `work` is for each question in the solver's own seconds. The `fixed` are pinned, and no answer touches them. The
    `problem` of the answer is what the indexes of its rules refer to.
    """
    return _Question(problem, item, places, work, frozenset(fixed)).answer()


class _Question:
    def __init__(
        self, problem: Problem, item: Item, places: Mapping[int, Place], work: float, fixed: frozenset[int]
    ) -> None:
        self.fixed = fixed
        there = [replace(each, present=places[each.id]) for each in problem.items if each.id in places]
        keys = {item.id} | places.keys()
        self.item, self.work = replace(item, pin=None, present=None), work
        self.problem = replace(
            problem,
            items=(*(each for each in there if each.id != item.id), self.item),
            links=tuple(each for each in problem.links if {each.one, each.other} <= keys),
            clashes=(),
            is_repair=False,
        ).sorted()

    def answer(self) -> Relaxed:
        rules = rules_for(self.problem, self.item, self.fixed)
        self.loose = without(self.problem, self.item, [rule for rule in rules if rule.kind in PLACES])
        mended = None if self._is_small() else self._mended()
        still, is_sure = (mended, True) if mended else timetable_for(self.problem, self.work)
        if still is not None:
            told = (self._moves(still), still) if mended else self._with_few_moves(self.problem, still)
            return Relaxed((Relaxation((), *told),), True, self.problem)
        self.found: list[Relaxation] = []
        is_whole = self._ask(rules) if self._is_small() else False
        self._walk_through()
        is_sure = is_sure and is_whole and all(each.is_sure for each in self.found)
        return Relaxed(tuple(self.found), is_sure, self.problem)

    def _is_small(self) -> bool:
        return sum(len(candidates.places(self.loose, each)) for each in self.loose.items) <= LARGE

    def _mended(self) -> dict[int, Place] | None:
        """A large timetable mended around the session in one of the places where fewest are in the way."""
        ways = {place: self._in_the_way(place) for place in candidates.places(self.problem, self.item)}
        best: dict[int, Place] | None = None
        for place in sorted(ways, key=lambda each: (ways[each], each))[:TRIES]:
            items = [replace(i, pin=place) if i.id == self.item.id else i for i in self.problem.items]
            mended = repair(replace(self.problem, items=tuple(items)), self.work)
            is_whole = len(mended.placed) == len(items) and not violations(self.problem, mended.placed)
            if is_whole and (best is None or len(self._moves(mended.places)) < len(self._moves(best))):
                best = mended.places
        return best

    def _in_the_way(self, place: Place) -> int:
        return len(faults(self.problem, self.item, place, self.present))

    def _ask(self, rules: list[Rule]) -> bool:
        """Level by level until one has answers; whether all questions were answered."""
        model = Switched(self.problem, self.item, rules)
        for count in range(1, MOST_RULES + 1):
            is_sure = self._level(model, count, lost=0)
            if self.found or not is_sure:
                return is_sure
        return self._level(model, 0, lost=1)

    def _level(self, model: Switched, count: int, lost: int) -> bool:
        """All answers of so many rules and lost sessions, as far as they are wanted."""
        asked = model.cp.clone()
        for loses, most in (False, count), (True, lost):
            asked.add(sum(on for rule, on in model.switches.items() if rule.loses_a_session == loses) == most)
        asked.minimize(sum(price(self.problem, rule) * on for rule, on in model.switches.items()))
        while len(self.found) < ANSWERS:
            rules, is_best = self._next(asked, model)
            if rules is None:
                return is_best
            told = self._tried(rules, is_best=is_best)
            if told is None:
                return False
            self.found.append(told)
            if lost or not is_best:
                return is_best
            asked.add_bool_or([model.switches[rule].negated() for rule in rules])
        return True

    def _next(self, asked: Any, model: Switched) -> tuple[tuple[Rule, ...] | None, bool]:
        """The next cheapest set; None when there is none, or (not sure) none was found."""
        from ortools.sat.python import cp_model

        solver = solver_for(self.problem.seed, self.work, 60.0)
        status = solver.solve(asked)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            on = tuple(rule for rule, switch in model.switches.items() if solver.boolean_value(switch))
            return on, status == cp_model.OPTIMAL
        return None, status == cp_model.INFEASIBLE

    def _walk_through(self) -> None:
        """Add what moves nobody: from place to place, what forbids it, and who would have to go."""
        sets = {self._at(place): place for place in candidates.places(self.loose, self.loose.item[self.item.id])}
        for rules in sorted(sets, key=lambda each: (sum(map(self._weight, each)), each)):
            lost = sum(rule.loses_a_session for rule in rules)
            if len(self.found) == ANSWERS or lost > 1 or (lost and any(r.loses_a_session for r in self._told)):
                return
            if any(rule.loses_a_session and rule.item in self.fixed for rule in rules):
                continue
            is_small = len(rules) <= MOST_RULES
            if (self.found and not is_small) or any(set(each.rules) <= set(rules) for each in self.found):
                continue
            if told := self._tried(rules, is_best=is_small, start=sets[rules]):
                self.found.append(told)

    @property
    def _told(self) -> set[Rule]:
        return {rule for each in self.found for rule in each.rules}

    def _at(self, place: Place) -> tuple[Rule, ...]:
        """What would have to give way for this place, were everybody else to stay or to go."""
        trial = self.loose.item[self.item.id]
        others = {fault.other for fault in faults(self.loose, trial, place, self.present) if fault.other is not None}
        rules = needs(self.problem, self.loose, self.item.id, self.item, place)
        return tuple(sorted([*rules, *(Rule("leave-out", other) for other in others)]))

    @cached_property
    def present(self) -> dict[int, Place]:
        return {each.id: each.present for each in self.problem.items if each.present is not None}

    def _weight(self, rule: Rule) -> int:
        return (A_SESSION if rule.loses_a_session else 0) + A_RULE + price(self.problem, rule)

    def _tried(self, rules: tuple[Rule, ...], *, is_best: bool, start: Place | None = None) -> Relaxation | None:
        """With these rules given up there is a timetable, and with one fewer there is none; None if that is not so."""
        trial = without(self.problem, self.item, rules)
        if start is not None:
            kept = {key: place for key, place in self.present.items() if key in trial.item}
            told = self._moves({**kept, self.item.id: start}), {**kept, self.item.id: start}
        else:
            told = self._with_few_moves(trial, timetable_for(trial, self.work)[0] or {})
        if len(told[1]) < len(trial.items) or violations(trial, candidates.placed(trial, dict(told[1]))):
            return None
        fewer = [timetable_for(self._without_one(rules, rule), self.work) for rule in rules if len(rules) > 1]
        if any(places is not None for places, _ in fewer):
            return None
        return Relaxation(rules, *told, is_best and all(is_sure for _, is_sure in fewer))

    def _without_one(self, rules: tuple[Rule, ...], rule: Rule) -> Problem:
        return without(self.problem, self.item, [each for each in rules if each != rule])

    def _with_few_moves(self, trial: Problem, found: dict[int, Place]) -> tuple[tuple[Move, ...], dict[int, Place]]:
        """A timetable for all of them that leaves what it can where it is."""
        from ortools.sat.python import cp_model

        model = Model(trial)
        for each in trial.items:
            model.cp.add_exactly_one([model.x[each.id, place] for place in model.places[each.id]])
        if len(found) == len(trial.items):
            model.hint(found)
        stays = [on for each in trial.items if (on := model.x.get((each.id, each.present or NOWHERE))) is not None]
        model.cp.maximize(sum(stays))
        solver = solver_for(trial.seed, self.work, 60.0)
        if solver.solve(model.cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            found = model.chosen(solver)
        return self._moves(found), found

    def _moves(self, places: Mapping[int, Place]) -> tuple[Move, ...]:
        """Of the others, where they have a place in both."""
        return tuple(
            Move(each.id, each.present, places[each.id], tuple(sorted(each.people)))
            for each in self.problem.items
            if each.id != self.item.id and each.id in places and places[each.id] != each.present
        )


NOWHERE = Place(0, 0)
#: Rules that close places; the others set sessions against one another.
PLACES = {"unpin", "track", "earliest", "latest", "starts", "equipment", "away", "break", "format", "closing"}
