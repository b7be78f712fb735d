"""From a preview to offers: all or nothing, checked again against what happened since."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.services import record
from expo.kit.errors import NotAllowed, WrongState
from expo.kit.policy import require
from expo.kit.runs import RunState, move
from expo.proposals.models import Proposal
from expo.proposals.queries import behind_the_wall, wall
from expo.proposals.states import ProposalState

from .. import queries
from ..models import Assignment, Run
from ..states import LIVE
from .offers import hold_queue, invite, offer


@dataclass(frozen=True)
class Published:
    """What a publish did: offers made, and pairs left out with their reasons in the run."""

    offered: int
    dropped: int


@transaction.atomic
def publish_run(*, by: User, run: Run) -> Published:
    """Offer what a preview proposes; pairs that no longer fit are left out, each with its reason."""
    require(by, "assignments.publish", run)
    run = _locked(run)
    _check_publish(by, run)
    hold_queue(run.edition)
    pairs, proposals, people = _checked(by, run)
    offers = [_offer(run, pair, proposals, people) for pair in pairs if not pair.get("dropped")]
    Assignment.objects.bulk_create(offers)
    move(run, RunState.PUBLISHED, result={**(run.result or {}), "pairs": pairs})
    entry = record("assignments.run_published", by=by, target=run)
    for reviewer, count in Counter(each.reviewer for each in offers).items():
        invite(reviewer, run.edition, entry, count, run.edition.reviews_due_at)
    return Published(len(offers), len(pairs) - len(offers))


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
    record("assignments.run_discarded", by=by, target=run)
    return run


def _locked(run: Run) -> Run:
    rows = Run.objects.select_for_update(of=("self",)).select_related("edition", "started_by")
    locked: Run = rows.get(pk=run.pk)
    return locked


def _check_publish(by: User, run: Run) -> None:
    if run.state == RunState.PUBLISHED:
        raise WrongState(
            "already-published",
            "This run is published already; its offers are on the board. Start a new run to fill gaps.",
        )
    if run.state != RunState.PREVIEW:
        raise WrongState("no-preview", "This run has no preview to publish. Reload the page to see where it stands.")
    hidden = wall(by, run.edition)
    inside = Proposal.objects.filter(pk__in={pair["proposal"] for pair in (run.result or {}).get("pairs", [])})
    if any(hidden.hides(proposal) for proposal in inside):
        raise NotAllowed(
            "run-behind-wall",
            "Part of this run is hidden from you by a conflict, so you cannot publish it. "
            "Another cochair can, or you discard it and start one of your own.",
        )


def _checked(by: User, run: Run) -> tuple[list[dict[str, Any]], dict[int, Proposal], dict[int, queries.Person]]:
    """The run's pairs, those that no longer fit marked with the reason. Proposals stay locked until the commit."""
    pairs = (run.result or {}).get("pairs", [])
    ids = sorted({pair["proposal"] for pair in pairs})
    locked = Proposal.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("id")
    proposals = {proposal.pk: proposal for proposal in locked}
    people = {each.id: each for each in queries.people(run.edition)}
    now = _Now.read(by, run.edition, proposals, people)
    return [{**pair, "dropped": now.take(pair["proposal"], pair["reviewer"])} for pair in pairs], proposals, people


def _offer(
    run: Run, pair: dict[str, Any], proposals: dict[int, Proposal], people: dict[int, queries.Person]
) -> Assignment:
    return offer(
        proposal=proposals[pair["proposal"]],
        reviewer=people[pair["reviewer"]].user,
        due_at=run.edition.reviews_due_at,
        affinity=pair["affinity"],
        why=pair["why"],
        seed=run.seed,
        run=run,
    )


@dataclass
class _Now:
    """How things stand at publication, as far as the publisher may see; `take` counts a pair in or says why not."""

    proposals: dict[int, Proposal]
    people: dict[int, queries.Person]
    found: queries.Barriers
    on_it: dict[int, set[int]]
    load: Counter[int]
    needs: int

    @classmethod
    def read(
        cls, by: User, edition: Edition, proposals: dict[int, Proposal], people: dict[int, queries.Person]
    ) -> "_Now":
        on_it: dict[int, set[int]] = defaultdict(set)
        load: Counter[int] = Counter()
        live = Assignment.objects.filter(edition=edition, state__in=LIVE)
        seen = live.exclude(proposal__in=behind_the_wall(by, edition))
        for proposal, reviewer in seen.values_list("proposal_id", "reviewer_id"):
            on_it[proposal].add(reviewer)
            load[reviewer] += 1
        found = queries.barriers(edition, [each.user for each in people.values()], proposals.values())
        return cls(proposals, people, found, on_it, load, edition.reviews_per_proposal)

    def take(self, proposal: int, reviewer: int) -> str:
        reason = self._reason(proposal, reviewer)
        if not reason:
            self.on_it[proposal].add(reviewer)
            self.load[reviewer] += 1
        return reason

    def _reason(self, proposal: int, reviewer: int) -> str:
        if proposal not in self.proposals or self.proposals[proposal].state != ProposalState.SUBMITTED:
            return "The proposal no longer awaits review."
        if reviewer not in self.people:
            return "No longer a reviewer of this edition."
        if reviewer in self.on_it[proposal]:
            return "Has this proposal already."
        return self.found.between(proposal, reviewer) or self._no_room(proposal, reviewer)

    def _no_room(self, proposal: int, reviewer: int) -> str:
        person = self.people[reviewer]
        if person.is_paused:
            return "Has paused since."
        if self.load[reviewer] >= person.most:
            return "Has a full load since."
        return "The proposal has all its reviews since." if len(self.on_it[proposal]) >= self.needs else ""
