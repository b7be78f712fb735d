"""Required roles, said backwards as caps, and when such caps can be part of a network.

A family of sets is laminar when any two are disjoint or one holds the other. Then every cap is one node between a
proposal and its reviewers, all flows stay whole numbers, and a flow is exact. Sets that cross need `exact`.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from .arrays import Cap, Flags, Ints
from .problem import Problem, Proposal, Reviewer


def caps_of(problem: Problem, proposals: Sequence[Proposal], reviewers: Sequence[Reviewer]) -> tuple[Cap, ...]:
    """What the wanted roles leave to everybody else, less what agreed pairs use of it."""
    caps = []
    if problem.rules.wants_senior:
        caps.append(("senior", [not each.is_senior for each in reviewers], 1))
    if problem.rules.wants_sectors:
        caps.extend((sector, [each.sector != sector for each in reviewers], 2) for sector in ("academia", "industry"))
    used = _used(problem)
    return tuple(
        Cap(name, members := np.array(flags, dtype=bool), _most(problem, proposals, reviewers, members, roles, used))
        for name, flags, roles in caps
    )


def _used(problem: Problem) -> dict[int, list[int]]:
    used: dict[int, list[int]] = {}
    for proposal, reviewer in problem.locked:
        used.setdefault(proposal, []).append(reviewer)
    return used


def _most(
    problem: Problem,
    proposals: Sequence[Proposal],
    reviewers: Sequence[Reviewer],
    members: Flags,
    roles: int,
    used: dict[int, list[int]],
) -> Ints:
    """One review less than all, where a proposal has enough of them for all the roles; else no limit."""
    wrong = {each.id for each, is_member in zip(reviewers, members, strict=True) if is_member}
    return np.array(
        [
            max(0, each.needs - 1 - sum(one in wrong for one in used.get(each.id, ())))
            if each.needs >= roles
            else each.needs
            for each in proposals
        ],
        dtype=np.int64,
    )


def binding(caps: Sequence[Cap], needs: Ints) -> tuple[Cap, ...]:
    """The caps that say anything at all about these needs."""
    return tuple(cap for cap in caps if bool((cap.most < needs).any()) and bool(cap.members.any()))


def laminar(caps: Sequence[Cap]) -> bool:
    """Whether any two sets are disjoint or nested."""
    return all(_nest(one.members, other.members) for one, other in combinations(caps, 2))


def _nest(one: Flags, other: Flags) -> bool:
    both = int((one & other).sum())
    return both in (0, int(one.sum()), int(other.sum()))


def outer_first(caps: Sequence[Cap]) -> list[tuple[Cap, int]]:
    """Every cap with the place of the smallest one around it (-1: none), bigger sets before smaller ones."""
    ordered = sorted(caps, key=lambda cap: -int(cap.members.sum()))
    around = [
        max((at for at in range(here) if bool((ordered[at].members & cap.members).any())), default=-1)
        for here, cap in enumerate(ordered)
    ]
    return list(zip(ordered, around, strict=True))
