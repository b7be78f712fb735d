"""The same problem as arrays: indices instead of ids, only what is still open. The engines work on this.

Required roles are said backwards, as caps. A family of caps is laminar when any two of their sets are disjoint or one
holds the other. Then every cap is one node between a proposal and its reviewers, all flows stay whole numbers, and a
flow is exact. Sets that cross need `exact`.

Company cycles: no new pair lies on a cycle of two or three companies, A reviews B while B reviews A, or A → B → C → A.
An edge A → B is in use when a reviewer of A has a proposal of B (another company), newly or from agreed pairs
(`traffic`). Agreed pairs fix directions; a cycle they hold already cannot be undone here, but no new pair joins it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from .problem import Pair, Problem, Proposal, Reviewer, Stage, units_of

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Cap:
    """At most `most[p]` of proposal p's new reviews may go to the reviewers of `members`: a role, said backwards.

    "At least one senior of k" is "at most k - 1 who are not senior". It never makes a matching impossible: a seat that
    only the wrong people could fill stays empty and is a gap.
    """

    name: str
    members: Flags  # per reviewer
    most: Ints  # per proposal

    def without(self, proposal: Ints, reviewer: Ints) -> "Cap":
        """What is left of it once these pairs, given by their indices, are agreed."""
        used = np.bincount(proposal[self.members[reviewer]], minlength=len(self.most))
        return replace(self, most=np.maximum(0, self.most - used))


@dataclass(frozen=True)
class Instance:
    """`needs` per proposal, `capacity` and `least` per reviewer: reviews still to give, agreed ones taken off.

    Arcs are the possible new pairs, sorted by (proposal, reviewer), each once: `proposal`, `reviewer` (indices),
    `units` (affinity in whole units, negative ones allowed), `kept` (offered before). `base`: units that each proposal
    has from agreed pairs. `load`: reviews that each reviewer has already, for evening out.
    `source` and `target` are the companies behind reviewers (rows of a boolean table) and proposals (-1: none).
    """

    needs: Ints
    capacity: Ints
    least: Ints
    load: Ints
    base: Ints
    proposal: Ints
    reviewer: Ints
    units: Ints
    kept: Flags
    caps: tuple[Cap, ...]
    target: Ints
    source: Flags  # reviewers x companies
    traffic: Flags  # companies x companies: already there

    @property
    def size(self) -> tuple[int, int, int]:
        """Proposals, reviewers, arcs."""
        return len(self.needs), len(self.capacity), len(self.units)


@dataclass(frozen=True)
class Matching:
    """A matching as flags over the instance's arcs.

    `stages`: every objective in its order, with value and bound. `prices`: per arc, the least units that the whole
    would lose by taking it (0 for a taken one). `chances`: per arc, the probability with which it came out, when drawn.
    `floor`: what every proposal was promised, in units (or its own best, if that is less).
    `barred`: arcs that no matching may take because of company cycles or the draw, by cause.
    """

    chosen: Flags
    stages: tuple[Stage, ...] = ()
    prices: Ints | None = None
    chances: NDArray[np.float64] | None = None
    floor: int | None = None
    barred: dict[str, Flags] = field(default_factory=dict)

    def bound(self, name: str) -> int:
        """What nothing can exceed in the stage of that name."""
        return next(int(stage.bound) for stage in self.stages if stage.name == name)


def total(instance: Instance, chosen: Flags) -> int:
    """The new pairs' units together."""
    return int(instance.units[chosen].sum())


def totals(instance: Instance, chosen: Flags) -> Ints:
    """What every proposal gets in all, agreed pairs included."""
    new = np.bincount(instance.proposal[chosen], instance.units[chosen], len(instance.needs))
    return instance.base + new.round().astype(np.int64)


def counts(instance: Instance, chosen: Flags) -> tuple[Ints, Ints]:
    """New reviews per proposal and per reviewer."""
    return (
        np.bincount(instance.proposal[chosen], minlength=len(instance.needs)),
        np.bincount(instance.reviewer[chosen], minlength=len(instance.capacity)),
    )


def least(instance: Instance, chosen: Flags) -> int:
    """The smallest total of any proposal (0 where there is none)."""
    values = totals(instance, chosen)
    return int(values.min()) if len(values) else 0


