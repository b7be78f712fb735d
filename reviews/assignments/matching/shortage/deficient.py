"""The smallest set of proposals that explains what is missing, told in ids."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..arrays import Flags, Instance
from ..problem import Problem
from .cut import Cut
from .ground import Ground, ground, worst


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
    base = ground(problem)
    found = worst(base.instance)
    if found is None:
        return None
    instance, cut = found
    return _told(base, instance, cut, cut.proposals)


def groups(problem: Problem) -> tuple[Deficient, ...]:
    """The same set in parts that share no full reviewer, so that each is a shortage of its own; worst first."""
    base = ground(problem)
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


def _told(base: Ground, instance: Instance, cut: Cut, part: Flags) -> Deficient:
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
