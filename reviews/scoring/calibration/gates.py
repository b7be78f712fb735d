"""When the model may be trusted. The thresholds are judgement, from simulations with the variances of NeurIPS 2014:
below them calibration finds no more of the truly best proposals than plain means do."""

from dataclasses import dataclass

import numpy as np

from .likelihood import Design, Fit

LEAST_SCORES = 100
LEAST_REVIEWERS = 15
LEAST_LOAD = 5
LEAST_SHARE = 0.05
#: 5 % point of a likelihood ratio whose variance lies on the boundary: half the 10 % point of χ² with one degree.
RATIO_5_PERCENT = 2.706


@dataclass(frozen=True)
class Refusal:
    """The gate that kept the model out, by a stable code and a sentence with the numbers."""

    code: str
    sentence: str


def too_little(design: Design) -> Refusal | None:
    """The first gate that says no before anything is fitted: too few, too thin or not linked."""
    load = float(np.median(design.per_reviewer))
    if design.n < LEAST_SCORES:
        return Refusal("few-scores", f"{design.n} reviews are in; calibration needs {LEAST_SCORES}.")
    if len(design.reviewers) < LEAST_REVIEWERS:
        return Refusal(
            "few-reviewers", f"{len(design.reviewers)} reviewers have scored; calibration needs {LEAST_REVIEWERS}."
        )
    if load < LEAST_LOAD:
        return Refusal(
            "small-loads", f"Half of the reviewers have scored {load:g} or fewer; calibration needs {LEAST_LOAD}."
        )
    if (parts := components(design)) > 1:
        return Refusal(
            "not-connected",
            f"The reviews fall into {parts} groups without a common reviewer, so nothing links their scales.",
        )
    return None


def too_weak(fitted: Fit) -> Refusal | None:
    """The first gate that says no to what was fitted: nothing there that is worth correcting."""
    share = fitted.variances.offset_share
    if fitted.a <= 1e-9:
        return Refusal(
            "no-difference", "The reviews do not tell the proposals apart: all difference is noise or severity."
        )
    if fitted.ratio < RATIO_5_PERCENT:
        return Refusal("no-severity", "The reviewers do not differ in severity beyond chance.")
    if share < LEAST_SHARE:
        return Refusal(
            "small-severity",
            f"Severity is {share:.0%} of the scores' variance; below {LEAST_SHARE:.0%} correcting it helps nobody.",
        )
    return None


def components(design: Design) -> int:
    """How many parts the graph of proposals and reviewers falls into."""
    label = np.arange(len(design.proposals) + len(design.reviewers))
    ends = np.column_stack([design.at_proposal, design.at_reviewer + len(design.proposals)])
    while True:
        least = label.copy()
        np.minimum.at(least, ends[:, 0], label[ends[:, 1]])
        np.minimum.at(least, ends[:, 1], label[ends[:, 0]])
        if (least == label).all():
            return len(np.unique(label))
        label = least
