"""A timetable that is there already, told as an answer: without a search nothing is proved of it."""

from collections.abc import Mapping

from . import aims, candidates
from .problem import Problem, Solution, Tier
from .spans import Place

Chosen = Mapping[int, Place]


def as_it_stands(problem: Problem, chosen: Chosen, *notes: str) -> Solution:
    """These places with the value of every aim; only an aim that nothing can undercut (0) counts as proved."""
    problem = problem.sorted()
    tiers = tuple(Tier(key, aims.value(problem, key, chosen), 0) for key in aims.order(problem))
    return Solution(candidates.placed(problem, dict(chosen)), tiers, notes)


def is_better(problem: Problem, chosen: Chosen, other: Chosen) -> bool:
    """Whether the first that differs of the aims, in their order, is lower."""
    return aims.values(problem, chosen) < aims.values(problem, other)
