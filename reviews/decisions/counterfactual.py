"""What would have got a proposal in: levels raised, scores and selection run again. Pure.

The selection starts from the chairs' decisions. What they decided on points competes again; what they decided against
the points, or for another reason, stays as it is. So the rerun without a change gives exactly the decisions made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

from reviews.scoring import calibration, selection

#: Number of criteria and levels, the smallest first: more than two levels on two criteria would teach nobody anything.
STEPS = ((1, 1), (2, 1), (1, 2), (2, 2))


@dataclass(frozen=True)
class Scale:
    """A criterion: its id, its weight and the values of its levels, lowest first."""

    criterion: int
    weight: int
    values: tuple[int, ...]

    def raised(self, value: int, levels: int) -> int:
        """So many levels higher, or the best one."""
        return self.values[min(self.values.index(value) + levels, len(self.values) - 1)]


@dataclass(frozen=True)
class Rating:
    """One review of the proposal: (criterion, level) in the order of criteria."""

    reviewer: int
    levels: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Case:
    """A proposal that is out, all scores, and the pool it competes in.

    `keys`: the pool's (code, key in the scores); `limits`: those of the pool's sponsors. Hashable, to be remembered.
    """

    code: str
    key: str
    marks: tuple[calibration.Mark, ...]
    ratings: tuple[Rating, ...]
    scales: tuple[Scale, ...]
    items: tuple[selection.Item, ...]
    keys: tuple[tuple[str, str], ...]
    capacity: int
    limits: tuple[tuple[tuple[int, int], int], ...]
    tracks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Change:
    """Every review rates these criteria so many levels higher; `is_capped`: some only as far as the best level."""

    criteria: tuple[int, ...]
    levels: int
    is_capped: bool


def reproduced(problem: selection.Problem, is_in: Mapping[str, bool]) -> selection.Problem:
    """The problem whose solution agrees with the decisions (`is_in`, by code): what disagrees is held fixed."""
    while True:
        chosen = selection.chosen_in(problem)
        free = {item.code for item in problem.items if item.fixed is None}
        differing = {code for code, inside in is_in.items() if inside and code in free - chosen}
        differing = differing or {code for code, inside in is_in.items() if not inside and code in free & chosen}
        if not differing:
            return problem
        items = (replace(each, fixed=is_in[each.code]) if each.code in differing else each for each in problem.items)
        problem = replace(problem, items=tuple(items))


@lru_cache(maxsize=1024)
def smallest_change(case: Case, needs: float) -> Change | None:
    """The first change that gets the proposal in, found by doing it. `needs` spares runs that cannot succeed."""
    value = next(item.value for item in case.items if item.code == case.code)
    own = _values(case, case.ratings)
    for gain, change in _changes(case, own):
        # Calibration pulls towards the middle: a gain too small for the plain mean is not worth a run.
        if (value or 0.0) + gain >= needs - 1e-9 and gets_in(case, change):
            return change
    return None


def gets_in(case: Case, change: Change) -> bool:
    """Scores and selection with the change made."""
    own = _values(case, changed(case, change))
    mine = [calibration.Mark(case.key, rating.reviewer, value) for rating, value in zip(case.ratings, own, strict=True)]
    marks = (*(mark for mark in case.marks if mark.proposal != case.key), *mine)
    values = calibration.values(calibration.Problem(marks, tracks=case.tracks))
    keys = dict(case.keys)
    items = tuple(replace(item, value=values.get(keys[item.code])) for item in case.items)
    pool = items[0].pool
    return case.code in selection.chosen_in(selection.Problem(items, {pool: case.capacity}, dict(case.limits)))


def changed(case: Case, change: Change) -> tuple[Rating, ...]:
    """The proposal's reviews with the levels raised."""
    raise_by = {scale.criterion: scale for scale in case.scales if scale.criterion in change.criteria}
    return tuple(
        replace(
            rating,
            levels=tuple(
                (criterion, raise_by[criterion].raised(value, change.levels) if criterion in raise_by else value)
                for criterion, value in rating.levels
            ),
        )
        for rating in case.ratings
    )


def _changes(case: Case, own: list[float]) -> Iterator[tuple[float, Change]]:
    """Changes that raise something, by number of criteria and levels, then by what they add to the mean."""
    everywhere = set.intersection(*({criterion for criterion, _ in rating.levels} for rating in case.ratings))
    open_to = [
        scale
        for scale in case.scales
        if scale.criterion in everywhere
        and any(dict(rating.levels)[scale.criterion] < scale.values[-1] for rating in case.ratings)
    ]
    for together, levels in STEPS:
        changes = []
        for chosen in combinations(open_to, together):
            is_capped = any(
                scale.values.index(dict(rating.levels)[scale.criterion]) + levels >= len(scale.values)
                for scale in chosen
                for rating in case.ratings
            )
            change = Change(tuple(scale.criterion for scale in chosen), levels, is_capped)
            values = _values(case, changed(case, change))
            changes.append(((sum(values) - sum(own)) / len(own), change))
        yield from sorted(changes, key=lambda each: each[0])


def _values(case: Case, ratings: tuple[Rating, ...]) -> list[float]:
    weights = {scale.criterion: scale.weight for scale in case.scales}
    return [calibration.weighted_mean(dict(rating.levels), weights) or 0.0 for rating in ratings]
