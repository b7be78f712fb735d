"""From a preview to offers: all or nothing, checked again against what happened since."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.kit.errors import NotAllowed, WrongState
from expo.kit.policy import require
from expo.kit.runs import RunState, move
from expo.proposals.models import Proposal
from expo.proposals.queries import wall
from expo.proposals.services import require_answers

from ..models import Assignment, Run
from ..queries import roster
from ..queries.results import cost_words
from ..states import LIVE, AssignmentState
from .checking import Now
from .dates import Dates
from .facts import note
from .offers import end, hold_queue, invite, offer, tell_released
from .wanting import want

Row = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """What a publish did: offers made and taken back, and pairs left out with their reasons in the run."""

    offered: int
    dropped: int
    withdrawn: int = 0


@transaction.atomic
def publish_run(*, by: User | None, run: Run) -> Published:
    """Offer what a preview proposes and take back what it gives up; what no longer fits is left out with its reason."""
    if by is not None:
        require(by, "assignments.publish", run)
    run = _locked(run)
    _check_publish(by, run)
    hold_queue(run.edition)
    proposals = _held_proposals(run)
    withdrawn = _take_back(run)
    pairs, people = _checked(by, run, proposals)
    offers = _offers(run, [pair for pair in pairs if not pair["dropped"]], proposals, people)
    Assignment.objects.bulk_create(offers)
    move(run, RunState.PUBLISHED, result={**(run.result or {}), "pairs": pairs, "withdrawn": withdrawn})
    _announce(by, run, offers)
    if len(offers) < len(pairs):
        want(run.edition_id)
    return Published(len(offers), len(pairs) - len(offers), sum(not row["dropped"] for row in withdrawn))


def _announce(by: User | None, run: Run, offers: list[Assignment]) -> None:
    entry = note("published", run, by)
    for reviewer, count in Counter(each.reviewer for each in offers).items():
        invite(reviewer, run.edition, entry, count, offers[0].due_at)


@transaction.atomic
def discard_run(*, by: User, run: Run) -> Run:
    """Throw a run away, whether it waits, works or has a preview; nothing was assigned and nothing will be."""
    require(by, "assignments.run", run)
    run = _locked(run)
    if run.state == RunState.DISCARDED:
        return run
    if run.state == RunState.PUBLISHED:
        raise WrongState("already-published", "This run is published. Release single assignments on the board instead.")
    move(run, RunState.DISCARDED, stage="Discarded")
    note("discarded", run, by)
    return run


def _locked(run: Run) -> Run:
    rows = Run.objects.select_for_update(of=("self",)).select_related("edition", "started_by")
    locked: Run = rows.get(pk=run.pk)
    return locked


def _check_publish(by: User | None, run: Run) -> None:
    if run.state == RunState.PUBLISHED:
        raise WrongState(
            "already-published",
            "This run is published already; its offers are on the board. Start a new run to fill gaps.",
        )
    if run.state != RunState.PREVIEW:
        raise WrongState("no-preview", "This run has no preview to publish. Reload the page to see where it stands.")
    if by is None:
        return
    hidden = wall(by, run.edition)
    inside = list(Proposal.objects.filter(pk__in=_touched(run)))
    if any(hidden.asks(proposal) for proposal in inside):
        require_answers(by, run.edition)
    if any(hidden.hides(proposal) for proposal in inside):
        raise NotAllowed(
            "run-behind-wall",
            "Part of this run is hidden from you by a conflict, so you cannot publish it. "
            "Another cochair can, or you discard it and start one of your own.",
        )


def _touched(run: Run) -> list[int]:
    """Every proposal that gains or loses a reviewer."""
    result = run.result or {}
    return sorted({row["proposal"] for name in ("pairs", "withdrawn") for row in result.get(name, [])})


def _held_proposals(run: Run) -> dict[int, Proposal]:
    """Locked until the commit: nothing is withdrawn or submitted again meanwhile."""
    locked = Proposal.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=_touched(run)).order_by("id")
    return {proposal.pk: proposal for proposal in locked}


def _take_back(run: Run) -> list[Row]:
    """Unanswered offers that the run gives up; what was answered since stays, and says so."""
    rows = (run.result or {}).get("withdrawn", [])
    live = Assignment.objects.select_for_update(of=("self",)).filter(
        edition=run.edition, proposal__in={row["proposal"] for row in rows}, state__in=LIVE
    )
    found = {
        (each.proposal_id, each.reviewer_id): each
        for each in live.select_related("edition", "proposal", "reviewer").order_by("id")
    }
    mine = [(row, found.get((row["proposal"], row["reviewer"]))) for row in rows]
    reason = "The offer was taken back by a new matching."
    back = [each for _, each in mine if each is not None and each.state == AssignmentState.OFFERED]
    dropped = [{**row, "dropped": _not_taken_back(each)} for row, each in mine]
    tell_released([(each, end(each, AssignmentState.RELEASED, by=None, reason=reason)) for each in back])
    return dropped


def _not_taken_back(assignment: Assignment | None) -> str:
    """Why an offer stays as it is; nothing for one that is taken back."""
    if assignment is None:
        return "Has ended already."
    return "" if assignment.state == AssignmentState.OFFERED else "Was accepted since."


def _checked(by: User | None, run: Run, proposals: dict[int, Proposal]) -> tuple[list[Row], dict[int, roster.Person]]:
    """The run's pairs, those that no longer fit marked with the reason."""
    people = {each.id: each for each in roster.people(run.edition)}
    now = Now.read(by, run.edition, proposals, people)
    pairs = (run.result or {}).get("pairs", [])
    return [{**pair, "dropped": now.take(pair["proposal"], pair["reviewer"])} for pair in pairs], people


def _offers(
    run: Run, pairs: list[Row], proposals: dict[int, Proposal], people: dict[int, roster.Person]
) -> list[Assignment]:
    dates = Dates.of(run.edition)
    names = _names(pairs)
    return [
        offer(
            proposal=proposals[pair["proposal"]],
            reviewer=people[pair["reviewer"]],
            dates=dates,
            affinity=pair["affinity"],
            why=pair["why"],
            instead=[_instead(row, names) for row in pair.get("instead", [])],
            seed=run.seed,
            run=run,
        )
        for pair in pairs
    ]


def _names(pairs: list[Row]) -> dict[int, str]:
    ids = {row["reviewer"] for pair in pairs for row in pair.get("instead", [])}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)}


def _instead(row: Row, names: dict[int, str]) -> str:
    """For chairs: who else, and what that would have cost."""
    told = names.get(row["reviewer"], "Somebody who left")
    cost = f"{cost_words(row['loss'])} with the same coverage, kept offers and least loads"
    return f"{told}: affinity {row['affinity']:.2f}; {cost}."
