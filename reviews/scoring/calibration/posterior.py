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

    `noise` scales the variances `own` and `shared` to points²; None where it is unknown. `margin` is half the width of
    the 95 % interval in standard deviations: Student's where the noise comes from few scores.
    """

    proposals: list[str]
    counts: Array
    means: Array
    centre: Array
    noise: float | None
    own: Array
    load: Array
    shared: Array
    margin: float = Z95

    def spread(self) -> Array:
        """The standard deviation of each value, in points."""
        both = self.own + np.einsum("ij,jk,ik->i", self.load, self.shared, self.load, optimize=True)
        return np.asarray(np.sqrt(np.maximum(both, 0.0) * (self.noise or 0.0)))

    def estimates(self) -> dict[str, Estimate]:
        """One estimate per proposal, with the 95 % interval where the noise is known."""
        margin = self.margin * self.spread()
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
        """`DRAWS` joint draws (draws × proposals), in handfuls to spare memory."""
        random = np.random.default_rng(SEED)
        for _ in range(DRAWS // HANDFUL):
            yield self.draw(random, HANDFUL, np.ones(HANDFUL))

    def draw(self, random: np.random.Generator, count: int, spread: Array) -> Array:
        """Joint draws (`count` × proposals), the noise of each widened by `spread`; equal values fall either way."""
        root = np.linalg.cholesky(self.shared + 1e-12 * np.eye(len(self.shared)))
        together = random.standard_normal((count, len(self.shared))) @ root.T @ self.load.T
        alone = random.standard_normal((count, len(self.proposals))) * np.sqrt(self.own)
        jitter = 1e-9 * random.random((count, len(self.proposals)))
        return np.asarray(self.centre + np.sqrt(self.noise or 0.0) * spread[:, None] * (together + alone) + jitter)
