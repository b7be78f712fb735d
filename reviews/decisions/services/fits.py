"""Questions to the scheduler before verdicts leave: asked, worked on, answered. No verdict is touched."""

from importlib.metadata import version
from typing import Any, cast

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.services import record
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import allowed, require
from expo.kit.queue import send
from expo.kit.runs import fail, finish, give_up, report, requeue_stale, work_on
from expo.program.solver import Problem, precheck

from .. import fitting, queries
from ..models import Fit
from ..queries import WhatIf
from ..states import FitKind
from .ground import hold

CRASHED = "It stopped with an error, which the worker's log tells. Ask again; if it fails too, ask the operators."
OTHER_EYES = "What you may see has changed since you asked, so the answer would not be yours. Ask again."


@transaction.atomic
def start_fit(*, by: User, edition: Edition, kind: str, what_if: WhatIf | None = None) -> Fit:
    """Ask; a worker answers. Who sees the same proposals and asks the same meanwhile gets the same answer."""
    require(by, "decisions.desk", edition)
    if kind not in list(FitKind):
        raise Invalid("unknown-kind", "Ask whether the accepted fit, or for a joint suggestion.", field="kind")
    edition = hold(edition)
    scope = queries.scope_of(edition, by)
    same = Fit.objects.filter(edition=edition, kind=kind, scope=scope).under_way().first()
    if same is not None:
        return cast(Fit, same)
    _refuse_hopeless(queries.asked(edition, by, kind, what_if).problem)
    fit = Fit.objects.create(
        edition=edition,
        started_by=by,
        kind=kind,
        scope=scope,
        seed=queries.SEED,
        stage="Waiting for a worker",
        parameters=_written(what_if),
    )
    record("decisions.fit_asked", by=by, target=fit, data={"kind": kind})
    send("decisions.execute_fit", fit.pk)
    return fit


def _refuse_hopeless(problem: Problem) -> None:
    if not problem.items:
        raise WrongState(
            "nothing-to-place", "Nothing is accepted and nothing is reviewed yet, so there is nothing to place."
        )
    for finding in precheck(problem):
        if finding.code.startswith("no-") and finding.stops:
            raise WrongState(finding.code, finding.text)


def _written(what_if: WhatIf | None) -> dict[str, Any]:
    return {"places": dict(what_if.places), "cap": what_if.cap, "bar": what_if.bar} if what_if else {}


def execute_fit(fit_id: int) -> bool:
    """Work on a question: read what its chair may see, solve under a heartbeat, store the answer."""
    return work_on(Fit, fit_id, perform, lambda fit, _: fail(fit, CRASHED))


def perform(fit: Fit) -> None:
    """The work itself; raises LeaseLost as soon as another worker holds it."""
    report(fit, 0.02, "Reading the proposals")
    if not allowed(fit.started_by, "decisions.desk", fit.edition) or fit.scope != queries.scope_of(
        fit.edition, fit.started_by
    ):
        fail(fit, OTHER_EYES)
        return
    found = queries.asked(fit.edition, fit.started_by, fit.kind, queries.what_if_of(fit))
    report(fit, 0.05, "Looking for a timetable")
    if fit.kind == FitKind.CHECK:
        result = fitting.check(found.problem)
    else:
        result = fitting.joined(found.question, lambda share, words: report(fit, share, words))
    broken = fitting.broken(found.problem, result["placed"])
    if broken:
        fail(fit, f"The answer was refused by the checker, so it was not stored: {' '.join(broken)}")
        return
    _store(fit, found, result)


@transaction.atomic
def _store(fit: Fit, found: queries.Asked, result: dict[str, Any]) -> None:
    """The answer and its journal entry, or neither: the lease decides."""
    finish(
        fit,
        "Answered",
        input_hash=found.fingerprint,
        versions={"ortools": version("ortools")},
        result={**result, "taken": queries.written(found.taken)},
    )
    record("decisions.fit_answered", by=None, target=fit, data={"kind": fit.kind})


def sweep_fits() -> int:
    """Ring again for questions that nobody works on; give up on one that killed several workers."""
    give_up(Fit)
    return requeue_stale(Fit, "decisions.execute_fit")