def caps_of(problem: Problem, proposals: Sequence[Proposal], reviewers: Sequence[Reviewer]) -> tuple[Cap, ...]:
    """What the required roles leave to everybody else, less what agreed pairs use of it."""
    caps = []
    if problem.rules.wants_senior:
        caps.append(("senior", [not each.is_senior for each in reviewers], 1))
    if problem.rules.wants_sectors:
        caps.extend((sector, [each.sector != sector for each in reviewers], 2) for sector in ("academia", "industry"))
    left: list[Cap] = []
    for name, flags, roles in caps:
        members = {each.id for each, is_member in zip(reviewers, flags, strict=True) if is_member}
        used = Counter(proposal for proposal, reviewer in problem.locked if reviewer in members)
        # one review less than all, where a proposal has enough of them for all the roles; else no limit
        most = _ints(
            max(0, each.needs - 1 - used[each.id]) if each.needs >= roles else each.needs for each in proposals
        )
        left.append(Cap(name, np.array(flags, dtype=bool), most))
    return tuple(left)


def binding(caps: Sequence[Cap], needs: Ints) -> tuple[Cap, ...]:
    """The caps that limit anything at these needs."""
    return tuple(cap for cap in caps if bool((cap.most < needs).any()) and bool(cap.members.any()))


def laminar(caps: Sequence[Cap]) -> bool:
    """Whether any two sets are disjoint or nested."""
    return all(
        int((one & other).sum()) in (0, int(one.sum()), int(other.sum()))
        for one, other in combinations([cap.members for cap in caps], 2)
    )


def outer_first(caps: Sequence[Cap]) -> list[tuple[Cap, int]]:
    """Every cap with the index of the smallest one around it (-1: none), bigger sets before smaller ones."""
    ordered = sorted(caps, key=lambda cap: -int(cap.members.sum()))
    around = [
        max((at for at in range(here) if bool((ordered[at].members & cap.members).any())), default=-1)
        for here, cap in enumerate(ordered)
    ]
    return list(zip(ordered, around, strict=True))


@dataclass(frozen=True)
class Frame:
    """A problem in sorted order, and the instance of what is still open in it."""

    problem: Problem
    proposals: tuple[Proposal, ...]
    reviewers: tuple[Reviewer, ...]
    instance: Instance
    pinned: Flags  # per arc

    @cached_property
    def proposal_ids(self) -> list[int]:
        return [each.id for each in self.proposals]

    @cached_property
    def reviewer_ids(self) -> list[int]:
        return [each.id for each in self.reviewers]

    def pairs(self, chosen: Flags) -> list[Pair]:
        """The ids of these arcs, in order."""
        at = np.flatnonzero(chosen)
        proposals, reviewers = self.instance.proposal[at].tolist(), self.instance.reviewer[at].tolist()
        return [(self.proposal_ids[p], self.reviewer_ids[r]) for p, r in zip(proposals, reviewers, strict=True)]


class _Indices:
    """The index of every id, and pairs of ids as cells of a grid."""

    def __init__(self, proposals: Iterable[Proposal], reviewers: Iterable[Reviewer]) -> None:
        self.of_proposal = {each.id: at for at, each in enumerate(proposals)}
        self.of_reviewer = {each.id: at for at, each in enumerate(reviewers)}

    def grid(self, pairs: Iterable[Pair]) -> Flags:
        """True for these pairs, as far as both of their ids are in the problem."""
        proposals, reviewers = self.of_proposal, self.of_reviewer
        flags = np.zeros((len(proposals), len(reviewers)), dtype=bool)
        if cells := [(proposals[p], reviewers[r]) for p, r in pairs if p in proposals and r in reviewers]:
            flags[tuple(np.array(cells).T)] = True
        return flags


