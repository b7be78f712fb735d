"""The bare solvers: one min-cost flow over an instance's arcs, nothing proved, ties left as they come."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from reviews.assignments.matching.instance import Instance, Ints


@dataclass(frozen=True)
class Arcs:
    """source → proposals → reviewers → sink."""

    start: Ints
    end: Ints
    capacity: Ints
    cost: Ints
    nodes: int
    supply: int


def arcs_of(instance: Instance) -> Arcs:
    """Costs are what every arc is worth less than the best, so none is negative."""
    proposals, reviewers, pairs = instance.size
    source, sink = 0, proposals + reviewers + 1
    own, theirs = 1 + np.arange(proposals), 1 + proposals + np.arange(reviewers)
    return Arcs(
        start=np.concatenate([np.full(proposals, source), 1 + instance.proposal, theirs]),
        end=np.concatenate([own, 1 + proposals + instance.reviewer, np.full(reviewers, sink)]),
        capacity=np.concatenate([instance.needs, np.ones(pairs, np.int64), instance.capacity]),
        cost=np.concatenate(
            [
                np.zeros(proposals, np.int64),
                instance.units.max(initial=0) - instance.units,
                np.zeros(reviewers, np.int64),
            ]
        ),
        nodes=sink + 1,
        supply=int(instance.needs.sum()),
    )


def ortools(arcs: Arcs) -> int:
    """Units of OR-Tools' answer, as many reviews as fit."""
    from ortools.graph.python import min_cost_flow

    solver: Any = min_cost_flow.SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(arcs.start, arcs.end, arcs.capacity, arcs.cost)
    solver.set_nodes_supplies(np.array([0, arcs.nodes - 1]), np.array([arcs.supply, -arcs.supply]))
    status = solver.solve()
    if status == solver.INFEASIBLE:
        status = solver.solve_max_flow_with_min_cost()
    if status != solver.OPTIMAL:
        raise RuntimeError(f"OR-Tools stopped with {status}")
    return int(solver.optimal_cost())


def lemon(arcs: Arcs) -> int | None:
    """The same of LEMON's network simplex, which has no answer where not all reviews fit."""
    from pylmcf import Graph

    graph = Graph(arcs.nodes, arcs.start, arcs.end)
    supply = np.zeros(arcs.nodes, np.int64)
    supply[0], supply[-1] = arcs.supply, -arcs.supply
    graph.set_node_supply(supply)
    graph.set_edge_capacities(arcs.capacity)
    graph.set_edge_costs(arcs.cost)
    try:
        graph.solve()
    except RuntimeError:
        return None
    return int(graph.total_cost())


def warm() -> None:
    """Load both libraries."""
    import pylmcf  # noqa: F401
    from ortools.graph.python import min_cost_flow  # noqa: F401
