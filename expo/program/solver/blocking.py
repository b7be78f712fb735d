"""Is this set of sessions placeable? A timetable for all of them, or the sessions that block one another.

A blocking set is inclusion-minimal: together its sessions have no timetable, and without any one of them the rest do.
Both halves are verified by solving; the solver's own core is only where the search begins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from . import candidates
from .checker import violations
from .greedy import start
from .model import Model
from .problem import Item, Placed, Problem
from .settings import solver_for
from .spans import Place

Chosen = dict[int, Place]


@dataclass(frozen=True)
class Remedy:
    """A change that was tried and lets the whole set be placed. `item` is the session it is about."""

    kind: str
    item: int
    price: int


@dataclass(frozen=True)
class Answer:
    """`placed` for a placeable set; else `blocking`, and the remedies, cheapest first. `is_sure`: nothing timed out."""

    placed: tuple[Placed, ...] = ()
    blocking: tuple[int, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    is_sure: bool = True

    @property
    def is_placeable(self) -> bool:
        return not self.blocking and self.is_sure


def placeable(problem: Problem, wanted: Iterable[int], work: float = 10.0) -> Answer:
    """Whether all these sessions (and everything that is pinned) find a place in one timetable."""
    return _Court(problem.sorted(), frozenset(wanted), work).answer()


class _Court:
    """One question, asked of many subsets."""

    def __init__(self, problem: Problem, wanted: frozenset[int], work: float) -> None:
        pinned = {item.id for item in problem.items if item.pin is not None}
        self.problem, self.work, self.is_sure = problem, work, True
        self.asked = sorted(wanted & problem.item.keys() | pinned)

    def answer(self) -> Answer:
        found = self.timetable(self._only(self.asked))
        if found is not None:
            return Answer(candidates.placed(self._only(self.asked), found), is_sure=True)
        if not self.is_sure:
            return Answer(is_sure=False)
        blocking = self._minimal(self._core(self.asked))
        return Answer((), tuple(blocking), self._remedies(blocking), self.is_sure)

    def _only(self, keys: Iterable[int]) -> Problem:
        kept = set(keys)
        return replace(self.problem, items=tuple(item for item in self.problem.items if item.id in kept))

    def timetable(self, problem: Problem) -> Chosen | None:
        """Places for all sessions of a problem, or None; greedy first, then the proof."""
        chosen = start(problem)
        if len(chosen) == len(problem.items) and not violations(problem, candidates.placed(problem, chosen)):
            return chosen
        model, _ = self._model(problem, with_switches=False)
        solver = solver_for(problem.seed, self.work, 60.0)
        status = self._status(solver, model)
        if status == "FEASIBLE":
            return model.chosen(solver)
        self.is_sure = self.is_sure and status == "INFEASIBLE"
        return None

    def _status(self, solver: Any, model: Model) -> str:
        from ortools.sat.python import cp_model

        status = solver.solve(model.cp)
        return {cp_model.OPTIMAL: "FEASIBLE", cp_model.FEASIBLE: "FEASIBLE", cp_model.INFEASIBLE: "INFEASIBLE"}.get(
            status, "UNKNOWN"
        )

    def _model(self, problem: Problem, *, with_switches: bool) -> tuple[Model, dict[int, int]]:
        """A model in which everything must be placed; with switches, each session only while its switch is on."""
        model, switches = Model(problem), dict[int, int]()
        for item in problem.items:
            places = [model.x[item.id, place] for place in model.places[item.id]]
            rule = model.cp.add_bool_or(places)
            if with_switches:
                switch = model.cp.new_bool_var("")
                rule.only_enforce_if(switch)
                model.cp.add_assumption(switch)
                switches[switch.index] = item.id
        return model, switches

    def _core(self, keys: list[int]) -> list[int]:
        """Sessions among which a blocking set lies: the solver's guess when it holds, else all."""
        model, switches = self._model(self._only(keys), with_switches=True)
        solver = solver_for(self.problem.seed, self.work, 60.0)
        if self._status(solver, model) != "INFEASIBLE":
            return keys
        core = sorted(switches[index] for index in solver.sufficient_assumptions_for_infeasibility())
        return core if core and self._blocks(core) else keys

    def _blocks(self, keys: list[int]) -> bool:
        """Whether these have no timetable together; not knowing counts as no."""
        before = self.is_sure
        blocked = self.timetable(self._only(keys)) is None
        sure, self.is_sure = self.is_sure, before
        return blocked and sure

    def _minimal(self, keys: list[int]) -> list[int]:
        """Take out one after the other whatever is not needed to block; the weightiest stay longest in the question."""
        kept = list(keys)
        for key in sorted(keys, key=lambda each: (self.problem.item[each].band, -self.problem.item[each].merit, each)):
            rest = [each for each in kept if each != key]
            if self._blocks(rest):
                kept = rest
        return kept

    def _remedies(self, blocking: list[int]) -> tuple[Remedy, ...]:
        """For each session of the set what would help the whole, tried out; cheapest first."""
        found = []
        for key in blocking:
            for kind, price, changed in _changes(self.problem.item[key]):
                items = [changed if each.id == key else each for each in self._only(self.asked).items]
                trial = replace(self.problem, items=tuple(each for each in items if each is not None))
                if self.timetable(trial) is not None:
                    found.append(Remedy(kind, key, price))
        return tuple(sorted(found, key=lambda remedy: (remedy.price, remedy.kind, remedy.item)))


def _changes(item: Item) -> Iterable[tuple[str, int, Item | None]]:
    """What could give way for one session, with a price: bending a wish is cheap, leaving out the best is dear."""
    if item.pin is not None:
        yield "unpin", 1, replace(item, pin=None)
    if item.away or item.earliest is not None or item.latest is not None:
        yield "present", 2, replace(item, away=(), earliest=None, latest=None)
    if item.needs:
        yield "equip", 3, replace(item, needs=frozenset())
    if item.track is not None:
        yield "any-track", 3, replace(item, track=None)
    yield "leave-out", 1000 + item.merit - 100 * item.band, None


def timetable_for(problem: Problem, work: float = 10.0) -> tuple[Chosen | None, bool]:
    """Places for every session of a problem, or None; and whether that is sure."""
    court = _Court(problem.sorted(), frozenset(problem.item), work)
    found = court.timetable(court.problem)
    return found, found is not None or court.is_sure
