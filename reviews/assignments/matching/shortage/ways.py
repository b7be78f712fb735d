"""Ways out of a shortage: each one as small as can be found, and checked by a flow that says what remains missing.

All of them are looked for inside the deficient set only (`cut.kernel`): what happens outside cannot help it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..arrays import Cap, Flags, Instance, Ints
from ..flow import Network
from ..problem import Problem
from ..translate import only
from . import newcomers
from .cut import Cut, cut, kernel
from .ground import EXTRA, Ground, ground, missing, worst


@dataclass(frozen=True)
class RaiseLoads:
    """Ask these reviewers for so many reviews more (at most `EXTRA` each, spread as evenly as can be)."""

    extra: tuple[tuple[int, int], ...]
    missing: int


@dataclass(frozen=True)
class AddReviewers:
    """Invite so many people who know a topic, step by step, best step first: (topic, people, missing after it).

    They are taken to have the usual load, no conflicts, and the roles that are asked for.
    """

    steps: tuple[tuple[int, int, int], ...]
    missing: int


@dataclass(frozen=True)
class AskFewer:
    """Ask for so many reviews fewer on these proposals, none of which is left without any; spread evenly."""

    fewer: tuple[tuple[int, int], ...]
    missing: int


@dataclass(frozen=True)
class WaiveRole:
    """Do not ask for this role (name of its cap) on these proposals."""

    role: str
    proposals: tuple[int, ...]
    missing: int


Way = RaiseLoads | AddReviewers | AskFewer | WaiveRole


def ways_out(problem: Problem, topics: Mapping[int, frozenset[int]], usual_load: int) -> tuple[Way, ...]:
    """Only ways that help, in the order of the classes above; none when nothing is missing.

    `topics`: proposal → its topics; `usual_load`: reviews that a new reviewer would take. What remains `missing` after
    a way is counted over the whole problem, with the reservations of `deficient`.
    """
    base = ground(problem)
    found = worst(base.instance)
    if found is None:
        return ()
    now = found[1].total
    small = kernel(*found)
    ways: list[Way | None] = [
        _raise_loads(base, small),
        _add_reviewers(base, small, now, topics, usual_load),
        _ask_fewer(base, small),
        *(_waive(base, *found, name) for name in found[1].held),
    ]
    return tuple(way for way in ways if way is not None and way.missing < now)


def _raise_loads(base: Ground, small: Instance) -> RaiseLoads:
    """Every extra review of the same person costs one more than the one before, a missing one more than any."""
    network = Network(replace(small, room=base.raised))
    reviewer = network.start[network.seats] - network.first_reviewer
    above = np.maximum(0, network.taken - small.load[reviewer] - small.room[reviewer])
    costs = network.costs()
    costs[network.seats] = above
    costs[network.missing] = EXTRA + 1
    flow = network.solve(costs).flow
    extra = np.bincount(reviewer, flow[network.seats] * (above > 0), len(small.room)).astype(np.int64)
    left = missing(replace(base.instance, room=base.instance.room + extra))
    return RaiseLoads(_named(base.frame.reviewer_ids, extra + base.over * (extra > 0)), left)


def _named(ids: list[int], numbers: Ints) -> tuple[tuple[int, int], ...]:
    return tuple((ids[at], int(numbers[at])) for at in np.flatnonzero(numbers).tolist())


def _add_reviewers(
    base: Ground, small: Instance, lacking: int, topics: Mapping[int, frozenset[int]], usual_load: int
) -> AddReviewers:
    about: dict[int, Flags] = {}
    for at, proposal in enumerate(base.frame.proposal_ids):
        for topic in topics.get(proposal, ()):
            about.setdefault(topic, np.zeros(len(small.needs), dtype=bool))[at] = True
    steps = newcomers.steps(small, lacking, about, usual_load)
    whole = base.instance
    for topic, people, _ in steps:
        whole = newcomers.joined(whole, about[topic], usual_load, people)
    return AddReviewers(steps, missing(whole))


def _ask_fewer(base: Ground, small: Instance) -> AskFewer:
    """Every review given up on the same proposal costs one more than the one before, a missing one more than any."""
    levels, real = int(small.needs.max()), len(small.room)
    wanted = np.array([each.needs for each in base.frame.proposals], dtype=np.int64)
    given_up = newcomers.joined(small, small.needs > 0, usual_load=len(small.needs), people=levels)
    level = given_up.reviewer - real + 1  # the nth review that the proposal gives up; none where it is 0 or less
    given_up = only(given_up, level < wanted[given_up.proposal])
    level = np.maximum(0, given_up.reviewer - real + 1)
    network = Network(given_up)
    costs = network.costs()
    costs[network.pair] = level
    costs[network.missing] = levels + 1
    chosen = network.chosen(network.solve(costs).flow)
    fewer = np.bincount(given_up.proposal[chosen & (level > 0)], minlength=len(small.needs)).astype(np.int64)
    whole = base.instance
    caps = tuple(_lower(cap, whole.needs, fewer) for cap in whole.caps)
    left = missing(replace(whole, needs=whole.needs - fewer, caps=caps))
    return AskFewer(_named(base.frame.proposal_ids, fewer), left)


def _lower(cap: Cap, needs: Ints, fewer: Ints) -> Cap:
    """With one review fewer the role still takes one of them."""
    return replace(cap, most=np.where(cap.most < needs, np.maximum(0, cap.most - fewer), cap.most))


def _waive(base: Ground, instance: Instance, found: Cut, role: str) -> WaiveRole:
    """Where the role stops reviews, and where it does so once it is waived there."""
    waived, now = np.zeros(len(instance.needs), dtype=bool), instance
    following: Cut | None = found
    while following is not None and (more := following.held.get(role, waived) & ~waived).any():
        waived |= more
        now = _without(instance, role, waived)
        following = cut(now)
    left = missing(_without(base.instance, role, waived))
    return WaiveRole(role, tuple(base.frame.proposal_ids[at] for at in np.flatnonzero(waived).tolist()), left)


def _without(instance: Instance, role: str, waived: Flags) -> Instance:
    caps = (
        replace(cap, most=np.where(waived, instance.needs, cap.most)) if cap.name == role else cap
        for cap in instance.caps
    )
    return replace(instance, caps=tuple(caps))
