"""Can a set of sessions be placed? A timetable for all of them, or a blocking set and what would resolve it.

A blocking set is inclusion-minimal: together its sessions have no timetable, and without any one of them the rest do.
Both halves are verified by solving; the solver's unsatisfiable core is only where the search begins. Remedies and
causes are relaxations of one kind, each tried out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from . import candidates, greedy
from .checker import violations
from .cp_sat import solver_for
from .model import Model
from .problem import Item, Placed, Problem, Timetable


@dataclass(frozen=True)
class Remedy:
    """A change, tried out, that lets the whole set be placed. `item` is the session it is about."""

    kind: str
    item: int
    price: int


@dataclass(frozen=True)
class Placeability:
    """`placed` for a placeable set; else `blocking`, and the remedies, cheapest first. `is_sure`: nothing timed out."""

    placed: tuple[Placed, ...] = ()
    blocking: tuple[int, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    is_sure: bool = True

    @property
    def is_placeable(self) -> bool:
        return not self.blocking and self.is_sure


def placeable(problem: Problem, items: Iterable[int], work: float = 10.0) -> Placeability:
    """Whether all these sessions (and everything that is pinned) have places in one timetable."""
    return _FeasibilityTest(problem.sorted(), frozenset(items), work).answer()


class _FeasibilityTest:
    """One problem, of which many subsets are tested; `is_sure` turns false once a test hits its limit."""

    def __init__(self, problem: Problem, items: frozenset[int], work: float) -> None:
        pinned = {item.id for item in problem.items if item.pin is not None}
        self.problem, self.work, self.is_sure = problem, work, True
        self.items = sorted(items & problem.item.keys() | pinned)

    def answer(self) -> Placeability:
        problem = self._only(self.items)
        timetable = self.timetable(problem)
        if timetable is not None:
            return Placeability(candidates.placed(problem, timetable), is_sure=True)
        if not self.is_sure:
            return Placeability(is_sure=False)
        blocking = self._core(self.items)
        # Deletion filter: drop each session that is not needed to block, starting with the highest merit band.
        for item in sorted((self.problem.item[key] for key in blocking), key=lambda i: (i.merit_band, -i.merit, i.id)):
            rest = [key for key in blocking if key != item.id]
            if self._blocks(rest):
                blocking = rest
        remedies = []
        for key in blocking:
            for kind, price, changed in _changes(self.problem.item[key]):
                items = [changed if each.id == key else each for each in problem.items]
                trial = replace(self.problem, items=tuple(each for each in items if each is not None))
                if self.timetable(trial) is not None:
                    remedies.append(Remedy(kind, key, price))
        remedies.sort(key=lambda remedy: (remedy.price, remedy.kind, remedy.item))
        return Placeability((), tuple(blocking), tuple(remedies), self.is_sure)

    def _only(self, keys: Iterable[int]) -> Problem:
        kept = set(keys)
        return replace(self.problem, items=tuple(item for item in self.problem.items if item.id in kept))

    def timetable(self, problem: Problem) -> Timetable | None:
        """Places for all sessions of a problem, or None; first greedily, then by a proof."""
        placements = greedy.first_timetable(problem)
        if len(placements) == len(problem.items) and not violations(problem, candidates.placed(problem, placements)):
            return placements
        model, _ = self._model(problem, with_assumptions=False)
        solver = solver_for(problem.seed, self.work, 60.0)
        status = self._status(solver, model)
        if status == "FEASIBLE":
            return model.read(solver)
        self.is_sure = self.is_sure and status == "INFEASIBLE"
        return None

    def _status(self, solver: Any, model: Model) -> str:
        from ortools.sat.python import cp_model

        status = solver.solve(model.cp)
        return {cp_model.OPTIMAL: "FEASIBLE", cp_model.FEASIBLE: "FEASIBLE", cp_model.INFEASIBLE: "INFEASIBLE"}.get(
            status, "UNKNOWN"
        )

    def _model(self, problem: Problem, *, with_assumptions: bool) -> tuple[Model, dict[int, int]]:
        """A model in which everything must be placed; with assumptions, each session only under its assumption."""
        model, assumptions = Model(problem), dict[int, int]()
        for item in problem.items:
            places = [model.x[item.id, place] for place in model.places[item.id]]
            rule = model.cp.add_bool_or(places)
            if with_assumptions:
                assumption = model.cp.new_bool_var("")
                rule.only_enforce_if(assumption)
                model.cp.add_assumption(assumption)
                assumptions[assumption.index] = item.id
        return model, assumptions

    def _core(self, keys: list[int]) -> list[int]:
        """Sessions that contain a blocking set: the solver's core when it is verified, else all."""
        model, assumptions = self._model(self._only(keys), with_assumptions=True)
        solver = solver_for(self.problem.seed, self.work, 60.0)
        if self._status(solver, model) != "INFEASIBLE":
            return keys
        core = sorted(assumptions[index] for index in solver.sufficient_assumptions_for_infeasibility())
        return core if core and self._blocks(core) else keys

    def _blocks(self, keys: list[int]) -> bool:
        """Whether these are proved to have no timetable together."""
        before = self.is_sure
        blocked = self.timetable(self._only(keys)) is None
        sure, self.is_sure = self.is_sure, before
        return blocked and sure


