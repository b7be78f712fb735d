"""Calibration: how good a proposal is, once it is known how severe its reviewers are. Pure: numpy, no Django.

Model (Ge, Welling, Ghahramani, "A Bayesian model for calibrating conference review scores"; as fitted to NeurIPS 2014):

    score = mean + proposal + reviewer + noise,   each part Gaussian with its own variance, in points² of the rubric

Variances come from REML (Patterson and Thompson 1971), proposals from their posterior given those variances. A few
scores cannot carry that model, so it is used only past its gates; else the plain means stand, and the gate that refused
is named.
"""

from functools import lru_cache

from .chances import chances
from .gates import too_little, too_weak
from .likelihood import Design, fit, posterior
from .plain import plain, shrunk
from .problem import Estimate, Mark, Pool, Problem, Solution, Variances, weighted_mean

__all__ = ["Estimate", "Mark", "Pool", "Problem", "Solution", "Variances", "solve", "weighted_mean"]


@lru_cache(maxsize=32)
def solve(problem: Problem) -> Solution:
    """Estimates for every proposal with a score. Depends on the marks only: not on their order, nor on the clock."""
    if not problem.marks:
        return Solution(False, "no-scores", "No review has been submitted yet.", None, {}, {})
    design = Design(problem.marks)
    refused, fitted = too_little(design), None
    if refused is None:
        fitted = fit(design)
        refused = too_weak(fitted)
    trusted = fitted if refused is None else None
    found = posterior(design, trusted) if trusted else plain(design)
    return Solution(
        calibrated=trusted is not None,
        gate=refused.code if refused else "",
        sentence=refused.sentence if refused else "",
        variances=trusted.variances if trusted else None,
        estimates=found.estimates(),
        chances=chances(found if trusted else shrunk(design), problem.pools),
    )
