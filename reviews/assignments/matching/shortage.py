"""Where reviews run out: proposals short by themselves, and the smallest set of proposals that explains the rest.

The deficiency of a set of proposals is what they need less what all their eligible reviewers can give to them. The
largest deficiency of any set equals the shortage (Hall's theorem, in the form of max-flow min-cut). Deficiency is
supermodular, so the sets that reach it are closed under intersection, and there is one that lies in all the others:
what can be reached, by paths along which flow could be moved, from the proposals where a review is missing.
Source: Ahuja, Magnanti and Orlin, "Network Flows" (1993), section 6.5; Ford and Fulkerson (1962) on minimal cuts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from .flow import Network
from .instance import Cap, Flags, Frame, Instance, Ints, binding, frame, laminar, only, outer_first, ruled_out
from .problem import Pair, Problem

#: Nobody is asked for more than this many reviews above what they agreed to.
EXTRA = 2


@dataclass(frozen=True)
class Precheck:
    """A proposal that still `needs` more reviews than its `eligible` reviewers can give.

    `removed`: who is not eligible, by cause: "forbidden" (pair), "full" (no capacity), "cycle" (would close one between
    companies). `lacks`: roles (names of caps) of which there are too few among the eligible.
    """

    proposal: int
    needs: int
    eligible: int
    removed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()


def prechecks(problem: Problem) -> list[Precheck]:
    """By counting only, one proposal at a time and in the order of their ids."""
    framed = frame(problem)
    instance = framed.instance
    if problem.rules.no_cycles:
        instance = only(instance, ~ruled_out(instance))
    proposals = len(instance.needs)
    eligible = np.bincount(instance.proposal, minlength=proposals)
    lacks: dict[str, Flags] = {}
    for cap in instance.caps:
        # those who have the role and as many others as may be are too few, though all of them would be enough
        others = np.bincount(instance.proposal[cap.members[instance.reviewer]], minlength=proposals)
        usable = eligible - others + np.minimum(others, np.maximum(0, cap.most))
        lacks[cap.name] = usable < np.minimum(instance.needs, eligible)
    short = np.any([eligible < instance.needs, *lacks.values()], axis=0) & (instance.needs > 0)
    removed = _Removed(framed, instance, set(np.flatnonzero(short).tolist()))
    return [
        Precheck(
            framed.proposal_ids[at],
            int(instance.needs[at]),
            int(eligible[at]),
            removed.of(at),
            tuple(name for name, flags in lacks.items() if flags[at]),
        )
        for at in np.flatnonzero(short).tolist()
    ]


class _Removed:
    """Everybody who is neither eligible for a proposal nor on it, by the first cause that applies."""

    def __init__(self, framed: Frame, instance: Instance, short: set[int]) -> None:
        self.names = framed.reviewer_ids
        self.ids = [framed.proposal_ids[at] for at in range(len(framed.proposals))]
        chosen = {self.ids[at] for at in short}
        self.forbidden = _by_proposal(framed.problem.forbidden, chosen)
        self.locked = _by_proposal(framed.problem.locked, chosen)
        self.full = {self.names[at] for at in np.flatnonzero(instance.capacity == 0).tolist()}
        self.instance = instance

    def of(self, at: int) -> dict[str, tuple[int, ...]]:
        proposal = self.ids[at]
        low, high = np.searchsorted(self.instance.proposal, [at, at + 1])
        eligible = {self.names[at] for at in self.instance.reviewer[low:high].tolist()}
        left = set(self.names) - eligible - self.locked.get(proposal, set())
        forbidden = left & self.forbidden.get(proposal, set())
        full = (left - forbidden) & self.full
        causes = {"forbidden": forbidden, "full": full, "cycle": left - forbidden - full}
        return {cause: tuple(sorted(who)) for cause, who in causes.items() if who}


def _by_proposal(pairs: Iterable[Pair], chosen: set[int]) -> dict[int, set[int]]:
    reviewers: dict[int, set[int]] = {}
    for proposal, reviewer in pairs:
        if proposal in chosen:
            reviewers.setdefault(proposal, set()).add(reviewer)
    return reviewers


@dataclass(frozen=True)
class Cut:
    """All per index of the instance. `missing`: reviews per proposal in one best placing, `total` of them.

    `proposals`: the smallest deficient set. `full`: reviewers whose whole capacity goes to it. `reached`: arcs of these
    proposals that no role holds back. `inside`: those of them that lead to a full reviewer; on the others everything
    is given that can be. `stopped`: per role the proposals of the set at which it is what stops further reviews.
    """

    chosen: Flags
    missing: Ints
    proposals: Flags
    full: Flags
    reached: Flags
    inside: Flags
    stopped: dict[str, Flags]

    @property
    def total(self) -> int:
        return int(self.missing.sum())


def count_missing(instance: Instance) -> int:
    """How many reviews cannot be placed, without asking why."""
    network, flow = _fullest(instance)
    return int(flow[network.missing].sum())


def _fullest(instance: Instance) -> tuple[Network, Ints]:
    network = Network(instance)
    costs = network.costs()
    costs[network.missing] = 1
    return network, network.solve(costs).flow


def minimum_cut(instance: Instance) -> Cut | None:
    """None when every review can be placed. The caps of the instance must nest."""
    network, flow = _fullest(instance)
    missing = flow[network.missing]
    if not missing.any():
        return None
    proposals, reviewers, _ = instance.size
    nodes = _reached(network, flow, np.flatnonzero(missing))
    full = nodes[network.first_reviewer : network.first_reviewer + reviewers]
    open_ = nodes[network.start[network.pair]]
    stops = nodes[network.start[network.gates]] & ~nodes[network.end[network.gates]]
    stopped, at = dict[str, Flags](), 0
    # the edges into the roles' nodes are in the order of the caps, and of the proposals where the cap binds
    for cap, _ in outer_first(binding(instance.caps, instance.needs)):
        binds = np.flatnonzero(cap.most < instance.needs)
        flags = np.zeros(proposals, dtype=bool)
        flags[binds] = stops[at : at + len(binds)]
        at += len(binds)
        if flags.any():
            stopped[cap.name] = flags
    return Cut(
        chosen=network.chosen(flow),
        missing=missing,
        proposals=nodes[:proposals],
        full=full,
        reached=open_,
        inside=open_ & full[instance.reviewer],
        stopped=stopped,
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
    reached = np.zeros(size, dtype=bool)
    reached[breadth_first_order(graph, network.nodes, return_predecessors=False)] = True
    return reached[:-1]


def kernel(instance: Instance, cut: Cut) -> Instance:
    """The deficient proposals among themselves: the same shortage on far fewer arcs.

    What they get from reviewers outside the cut is as much as can be, so it is taken off what they need and off the
    roles' limits. Nothing that happens outside can make the shortage smaller. Indices stay as they are.
    """
    outside = cut.chosen & ~cut.inside & cut.proposals[instance.proposal]
    size = len(instance.needs)
    needs = instance.needs - np.bincount(instance.proposal[outside], minlength=size)
    caps = tuple(cap.without(instance.proposal[outside], instance.reviewer[outside]) for cap in instance.caps)
    return replace(only(instance, cut.inside), needs=np.where(cut.proposals, needs, 0), caps=caps)


@dataclass(frozen=True)
class Extended:
    """`instance`: as it is, with arcs also to full reviewers. Per reviewer `raised`, the capacity with extra reviews,
    and `over`, the reviews they have already beyond what they agreed to.
    """

    frame: Frame
    instance: Instance
    raised: Ints
    over: Ints


def extended(problem: Problem) -> Extended:
    """Who said 0 reviews is never asked for more; pairs that agreed reviews turn into company cycles are gone."""
    more = tuple(replace(each, most=each.most + EXTRA) if each.most else each for each in problem.reviewers)
    raised = frame(replace(problem, reviewers=more))
    instance = raised.instance
    most = {each.id: each.most for each in problem.reviewers}
    capacity = np.array([most[each] for each in raised.reviewer_ids], dtype=np.int64) - instance.load
    if problem.rules.no_cycles:
        instance = only(instance, ~ruled_out(instance))
    now = replace(instance, capacity=np.maximum(0, capacity), least=np.zeros_like(capacity))
    return Extended(raised, now, raised.instance.capacity, over=np.maximum(0, -capacity))


def worst(instance: Instance) -> tuple[Instance, Cut] | None:
    """The largest shortage, and the instance with those of its caps that explain it; None when nothing is missing.

    Caps that cross are no network; then as many as nest are looked at together, in every combination, and the
    shortage found is a lower bound.
    """
    cuts = [(each, minimum_cut(each)) for each in (replace(instance, caps=caps) for caps in nested(instance))]
    short = [(each, its) for each, its in cuts if its is not None]
    return max(short, key=lambda one: one[1].total, default=None)


def nested(instance: Instance) -> list[tuple[Cap, ...]]:
    """The largest families of binding caps in which no two cross."""
    caps = binding(instance.caps, instance.needs)
    families: list[tuple[int, ...]] = []
    for size in range(len(caps), -1, -1):
        families += [
            family
            for family in combinations(range(len(caps)), size)
            if laminar([caps[at] for at in family]) and not any(set(family) < set(other) for other in families)
        ]
    return [tuple(caps[at] for at in family) for family in families]


def least_missing(instance: Instance) -> int:
    """How many reviews cannot be placed at least, whatever is done."""
    return max(count_missing(replace(instance, caps=caps)) for caps in nested(instance))


@dataclass(frozen=True)
class Deficient:
    """`proposals` share these eligible `reviewers`, and `missing` of the reviews that they need cannot be given.

    `needs`: reviews still needed by these proposals; `capacity`: what the reviewers can give to them together.
    `roles`: name of a role's cap → those of the proposals where that role, not the number of reviewers, is what is
    short; there `reviewers` counts only who has it.
    """

    proposals: tuple[int, ...]
    reviewers: tuple[int, ...]
    missing: int
    needs: int
    capacity: int
    roles: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def deficient(problem: Problem) -> Deficient | None:
    """No part of this set lacks as much; None when every review can be assigned.

    Company cycles that agreed reviews do not decide yet are not looked at, and roles that cross only as far as they
    nest: with those more may be missing than is said here, never less.
    """
    base = extended(problem)
    shortage = worst(base.instance)
    if shortage is None:
        return None
    instance, cut = shortage
    return _deficient(base, instance, cut, cut.proposals)


def groups(problem: Problem) -> tuple[Deficient, ...]:
    """The same set in parts that share no full reviewer, so that each is a shortage of its own; worst first."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    base = extended(problem)
    shortage = worst(base.instance)
    if shortage is None:
        return ()
    instance, cut = shortage
    proposals, reviewers, _ = instance.size
    size = proposals + reviewers
    rows, columns = instance.proposal[cut.inside], proposals + instance.reviewer[cut.inside]
    graph = csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    parts = (cut.proposals & (label[:proposals] == part) for part in np.unique(label[:proposals][cut.proposals]))
    deficiencies = (_deficient(base, instance, cut, part) for part in parts)
    return tuple(sorted(deficiencies, key=lambda one: (-one.missing, one.proposals)))


def _deficient(base: Extended, instance: Instance, cut: Cut, part: Flags) -> Deficient:
    arcs = cut.reached & part[instance.proposal]
    eligible = np.bincount(instance.reviewer[arcs], minlength=len(instance.capacity))
    can = np.minimum(eligible, instance.capacity)
    names = np.array(base.frame.proposal_ids)
    return Deficient(
        proposals=tuple(names[part].tolist()),
        reviewers=tuple(np.array(base.frame.reviewer_ids)[can > 0].tolist()),
        missing=int(cut.missing[part].sum()),
        needs=int(instance.needs[part].sum()),
        capacity=int(can.sum()),
        roles={
            name: tuple(names[flags & part].tolist()) for name, flags in cut.stopped.items() if (flags & part).any()
        },
    )
