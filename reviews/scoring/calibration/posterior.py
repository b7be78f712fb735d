"""What is known about the proposals' values after the scores: means, spreads and joint draws."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .problem import Estimate

Array = NDArray[np.float64]
Z95 = 1.959964
DRAWS, HANDFUL = 4000, 500
SEED = 20140612  # any fixed number: the same scores must always give the same chances


@dataclass(frozen=True)
class Posterior:
    """Values = centre + load·(shared error) + own error.

    `noise` scales the variances `own` and `shared` to points²; None where it is unknown.
    """

    proposals: list[str]
    counts: Array
    means: Array
    centre: Array
    noise: float | None
    own: Array
    load: Array
    shared: Array

    def spread(self) -> Array:
        """The standard deviation of each value, in points."""
        both = self.own + np.einsum("ij,jk,ik->i", self.load, self.shared, self.load, optimize=True)
        return np.asarray(np.sqrt(np.maximum(both, 0.0) * (self.noise or 0.0)))

    def estimates(self) -> dict[str, Estimate]:
        """One estimate per proposal, with the 95 % interval where the noise is known."""
        margin = Z95 * self.spread()
        known = self.noise is not None
        return {
            proposal: Estimate(
                reviews=int(self.counts[i]),
                mean=float(self.means[i]),
                value=float(self.centre[i]),
                low=float(self.centre[i] - margin[i]) if known else None,
                high=float(self.centre[i] + margin[i]) if known else None,
            )
            for i, proposal in enumerate(self.proposals)
        }

    def draws(self) -> Iterator[Array]:
        """`DRAWS` joint draws (draws × proposals), in handfuls to spare memory; equal values fall either way."""
        random = np.random.default_rng(SEED)
        root = np.linalg.cholesky(self.shared + 1e-12 * np.eye(len(self.shared))) if len(self.shared) else self.shared
        scale, own = np.sqrt(self.noise or 0.0), np.sqrt(self.own)
        for _ in range(DRAWS // HANDFUL):
            together = random.standard_normal((HANDFUL, len(self.shared))) @ root.T @ self.load.T
            alone = random.standard_normal((HANDFUL, len(self.proposals))) * own
            jitter = 1e-9 * random.random((HANDFUL, len(self.proposals)))
            yield np.asarray(self.centre + scale * (together + alone) + jitter)
