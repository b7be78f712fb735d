"""Where reviews run out: proposals short by themselves, and the smallest set of proposals that explains the rest.

The deficiency of a set of proposals is what they need less what all their eligible reviewers can give to them. The
largest deficiency of any set equals the shortage (Hall's theorem, in the form of max-flow min-cut). Deficiency is
supermodular, so the sets that reach it are closed under intersection, and there is one that lies in all the others:
what can be reached, by paths along which flow could be moved, from the proposals where a review is missing.
Source: Ahuja, Magnanti and Orlin, "Network Flows" (1993), section 6.5; Ford and Fulkerson (1962) on minimal cuts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from .flow import Network
from .instance import Cap, Flags, Frame, Instance, Ints, binding, frame, laminar, only, outer_first, ruled_out
from .problem import Pair, Problem, Reviewer


@dataclass(frozen=True)
class Precheck:
    """A proposal that still `needs` more reviews than its `eligible` reviewers can give.

    `removed`: who is not eligible, by cause: "forbidden" (pair), "full" (no room), "cycle" (would close one between
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
    eligible = _count(instance, np.ones(len(instance.units), dtype=bool))
    lacks = {cap.name: _lacking(instance, cap.members, cap.most, eligible) for cap in instance.caps}
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


def _count(instance: Instance, arcs: Flags) -> Ints:
    return np.bincount(instance.proposal[arcs], minlength=len(instance.needs))


def _lacking(instance: Instance, members: Flags, most: Ints, eligible: Ints) -> Flags:
    """Those who have the role and as many others as may be are too few, though all of them would be enough."""
    wrong = _count(instance, members[instance.reviewer])
    lacking: Flags = eligible - wrong + np.minimum(wrong, np.maximum(0, most)) < np.minimum(instance.needs, eligible)
    return lacking


class _Removed:
    """Everybody who is neither eligible for a proposal nor on it, by the first cause that applies."""

    def __init__(self, framed: Frame, instance: Instance, wanted: set[int]) -> None:
        self.names = framed.reviewer_ids
        self.ids = [framed.proposal_ids[at] for at in range(len(framed.proposals))]
        chosen = {self.ids[at] for at in wanted}
        self.forbidden = _by_proposal(framed.problem.forbidden, chosen)
        self.locked = _by_proposal(framed.problem.locked, chosen)
        self.full = {self.names[at] for at in np.flatnonzero(instance.room == 0).tolist()}
        self.instance = instance

    def of(self, place: int) -> dict[str, tuple[int, ...]]:
        proposal = self.ids[place]
        low, high = np.searchsorted(self.instance.proposal, [place, place + 1])
        eligible = {self.names[at] for at in self.instance.reviewer[low:high].tolist()}
        left = set(self.names) - eligible - self.locked.get(proposal, set())
        return {cause: tuple(sorted(who)) for cause, who in self._causes(left, proposal) if who}

    def _causes(self, left: set[int], proposal: int) -> Iterator[tuple[str, set[int]]]:
        forbidden = left & self.forbidden.get(proposal, set())
        full = (left - forbidden) & self.full
        yield from (("forbidden", forbidden), ("full", full), ("cycle", left - forbidden - full))


def _by_proposal(pairs: Iterable[Pair], wanted: set[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for proposal, reviewer in pairs:
        if proposal in wanted:
            found.setdefault(proposal, set()).add(reviewer)
    return found


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


#: Nobody is asked for more than this many reviews above what they agreed to.
EXTRA = 2


@dataclass(frozen=True)
class Extended:
    """`instance`: as things are, with arcs also to full reviewers. Per reviewer `raised`, the room with extra reviews,
    and `over`, the reviews they have already beyond what they agreed to.
    """

    frame: Frame
    instance: Instance
    raised: Ints
    over: Ints


def extended(problem: Problem) -> Extended:
    """Who said 0 reviews is never asked for more; pairs that agreed reviews turn into company cycles are gone."""
    raised = frame(replace(problem, reviewers=tuple(_raised(each) for each in problem.reviewers)))
    instance = raised.instance
    most = {each.id: each.most for each in problem.reviewers}
    room = np.array([most[each] for each in raised.reviewer_ids], dtype=np.int64) - instance.load
    if problem.rules.no_cycles:
        instance = only(instance, ~ruled_out(instance))
    now = replace(instance, room=np.maximum(0, room), least=np.zeros_like(room))
    return Extended(raised, now, raised.instance.room, over=np.maximum(0, -room))


def _raised(reviewer: Reviewer) -> Reviewer:
    return replace(reviewer, most=reviewer.most + EXTRA) if reviewer.most else reviewer


def worst(instance: Instance) -> tuple[Instance, Cut] | None:
    """The largest shortage, and the instance with those of its caps that explain it; None when nothing is missing.

    Caps that cross are no network; then as many as nest are looked at together, in every combination, and the
    shortage found is a lower bound.
    """
    found = [(each, minimum_cut(each)) for each in (replace(instance, caps=caps) for caps in nested(instance))]
    short = [(each, its) for each, its in found if its is not None]
    return max(short, key=lambda one: one[1].total, default=None)


def nested(instance: Instance) -> list[tuple[Cap, ...]]:
    """The largest families of binding caps in which no two cross."""
    caps = binding(instance.caps, instance.needs)
    families: list[tuple[int, ...]] = []
    for size in range(len(caps), -1, -1):
        families += [
            family
            for family in combinations(range(len(caps)), size)
            if laminar([caps[at] for at in family]) and not _is_in(family, families)
        ]
    return [tuple(caps[at] for at in family) for family in families]


def _is_in(family: Sequence[int], others: list[tuple[int, ...]]) -> bool:
    return any(set(family) < set(other) for other in others)


def least_missing(instance: Instance) -> int:
    """How many reviews cannot be placed at least, whatever is done."""
    return max(count_missing(replace(instance, caps=caps)) for caps in nested(instance))


@dataclass(frozen=True)
class Deficient:
    """`proposals` share these eligible `reviewers`, and `missing` of the reviews that they need cannot be given.

    `needs`: reviews still needed by these proposals; `places`: what the reviewers can give to them together.
    `roles`: name of a role's cap → those of the proposals where that role, not the number of reviewers, is what is
    short; there `reviewers` counts only who has it.
    """

    proposals: tuple[int, ...]
    reviewers: tuple[int, ...]
    missing: int
    needs: int
    places: int
    roles: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def deficient(problem: Problem) -> Deficient | None:
    """No part of this set lacks as much; None when every review has a place.

    Company cycles that agreed reviews do not decide yet are not looked at, and roles that cross only as far as they
    nest: with those more may be missing than is told here, never less.
    """
    base = extended(problem)
    found = worst(base.instance)
    if found is None:
        return None
    instance, cut = found
    return _told(base, instance, cut, cut.proposals)


def groups(problem: Problem) -> tuple[Deficient, ...]:
    """The same set in parts that share no full reviewer, so that each is a shortage of its own; worst first."""
    base = extended(problem)
    found = worst(base.instance)
    if found is None:
        return ()
    told = (_told(base, *found, each) for each in _parts(*found))
    return tuple(sorted(told, key=lambda one: (-one.missing, one.proposals)))


def _parts(instance: Instance, cut: Cut) -> Iterator[Flags]:
    """Connected by the full reviewers that they share."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    proposals, reviewers, _ = instance.size
    size = proposals + reviewers
    rows, columns = instance.proposal[cut.inside], proposals + instance.reviewer[cut.inside]
    graph = csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    for part in np.unique(label[:proposals][cut.proposals]):
        yield cut.proposals & (label[:proposals] == part)


def _told(base: Extended, instance: Instance, cut: Cut, part: Flags) -> Deficient:
    arcs = cut.reached & part[instance.proposal]
    eligible = np.bincount(instance.reviewer[arcs], minlength=len(instance.room))
    can = np.minimum(eligible, instance.room)
    names = np.array(base.frame.proposal_ids)
    return Deficient(
        proposals=tuple(names[part].tolist()),
        reviewers=tuple(np.array(base.frame.reviewer_ids)[can > 0].tolist()),
        missing=int(cut.missing[part].sum()),
        needs=int(instance.needs[part].sum()),
        places=int(can.sum()),
        roles={name: tuple(names[flags & part].tolist()) for name, flags in cut.held.items() if (flags & part).any()},
    )
