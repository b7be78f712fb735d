"""What one more review would change: how likely it moves a proposal across the line. Pure: numpy and scipy, no Django.

After one more score a value moves by a Gaussian step with standard deviation s = v² / √(v² + noise), v² being what is
not known of it yet and noise the variance of a single review (Frazier, Powell, Dayanik, "A knowledge-gradient policy",
2008, eq. 5). It changes sides with probability Φ(−|value − threshold| / s). The choice itself finds the threshold,
within capacity and limits, all others unchanged.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from .choice import Chooser, Pool, Taken
from .likelihood import Array

#: Of more proposals than this, those whose chance is nearest to one half are looked at.
MOST = 200
HALVINGS = 24
#: Steps so large do not happen: 3 in 10 million.
FARTHEST = 5.0


@dataclass(frozen=True)
class Scored:
    """A proposal in the choice: its value, how uncertain that is (points), and the probability that it belongs in."""

    code: str
    value: float
    spread: float
    chance: float


@dataclass(frozen=True)
class OneMore:
    """One proposal: whether it is in now, and how likely one more review changes that, 0 to 1."""

    code: str
    is_in: bool
    changes: float


def one_more(pool: Pool, scored: list[Scored], noise: float) -> list[OneMore]:
    """The pool's proposals with a score, the most likely to change sides first; `noise` in points²."""
    known = {each.code: each for each in scored}
    chooser = Chooser(among(pool, set(known)))
    rows = [known[code] for code in chooser.codes]
    if not rows:
        return []
    values = np.array([each.value for each in rows])
    spreads = np.array([each.spread for each in rows])
    steps = spreads**2 / np.sqrt(spreads**2 + max(noise, 1e-12))
    is_in = chooser.taken(values[None, :])[0]
    nearest = np.argsort([abs(each.chance - 0.5) for each in rows], kind="stable")[:MOST]
    distances = _distances(chooser, values, is_in, nearest, FARTHEST * steps[nearest])
    changes = np.where(np.isfinite(distances), ndtr(-distances / np.maximum(steps[nearest], 1e-12)), 0.0)
    found = [OneMore(rows[at].code, bool(is_in[at]), float(p)) for at, p in zip(nearest, changes, strict=True)]
    return sorted(found, key=lambda each: (-each.changes, each.code))


def among(pool: Pool, codes: set[str]) -> Pool:
    """The pool with these proposals only."""
    limits = tuple(
        type(limit)(tuple(code for code in limit.proposals if code in codes), limit.most) for limit in pool.limits
    )
    return Pool(pool.key, pool.capacity, tuple(row for row in pool.sizes if row[0] in codes), limits)


def _distances(chooser: Chooser, values: Array, is_in: Taken, which: NDArray[np.intp], farthest: Array) -> Array:
    """How far the values of `which` are from changing sides, by halving; infinite beyond `farthest`."""
    rows, towards = np.arange(len(which)), np.where(is_in[which], -1.0, 1.0)

    def changes_at(distance: Array) -> Array:
        moved = np.repeat(values[None, :], len(which), axis=0)
        moved[rows, which] += towards * distance
        return np.asarray(chooser.taken(moved)[rows, which] != is_in[which])

    near, far = np.zeros(len(which)), farthest.copy()
    within = changes_at(far)
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        changed = changes_at(middle)
        near, far = np.where(changed, near, middle), np.where(changed, middle, far)
    return np.where(within, far, np.inf)
