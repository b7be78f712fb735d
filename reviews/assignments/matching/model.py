"""An instance with everything that is no flow, as a program for `linear`: roles, company cycles, aims, floors.

Variables in this order: every arc; the reviews towards every least load; every company edge that is not there already
("is this direction open?"); what every floor lacks (0, but see `Program.elastic`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import Flags, Instance, Ints
from .cycles import Edges, edges, none, on_cycle, pairs_and_triples
from .linear import Matrix, Program
from .roles import binding

#: With more uses of company edges than this, arcs share a row: weaker, but small.
ROWS = 60_000
#: What a unit under a floor costs while prices are sought, in units.
PENALTY = 100


@dataclass(frozen=True)
class Model:
    """The program, and where its variables lie."""

    instance: Instance
    edges: Edges
    filling: Ints  # reviewers with a least load
    links: Ints  # company edges as one number each, sorted
    floors: Ints | None
    program: Program

    @property
    def arcs(self) -> int:
        return len(self.instance.units)

    @property
    def _link(self) -> int:
        """The first variable of a company edge."""
        return self.arcs + len(self.filling)

    def cost(self, per_arc: Ints) -> Ints:
        """An aim that counts arcs."""
        cost = np.zeros(len(self.program.most), dtype=np.int64)
        cost[: self.arcs] = per_arc
        return cost

    def filled(self) -> Ints:
        """The aim of the least loads."""
        cost = np.zeros(len(self.program.most), dtype=np.int64)
        cost[self.arcs : self._link] = 1
        return cost

    def lift(self, chosen: Flags) -> Ints:
        """The variables' values for a matching."""
        x = self.cost(chosen.astype(np.int64))
        loads = np.bincount(self.instance.reviewer[chosen], minlength=len(self.instance.room))
        x[self.arcs : self._link] = np.minimum(loads, self.instance.least)[self.filling]
        a, b = np.nonzero(self.edges.used(chosen) & ~self.edges.traffic)
        x[self._link + np.searchsorted(self.links, a * len(self.edges.traffic) + b)] = 1
        return x

    def core(self, chosen: Flags, prices: Ints | None, per_proposal: int = 12) -> Flags:
        """The variables likely to matter: what is chosen, and every proposal's most promising arcs."""
        far = 0 if prices is None else 4 * int(abs(prices).max(initial=0))
        promise = self.instance.units if prices is None else -np.where(prices < 0, far, prices)
        order = np.lexsort((-promise, self.instance.proposal))
        sizes = np.bincount(self.instance.proposal, minlength=len(self.instance.needs))
        nth = np.arange(self.arcs) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        flags = np.zeros(len(self.program.most), dtype=bool)
        flags[order[nth < per_proposal]] = True
        flags[: self.arcs] |= chosen
        return flags

    def cuts(self, x: Ints) -> tuple[Matrix, Ints] | None:
        """A row for every cycle of three that the arcs of x close: not all its edges at once."""
        used = self.edges.used(x[: self.arcs] > 0)
        broken = [each for each in pairs_and_triples(on_cycle(used) & used) if not self._is_there(each)]
        return self._cycle_rows(broken) if broken else None

    def _is_there(self, cycle: Sequence[tuple[int, int]]) -> bool:
        return all(bool(self.edges.traffic[edge]) for edge in cycle)

    def _cycle_rows(self, cycles: Sequence[Sequence[tuple[int, int]]]) -> tuple[Matrix, Ints]:
        new = [[edge for edge in cycle if not self.edges.traffic[edge]] for cycle in cycles]
        row = np.repeat(np.arange(len(new)), [len(each) for each in new])
        flat = np.array([edge for each in new for edge in each], dtype=np.int64).reshape(-1, 2)
        at = self._link + np.searchsorted(self.links, flat[:, 0] * len(self.edges.traffic) + flat[:, 1])
        high = np.array([len(each) - 1 for each in new], dtype=np.int64)
        return _matrix(row, at, np.ones(len(row)), len(new), len(self.program.most)), high

    def at_least(self, cost: Ints, value: int) -> Program:
        """The program with an aim kept."""
        at = np.nonzero(cost)[0]
        row = _matrix(np.zeros(len(at)), at, -cost[at], 1, len(cost))
        return self.program.under(row, np.array([-value], dtype=np.int64))