def frame(problem: Problem) -> Frame:
    """The problem as arrays. ValueError when it contradicts itself."""
    if clash := problem.locked & problem.forbidden:
        raise ValueError(f"agreed and forbidden at once: {sorted(clash)[:5]}")
    proposals = tuple(sorted(problem.proposals, key=lambda each: each.id))
    reviewers = tuple(sorted(problem.reviewers, key=lambda each: each.id))
    indices = _Indices(proposals, reviewers)
    agreed, base, load = _agreed(problem, indices)
    capacity = np.maximum(0, _ints(each.most for each in reviewers) - load)
    needs = np.maximum(0, _ints(each.needs for each in proposals) - agreed)
    closed = indices.grid(problem.forbidden | problem.locked)
    closed[needs == 0] = True
    closed[:, capacity == 0] = True
    proposal, reviewer = np.nonzero(~closed)
    source, target, traffic = _companies(problem, proposals, reviewers)
    units = np.zeros(closed.shape, np.int64)
    for pair, value in problem.affinities.items():
        if value and pair[0] in indices.of_proposal and pair[1] in indices.of_reviewer:
            units[indices.of_proposal[pair[0]], indices.of_reviewer[pair[1]]] = units_of(value)
    instance = Instance(
        needs=needs,
        capacity=capacity,
        least=np.clip(_ints(each.least for each in reviewers) - load, 0, capacity),
        load=load,
        base=base,
        proposal=proposal,
        reviewer=reviewer,
        units=units[proposal, reviewer],
        kept=indices.grid(problem.kept)[proposal, reviewer],
        caps=caps_of(problem, proposals, reviewers),
        target=target,
        source=source,
        traffic=traffic,
    )
    return Frame(problem, proposals, reviewers, instance, indices.grid(problem.pinned)[proposal, reviewer])


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _agreed(problem: Problem, indices: _Indices) -> tuple[Ints, Ints, Ints]:
    """Agreed reviews and their units per proposal, and reviews per reviewer with those outside the problem."""
    agreed, base = np.zeros((2, len(indices.of_proposal)), np.int64)
    load = _ints(problem.elsewhere.get(each, 0) for each in indices.of_reviewer)
    for proposal, reviewer in problem.locked:
        if proposal in indices.of_proposal:
            agreed[indices.of_proposal[proposal]] += 1
            base[indices.of_proposal[proposal]] += units_of(problem.affinities.get((proposal, reviewer), 0.0))
        if reviewer in indices.of_reviewer:
            load[indices.of_reviewer[reviewer]] += 1
    return agreed, base, load


def _companies(
    problem: Problem, proposals: tuple[Proposal, ...], reviewers: tuple[Reviewer, ...]
) -> tuple[Flags, Ints, Flags]:
    """Companies behind reviewers, behind proposals, and who already reviews whom."""
    behind = {each.id: each.companies for each in reviewers}
    target = {each.id: each.company for each in proposals}
    traffic = set(problem.traffic)
    for proposal, reviewer in problem.locked:
        if (company := target.get(proposal)) is not None:
            traffic |= {(one, company) for one in behind.get(reviewer, ())}
    names = {one for two in traffic for one in two}.union(*behind.values(), target.values()) - {None}
    index = {company: at for at, company in enumerate(sorted(one for one in names if one is not None))}
    source = np.zeros((len(reviewers), len(index)), dtype=bool)
    for at, each in enumerate(reviewers):
        source[at, [index[one] for one in each.companies]] = True
    table = np.zeros((len(index), len(index)), dtype=bool)
    for one, other in traffic:
        table[index[one], index[other]] = True
    return source, _ints(-1 if each.company is None else index[each.company] for each in proposals), table


def only(instance: Instance, arcs: Flags) -> Instance:
    """The instance with these arcs and no others."""
    return replace(
        instance,
        proposal=instance.proposal[arcs],
        reviewer=instance.reviewer[arcs],
        units=instance.units[arcs],
        kept=instance.kept[arcs],
    )


def agree(instance: Instance, taken: Flags) -> Instance:
    """The instance once these arcs are agreed: they are gone from it, with all that they use up."""
    proposal, reviewer = instance.proposal[taken], instance.reviewer[taken]
    assigned = np.bincount(proposal, minlength=len(instance.needs))
    used = np.bincount(reviewer, minlength=len(instance.capacity))
    new = np.zeros_like(instance.base)
    np.add.at(new, proposal, instance.units[taken])
    traffic, target = instance.traffic.copy(), instance.target[proposal]
    for company, sources in zip(target[target >= 0], instance.source[reviewer[target >= 0]], strict=True):
        traffic[sources, company] = True
    return replace(
        only(instance, ~taken),
        needs=np.maximum(0, instance.needs - assigned),
        capacity=np.maximum(0, instance.capacity - used),
        least=np.maximum(0, instance.least - used),
        load=instance.load + used,
        base=instance.base + new,
        caps=tuple(cap.without(proposal, reviewer) for cap in instance.caps),
        traffic=traffic,
    )


def expand(open_: Flags, chosen: Flags) -> Flags:
    """Flags over a part's arcs as flags over all."""
    flags = np.zeros(len(open_), dtype=bool)
    flags[open_] = chosen
    return flags


