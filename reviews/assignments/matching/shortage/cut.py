"""Where the reviews run out: the smallest set of proposals that explains all that is missing, from a minimum cut.

The deficiency of a set of proposals is what they need less what all their eligible reviewers can give to them. The
largest deficiency of any set equals the shortage (Hall's theorem, in the form of max-flow min-cut). Deficiency is
supermodular, so the sets that reach it are closed under intersection, and there is one that lies in all the others:
what can be reached, by paths along which flow could be moved, from the proposals where a review is missing.
Source: Ahuja, Magnanti and Orlin, "Network Flows" (1993), section 6.5; Ford and Fulkerson (1962) on minimal cuts.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..arrays import Cap, Flags, Instance, Ints
from ..flow import Network
from ..roles import binding, outer_first


@dataclass(frozen=True)
class Cut:
    """All per index of the instance. `missing`: reviews per proposal in one best placing, `total` of them.

    `proposals`: the smallest deficient set. `full`: reviewers whose whole room goes to it. `reached`: arcs of these
    proposals that no role holds back. `inside`: those of them that lead to a full reviewer; on the others everything
    is given that can be. `held`: per role the proposals of the set at which it is what stops further reviews.
    """

    chosen: Flags
    missing: Ints
    proposals: Flags
    full: Flags
    reached: Flags
    inside: Flags
    held: dict[str, Flags]

    @property
    def total(self) -> int:
        return int(self.missing.sum())


def total(instance: Instance) -> int:
    """How many reviews cannot be placed, without asking why."""
    network, flow = _fullest(instance)
    return int(flow[network.missing].sum())


def _fullest(instance: Instance) -> tuple[Network, Ints]:
    network = Network(instance)
    costs = network.costs()
    costs[network.missing] = 1
    return network, network.solve(costs).flow


def cut(instance: Instance) -> Cut | None:
    """None when every review can be placed. The caps of the instance must nest."""
    network, flow = _fullest(instance)
    missing = flow[network.missing]
    if not missing.any():
        return None
    proposals, reviewers, _ = instance.size
    nodes = _reached(network, flow, np.flatnonzero(missing))
    full = nodes[network.first_reviewer : network.first_reviewer + reviewers]
    open_ = nodes[network.start[network.pair]]
    return Cut(
        chosen=network.chosen(flow),
        missing=missing,
        proposals=nodes[:proposals],
        full=full,
        reached=open_,
        inside=open_ & full[instance.reviewer],
        held=_held(network, nodes),
    )


def _reached(network: Network, flow: Ints, starts: Ints) -> Flags:
    """The nodes to which a further review could be passed on from the starts."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    passes = np.ones(len(flow), dtype=bool)
    passes[network.missing] = False
    ahead, back = passes & (flow < network.high), passes & (flow > network.low)
    root = np.full(len(starts), network.nodes)
    rows = np.concatenate([network.start[ahead], network.end[back], root])
    columns = np.concatenate([network.end[ahead], network.start[back], starts])
    size = network.nodes + 1
    graph = csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))
    found = np.zeros(size, dtype=bool)
    found[breadth_first_order(graph, network.nodes, return_predecessors=False)] = True
    return found[:-1]


def _held(network: Network, nodes: Flags) -> dict[str, Flags]:
    """The edges into the roles' nodes stand in the order of the caps, and of the proposals where the cap binds."""
    instance = network.instance
    stops = nodes[network.start[network.gates]] & ~nodes[network.end[network.gates]]
    held, at = {}, 0
    for cap, _ in outer_first(binding(instance.caps, instance.needs)):
        binds = np.flatnonzero(cap.most < instance.needs)
        flags = np.zeros(len(instance.needs), dtype=bool)
        flags[binds] = stops[at : at + len(binds)]
        at += len(binds)
        if flags.any():
            held[cap.name] = flags
    return held


def kernel(instance: Instance, found: Cut) -> Instance:
    """The deficient proposals among themselves: the same shortage on far fewer arcs.

    What they get from reviewers outside the cut is as much as can be, so it is taken off what they need and off the
    roles' limits. Nothing that happens outside can make the shortage smaller. Indices stay as they are.
    """
    outside = found.chosen & ~found.inside & found.proposals[instance.proposal]
    size = len(instance.needs)
    needs = instance.needs - np.bincount(instance.proposal[outside], minlength=size)
    caps = tuple(_less(cap, instance, outside) for cap in instance.caps)
    arcs = {name: getattr(instance, name)[found.inside] for name in ("proposal", "reviewer", "units", "kept")}
    return replace(instance, needs=np.where(found.proposals, needs, 0), caps=caps, **arcs)


def _less(cap: Cap, instance: Instance, given: Flags) -> Cap:
    used = given & cap.members[instance.reviewer]
    return replace(cap, most=cap.most - np.bincount(instance.proposal[used], minlength=len(instance.needs)))
