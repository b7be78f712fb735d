"""Whether the numbers of the ranking hold: simulated panels whose truth is known, one JSON line for each result.

    python -m bench.scores [PART …] [--panels N] [--seed N]

Parts: `prior` (chances by tenths and coverage, reliability drawn from the prior), `grid` (the same at fixed
reliabilities and sizes), `gates` (false alarms and power), `top` (share of the truly best found, against plain means),
`alpha` (the published example), `more` (extra reviews, well placed or evenly spread), `speed`. None: all of them.
Scores are normal with variance 1 in all; `--panels` scales how many panels are simulated (1 is a quick look).
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.clock import Clock
from reviews.scoring import calibration
from reviews.scoring.agreement import alpha
from reviews.scoring.choice import Limit, Pool
from reviews.scoring.likelihood import Array, Design, Mark
from reviews.scoring.one_more import Scored, one_more
from reviews.scoring.posterior import RELIABILITY_PRIOR, shrunken

RELIABILITIES = (0.2, 0.3, 0.4, 0.6)
SIZES = (12, 40, 120, 400)
#: The reviewers' share of a score's variance in NeurIPS 2014: .240 of 1.278 + .240 + 1.268.
SEVERITY = 0.086
LOAD = 6
#: Krippendorff (2011), example C: alpha of interval data is .849.
PUBLISHED = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)


@dataclass(frozen=True)
class Panel:
    """Simulated marks and the proposals' true values."""

    marks: tuple[Mark, ...]
    truth: Array

    @property
    def codes(self) -> list[str]:
        return [f"P{index:05}" for index in range(len(self.truth))]

    def pool(self, places: int) -> Pool:
        """All compete for these places; every four are one sponsor's, which may have two."""
        codes = self.codes
        limits = tuple(Limit(tuple(codes[at : at + 4]), 2) for at in range(0, len(codes), 4))
        return Pool("all", places, tuple((code, 1) for code in codes), limits)

    def best(self, pool: Pool) -> Array:
        """Which proposals the true values choose."""
        return np.asarray(calibration.Chooser(calibration.ordered(pool)).taken(self.truth[None, :])[0])


def panel(
    random: np.random.Generator, proposals: int, reliability: float, counts: Sequence[int], severity: float = SEVERITY
) -> Panel:
    """`counts`: reviews of each proposal, of reviewers with `LOAD` each on average."""
    reviewers = max(*counts, round(sum(counts) / LOAD))
    offsets = random.normal(0, severity**0.5, reviewers)
    truth = random.normal(3, reliability**0.5, proposals)
    noise = max(0.0, 1 - reliability - severity) ** 0.5
    marks = tuple(
        Mark(f"P{at:05}", int(reviewer), float(truth[at] + offsets[reviewer] + random.normal(0, noise)))
        for at, count in enumerate(counts)
        for reviewer in random.choice(reviewers, count, replace=False)
    )
    return Panel(marks, truth)


@dataclass(frozen=True)
class Said:
    """What was said of proposals, and what was true: chance, whether it belongs, whether its interval holds it."""

    chance: Array
    belongs: Array
    covered: Array