def _changes(item: Item) -> Iterable[tuple[str, int, Item | None]]:
    """Relaxations for one session, each with a price: dropping a preference is cheap, leaving out the best is dear."""
    if item.pin is not None:
        yield "unpin", 1, replace(item, pin=None)
    if item.away or item.earliest is not None or item.latest is not None:
        yield "present", 2, replace(item, away=(), earliest=None, latest=None)
    if item.needs:
        yield "equip", 3, replace(item, needs=frozenset())
    if item.excluded:
        yield "any-room", 3, replace(item, excluded=frozenset())
    if item.track is not None:
        yield "any-track", 3, replace(item, track=None)
    yield "leave-out", 1000 + item.merit - 100 * item.merit_band, None


#: The kinds of cause, in the order in which they are given.
ROOMS, ON_STAGE, AWAY, PINS, LINKS = "rooms", "on-stage", "away", "pins", "links"
EQUIPMENT, EXCLUDED, TRACKS, CHANGEOVERS, BREAKS = "equipment", "excluded", "tracks", "pauses", "breaks"


def causes(problem: Problem, blocking: Collection[int], work: float = 2.0) -> tuple[str, ...]:
    """The kinds of rule whose relaxation alone would resolve it; none when only several together would."""
    only = replace(problem, items=tuple(item for item in problem.items if item.id in blocking))
    keys = [item.id for item in only.items]
    relaxations = {kind: relax(only) for kind, relax in RELAXATIONS.items()}
    return tuple(
        kind for kind, relaxed in relaxations.items() if relaxed != only and placeable(relaxed, keys, work).is_placeable
    )


def _each(change: Callable[[Item], Item]) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, items=tuple(map(change, problem.items)))


def _more_rooms(problem: Problem) -> Problem:
    """A copy of every room for each session, with its tracks and breaks, and excluded by who excludes it."""
    rooms, tracks, breaks = list(problem.rooms), list(problem.tracks), list(problem.breaks)
    step = max((room.id for room in rooms), default=0) + 1
    steps = [copy * step for copy in range(len(problem.items))]
    items = tuple(
        replace(each, excluded=frozenset(room + further for room in each.excluded for further in steps))
        for each in problem.items
    )
    for copy in range(1, len(problem.items)):
        rooms += [replace(room, id=room.id + copy * step) for room in problem.rooms]
        tracks += [replace(t, room=t.room + copy * step) for t in problem.tracks if t.room is not None]
        breaks += [replace(each, room=each.room + copy * step) for each in problem.breaks if each.room is not None]
    return replace(problem, items=items, rooms=tuple(rooms), tracks=tuple(tracks), breaks=tuple(breaks))


RELAXATIONS: dict[str, Callable[[Problem], Problem]] = {
    ROOMS: _more_rooms,
    ON_STAGE: _each(lambda item: replace(item, people=frozenset())),
    AWAY: _each(lambda item: replace(item, away=(), earliest=None, latest=None)),
    PINS: _each(lambda item: replace(item, pin=None)),
    LINKS: lambda problem: replace(problem, links=()),
    EQUIPMENT: _each(lambda item: replace(item, needs=frozenset())),
    EXCLUDED: _each(lambda item: replace(item, excluded=frozenset())),
    TRACKS: _each(lambda item: replace(item, track=None)),
    CHANGEOVERS: lambda problem: replace(
        problem, rest=0, walk=0, walks=(), items=tuple(replace(item, setup=0) for item in problem.items)
    ),
    BREAKS: lambda problem: replace(problem, breaks=()),
}
