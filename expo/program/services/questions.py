"""Why is it unscheduled? Asked by a chair, worked on, answered. Nothing of the timetable changes."""

from importlib.metadata import version

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
from ..solver.prechecks import precheck
from .sessions import lock_timetable

TASK = "program.answer_why_not"
CRASHED = "It stopped with an error; the worker's log has it. Ask again; if it fails too, ask the operators."
CHANGED = "The timetable, or what you may see of it, changed before the work began. Ask again."


@transaction.atomic
def ask(*, by: User, proposal: Proposal) -> Question:
    """Ask for the minimum changes that fit an unscheduled session. Who sees the same has asked the same."""
    require(by, "program.place", proposal)
    edition = lock_timetable(proposal.edition)
    proposal = Proposal.objects.select_related("edition").get(pk=proposal.pk)
    now = current_question(proposal, by)
    if now is None and proposal.state not in PLACEABLE:
        raise WrongState(
            "not-accepted", f"“{proposal.title}” is not accepted, so it cannot be scheduled. Decide on it first."
        )
    if now is None:
        raise WrongState(
            "has-a-place",
            f"“{proposal.title}” is scheduled now. Its page says why it is there, and where else it could be.",
        )
    same = latest_question(proposal, now.fingerprint)
    if same is not None and same.state != RunState.FAILED:
        return same
    for finding in precheck(now.visible.problem):
        if finding.code.startswith("no-") and finding.stops:
            raise WrongState(finding.code, finding.text)
    question = Question.objects.create(
        edition=edition,
        proposal=proposal,
        started_by=by,
        seed=now.visible.problem.seed,
        input_hash=now.fingerprint,
        stage="Waiting for a worker",
    )
    record("program.why_not_asked", by=by, target=question)
    send(TASK, question.pk)
    return question


def answer(question_id: int) -> bool:
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
    result = computed_answer(now, lambda share, stage: report(question, share, stage))
    with transaction.atomic():  # the answer and its journal entry, or neither: the lease decides
        finish(question, "Answered", versions={"ortools": version("ortools")}, result=result)
        record("program.why_not_answered", by=None, target=question)
