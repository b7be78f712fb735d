"""Which topics new reviewers should know: greedily, each time about as many people as one topic has use for.

What new reviewers add to a maximum flow is submodular, so an earlier gain bounds a later one from above, and most
topics need not be tried again (Minoux 1978). A topic is taken at once when no other can do much better.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..arrays import Flags, Instance
from .cut import cut, kernel

#: Topics tried with a flow in one round, and rounds: a bound on the time that a large shortage takes.
TRIED = 3
ROUNDS = 12
#: Good enough: this part of what the next topic can do at best.
ENOUGH = 0.75


@dataclass(frozen=True)
class _Batch:
    """People for one topic, how many reviews they place, and what is left after them."""

    topic: int
    people: int
    gain: int
    small: Instance


def joined(instance: Instance, about: Flags, usual_load: int, people: int) -> Instance:
    """With new reviewers who may review all these proposals and fit every role.

    They stand as a few with a large load each, as many as any proposal needs: dealt out in turn, what such a few take
    is exactly what that many people could, none of them twice on a proposal.
    """
    proposals = np.flatnonzero(about & (instance.needs > 0))
    few = min(people, int(instance.needs[proposals].max(initial=1)))
    room = (people * usual_load + np.arange(few)) // few
    proposal = np.concatenate([instance.proposal, np.repeat(proposals, few)])
    reviewer = np.concatenate([instance.reviewer, np.tile(len(instance.room) + np.arange(few), len(proposals))])
    order = np.argsort(proposal, kind="stable")
    new = len(proposals) * few
    return replace(
        instance,
        room=np.append(instance.room, room),
        least=np.append(instance.least, np.zeros(few, dtype=np.int64)),
        load=np.append(instance.load, np.zeros(few, dtype=np.int64)),
        proposal=proposal[order],
        reviewer=reviewer[order],
        units=np.append(instance.units, np.zeros(new, dtype=np.int64))[order],
        kept=np.append(instance.kept, np.zeros(new, dtype=bool))[order],
        caps=tuple(replace(cap, members=np.append(cap.members, np.zeros(few, dtype=bool))) for cap in instance.caps),
        source=np.vstack([instance.source, np.zeros((few, instance.source.shape[1]), dtype=bool)]),
    )


def steps(
    small: Instance, missing: int, about: Mapping[int, Flags], usual_load: int
) -> tuple[tuple[int, int, int], ...]:
    """(topic, people, missing after them) until nothing is missing or nobody new helps.

    `small` is a kernel that lacks `missing` reviews; `about`: topic → flags of the proposals.
    """
    taken: list[tuple[int, int, int]] = []
    known = dict.fromkeys(about, missing)
    while missing and usual_load > 0 and len(taken) < ROUNDS:
        batch = _best_batch(small, missing, about, usual_load, known)
        if batch is None:
            break
        small, missing = batch.small, missing - batch.gain
        taken.append((batch.topic, batch.people, missing))
    return _merged(taken)


def _best_batch(
    small: Instance, left: int, about: Mapping[int, Flags], usual_load: int, known: dict[int, int]
) -> _Batch | None:
    hopes = {topic: _hope(small, flags, min(left, known[topic])) for topic, flags in about.items()}
    best: _Batch | None = None
    for topic in sorted(hopes, key=lambda each: (*(-one for one in hopes[each]), each))[:TRIED]:
        hope = hopes[topic][0]
        if hope == 0 or (best is not None and best.gain >= ENOUGH * hope):
            break
        batch = _try(small, left, topic, about[topic], usual_load, -(-hope // usual_load))
        known[topic] = batch.gain
        if batch.gain and (best is None or batch.gain > best.gain):
            best = batch
    return best and _leaner(best, small, left, about[best.topic], usual_load)


def _hope(small: Instance, flags: Flags, most: int) -> tuple[int, int]:
    """What the topic can place at best, and how many proposals of the shortage it is about."""
    seats = small.needs[flags]
    return min(most, int(seats.sum())), int((seats > 0).sum())


def _leaner(batch: _Batch, small: Instance, left: int, flags: Flags, usual_load: int) -> _Batch:
    """The same gain with no more people than that many reviews need, if it can be had."""
    people = -(-batch.gain // usual_load)
    if people == batch.people:
        return batch
    fewer = _try(small, left, batch.topic, flags, usual_load, people)
    return fewer if fewer.gain == batch.gain else batch


def _try(small: Instance, left: int, topic: int, flags: Flags, usual_load: int, people: int) -> _Batch:
    more = joined(small, flags, usual_load, people)
    found = cut(more)
    gain = left - (found.total if found else 0)
    return _Batch(topic, people, gain, kernel(more, found) if found else more)


def _merged(taken: list[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    """Batches that follow each other on one topic are one step."""
    merged: list[tuple[int, int, int]] = []
    for topic, people, left in taken:
        before = merged.pop()[1] if merged and merged[-1][0] == topic else 0
        merged.append((topic, before + people, left))
    return tuple(merged)
