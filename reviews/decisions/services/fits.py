"""Questions to the scheduler before a release: asked, worked on, answered. No decision is touched."""

from collections.abc import Mapping
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
from expo.program.solver.prechecks import precheck

from .. import fitting
from ..models import Fit
from ..queries.fits import SEED, FitQuestion, check_question, scope_of
from ..queries.scenarios import asked_in
from ..queries.suggestion import joint_question
from ..states import FitKind
from .decisions import lock_decisions

CRASHED = "It stopped with an error; see the worker's log. Ask again; if it fails again, ask the operators."
VIEW_CHANGED = "What you may see has changed since you asked, so the answer would not be yours. Ask again."


@transaction.atomic
def start_fit(*, by: User, edition: Edition, kind: str, asked: Mapping[str, Any] | None = None) -> Fit:
    """Ask; a worker answers. Who sees the same proposals and asks the same meanwhile gets the same answer.

    `asked`: a what-if, as it is kept, that a suggested selection is to hold to.
    """
    require(by, "decisions.desk", edition)
    if kind not in list(FitKind):
        raise Invalid(
            "unknown-kind", "Ask whether the accepted sessions fit, or for a suggested selection.", field="kind"
        )
    edition = lock_decisions(edition)
    scope = scope_of(edition, by)
    same = Fit.objects.filter(edition=edition, kind=kind, scope=scope).under_way().first()
    parameters = dict(asked or {})
    if same is not None and same.parameters != parameters:
        raise WrongState("another-under-way", "Another suggestion is being worked on. Ask again when it is answered.")
    if same is not None:
        return cast(Fit, same)
    problem = _question(edition, by, kind, parameters).problem
    if not problem.items:
        raise WrongState(
            "nothing-to-place", "Nothing is accepted and nothing is reviewed yet, so there is nothing to schedule."
        )
    for finding in precheck(problem):
        if finding.code.startswith("no-") and finding.stops:
            raise WrongState(finding.code, finding.text)
    fit = Fit.objects.create(
        edition=edition,
        started_by=by,
        kind=kind,
        scope=scope,
        seed=SEED,
        stage="Waiting for a worker",
        parameters=parameters,
    )
    record("decisions.fit_asked", by=by, target=fit, data={"kind": kind})
    send("decisions.execute_fit", fit.pk)
    return fit


def _question(edition: Edition, by: User, kind: str, asked: Mapping[str, Any]) -> FitQuestion:
    if kind == FitKind.CHECK:
        return check_question(edition, by)
    return joint_question(edition, by, asked_in(asked)).asked


def execute_fit(fit_id: int) -> bool:
    """Work on a question: read what its chair may see, solve under a heartbeat, store the answer."""
    return work_on(Fit, fit_id, perform, lambda fit, _: fail(fit, CRASHED))


def perform(fit: Fit) -> None:
    """The work itself; raises LeaseLost as soon as another worker holds it."""
    report(fit, 0.02, "Reading the proposals")
    if not allowed(fit.started_by, "decisions.desk", fit.edition) or fit.scope != scope_of(fit.edition, fit.started_by):
        fail(fit, VIEW_CHANGED)
        return
    question = _question(fit.edition, fit.started_by, fit.kind, fit.parameters)
    report(fit, 0.05, "Looking for a timetable")
    if fit.kind == FitKind.CHECK:
        result = fitting.check(question.problem)
    else:
        result = fitting.joined(question.question, lambda share, words: report(fit, share, words))
    broken = fitting.broken(question.problem, result["placed"])
    if broken:
        fail(fit, f"The answer was refused by the checker, so it was not stored: {' '.join(broken)}")
        return
    with transaction.atomic():  # the answer and its journal entry, or neither: the lease decides
        finish(
            fit,
            "Answered",
            input_hash=question.fingerprint,
            versions={"ortools": version("ortools")},
            result={**result, "taken": question.taken_rows},
        )
        record("decisions.fit_answered", by=None, target=fit, data={"kind": fit.kind})


def sweep_fits() -> int:
    """Dispatch questions again that nobody works on; give up on one that killed several workers."""
    give_up(Fit)
    return requeue_stale(Fit, "decisions.execute_fit")
