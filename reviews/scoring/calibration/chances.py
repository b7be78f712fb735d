"""How likely each proposal is to belong among the best of its pool, by what the scores tell of its true value."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from .plain import Mixture
from .posterior import DRAWS, Posterior
from .problem import Pool


def chances(known: Posterior | Mixture | None, pools: Iterable[Pool]) -> dict[str, float]:
    """Share of joint draws of the true values in which the proposal fits its pool, best first; 0 to 1.

    Tiers' limits are not in it.
    Monte Carlo with a fixed seed and 4,000 draws: the standard error is below 0.008. Empty where nothing is known.
    """
    pools = list(pools)
    if known is None or not pools:
        return {}
    column = {proposal: index for index, proposal in enumerate(known.proposals)}
    inside = {pool.key: _members(pool, column) for pool in pools}
    above = np.zeros(len(column))
    for draws in known.draws():
        for pool in pools:
            columns, sizes = inside[pool.key]
            above[columns] += _fits(draws[:, columns], sizes, pool.units).sum(axis=0)
    for pool in pools:
        columns, sizes = inside[pool.key]
        if sizes.sum() > pool.units:  # else all fit for sure; what happened in every draw is not sure for that
            above[columns] = np.clip(above[columns], 0.5, DRAWS - 0.5)
    return {code: float(above[column[code]] / DRAWS) for pool in pools for code, _ in pool.sizes if code in column}


def _members(pool: Pool, column: dict[str, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    members = [(column[code], size) for code, size in pool.sizes if code in column]
    return np.array([at for at, _ in members], dtype=int), np.array([size for _, size in members], dtype=int)


def _fits(draws: NDArray[np.float64], sizes: NDArray[np.int64], units: int) -> NDArray[np.bool_]:
    """Per draw and member, whether it and all better ones fit together."""
    order = np.argsort(-draws, axis=1, kind="stable")
    fits = np.cumsum(sizes[order], axis=1) <= units
    above = np.zeros_like(fits)
    np.put_along_axis(above, order, fits, axis=1)
    return above
