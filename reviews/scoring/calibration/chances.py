"""How often a proposal would stand above the line, if the scores were drawn again from what is known."""

from collections.abc import Iterable

import numpy as np

from .posterior import Posterior
from .problem import Pool


def chances(known: Posterior, pools: Iterable[Pool]) -> dict[str, float]:
    """Share of joint draws in which the proposal is among those that fit its pool, best first; 0 to 1.

    Monte Carlo with a fixed seed and 4,000 draws: the standard error is below 0.008. Empty where the noise is unknown.
    """
    pools = list(pools)
    if known.noise is None or not pools:
        return {}
    draws = known.draws()
    column = {proposal: index for index, proposal in enumerate(known.proposals)}
    found: dict[str, float] = {}
    for pool in pools:
        members = [(code, size) for code, size in pool.sizes if code in column]
        if members:
            found.update(_in_pool(draws[:, [column[code] for code, _ in members]], members, pool.units))
    return found


def _in_pool(draws: np.ndarray, members: list[tuple[str, int]], units: int) -> dict[str, float]:
    sizes = np.array([size for _, size in members])
    order = np.argsort(-draws, axis=1, kind="stable")
    fits = np.cumsum(sizes[order], axis=1) <= units
    above = np.zeros_like(fits)
    np.put_along_axis(above, order, fits, axis=1)
    share = above.mean(axis=0)
    return {code: float(share[index]) for index, (code, _) in enumerate(members)}
