"""Which sessions to accept, and when, in one solve over all candidates.

Of all sets that keep the quotas and have a timetable: most sessions of the highest merit band, then of the next, then
the most merit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from . import candidates
from .checker import violations
from .problem import Placed, Problem
from .search import Effort, Progress, first_timetable, solve


@dataclass(frozen=True)
class Joint:
    """The sessions taken, in their places; `is_proved`: no other set is better."""

    placed: tuple[Placed, ...]
    is_proved: bool
    notes: tuple[str, ...] = ()

    @property
    def taken(self) -> frozenset[int]:
        return frozenset(each.item for each in self.placed)


def joint(
    problem: Problem,
    must: Collection[int] = (),
    prefer: Collection[int] = (),
    progress: Progress = lambda share, words: None,
    effort: Effort | None = None,
) -> Joint:
    """Sessions of `must` come before all bands; of equal sets the one with most of `prefer` is taken."""
    scale = len(problem.items) + 1  # a hundredth of a point outweighs any number of preferences
    items = tuple(
        replace(
            item,
            merit_band=0 if item.id in must else item.merit_band + 1,
            merit=item.merit * scale + (item.id in prefer),
        )
        for item in problem.items
    )
    joint_problem = replace(problem, items=items, blend=(("merit-left-out", 1),))
    solution = solve(joint_problem, progress, effort)
    taken = {each.item for each in solution.placed}
    only = replace(problem, items=tuple(item for item in problem.items if item.id in taken))
    # A greedy timetable has no needless gaps; it counts if it places all of them.
    compact = candidates.placed(only, first_timetable(only))
    placed = compact if len(compact) == len(taken) and not violations(only, compact) else solution.placed
    return Joint(placed, all(each.is_proved for each in solution.objectives), solution.notes)
