"""The two drafts that the engine is measured against: one model with a warm start, and plain random neighbourhoods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from expo.program.solver.neighbourhoods import NeighbourhoodPicker
from expo.program.solver.problem import Place, Problem, Solution
from expo.program.solver.search import Effort, Search, Watch

FREE = 40


class Monolith(Search):
    """The whole problem in one model, hinted with the first timetable; eight workers."""

    def _relaxation_bound(self, key: str) -> int:
        return 0

    def _search_neighbourhoods(self, key: str, bound: int) -> None:
        return

    def _assign_rooms(self, times: Mapping[int, int], key: str) -> None:
        return


class Random(NeighbourhoodPicker):
    """Always forty sessions at random."""

    def pick(self, key: str, placements: Mapping[int, Place]) -> tuple[str, frozenset[int]]:
        free = [item.id for item in self.problem.items if item.pin is None]
        return "random", frozenset(self.random.sample(free, min(FREE, len(free))))


class Plain(Monolith):
    """Greedy, then small models over random neighbourhoods, each up to four seconds."""

    def _search_neighbourhoods(self, key: str, bound: int) -> None:
        self.picker, self.whole, self.has_whole_model = Random(self.problem, self.problem.seed), None, False
        Search._search_neighbourhoods(self, key, bound)  # noqa: SLF001 - skips the class between


def _monolith(problem: Problem, effort: Effort) -> Solution:
    effort = replace(effort, workers=8, large=10**6, most_choices=10**9)
    return Monolith(problem.sorted(), effort, lambda share, words: None, Watch()).run()


def _plain(problem: Problem, effort: Effort) -> Solution:
    effort = replace(effort, round_work=4.0, patience=10**6, most_choices=0)
    return Plain(problem.sorted(), effort, lambda share, words: None, Watch()).run()


DRAFTS: dict[str, Callable[[Problem, Effort], Solution]] = {"monolith": _monolith, "random": _plain}
