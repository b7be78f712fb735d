"""From an engine's answer to a preview: looked at by the checker, explained, and stored under the lease."""

from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from django.db import transaction

from expo.journal.services import record
from expo.kit.runs import finish

from .. import wording
from ..models import Run
from ..queries.problem import moment
from ..solver import Placed, Problem, Solution, score, violations, why_here, why_not

EXPLAINED = 120  # above this the reasons are found when somebody asks for them
SOLVER = 3  # grows when the same input may give another timetable


def second_opinion(problem: Problem, solution: Solution) -> list[str]:
    """What the checker, which shares no code with the engine, finds wrong with an answer."""
    counted = score(problem, solution.places)
    wrong = [
        f"{tier.key} is {counted[tier.key]}, not {tier.value}."
        for tier in solution.tiers
        if counted[tier.key] != tier.value
    ]
    return violations(problem, solution.placed) + wrong


def store(run: Run, problem: Problem, versions: dict[int, int], solution: Solution, **extra: Any) -> None:
    """The preview, with what the run was asked and what is proved of it."""
    tiers = [asdict(tier) for tier in solution.tiers]
    left_out = [item for item in problem.items if item.id not in solution.places]
    _finish(
        run,
        input_hash=problem.fingerprint(),
        solver_status=wording.summary(tiers),
        objective=len(left_out),
        bound=sum(tier.bound for tier in solution.tiers if tier.key.startswith("left-out-")),
        reasons=list(solution.notes),
        versions={"solver": SOLVER, "ortools": version("ortools")},
        result={
            "placed": [_placed(problem, row, solution) for row in solution.placed],
            "left_out": [{"proposal": i.id, "reason": why_not(problem, i, solution.places)} for i in left_out],
            "tiers": tiers,
            "versions": {str(key): number for key, number in versions.items()},
        },
        **extra,
    )


@transaction.atomic
def _finish(run: Run, **fields: Any) -> None:
    """The preview and its journal entry, or neither: the lease decides."""
    finish(run, "Ready to look at", **fields)
    record("program.run_ready", by=None, target=run)


def _placed(problem: Problem, row: Placed, solution: Solution) -> dict[str, Any]:
    item = problem.item[row.item]
    return {
        "proposal": row.item,
        "room": row.place.room,
        "track": row.track,
        "starts_at": moment(row.place.start).isoformat(),
        "minutes": item.minutes,
        "why": why_here(problem, item, solution.places) if len(problem.items) <= EXPLAINED else [],
    }
