"""Remedies for a shortage, each as small as can be found and checked by a flow that says what stays missing.

All are looked for inside the deficient set only (`shortage.kernel`): what happens outside cannot help it. Topics for
new reviewers are chosen greedily, each time about as many people as one topic has use for: what new reviewers add to a
maximum flow is submodular, so an earlier gain bounds a later one from above, and most topics need not be tried again
(Minoux 1978). A topic is taken at once when no other can do much better.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from .flow import Network
from .instance import Flags, Instance, Ints, only
from .problem import Problem
from .shortage import EXTRA, Cut, Extended, extended, kernel, least_missing, minimum_cut, worst

#: Topics tried with a flow in one round, and rounds: a bound on the time that a large shortage takes.
TRIED = 3
ROUNDS = 12
#: Good enough: this part of what the next topic can do at best.
ENOUGH = 0.75


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


Remedy = RaiseLoads | AddReviewers | AskFewer | WaiveRole


def remedies(problem: Problem, topics: Mapping[int, frozenset[int]], usual_load: int) -> tuple[Remedy, ...]:
    """Only ways that help, in the order of the classes above; none when nothing is missing.

    `topics`: proposal → its topics; `usual_load`: reviews that a new reviewer would take. What remains `missing` after
    a way is counted over the whole problem, with the reservations of `deficient`.
    """
    base = extended(problem)
    shortage = worst(base.instance)
    if shortage is None:
        return ()
    missing = shortage[1].total
    small = kernel(*shortage)
    candidates: list[Remedy | None] = [
        _raise_loads(base, small),
        _add_reviewers(base, small, missing, topics, usual_load),
        _ask_fewer(base, small),
        *(_waive(base, *shortage, name) for name in shortage[1].stopped),
    ]
    return tuple(remedy for remedy in candidates if remedy is not None and remedy.missing < missing)


def _raise_loads(base: Extended, small: Instance) -> RaiseLoads:
    """Every extra review of the same person costs one more than the one before, a missing one more than any."""
    network = Network(replace(small, capacity=base.raised))
    reviewer = network.start[network.seats] - network.first_reviewer
    above = np.maximum(0, network.taken - small.load[reviewer] - small.capacity[reviewer])
    costs = network.costs()
    costs[network.seats] = above
    costs[network.missing] = EXTRA + 1
    flow = network.solve(costs).flow
    extra = np.bincount(reviewer, flow[network.seats] * (above > 0), len(small.capacity)).astype(np.int64)
    left = least_missing(replace(base.instance, capacity=base.instance.capacity + extra))
    return RaiseLoads(_named(base.frame.reviewer_ids, extra + base.over * (extra > 0)), left)


def _named(ids: list[int], numbers: Ints) -> tuple[tuple[int, int], ...]:
    return tuple((ids[at], int(numbers[at])) for at in np.flatnonzero(numbers).tolist())


def _add_reviewers(
    base: Extended, small: Instance, lacking: int, topics: Mapping[int, frozenset[int]], usual_load: int
) -> AddReviewers:
    about: dict[int, Flags] = {}
    for at, proposal in enumerate(base.frame.proposal_ids):
        for topic in topics.get(proposal, ()):
            about.setdefault(topic, np.zeros(len(small.needs), dtype=bool))[at] = True
    steps = invitation_steps(small, lacking, about, usual_load)
    whole = base.instance
    for topic, people, _ in steps:
        whole = with_newcomers(whole, about[topic], usual_load, people)
    return AddReviewers(steps, least_missing(whole))


def _ask_fewer(base: Extended, small: Instance) -> AskFewer:
    """Every review given up on the same proposal costs one more than the one before, a missing one more than any."""
    levels, real = int(small.needs.max()), len(small.capacity)
    needs = np.array([each.needs for each in base.frame.proposals], dtype=np.int64)
    given_up = with_newcomers(small, small.needs > 0, usual_load=len(small.needs), people=levels)
    level = given_up.reviewer - real + 1  # the nth review that the proposal gives up; none where it is 0 or less
    given_up = only(given_up, level < needs[given_up.proposal])
    level = np.maximum(0, given_up.reviewer - real + 1)
    network = Network(given_up)
    costs = network.costs()
    costs[network.pair] = level
    costs[network.missing] = levels + 1
    chosen = network.chosen(network.solve(costs).flow)
    fewer = np.bincount(given_up.proposal[chosen & (level > 0)], minlength=len(small.needs)).astype(np.int64)
    whole = base.instance
    caps = tuple(  # with one review fewer the role still takes one of them
        replace(cap, most=np.where(cap.most < whole.needs, np.maximum(0, cap.most - fewer), cap.most))
        for cap in whole.caps
    )
    left = least_missing(replace(whole, needs=whole.needs - fewer, caps=caps))
    return AskFewer(_named(base.frame.proposal_ids, fewer), left)


def _waive(base: Extended, instance: Instance, cut: Cut, role: str) -> WaiveRole:
    """Where the role stops reviews, and where it does so once it is waived there."""
    waived, now = np.zeros(len(instance.needs), dtype=bool), instance
    following: Cut | None = cut
    while following is not None and (more := following.stopped.get(role, waived) & ~waived).any():
        waived |= more
        now = _without(instance, role, waived)
        following = minimum_cut(now)
    left = least_missing(_without(base.instance, role, waived))
    return WaiveRole(role, tuple(base.frame.proposal_ids[at] for at in np.flatnonzero(waived).tolist()), left)


def _without(instance: Instance, role: str, waived: Flags) -> Instance:
    caps = (
        replace(cap, most=np.where(waived, instance.needs, cap.most)) if cap.name == role else cap
        for cap in instance.caps
    )
    return replace(instance, caps=tuple(caps))


@dataclass(frozen=True)
class _Batch:
    """People for one topic, how many reviews they place, and what is left after them."""

    topic: int
    people: int
    gain: int
    small: Instance


def with_newcomers(instance: Instance, about: Flags, usual_load: int, people: int) -> Instance:
    """With new reviewers who may review all these proposals and fit every role.

    They are modelled as a few with a large load each, as many as any proposal needs: dealt out in turn, what such a few
    take is exactly what that many people could, none of them twice on a proposal.
    """
    proposals = np.flatnonzero(about & (instance.needs > 0))
    few = min(people, int(instance.needs[proposals].max(initial=1)))
    capacity = (people * usual_load + np.arange(few)) // few
    proposal = np.concatenate([instance.proposal, np.repeat(proposals, few)])
    reviewer = np.concatenate([instance.reviewer, np.tile(len(instance.capacity) + np.arange(few), len(proposals))])
    order = np.argsort(proposal, kind="stable")
    new = len(proposals) * few
    return replace(
        instance,
        capacity=np.append(instance.capacity, capacity),
        least=np.append(instance.least, np.zeros(few, dtype=np.int64)),
        load=np.append(instance.load, np.zeros(few, dtype=np.int64)),
        proposal=proposal[order],
        reviewer=reviewer[order],
        units=np.append(instance.units, np.zeros(new, dtype=np.int64))[order],
        kept=np.append(instance.kept, np.zeros(new, dtype=bool))[order],
        caps=tuple(replace(cap, members=np.append(cap.members, np.zeros(few, dtype=bool))) for cap in instance.caps),
        source=np.vstack([instance.source, np.zeros((few, instance.source.shape[1]), dtype=bool)]),
    )


def invitation_steps(
    small: Instance, missing: int, about: Mapping[int, Flags], usual_load: int
) -> tuple[tuple[int, int, int], ...]:
    """(topic, people, missing after them) until nothing is missing or nobody new helps.

    `small` is a kernel that lacks `missing` reviews; `about`: topic → flags of the proposals.
    """
    steps: list[tuple[int, int, int]] = []
    batches, gains = 0, dict.fromkeys(about, missing)
    while missing and usual_load > 0 and batches < ROUNDS:
        batch = _best_batch(small, missing, about, usual_load, gains)
        if batch is None:
            break
        small, missing = batch.small, missing - batch.gain
        # batches that follow each other on one topic are one step
        before = steps.pop()[1] if steps and steps[-1][0] == batch.topic else 0
        steps.append((batch.topic, before + batch.people, missing))
        batches += 1
    return tuple(steps)


def _best_batch(
    small: Instance, left: int, about: Mapping[int, Flags], usual_load: int, gains: dict[int, int]
) -> _Batch | None:
    # per topic: what it can place at best, and how many proposals of the shortage it is about
    needs = {topic: small.needs[flags] for topic, flags in about.items()}
    bounds = {topic: (min(left, gains[topic], int(own.sum())), int((own > 0).sum())) for topic, own in needs.items()}
    best: _Batch | None = None
    for topic in sorted(bounds, key=lambda each: (*(-one for one in bounds[each]), each))[:TRIED]:
        bound = bounds[topic][0]
        if bound == 0 or (best is not None and best.gain >= ENOUGH * bound):
            break
        batch = _try(small, left, topic, about[topic], usual_load, -(-bound // usual_load))
        gains[topic] = batch.gain
        if batch.gain and (best is None or batch.gain > best.gain):
            best = batch
    if best is None:
        return None
    people = -(-best.gain // usual_load)  # no more than that many reviews need, if the gain stays the same
    if people == best.people:
        return best
    fewer = _try(small, left, best.topic, about[best.topic], usual_load, people)
    return fewer if fewer.gain == best.gain else best


def _try(small: Instance, left: int, topic: int, flags: Flags, usual_load: int, people: int) -> _Batch:
    more = with_newcomers(small, flags, usual_load, people)
    cut = minimum_cut(more)
    gain = left - (cut.total if cut else 0)
    return _Batch(topic, people, gain, kernel(more, cut) if cut else more)
