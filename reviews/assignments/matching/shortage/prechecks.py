"""Proposals that cannot have their reviews whatever all the others get, and what took each reviewer away from them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from .. import cycles
from ..arrays import Flags, Instance, Ints
from ..problem import Pair, Problem
from ..translate import Frame, frame, only


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
        instance = only(instance, ~cycles.dead(instance))
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
