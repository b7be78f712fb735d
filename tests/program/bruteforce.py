"""Brute force: all timetables of a small day."""

from collections.abc import Collection
from dataclasses import replace

from expo.program.solver.checker import violations
from expo.program.solver.problem import Place, Placed, Problem

Chosen = dict[int, Place]


def every_timetable(problem: Problem, places: Collection[Place], track: int) -> list[Chosen]:
    """All that the checker has nothing against; what a few sessions break is still broken once more have a place."""
    found: list[Chosen] = [{}]
    for count, item in enumerate(problem.items, 1):
        part = replace(problem, items=problem.items[:count])
        wider = [{**chosen, item.id: place} if place else chosen for chosen in found for place in (None, *places)]
        found = [chosen for chosen in wider if not violations(part, [Placed(*row, track) for row in chosen.items()])]
    return found
