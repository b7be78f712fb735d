"""What the search for shortages stands on: the instance with everybody in it who could take part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from .. import cycles
from ..arrays import Cap, Instance, Ints
from ..problem import Problem, Reviewer
from ..roles import binding, laminar
from ..translate import Frame, frame, only
from .cut import Cut, cut, total

#: Nobody is asked for more than this many reviews above what they agreed to.
EXTRA = 2


@dataclass(frozen=True)
class Ground:
    """`instance`: as things are, with arcs also to full reviewers. Per reviewer `raised`, the room with extra reviews,
    and `over`, the reviews they have already beyond what they agreed to.
    """

    frame: Frame
    instance: Instance
    raised: Ints
    over: Ints


def ground(problem: Problem) -> Ground:
    """Who said 0 reviews is never asked for more; pairs that agreed reviews turn into company cycles are gone."""
    raised = frame(replace(problem, reviewers=tuple(_raised(each) for each in problem.reviewers)))
    instance = raised.instance
    most = {each.id: each.most for each in problem.reviewers}
    room = np.array([most[each] for each in raised.reviewer_ids], dtype=np.int64) - instance.load
    if problem.rules.no_cycles:
        instance = only(instance, ~cycles.dead(instance))
    now = replace(instance, room=np.maximum(0, room), least=np.zeros_like(room))
    return Ground(raised, now, raised.instance.room, over=np.maximum(0, -room))


def _raised(reviewer: Reviewer) -> Reviewer:
    return replace(reviewer, most=reviewer.most + EXTRA) if reviewer.most else reviewer


def worst(instance: Instance) -> tuple[Instance, Cut] | None:
    """The largest shortage, and the instance with those of its caps that explain it; None when nothing is missing.

    Caps that cross are no network; then as many as nest are looked at together, in every combination, and the
    shortage found is a lower bound.
    """
    found = [(each, cut(each)) for each in (replace(instance, caps=caps) for caps in nested(instance))]
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


def missing(instance: Instance) -> int:
    """How many reviews cannot be placed at least, whatever is done."""
    return max(total(replace(instance, caps=caps)) for caps in nested(instance))
