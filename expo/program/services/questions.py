"""Why has it no place? Asked by a chair, worked on, answered. Nothing of the timetable changes."""

from importlib.metadata import version
from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.journal.services import record
from expo.kit.errors import WrongState
from expo.kit.policy import allowed, require
from expo.kit.queue import send
from expo.kit.runs import RunState, fail, finish, report, work_on
from expo.proposals.models import Proposal
from expo.proposals.states import PLACEABLE

from ..models import Question
from ..queries.why_not import computed_answer, current_question, latest_question
from ..solver import Problem, precheck
from .writing import take_turn

TASK = "program.answer_why_not"
CRASHED = "It stopped with an error, which the worker's log tells. Ask again; if it fails too, ask the operators."
CHANGED = "The timetable, or what you may see of it, changed before the work began. Ask again."


@transaction.atomic
def ask_why_not(*, by: User, proposal: Proposal) -> Question:
    """Ask what would have to give way for a session without a place. Who sees the same has asked the same."""
    require(by, "program.place", proposal)
    edition = take_turn(proposal.edition)
    proposal = Proposal.objects.select_related("edition").get(pk=proposal.pk)
    now = current_question(proposal, by)
    if now is None:
        raise _nothing_to_ask(proposal)
    same = latest_question(proposal, now.fingerprint)
    if same is not None and same.state != RunState.FAILED:
        return same
    _refuse_hopeless(now.seen.problem)
    question = Question.objects.create(
        edition=edition,
        proposal=proposal,
        started_by=by,
        seed=now.seen.problem.seed,
        input_hash=now.fingerprint,
        stage="Waiting for a worker",
    )
    record("program.why_not_asked", by=by, target=question)
    send(TASK, question.pk)
    return question


def _nothing_to_ask(proposal: Proposal) -> WrongState:
    if proposal.state not in PLACEABLE:
        return WrongState(
            "not-accepted", f"“{proposal.title}” is not accepted, so it waits for no place. Decide on it first."
        )
    return WrongState(
        "has-a-place",
        f"“{proposal.title}” has a place now. Its page says why it is there, and where else it could be.",
    )


def _refuse_hopeless(problem: Problem) -> None:
    for finding in precheck(problem):
        if finding.code.startswith("no-") and finding.stops:
            raise WrongState(finding.code, finding.text)


def answer_why_not(question_id: int) -> bool:
    """Work on a question: read what its chair may see, search under a heartbeat, store the answer."""
    return work_on(Question, question_id, perform, lambda question, _: fail(question, CRASHED))


def perform(question: Question) -> None:
    """The work itself; raises LeaseLost as soon as another worker holds it."""
    report(question, 0.02, "Reading the timetable")
    is_allowed = allowed(question.started_by, "program.place", question.proposal)
    now = current_question(question.proposal, question.started_by) if is_allowed else None
    if now is None or now.fingerprint != question.input_hash:
        fail(question, CHANGED)
        return
    _store(question, computed_answer(now, lambda share, words: report(question, share, words)))


@transaction.atomic
def _store(question: Question, result: dict[str, Any]) -> None:
    """The answer and its journal entry, or neither: the lease decides."""
    finish(
        question,
        "Answered",
        versions={"ortools": version("ortools")},
        result=result,
    )
    record("program.why_not_answered", by=None, target=question)
