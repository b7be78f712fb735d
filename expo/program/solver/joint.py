"""Which sessions to take, and when: most of the highest band, then of the next, then the most merit, of all sets that
keep the quotas and have a timetable. One solve over all candidates, not a choice first and a timetable after it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from . import candidates
from .checker import violations
from .problem import Item, Placed, Problem
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
    """What is in `must` goes before all bands; of equal sets the one with most of `prefer` is taken."""
    scale = len(problem.items) + 1
    items = tuple(_ranked(item, item.id in must, item.id in prefer, scale) for item in problem.items)
    asked = replace(problem, items=items, blend=(("merit-left-out", 1),))
    solution = solve(asked, progress, effort)
    placed = _tidy(problem, solution.placed)
    return Joint(placed, all(tier.is_proved for tier in solution.tiers), solution.notes)


def _ranked(item: Item, is_must: bool, is_preferred: bool, scale: int) -> Item:
    """A hundredth of a point outweighs any number of preferences."""
    return replace(item, band=0 if is_must else item.band + 1, merit=item.merit * scale + is_preferred)


def _tidy(problem: Problem, placed: tuple[Placed, ...]) -> tuple[Placed, ...]:
    """The same sessions without needless gaps, where the quick way finds a timetable for all of them."""
    taken = {each.item for each in placed}
    only = replace(problem, items=tuple(item for item in problem.items if item.id in taken))
    tidied = candidates.placed(only, first_timetable(only))
    return tidied if len(tidied) == len(taken) and not violations(only, tidied) else placed
