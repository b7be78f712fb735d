"""What fits: the proposals of largest total value within a pool's capacity and its limits, for many values at once.

Pure: numpy, no Django. The same choice as `selection.py`, which explains it for one set of values; this one
answers for thousands of draws. Exact: proposals under one limit are equally long, so of them the best few go on; equal
lengths then go by value, and unequal ones by dynamic programming over how many of each length are taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd

import numpy as np
from numpy.typing import NDArray

from .likelihood import Array

Taken = NDArray[np.bool_]


@dataclass(frozen=True, order=True)
class Limit:
    """At most `most` of these proposals, which are equally long and under no other limit."""

    proposals: tuple[str, ...]
    most: int


@dataclass(frozen=True)
class Pool:
    """Proposals that compete for the same capacity (in places or minutes), each with its size in that unit."""

    key: str
    capacity: int
    sizes: tuple[tuple[str, int], ...]
    limits: tuple[Limit, ...] = ()


def ordered(pool: Pool) -> Pool:
    """The same pool, whatever the order of its rows was; limits that cannot bind are left out."""
    binding = (Limit(tuple(sorted(each.proposals)), each.most) for each in pool.limits)
    limits = tuple(sorted(each for each in binding if len(each.proposals) > each.most))
    return Pool(pool.key, pool.capacity, tuple(sorted(pool.sizes)), limits)


class Chooser:
    """Chooses within one pool. Columns of values are the pool's proposals in the order of its sizes."""

    def __init__(self, pool: Pool) -> None:
        self.codes = [code for code, _ in pool.sizes]
        self.capacity = pool.capacity
        self.sizes = np.array([size for _, size in pool.sizes], dtype=np.intp)
        column = {code: index for index, code in enumerate(self.codes)}
        self.limits = [(np.array([column[code] for code in each.proposals]), each.most) for each in pool.limits]

    def columns(self, proposals: Sequence[str]) -> NDArray[np.intp]:
        """Where the pool's proposals stand among all."""
        index = {code: at for at, code in enumerate(proposals)}
        return np.array([index[code] for code in self.codes], dtype=np.intp)

    @property
    def sure(self) -> Taken:
        """Which proposals are taken whatever the values."""
        is_sure = np.full(len(self.codes), int(self.sizes.sum()) <= self.capacity)
        for columns, _ in self.limits:
            is_sure[columns] = False
        return is_sure

    def taken(self, values: Array) -> Taken:
        """For each row of values, which proposals are taken."""
        if not self.codes:
            return np.zeros(values.shape, dtype=bool)
        values = values.copy()
        for columns, most in self.limits:
            order = np.argsort(-values[:, columns], axis=1, kind="stable")
            values[np.arange(len(values))[:, None], columns[order[:, most:]]] = -np.inf
        lengths = np.unique(self.sizes)
        if len(lengths) == 1:
            return _best(values, self.capacity // max(1, int(lengths[0])))
        return self._packed(values, lengths[::-1])

    def _packed(self, values: Array, lengths: NDArray[np.intp]) -> Taken:
        """The knapsack of largest total: lengths one after the other, longest first, over the units still free."""
        unit = reduce(gcd, map(int, lengths))
        rows, units = np.arange(len(values)), self.capacity // unit
        best, steps = np.zeros((len(values), units + 1)), []
        for length in lengths:
            columns, step = np.flatnonzero(self.sizes == length), int(length) // unit
            order = np.argsort(-values[:, columns], axis=1, kind="stable")
            sums = np.cumsum(np.take_along_axis(values[:, columns], order, axis=1), axis=1)
            sums = np.hstack([np.zeros((len(values), 1)), sums[:, : units // step]])
            steps.append((columns, step, order, sums, best))
            if length != lengths[-1]:
                best = best.copy()
                for count in range(1, sums.shape[1]):
                    free = best[:, count * step :]
                    np.maximum(free, steps[-1][4][:, : units + 1 - count * step] + sums[:, count, None], out=free)
        result, left = np.zeros(values.shape, dtype=bool), np.full(len(values), units)
        for columns, step, order, sums, best in reversed(steps):
            after = left[:, None] - step * np.arange(sums.shape[1])
            totals = np.where(after >= 0, best[rows[:, None], np.maximum(after, 0)] + sums, -np.inf)
            count = totals.argmax(axis=1)
            chosen = np.zeros((len(values), len(columns)), dtype=bool)
            np.put_along_axis(chosen, order, np.arange(len(columns)) < count[:, None], axis=1)
            result[:, columns] = chosen
            left = left - count * step
        return result


def _best(values: Array, places: int) -> Taken:
    """The `places` largest of each row that a limit has not taken out."""
    allowed = np.isfinite(values)
    if places >= values.shape[1]:
        return np.asarray(allowed)
    result = np.zeros(values.shape, dtype=bool)
    if places > 0:
        np.put_along_axis(result, np.argpartition(-values, places - 1, axis=1)[:, :places], True, axis=1)
    return np.asarray(result & allowed)
