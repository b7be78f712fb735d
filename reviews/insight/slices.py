"""Slices: one overall number hides trouble, so look at each slice of the data. Pure.

A raw rate of a small slice says little (5 of 10 is 24–76 % with 95 % confidence), so each slice shows an adjusted rate,
an interval and, once all slices are tested together, whether it still stands out after Benjamini and Hochberg's
control of false discoveries. An acceptance gap without a score gap points at the decisions; with one, at the reviews
or the work.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from statistics import fmean, variance

from scipy.stats import binomtest, false_discovery_control, fisher_exact, norm

MIN_SLICE = 5
FALSE_DISCOVERIES = 0.10
Z95 = float(norm.ppf(0.975))


@dataclass(frozen=True)
class ProposalOutcome:
    """One proposal: the values it has per dimension (several topics, say), its verdict, and its score if any."""

    groups: Mapping[str, tuple[str, ...]]
    accepted: bool | None
    score: float | None = None


@dataclass(frozen=True)
class Slice:
    """A dimension's value. Rates are shares in 0..1, scores in levels; `q` is the adjusted p-value."""

    dimension: str
    value: str
    n: int
    accepted: int
    rate: float
    adjusted_rate: float
    low: float
    high: float
    mean_score: float | None
    score_gap: float | None
    score_gap_error: float | None
    p: float
    q: float = 1.0

    @property
    def stands_out(self) -> bool:
        return self.q <= FALSE_DISCOVERIES

    @property
    def reading(self) -> str:
        """What a chair should think of it, in a sentence."""
        if not self.stands_out:
            return "Within what chance explains."
        if self.score_gap is None or self.score_gap_error is None:
            return "Differs from the rest more than chance explains; there are no scores to compare."
        if abs(self.score_gap) <= Z95 * self.score_gap_error:
            return "Differs in verdicts but not in scores: look at the decisions."
        return "Differs in verdicts and in scores: look at the reviews, or it is the work itself."


@dataclass(frozen=True)
class SliceReport:
    """All slices large enough to show, and how many were too small."""

    overall: float
    n: int
    slices: tuple[Slice, ...]
    too_small: int


def solve(cases: Sequence[ProposalOutcome], *, least: int = MIN_SLICE) -> SliceReport:
    """Slice the decided cases by every dimension; slices under `least` cases are counted, not shown."""
    decided = [case for case in cases if case.accepted is not None]
    overall = _rate(decided)
    members: dict[tuple[str, str], list[ProposalOutcome]] = defaultdict(list)
    for case in decided:
        for dimension, values in case.groups.items():
            for value in values:
                members[dimension, value].append(case)
    large = {key: rows for key, rows in members.items() if len(rows) >= least}
    strengths = _strengths(large, overall)
    slices = [_slice(key, rows, decided, overall, strengths[key[0]]) for key, rows in sorted(large.items())]
    adjusted = false_discovery_control([each.p for each in slices], method="bh") if slices else []
    slices = [replace(each, q=float(q)) for each, q in zip(slices, adjusted, strict=True)]
    return SliceReport(overall, len(decided), tuple(slices), len(members) - len(large))


def wilson(accepted: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share (Wilson 1927): `n=0` gives (0, 1)."""
    if n == 0:
        return 0.0, 1.0
    interval = binomtest(accepted, n).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def fisher(accepted: int, n: int, all_accepted: int, total: int) -> float:
    """Two-sided exact p-value that a slice of `n` differs from the rest (Fisher 1935)."""
    rest_accepted, rest = all_accepted - accepted, total - n
    return float(fisher_exact([[accepted, n - accepted], [rest_accepted, rest - rest_accepted]]).pvalue)


def _rate(cases: Sequence[ProposalOutcome]) -> float:
    return fmean(bool(case.accepted) for case in cases) if cases else 0.0


def _strengths(large: Mapping[tuple[str, str], list[ProposalOutcome]], overall: float) -> dict[str, float]:
    """Per dimension, how many imagined cases at the overall rate pull a slice towards it.

    Moment estimate of a beta-binomial: strong when the slices differ no more than chance makes them.
    """
    by_dimension: dict[str, list[list[ProposalOutcome]]] = defaultdict(list)
    for (dimension, _), rows in large.items():
        by_dimension[dimension].append(rows)
    strengths, noise = dict.fromkeys(by_dimension, 200.0), overall * (1 - overall)
    for dimension, groups in by_dimension.items():
        if len(groups) > 1 and noise:
            chance = fmean(noise / len(rows) for rows in groups)
            between = fmean((_rate(rows) - overall) ** 2 for rows in groups) - chance
            if between > 0:
                strengths[dimension] = min(200.0, max(2.0, noise / between - 1))
    return strengths


def _slice(
    key: tuple[str, str],
    rows: Sequence[ProposalOutcome],
    everything: Sequence[ProposalOutcome],
    overall: float,
    strength: float,
) -> Slice:
    accepted, n = sum(bool(case.accepted) for case in rows), len(rows)
    low, high = wilson(accepted, n)
    inside = {id(case) for case in rows}
    ours, theirs = _scores(rows), _scores(case for case in everything if id(case) not in inside)
    gap: float | None = None
    error: float | None = None
    if len(ours) > 1 and len(theirs) > 1:
        # Mean score of the slice less that of the rest, and its standard error (Welch).
        gap = fmean(ours) - fmean(theirs)
        error = sqrt(variance(ours) / len(ours) + variance(theirs) / len(theirs))
    return Slice(
        dimension=key[0],
        value=key[1],
        n=n,
        accepted=accepted,
        rate=accepted / n,
        adjusted_rate=(accepted + strength * overall) / (n + strength),
        low=low,
        high=high,
        mean_score=fmean(ours) if ours else None,
        score_gap=gap,
        score_gap_error=error,
        p=fisher(accepted, n, sum(bool(case.accepted) for case in everything), len(everything)),
    )


def _scores(cases: Iterable[ProposalOutcome]) -> list[float]:
    return [case.score for case in cases if case.score is not None]