def nth_of(group: Ints, worth: Ints) -> Ints:
    """The place of everything in its group (0: the worthiest)."""
    order = np.lexsort((-worth, group))
    sizes = np.bincount(group)
    nth = np.empty(len(group), dtype=np.int64)
    nth[order] = np.arange(len(group)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return nth


@dataclass(frozen=True)
class Edges:
    """Which arcs use which company edges: `arc[i]` uses `one[i]` → `other[i]`. An arc may use several."""

    arc: Ints
    one: Ints
    other: Ints
    traffic: Flags

    def used(self, chosen: Flags) -> Flags:
        """Company → company: in use by the chosen arcs or already there."""
        table = self.traffic.copy()
        taken = chosen[self.arc]
        table[self.one[taken], self.other[taken]] = True
        return table

    def of_arcs(self, table: Flags, arcs: int) -> Flags:
        """The arcs that use an edge of this table."""
        flags = np.zeros(arcs, dtype=bool)
        flags[self.arc[table[self.one, self.other]]] = True
        return flags


def company_edges(instance: Instance) -> Edges:
    """The company edges of every arc."""
    target = instance.target[instance.proposal]
    arc, one = np.nonzero(instance.source[instance.reviewer] & (target >= 0)[:, None])
    crossing = one != target[arc]
    arc, one = arc[crossing], one[crossing]
    return Edges(arc, one, target[arc], instance.traffic)


def no_edges(instance: Instance) -> Edges:
    """As if no arc had anything to do with companies."""
    nothing = np.zeros(0, dtype=np.int64)
    return Edges(nothing, nothing, nothing, np.zeros_like(instance.traffic))


def on_cycle(used: Flags) -> Flags:
    """The edges of a company graph that lie on a cycle of length two or three."""
    return used & closing(used)


def closing(used: Flags) -> Flags:
    """The edges that would lie on a cycle if they were in use besides these."""
    steps = used.astype(np.int32)
    flags: Flags = used.T | ((steps @ steps).T > 0)
    return flags


def ruled_out(instance: Instance) -> Flags:
    """The arcs that agreed pairs rule out: each would lie on a cycle whatever else is chosen."""
    edges = company_edges(instance)
    return edges.of_arcs(closing(instance.traffic), len(instance.units))


def violating(edges: Edges, chosen: Flags) -> Flags:
    """The chosen arcs that lie on a cycle."""
    return chosen & edges.of_arcs(on_cycle(edges.used(chosen)), len(chosen))


def edge_weights(edges: Edges, values: Ints, chosen: Flags, companies: int) -> Ints:
    """What the chosen arcs bring on every company edge; every arc counts a little, so that no used edge weighs 0."""
    table = np.zeros((companies, companies), dtype=np.int64)
    taken = chosen[edges.arc]
    np.add.at(table, (edges.one[taken], edges.other[taken]), values[edges.arc[taken]] + 1)
    return table


def pairs_and_triples(used: Flags) -> list[tuple[tuple[int, int], ...]]:
    """All cycles of length two and three of a company graph, each once, as tuples of edges."""
    cycles: list[tuple[tuple[int, int], ...]] = []
    twice = np.argwhere(np.triu(used & used.T, 1))
    cycles += [((int(a), int(b)), (int(b), int(a))) for a, b in twice]
    for a, b in np.argwhere(used & ((used.astype(np.int32) @ used.astype(np.int32)).T > 0)):
        thirds = np.nonzero(used[b] & used[:, a])[0]
        cycles += [((int(a), int(b)), (int(b), int(c)), (int(c), int(a))) for c in thirds if a < b and a < c]
    return cycles


def let_in(used: Flags, candidates: Flags, weight: Ints) -> Flags:
    """The company edges in use once candidates join them one by one, the weightiest first, if they close no cycle."""
    used = used.copy()
    for _, a, b in sorted((-int(weight[a, b]), int(a), int(b)) for a, b in np.argwhere(candidates)):
        if not (used[b, a] or (used[b] & used[:, a]).any()):
            used[a, b] = True
    return used


def open_directions(instance: Instance, chosen: Flags) -> Flags:
    """The arcs that stay open when the chosen ones decide the directions: any choice among them is free of cycles."""
    edges = company_edges(instance)
    used = edges.used(chosen)
    promise = edge_weights(edges, instance.units, np.ones(len(chosen), dtype=bool), len(used))
    used = let_in(used, (promise > 0) & ~used, promise)
    closed = edges.of_arcs(~used | on_cycle(used), len(chosen))
    return ~closed | chosen
