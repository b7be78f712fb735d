"""Plain means, with an interval from the noise pooled over all proposals. Nothing is shrunk."""

import numpy as np

from .likelihood import Design, means
from .posterior import Posterior

LEAST_FREEDOM = 5


def plain(design: Design) -> Posterior:
    """Each mean, with the pooled variance within proposals / the number of scores; unknown below 5 degrees of freedom.

    The pooled variance contains the reviewers' severity too, as it should: a plain mean does not correct for it.
    """
    centre = means(design)
    freedom = design.n - len(design.proposals)
    within = design.y + design.centre - centre[design.at_proposal]
    noise = float(within @ within) / freedom if freedom >= LEAST_FREEDOM else None
    empty = np.zeros((len(centre), 0))
    return Posterior(
        design.proposals, design.per_proposal, centre, centre, noise, 1 / design.per_proposal, empty, np.zeros((0, 0))
    )
