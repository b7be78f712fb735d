"""How good and how fast the matching is, against the bare solvers on the same arcs.

    python bench/assignment.py FILE.npz… [--generate PxRxC:supply …] [--json]

One line per instance, each measured in a process of its own, so that `peak_mb` is its own too (taken before the bare
solvers run). `seconds`: from arcs to the matching, with all objectives, the certificate and the ties.
`baseline_seconds`: one OR-Tools min-cost flow over the same arcs, `lemon_seconds` one of LEMON, both with building it
and without least loads, for which they have no single call. All three are the best of `--repeat` rounds, run in turn.
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

from bench import baselines, instances
from reviews.assignments.matching.engine import solve_instance
from reviews.assignments.matching.instance import Instance, Matching, least, only, total
from reviews.assignments.matching.lottery import marginals
from reviews.assignments.matching.problem import Rules

Figures = dict[str, Any]
CAP = 0.9


def main() -> int:
    """Measure every instance asked for; 1 when one of them could not be."""
    options = _arguments().parse_args()
    if options.child:
        print(json.dumps(measured(options.child, options)))
        return 0
    failed = 0
    for spec in (*options.files, *options.generate):
        figures = _in_own_process(spec, options)
        failed += figures is None
        if figures:
            print(json.dumps(figures) if options.json else _plain(figures), flush=True)
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


def _in_own_process(spec: str, options: argparse.Namespace) -> Figures | None:
    flags = (f"--repeat={options.repeat}", f"--floors={options.floors}", f"--seconds={options.seconds}")
    process = subprocess.run(
        [sys.executable, __file__, *flags, f"--child={spec}"], stdout=subprocess.PIPE, text=True, check=False
    )
    if process.returncode:
        print(f"{spec}: could not be measured", file=sys.stderr)
        return None
    figures: Figures = json.loads(process.stdout)
    return figures


def _plain(figures: Figures) -> str:
    return "  ".join(f"{name} {value}" for name, value in figures.items())


def measured(spec: str, options: argparse.Namespace) -> Figures:
    """All figures of one instance; the plain ones first, so that nothing else is in the peak of memory."""
    instance, scale = instances.read(spec)
    matching, first = _timed(lambda: solve_instance(instance, Rules()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "instance": Path(spec).stem if spec.endswith(".npz") else spec,
        **_size(instance),
        **_quality(instance, matching, scale),
        **_pace(instance, matching, first, options.repeat, scale),
        "peak_mb": round(peak, 1),
        **_repair(instance, matching, scale),
        **_capped(instance, matching),
        "floors": [
            _floor(instance, float(share), options.seconds, scale) for share in options.floors.split(",") if share
        ],
    }


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    answer = call()
    return answer, time.perf_counter() - start


def _size(instance: Instance) -> Figures:
    proposals, reviewers, arcs = instance.size
    return {"proposals": proposals, "reviewers": reviewers, "arcs": arcs}


def _quality(instance: Instance, matching: Matching, scale: float) -> Figures:
    """`coverage`: the share of needed reviews that are assigned. `bound`: of the dual, nothing of it from the flow."""
    needed = int(instance.needs.sum())
    return {
        "coverage": 1.0 if not needed else int(matching.chosen.sum()) / needed,
        "total": total(instance, matching.chosen) / scale,
        "bound": matching.bound("affinity") / scale,
        "minimum": least(instance, matching.chosen) / scale,
    }


def _pace(instance: Instance, matching: Matching, first: float, rounds: int, scale: float) -> Figures:
    """Libraries are loaded before the clock runs. `baseline_total`: what OR-Tools makes of the same arcs."""
    arcs = baselines.arcs_of(instance)
    baselines.warm()
    ours, theirs, lemons = [first], [], []
    for _ in range(max(1, rounds)):
        ours.append(_timed(lambda: solve_instance(instance, Rules()))[1])
        cost, seconds = _timed(lambda: baselines.ortools(arcs))
        theirs.append(seconds)
        lemons.append(_timed(lambda: baselines.lemon(arcs))[1])
    worth = int(matching.chosen.sum()) * int(instance.units.max(initial=0)) - cost
    return {
        "baseline_total": worth / scale,
        "seconds": round(min(ours), 4),
        "baseline_seconds": round(min(theirs), 4),
        "ratio": round(min(ours) / min(theirs), 3),
        "lemon_seconds": round(min(lemons), 4),
    }


def _repair(instance: Instance, matching: Matching, scale: float) -> Figures:
    """The busiest reviewer declines one review; all else is offered and should stay. `touched`: what does not."""
    taken = np.flatnonzero(matching.chosen)
    if not len(taken):
        return {"repair_touched": 0, "repair_placed": 0, "repair_seconds": 0.0}
    busiest = np.bincount(instance.reviewer[taken]).argmax()
    declined = taken[instance.reviewer[taken] == busiest][0]
    left = np.arange(len(matching.chosen)) != declined
    rest = only(replace(instance, kept=matching.chosen), left)
    repaired, seconds = _timed(lambda: solve_instance(rest, Rules(stay="keep")))
    return {
        "repair_touched": int((rest.kept & ~repaired.chosen).sum()),
        "repair_placed": int((repaired.chosen & ~rest.kept).sum()),
        "repair_total": total(rest, repaired.chosen) / scale,
        "repair_seconds": round(seconds, 4),
    }


def _capped(instance: Instance, matching: Matching) -> Figures:
    """What is expected when no pair may come out with more than this probability, as a share of the optimum."""
    probabilities, seconds = _timed(lambda: marginals(instance, Rules(chance=CAP)))
    best = total(instance, matching.chosen)
    expected = float(probabilities.chances @ instance.units)
    return {"cap": CAP, "cap_share": round(expected / best, 5) if best else None, "cap_seconds": round(seconds, 4)}


def _floor(instance: Instance, share: float, most: float, scale: float) -> Figures:
    """The highest floor within a share of the total, and how far the total is from what such a floor allows at best."""
    matching, seconds = _timed(lambda: solve_instance(instance, Rules(floor_share=share, seconds=most)))
    reached = total(instance, matching.chosen)
    bound = int(next(stage.bound for stage in reversed(matching.stages) if stage.name == "affinity"))
    return {
        "share": share,
        "floor": None if matching.floor is None else matching.floor / scale,
        "total": reached / scale,
        "minimum": least(instance, matching.chosen) / scale,
        "bound": bound / scale,
        "gap": (bound - reached) / abs(bound) if bound else 0.0,
        "seconds": round(seconds, 4),
    }


if __name__ == "__main__":
    sys.exit(main())
