"""Plain means, with an interval from the noise pooled over all proposals; and how likely each proposal is to be among
the best, for which the means are shrunk: the best of many single reviews owe part of their lead to luck."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from .likelihood import Design, Fit, means, posterior, profile
from .posterior import DRAWS, SEED, Array, Posterior
from .problem import Variances

LEAST_FREEDOM = 5
#: Reliabilities of a single review (the proposals' share of its variance), all equally likely before any score is in.
RELIABILITIES = np.linspace(0.025, 0.975, 20)


def plain(design: Design) -> Posterior:
    """Each mean, with the pooled variance within proposals / the number of scores; unknown below 5 degrees of freedom.

    The pooled variance contains the reviewers' severity too, as it should: a plain mean does not correct for it.
    """
    centre = means(design)
    freedom = _freedom(design)
    within = design.y + design.centre - centre[design.at_proposal]
    noise = float(within @ within) / freedom if freedom >= LEAST_FREEDOM else None
    empty = np.zeros((len(centre), 0))
    return Posterior(
        design.proposals,
        design.per_proposal,
        centre,
        centre,
        noise,
        1 / design.per_proposal,
        empty,
        np.zeros((0, 0)),
        margin=float(student.ppf(0.975, max(1, freedom))),
    )


def _freedom(design: Design) -> int:
    return design.n - len(design.proposals)


@dataclass(frozen=True)
class Mixture:
    """Posteriors for each reliability, with how many draws each is due; `freedom` is that of their noise."""

    proposals: list[str]
    parts: list[tuple[Posterior, int]]
    freedom: int

    def draws(self) -> Iterator[Array]:
        """`DRAWS` joint draws (draws × proposals) ; the noise is drawn too, because few scores tell little of it."""
        random = np.random.default_rng(SEED)
        for part, count in self.parts:
            spread = np.sqrt(self.freedom / random.chisquare(self.freedom, count))
            yield part.draw(random, count, spread)


def shrunk(design: Design) -> Mixture | None:
    """What plain means say about the proposals' true values; None where the noise is unknown.

    Without offsets of reviewers, whose severity counts as noise. A reliability's weight is its restricted likelihood,
    so that a table that cannot tell luck from quality makes no proposal sure of its place.
    """
    if _freedom(design) < LEAST_FREEDOM:
        return None
    ratios = RELIABILITIES / (1 - RELIABILITIES)
    profiles = [profile(design, float(ratio), 0.0) for ratio in ratios]
    deviances = np.array([deviance for deviance, _ in profiles])
    if not np.isfinite(deviances).any():  # all scores are equal
        return None
    weights = np.exp(-(deviances - deviances.min()) / 2)
    counts = np.random.default_rng(SEED).multinomial(DRAWS, weights / weights.sum())
    parts = [
        (posterior(design, Fit(float(ratio), 0.0, Variances(float(ratio) * noise, 0.0, noise), 0.0)), int(count))
        for ratio, (_, noise), count in zip(ratios, profiles, counts, strict=True)
        if count
    ]
    return Mixture(design.proposals, parts, design.n - 1)
