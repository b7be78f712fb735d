"""Calibration: how good a proposal is, once it is known how severe its reviewers are. Pure: numpy, no Django.

Model (Ge, Welling, Ghahramani, "A Bayesian model for calibrating conference review scores"; as fitted to NeurIPS 2014):

    score = mean + proposal + reviewer + noise,   each part Gaussian with its own variance, in points² of the rubric

Variances come from REML (Patterson and Thompson 1971), proposals from their posterior given those variances. A few
scores cannot carry that model, so it is used only past its gates; else the plain means stand, and the gate that refused
is named.
"""

from functools import lru_cache

from .chances import chances
from .gates import refusal
from .likelihood import Design, fit, posterior
from .plain import plain
from .problem import Estimate, Mark, Pool, Problem, Solution, Variances

__all__ = ["Estimate", "Mark", "Pool", "Problem", "Solution", "Variances", "solve"]


@lru_cache(maxsize=32)
def solve(problem: Problem) -> Solution:
    """Estimates for every proposal with a score. Depends on the marks only: not on their order, nor on the clock."""
    if not problem.marks:
        return Solution(False, "no-scores", "No review has been submitted yet.", None, {}, {})
    design = Design(problem.marks)
    fitted = fit(design)
    refused = refusal(design, fitted)
    posterior_ = plain(design) if refused else posterior(design, fitted)
    return Solution(
        calibrated=refused is None,
        gate=refused.code if refused else "",
        sentence=refused.sentence if refused else "",
        variances=fitted.variances if refused is None else None,
        estimates=posterior_.estimates(),
        chances=chances(posterior_, problem.pools),
    )