def said_of(one: Panel) -> Said:
    """One panel through the product; a quarter is chosen."""
    pool = one.pool(max(1, len(one.truth) // 4))
    solution = calibration.solve.__wrapped__(calibration.Problem(one.marks, (pool,)))
    found = [solution.estimates[code] for code in one.codes]
    low, high = np.array([each.low for each in found]), np.array([each.high for each in found])
    chance = np.array([solution.chances[code] for code in one.codes])
    return Said(chance, one.best(pool), (low <= one.truth) & (one.truth <= high))


def by_tenths(panels: list[Said]) -> dict[str, Any]:
    """Per class of tenths: how many, what was said on average and what came true; and how often intervals held."""
    chance, belongs = (np.concatenate([getattr(each, name) for each in panels]) for name in ("chance", "belongs"))
    classes = np.minimum((chance * 10).astype(int), 9)
    rows = []
    for tenth in range(10):
        inside = classes == tenth
        if inside.any():
            said, true = float(chance[inside].mean()), float(belongs[inside].mean())
            rows.append([tenth / 10, int(inside.sum()), round(said, 3), round(true, 3)])
    enough = [said - true for _, count, said, true in rows if count >= 100]
    return {
        "tenths": rows,
        "overstated_most": round(max(enough), 3),
        "off_most": round(max(map(abs, enough)), 3),
        "covered": round(float(np.concatenate([each.covered for each in panels]).mean()), 4),
    }


def prior(random: np.random.Generator, scale: int) -> Iterator[dict[str, Any]]:
    """Reliability from the prior, one to three reviews a proposal."""
    panels = []
    for size in (12, 40, 120):
        for _ in range(scale * 4_800 // size):
            reliability = float(random.beta(*RELIABILITY_PRIOR))
            severity = min(SEVERITY, (1 - reliability) / 2)
            panels.append(said_of(panel(random, size, reliability, random.integers(1, 4, size).tolist(), severity)))
    yield {"panels": len(panels)} | by_tenths(panels)


def grid(random: np.random.Generator, scale: int) -> Iterator[dict[str, Any]]:
    """At fixed reliabilities, two or three reviews a proposal."""
    for reliability in RELIABILITIES:
        for size in SIZES:
            counts = [2 + at % 2 for at in range(size)]
            panels = [said_of(panel(random, size, reliability, counts)) for _ in range(scale * 6_000 // size)]
            yield {"reliability": reliability, "proposals": size, "panels": len(panels)} | by_tenths(panels)


def gates(random: np.random.Generator, scale: int) -> Iterator[dict[str, Any]]:
    """How often severity is corrected where there is none, and where there is some (100 proposals, 3 reviews)."""
    for severity in (0.0, 0.05, 0.086, 0.2):
        runs = [panel(random, 100, 0.4, [3] * 100, severity) for _ in range(scale * 50)]
        corrected = [calibration.solve.__wrapped__(calibration.Problem(each.marks)).calibrated for each in runs]
        yield {"severity": severity, "panels": len(runs), "corrected": round(float(np.mean(corrected)), 3)}


def top(random: np.random.Generator, scale: int) -> Iterator[dict[str, Any]]:
    """Share of the true best quarter that the values find, and that plain means find (60 proposals, 1 to 5 reviews)."""
    gains, found = [], []
    for _ in range(scale * 100):
        severity = float(random.choice([0.0, SEVERITY, 0.2]))
        one = panel(random, 60, float(random.uniform(0.2, 0.6)), random.integers(1, 6, 60).tolist(), severity)
        estimates = calibration.solve.__wrapped__(calibration.Problem(one.marks)).estimates
        pool = Pool("all", 15, tuple((code, 1) for code in one.codes))
        best, chooser = one.best(pool), calibration.Chooser(pool)
        values, means = (
            np.array([[getattr(estimates[code], name) for code in one.codes]]) for name in ("value", "mean")
        )
        shares = [float((chooser.taken(each)[0] & best).sum() / 15) for each in (values, means)]
        found.append(shares)
        gains.append(shares[0] - shares[1])
    value, mean = np.mean(found, axis=0)
    error = float(np.std(gains) / len(gains) ** 0.5)
    yield {
        "panels": len(gains),
        "value": round(value, 3),
        "plain_mean": round(mean, 3),
        "standard_error": round(error, 4),
    }


def agreement(_random: np.random.Generator, _scale: int) -> Iterator[dict[str, Any]]:
    """Krippendorff's α of the published example."""
    rows = [(str(unit), float(level)) for row in PUBLISHED for unit, level in enumerate(row) if level is not None]
    yield {"alpha": round(alpha(rows) or 0.0, 3), "published": 0.849}


def more(random: np.random.Generator, scale: int) -> Iterator[dict[str, Any]]:
    """100 proposals, 25 places, two reviews each, then extra ones, ten at a time; at most six a proposal.

    Reliability .46 as in NeurIPS 2014. Found: share of the true best; regret: what the chosen lack in mean true value.
    """
    size, places, reliability = 100, 25, 0.46
    results: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for _ in range(scale * 20):
        start = panel(random, size, reliability, [2] * size, 0.0)
        scores = random.normal(start.truth[:, None], (1 - reliability) ** 0.5, (size, 4))  # the same for all policies
        pool = Pool("all", places, tuple((code, 1) for code in start.codes))
        best = start.best(pool)
        for policy in ("evenly", "one more"):
            marks, given, order = list(start.marks), [0] * size, random.permutation(size).tolist()
            for extra in range(0, 101, 10):
                known = shrunken(Design(tuple(marks)))
                values, spreads = known.centre, known.spread()
                if extra in (50, 100):
                    chosen = calibration.Chooser(pool).taken(values[None, :])[0]
                    lost = float(start.truth[best].mean() - start.truth[chosen].mean())
                    results.setdefault((policy, extra), []).append((float((chosen & best).sum() / places), lost))
                ranked = order[extra : extra + 10]
                if policy == "one more":
                    rows = zip(start.codes, values, spreads, strict=True)
                    scored = [Scored(code, float(value), float(spread), 0.5) for code, value, spread in rows]
                    ranked = [int(each.code[1:]) for each in one_more(pool, scored, known.noise)]
                for at in [at for at in ranked if given[at] < 4][:10]:
                    marks.append(Mark(start.codes[at], 10_000 + given[at], float(scores[at, given[at]])))
                    given[at] += 1
    for (policy, extra), rows in results.items():
        found, lost = np.mean(rows, axis=0)
        yield {
            "policy": policy,
            "extra": extra,
            "panels": len(rows),
            "found": round(found, 3),
            "regret": round(lost, 3),
        }


def speed(random: np.random.Generator, _scale: int) -> Iterator[dict[str, Any]]:
    """Everything at once: estimates, chances within capacity and limits, stability, agreement."""
    for proposals, each, reviewers in ((100, 3, 30), (1_000, 5, 250), (10_000, 5, 2_500)):
        truth = random.normal(3, 0.6, proposals)
        offsets = random.normal(0, 0.3, reviewers)
        marks = tuple(
            Mark(f"P{at:05}", int(r), float(truth[at] + offsets[r] + random.normal(0, 0.7)))
            for at in range(proposals)
            for r in random.choice(reviewers, each, replace=False)
        )
        one = Panel(marks, truth)
        problem = calibration.Problem(marks, (one.pool(proposals // 4),))
        clock = Clock()
        solution = calibration.solve.__wrapped__(problem)
        yield (
            {"proposals": proposals, "reviews": len(marks), "reviewers": reviewers}
            | clock.seconds()
            | {"corrected": solution.calibrated}
        )


PARTS = {
    "prior": prior,
    "grid": grid,
    "gates": gates,
    "top": top,
    "alpha": agreement,
    "more": more,
    "speed": speed,
}


def main(arguments: list[str]) -> None:
    parser = ArgumentParser(description="Check the ranking's numbers against panels whose truth is known.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all, if none is named")
    parser.add_argument("--panels", type=int, default=5, help="how many: 1 for a quick look, 5 for docs/scoring.md")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    for name in options.parts or PARTS:
        for result in PARTS[name](np.random.default_rng(options.seed), options.panels):
            print(json.dumps({"part": name} | result), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
