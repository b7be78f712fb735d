"""How good and how fast the matching is, against the bare solvers on the same arcs.

    python bench/assignment.py FILE.npz… [--generate PxRxC:supply …] [--json]

One line per instance, each measured in a process of its own, so that `peak_mb` is its own too (taken before the bare
solvers run). `seconds`: from arcs to the matching, with all aims, the certificate and the ties. `baseline_seconds`: one
OR-Tools min-cost flow over the same arcs, `lemon_seconds` one of LEMON, both with their building and without least
loads, for which they have no single call. All three are the best of `--repeat` rounds, run in turn.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import instances, rivals
from reviews.assignments.matching.engine import solve_instance
from reviews.assignments.matching.instance import Instance, Outcome, least, only, total
from reviews.assignments.matching.lottery import marginals
from reviews.assignments.matching.problem import Rules

Figures = dict[str, Any]
CAP = 0.9


def main() -> int:
    """Measure every instance asked for; 1 when one of them could not be."""
    asked = _arguments().parse_args()
    if asked.child:
        print(json.dumps(measured(asked.child, asked)))
        return 0
    failed = 0
    for spec in (*asked.files, *asked.generate):
        figures = _in_own_process(spec, asked)
        failed += figures is None
        if figures:
            print(json.dumps(figures) if asked.json else _plain(figures), flush=True)
    return 1 if failed else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", metavar="FILE.npz", help="with S, M, k, load_ub and perhaps load_lb")
    parser.add_argument("--generate", nargs="+", default=[], metavar="PxRxC:supply", help="made from a seed")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--repeat", type=int, default=3, help="rounds of the timed calls")
    parser.add_argument("--floors", default="0.01,0.02,0.05", help="shares of the total a floor may cost, '' for none")
    parser.add_argument("--seconds", type=float, default=60.0, help="the most time for each floor")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser


def _in_own_process(spec: str, asked: argparse.Namespace) -> Figures | None:
    options = (f"--repeat={asked.repeat}", f"--floors={asked.floors}", f"--seconds={asked.seconds}")
    made = subprocess.run(
        [sys.executable, __file__, *options, f"--child={spec}"], stdout=subprocess.PIPE, text=True, check=False
    )
    if made.returncode:
        print(f"{spec}: could not be measured", file=sys.stderr)
        return None
    figures: Figures = json.loads(made.stdout)
    return figures


def _plain(figures: Figures) -> str:
    return "  ".join(f"{name} {value}" for name, value in figures.items())


def measured(spec: str, asked: argparse.Namespace) -> Figures:
    """All figures of one instance; the plain ones first, so that nothing else is in the peak of memory."""
    instance, scale = instances.read(spec)
    outcome, first = _timed(lambda: solve_instance(instance, Rules()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "instance": Path(spec).stem if spec.endswith(".npz") else spec,
        **_size(instance),
        **_quality(instance, outcome, scale),
        **_pace(instance, outcome, first, asked.repeat, scale),
        "peak_mb": round(peak, 1),
        **_repair(instance, outcome, scale),
        **_capped(instance, outcome),
        "floors": [_floor(instance, float(share), asked.seconds, scale) for share in asked.floors.split(",") if share],
    }


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    answer = call()
    return answer, time.perf_counter() - begun


def _size(instance: Instance) -> Figures:
    proposals, reviewers, arcs = instance.size
    return {"proposals": proposals, "reviewers": reviewers, "arcs": arcs}


def _quality(instance: Instance, outcome: Outcome, scale: float) -> Figures:
    """`coverage`: the share of wanted reviews that are placed. `bound`: of the dual, nothing of it from the flow."""
    wanted = int(instance.needs.sum())
    return {
        "coverage": 1.0 if not wanted else int(outcome.chosen.sum()) / wanted,
        "total": total(instance, outcome.chosen) / scale,
        "bound": outcome.bound("affinity") / scale,
        "minimum": least(instance, outcome.chosen) / scale,
    }


def _pace(instance: Instance, outcome: Outcome, first: float, rounds: int, scale: float) -> Figures:
    """Libraries are loaded before the clock runs. `baseline_total`: what OR-Tools makes of the same arcs."""
    arcs = rivals.arcs_of(instance)
    rivals.warm()
    ours, theirs, lemons = [first], [], []
    for _ in range(max(1, rounds)):
        ours.append(_timed(lambda: solve_instance(instance, Rules()))[1])
        cost, seconds = _timed(lambda: rivals.ortools(arcs))
        theirs.append(seconds)
        lemons.append(_timed(lambda: rivals.lemon(arcs))[1])
    worth = int(outcome.chosen.sum()) * int(instance.units.max(initial=0)) - cost
    return {
        "baseline_total": worth / scale,
        "seconds": round(min(ours), 4),
        "baseline_seconds": round(min(theirs), 4),
        "ratio": round(min(ours) / min(theirs), 3),
        "lemon_seconds": round(min(lemons), 4),
    }


def _repair(instance: Instance, outcome: Outcome, scale: float) -> Figures:
    """The busiest reviewer declines one review; everything else is offered and should stay. `touched`: what did not."""
    taken = np.flatnonzero(outcome.chosen)
    if not len(taken):
        return {"repair_touched": 0, "repair_placed": 0, "repair_seconds": 0.0}
    busiest = np.bincount(instance.reviewer[taken]).argmax()
    declined = taken[instance.reviewer[taken] == busiest][0]
    left = np.arange(len(outcome.chosen)) != declined
    rest = only(replace(instance, kept=outcome.chosen), left)
    mended, seconds = _timed(lambda: solve_instance(rest, Rules(stay="keep")))
    return {
        "repair_touched": int((rest.kept & ~mended.chosen).sum()),
        "repair_placed": int((mended.chosen & ~rest.kept).sum()),
        "repair_total": total(rest, mended.chosen) / scale,
        "repair_seconds": round(seconds, 4),
    }


def _capped(instance: Instance, outcome: Outcome) -> Figures:
    """What is expected when no pair may come out with more than this probability, as a share of the optimum."""
    found, seconds = _timed(lambda: marginals(instance, Rules(chance=CAP)))
    best = total(instance, outcome.chosen)
    expected = float(found.chances @ instance.units)
    return {"cap": CAP, "cap_share": round(expected / best, 5) if best else None, "cap_seconds": round(seconds, 4)}


def _floor(instance: Instance, share: float, most: float, scale: float) -> Figures:
    """The highest floor within a share of the total, and how far the total is from what such a floor allows at best."""
    outcome, seconds = _timed(lambda: solve_instance(instance, Rules(floor_share=share, seconds=most)))
    reached = total(instance, outcome.chosen)
    bound = int(next(stage.bound for stage in reversed(outcome.stages) if stage.name == "affinity"))
    return {
        "share": share,
        "floor": None if outcome.floor is None else outcome.floor / scale,
        "total": reached / scale,
        "minimum": least(instance, outcome.chosen) / scale,
        "bound": bound / scale,
        "gap": (bound - reached) / abs(bound) if bound else 0.0,
        "seconds": round(seconds, 4),
    }


if __name__ == "__main__":
    sys.exit(main())
