"""From a problem with ids to arrays with places, and what is agreed taken off."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .arrays import Cap, Flags, Instance, Ints
from .problem import Pair, Problem, Proposal, Reviewer, units_of
from .roles import caps_of


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


class _Places:
    """Where every id stands, and pairs of ids as numbers of a grid."""

    def __init__(self, proposals: Iterable[Proposal], reviewers: Iterable[Reviewer]) -> None:
        self.of_proposal = {each.id: at for at, each in enumerate(proposals)}
        self.of_reviewer = {each.id: at for at, each in enumerate(reviewers)}

    def known(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Those whose two ids are both in the problem, as places."""
        proposals, reviewers = self.of_proposal, self.of_reviewer
        return [(proposals[p], reviewers[r]) for p, r in pairs if p in proposals and r in reviewers]

    def grid(self, pairs: Iterable[Pair]) -> Flags:
        flags = np.zeros((len(self.of_proposal), len(self.of_reviewer)), dtype=bool)
        if known := self.known(pairs):
            flags[tuple(np.array(known).T)] = True
        return flags


def frame(problem: Problem) -> Frame:
    """The problem as arrays. ValueError when it contradicts itself."""
    if clash := problem.locked & problem.forbidden:
        raise ValueError(f"agreed and forbidden at once: {sorted(clash)[:5]}")
    proposals = tuple(sorted(problem.proposals, key=lambda each: each.id))
    reviewers = tuple(sorted(problem.reviewers, key=lambda each: each.id))
    places = _Places(proposals, reviewers)
    given, load = _given(problem, places)
    room = np.maximum(0, _ints(each.most for each in reviewers) - load)
    needs = np.maximum(0, _ints(each.needs for each in proposals) - given)
    closed = places.grid(problem.forbidden | problem.locked)
    closed[needs == 0] = True
    closed[:, room == 0] = True
    proposal, reviewer = np.nonzero(~closed)
    source, target, traffic = _companies(problem, proposals, reviewers)
    units = _units(problem, places)
    instance = Instance(
        needs=needs,
        room=room,
        least=np.clip(_ints(each.least for each in reviewers) - load, 0, room),
        load=load,
        base=_base(problem, places, len(proposals)),
        proposal=proposal,
        reviewer=reviewer,
        units=units[proposal, reviewer],
        kept=places.grid(problem.kept)[proposal, reviewer],
        caps=caps_of(problem, proposals, reviewers),
        target=target,
        source=source,
        traffic=traffic,
    )
    return Frame(problem, proposals, reviewers, instance, places.grid(problem.pinned)[proposal, reviewer])


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _given(problem: Problem, places: _Places) -> tuple[Ints, Ints]:
    """Agreed reviews per proposal, and per reviewer with those outside the problem."""
    given = np.zeros(len(places.of_proposal), np.int64)
    load = _ints(problem.elsewhere.get(each, 0) for each in places.of_reviewer)
    for proposal, reviewer in problem.locked:
        if proposal in places.of_proposal:
            given[places.of_proposal[proposal]] += 1
        if reviewer in places.of_reviewer:
            load[places.of_reviewer[reviewer]] += 1
    return given, load


def _units(problem: Problem, places: _Places) -> Ints:
    units = np.zeros((len(places.of_proposal), len(places.of_reviewer)), np.int64)
    proposals, reviewers = places.of_proposal, places.of_reviewer
    for (proposal, reviewer), value in problem.affinities.items():
        if value and proposal in proposals and reviewer in reviewers:
            units[proposals[proposal], reviewers[reviewer]] = units_of(value)
    return units


def _base(problem: Problem, places: _Places, proposals: int) -> Ints:
    base = np.zeros(proposals, np.int64)
    for pair in problem.locked:
        if pair[0] in places.of_proposal:
            base[places.of_proposal[pair[0]]] += units_of(problem.affinities.get(pair, 0.0))
    return base


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
    place = {company: at for at, company in enumerate(sorted(one for one in names if one is not None))}
    source = np.zeros((len(reviewers), len(place)), dtype=bool)
    for at, each in enumerate(reviewers):
        source[at, [place[one] for one in each.companies]] = True
    table = np.zeros((len(place), len(place)), dtype=bool)
    for one, other in traffic:
        table[place[one], place[other]] = True
    return source, _ints(-1 if each.company is None else place[each.company] for each in proposals), table


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
    given = np.bincount(proposal, minlength=len(instance.needs))
    used = np.bincount(reviewer, minlength=len(instance.room))
    new = np.zeros_like(instance.base)
    np.add.at(new, proposal, instance.units[taken])
    return replace(
        only(instance, ~taken),
        needs=np.maximum(0, instance.needs - given),
        room=np.maximum(0, instance.room - used),
        least=np.maximum(0, instance.least - used),
        load=instance.load + used,
        base=instance.base + new,
        caps=tuple(_less(cap, proposal, reviewer) for cap in instance.caps),
        traffic=_with_traffic(instance, proposal, reviewer),
    )


def _less(cap: Cap, proposal: Ints, reviewer: Ints) -> Cap:
    used = np.bincount(proposal[cap.members[reviewer]], minlength=len(cap.most))
    return replace(cap, most=np.maximum(0, cap.most - used))


def _with_traffic(instance: Instance, proposal: Ints, reviewer: Ints) -> Flags:
    table = instance.traffic.copy()
    target = instance.target[proposal]
    for company, sources in zip(target[target >= 0], instance.source[reviewer[target >= 0]], strict=True):
        table[sources, company] = True
    return table