def model(instance: Instance, no_cycles: bool, floors: Ints | None = None) -> Model:
    """All rules of an instance as rows. Arcs that agreed traffic rules out must be gone (`cycles.dead`).

    `floors`: the least units that every proposal's new reviews must bring.
    """
    known = edges(instance) if no_cycles else none(instance)
    filling = np.nonzero(np.minimum(instance.least, instance.room) > 0)[0]
    links = _links(known)
    arcs, width = len(instance.units), len(filling) + len(links) + (len(instance.needs) if floors is not None else 0)
    most = np.ones(arcs + width, dtype=np.int64)
    most[arcs : arcs + len(filling)] = instance.least[filling]
    always = np.arange(arcs + width) >= arcs
    elastic = np.zeros(arcs + width, dtype=np.int64)
    empty = _matrix(np.zeros(0), np.zeros(0), np.zeros(0), 0, arcs + width)
    program = Program(np.zeros(arcs + width, np.int64), empty, np.zeros(0, np.int64), most, always, elastic)
    program = _loads(instance, filling, program)
    if len(links):
        program = _openings(instance, known, links, arcs + len(filling), program)
    if floors is not None:
        program = _floors(instance, floors, program)
    return Model(instance, known, filling, links, floors, program)


def _links(known: Edges) -> Ints:
    fresh = ~known.traffic[known.one, known.other]
    return np.unique(known.one[fresh] * len(known.traffic) + known.other[fresh])


def _loads(instance: Instance, filling: Ints, program: Program) -> Program:
    proposals, reviewers, arcs = instance.size
    width, at = len(program.most), np.arange(arcs)
    program = program.under(_matrix(instance.proposal, at, np.ones(arcs), proposals, width), instance.needs)
    program = program.under(_matrix(instance.reviewer, at, np.ones(arcs), reviewers, width), instance.room)
    for cap in binding(instance.caps, instance.needs):
        inside = np.nonzero(cap.members[instance.reviewer])[0]
        rows = _matrix(instance.proposal[inside], inside, np.ones(len(inside)), proposals, width)
        program = program.under(rows, np.maximum(0, cap.most))
    if not len(filling):
        return program
    place = np.full(reviewers, -1, dtype=np.int64)
    place[filling] = np.arange(len(filling))
    inside = np.nonzero(place[instance.reviewer] >= 0)[0]
    row = np.concatenate([place[instance.reviewer[inside]], np.arange(len(filling))])
    column = np.concatenate([inside, arcs + np.arange(len(filling))])
    value = np.concatenate([-np.ones(len(inside)), np.ones(len(filling))])
    return program.under(_matrix(row, column, value, len(filling), width), np.zeros(len(filling), np.int64))


def _openings(instance: Instance, known: Edges, links: Ints, first: int, program: Program) -> Program:
    """An arc needs its edges open; of two opposed directions one is closed."""
    fresh = ~known.traffic[known.one, known.other]
    arc, edge = known.arc[fresh], known.one[fresh] * len(known.traffic) + known.other[fresh]
    link = np.searchsorted(links, edge)
    key = arc * len(links) + link if len(arc) <= ROWS else instance.reviewer[arc] * len(links) + link
    _, start, row, size = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    most = np.minimum(size, instance.room[instance.reviewer[arc[start]]])
    rows = np.concatenate([row, np.arange(len(start))])
    column = np.concatenate([arc, first + link[start]])
    value = np.concatenate([np.ones(len(arc)), -most])
    program = program.under(
        _matrix(rows, column, value, len(start), len(program.most)), np.zeros(len(start), dtype=np.int64)
    )
    return _opposed(known, links, first, program)


def _opposed(known: Edges, links: Ints, first: int, program: Program) -> Program:
    companies = len(known.traffic)
    back = (links % companies) * companies + links // companies
    one = np.nonzero((links < back) & np.isin(back, links))[0]
    other = np.searchsorted(links, back[one])
    row = np.tile(np.arange(len(one)), 2)
    column = first + np.concatenate([one, other])
    rows = _matrix(row, column, np.ones(len(row)), len(one), len(program.most))
    return program.under(rows, np.ones(len(one), dtype=np.int64))


def _floors(instance: Instance, floors: Ints, program: Program) -> Program:
    proposals, _, arcs = instance.size
    width = len(program.most)
    lacking = width - proposals + np.arange(proposals)
    step = max(1, int(np.gcd.reduce(instance.units))) if arcs and instance.units.any() else 1
    step = step if step > 1 else 1000
    program.most[lacking] = 0
    program.elastic[lacking] = PENALTY * step
    row = np.concatenate([instance.proposal, np.arange(proposals)])
    column = np.concatenate([np.arange(arcs), lacking])
    value = np.concatenate([-instance.units, np.full(proposals, -step)])
    return program.under(_matrix(row, column, value, proposals, width), -floors)


def _matrix(row: Any, column: Any, value: Any, height: int, width: int) -> Matrix:
    from scipy import sparse

    places = (np.asarray(row, np.int64), np.asarray(column, np.int64))
    made = sparse.csr_array((np.asarray(value, np.int64), places), (height, width))
    made.eliminate_zeros()
    return made
