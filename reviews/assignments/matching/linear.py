"""Linear programs over many variables of which few matter: HiGHS on a small core, bounds that hold over all of them.

Every bound of a relaxation is computed here in whole numbers from the solver's prices (weak duality: any prices of the
right sign give one), so it holds whatever the solver's tolerances. Variables outside the core are left out only as far
as their reduced costs prove that they cannot help.
Source: Nemhauser and Wolsey, "Integer and Combinatorial Optimization" (1988), chapters II.3 and II.5.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .instance import Flags, Ints

Floats = NDArray[np.float64]
Matrix = Any  # scipy.sparse.csr_array of whole numbers; loaded only where a run needs it

#: Prices are rounded to this part of a unit before they certify anything.
FINE = 1024
#: With more variables than this the interior point method is faster than the simplex.
SIMPLEX = 50_000
#: Branch-and-bound nodes of one program: unlike seconds, a limit that is the same on every machine.
NODES = 20_000
#: The first core is about this large.
CORE = 3_000


@dataclass(frozen=True)
class Program:
    """Maximise `cost` x under rows @ x <= high, 0 <= x <= most, x whole. All numbers are whole.

    `always`: variables that every core contains. `elastic`: where positive, the variable is 0 (`most`), but relaxations
    may use it at this penalty, so that a core too small for the rows still gives prices.
    """

    cost: Ints
    rows: Matrix
    high: Ints
    most: Ints
    always: Flags
    elastic: Ints

    def value(self, x: Ints) -> int:
        return int(self.cost @ x)

    def allows(self, x: Ints) -> bool:
        return bool((self.rows @ x <= self.high).all() and (x >= 0).all() and (x <= self.most).all())

    def aiming(self, cost: Ints) -> "Program":
        return replace(self, cost=cost)

    def under(self, rows: Matrix, high: Ints) -> "Program":
        """With more rows, each divided by its common factor, which makes the right side sharper."""
        from scipy import sparse

        more = sparse.csr_array(rows)
        pieces = (more.data[a:b] for a, b in pairwise(more.indptr))
        factors = np.array([max(1, int(np.gcd.reduce(piece))) if len(piece) else 1 for piece in pieces], np.int64)
        more.data = more.data // np.repeat(factors, np.diff(more.indptr))
        stacked = sparse.csr_array(sparse.vstack([self.rows, more], format="csr"))
        return replace(self, rows=stacked, high=np.concatenate([self.high, high // factors]))


@dataclass(frozen=True)
class Relaxed:
    """What nothing can exceed, by how much taking each variable moves that (reduced costs), and the last core."""

    bound: int
    reduced: Ints
    core: Flags


@dataclass(frozen=True)
class SearchResult:
    """The best whole x found (None: none) and what nothing can exceed (None: it is proved that there is no x)."""

    x: Ints | None
    bound: int | None


Cuts = Callable[[Ints], tuple[Matrix, Ints] | None]


def best(program: Program, core: Flags, start: Ints | None, worth: int, cuts: Cuts, deadline: float) -> SearchResult:
    """The best whole x, by cores that widen until nothing outside can be better than what was found.

    `core`: variables likely to matter. `start`: an x that keeps all rows. `worth`: lower values are of no interest.
    `cuts` gives the rows that an x breaks among those too many to be written down (None: none).
    """
    if time.monotonic() >= deadline:
        return SearchResult(start, certify(program, np.zeros(len(program.high))).bound)
    relaxed = relax(program, core, deadline)
    if (start is not None and program.value(start) >= relaxed.bound) or relaxed.bound < worth:
        return SearchResult(start, relaxed.bound)
    x, size, core, reduced = start, CORE, relaxed.core, relaxed.reduced
    while True:
        # so wide that about `size` variables are inside: how much of the bound each of them costs at most
        nth = reduced.min(initial=0) if len(reduced) <= size else np.partition(reduced, -size)[-size]
        width = min(max(0, -int(nth)), relaxed.bound - _reached(program, x, worth))
        inside = program.always | ((reduced >= -width) & core)
        if x is not None:
            inside |= x > 0
        result, program = _whole(program, inside, cuts, deadline)
        if result.x is not None and (x is None or program.value(result.x) > program.value(x)):
            x = result.x
        # of those inside the core by branch and bound, of those that use anything outside by its reduced cost
        bounds = [] if result.bound is None else [result.bound]
        if not inside.all():
            bounds.append(relaxed.bound + int(reduced[~inside].max()))
        bound = min(relaxed.bound, max(bounds)) if bounds else None
        if x is not None:
            bound = program.value(x) if bound is None else max(bound, program.value(x))
        best_there_is = bound is None or (x is not None and program.value(x) >= bound)
        nothing_outside = core.all() and width >= relaxed.bound - _reached(program, x, worth)
        if best_there_is or nothing_outside or time.monotonic() >= deadline:
            return SearchResult(x, bound)
        size, core = size * 4, np.ones_like(core)


def _reached(program: Program, x: Ints | None, worth: int) -> int:
    return worth if x is None else max(worth, program.value(x))


def relax(program: Program, core: Flags, deadline: float) -> Relaxed:
    """The linear relaxation over all variables, by adding those to the core that pay.

    Stopped by the deadline, it still gives a bound, only a weaker one.
    """
    inside = core | program.always | (program.elastic > 0)
    relaxed = certify(program, np.zeros(len(program.high)))
    while time.monotonic() < deadline:
        prices = _prices(program, np.nonzero(inside)[0], deadline)
        if prices is None:
            break
        current = replace(certify(program, prices), core=inside)
        relaxed = min(relaxed, current, key=lambda each: each.bound)
        paying = ~inside & (current.reduced > 0)
        if not paying.any():
            break
        inside = inside | paying
    return relaxed


def certify(program: Program, prices: Floats) -> Relaxed:
    """The bound that these prices prove over all variables, in whole numbers; reduced costs are rounded up."""
    whole = np.maximum(0, np.round(prices * FINE)).astype(np.int64)
    reduced = FINE * program.cost - program.rows.T @ whole
    bound = int(whole @ program.high) + int(np.maximum(reduced, 0) @ program.most)
    return Relaxed(bound // FINE, -(-reduced // FINE), np.ones_like(program.always))


def _prices(program: Program, at: Ints, deadline: float) -> Floats | None:
    """What one more on each row's right side is worth in the core's relaxation; None if the solver has no answer."""
    from scipy.optimize import linprog

    rows, high, factors = _scaled(program, at)
    cost, scale = _scaled_cost(program.cost[at])
    elastic = program.elastic[at]
    most = np.where(elastic > 0, np.inf, program.most[at])
    cost = np.where(elastic > 0, -elastic / scale, cost)
    method = "highs-ds" if len(at) <= SIMPLEX else "highs-ipm"
    options = {"time_limit": max(0.1, deadline - time.monotonic())}
    bounds = np.column_stack([np.zeros(len(at)), most])
    answer = linprog(-cost, rows, high, bounds=bounds, method=method, options=options)
    if answer.status != 0:
        return None
    return np.asarray(-answer.ineqlin.marginals * scale / factors)


def _whole(program: Program, inside: Flags, cuts: Cuts, deadline: float) -> tuple[SearchResult, Program]:
    """Branch and bound in the core, again and again until no cut is broken; and the program with those cuts."""
    at = np.nonzero(inside)[0]
    while True:
        x, bound = _branch(program, at, deadline)
        broken = None if x is None else cuts(x)
        if broken is None:
            return SearchResult(x, bound), program
        program = program.under(*broken)
        if time.monotonic() >= deadline:
            return SearchResult(None, bound), program


def _branch(program: Program, at: Ints, deadline: float) -> tuple[Ints | None, int | None]:
    from scipy.optimize import Bounds, LinearConstraint, milp

    rows, high, _ = _scaled(program, at)
    cost, scale = _scaled_cost(program.cost[at])
    answer = milp(
        -cost,
        integrality=np.ones(len(at)),
        bounds=Bounds(np.zeros(len(at)), program.most[at].astype(np.float64)),
        constraints=LinearConstraint(rows, -np.inf, high),
        options={"mip_rel_gap": 0.0, "node_limit": NODES, "time_limit": max(0.1, deadline - time.monotonic())},
    )
    if answer.status == 2:
        return None, None
    dual, bound = answer.mip_dual_bound, int(np.maximum(program.cost[at], 0) @ program.most[at])
    if dual is not None and np.isfinite(dual):
        bound = int(np.floor(-dual * scale + 0.01))
    if answer.x is None:
        return None, bound
    x = np.zeros(len(program.cost), dtype=np.int64)
    x[at] = np.round(answer.x).astype(np.int64)
    return x if program.allows(x) else None, bound  # the solver keeps the rows only within its tolerances


def _scaled(program: Program, at: Ints) -> tuple[Matrix, Floats, Floats]:
    """The rows over some variables for a solver whose tolerances are made for numbers around one."""
    from scipy import sparse

    rows = program.rows[:, at]
    top = np.maximum(1, abs(program.rows).max(axis=1).toarray().ravel())
    factors = np.where(top > 10_000, 1000.0, 1.0)
    return sparse.csr_array(sparse.diags_array(1 / factors) @ rows), program.high / factors, factors


def _scaled_cost(cost: Ints) -> tuple[Floats, float]:
    """Divided by what all have in common, or else millionths become thousandths."""
    common = int(np.gcd.reduce(cost)) if cost.any() else 1
    scale = float(common) if common > 1 or np.abs(cost).max(initial=0) <= 10_000 else 1000.0
    return cost / scale, scale
