"""The desk: every proposal a chair may decide, with its verdict so far and what the selection suggests."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.states import DECIDABLE, ProposalState
from reviews.scoring.queries import Overview, PlacePool, Standing, overview

from .. import selection
from ..models import Batch, Decision
from ..states import BatchState, Reason, Verdict
from .basis import Basis, basis
from .batches import open_batches
from .problem import NOTHING_ASKED, WhatIf, key_of, selection_problem


@dataclass(frozen=True)
class Row:
    """One proposal on the desk. `accepted` of `limit`: what its sponsor has accepted of this format, and may have.

    `reasons`: the computed reason for each verdict, from the decisions so far.
    """

    standing: Standing
    decision: Decision | None
    suggestion: selection.Answer
    accepted: int
    limit: int
    reasons: dict[Verdict, Reason]

    @property
    def choices(self) -> list[tuple[Verdict, Reason]]:
        """Each verdict with the reason that one click records; the present one with its own."""
        mine = self.decision
        return [
            (verdict, Reason(mine.reason) if mine and mine.verdict == verdict else reason)
            for verdict, reason in self.reasons.items()
        ]

    @property
    def proposal(self) -> Proposal:
        return self.standing.proposal

    @property
    def version(self) -> int:
        return self.decision.version if self.decision else 0

    @property
    def is_released(self) -> bool:
        batch = self.decision.batch if self.decision else None
        return batch is not None and batch.state == BatchState.RELEASED

    @property
    def is_decided(self) -> bool:
        return self.decision is not None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a verdict by which it is in or out: one click on the desk gives it."""
        return self.proposal.state in (ProposalState.SUBMITTED, ProposalState.WAITLISTED)

    @property
    def may_decide(self) -> bool:
        """Whether a verdict may be given: also a rejection may be superseded."""
        return self.proposal.state in DECIDABLE


@dataclass(frozen=True)
class PoolCount:
    """A pool's places beside the verdicts so far, in places (or minutes)."""

    pool: PlacePool
    taken: int
    accepted: int
    waitlisted: int
    rejected: int
    undecided: int

    @property
    def is_over(self) -> bool:
        return self.pool.units is not None and self.taken > self.pool.units


@dataclass(frozen=True)
class Desk:
    """Everything the desk shows, over what the viewer may see."""

    overview: Overview
    basis: Basis
    rows: tuple[Row, ...]
    pools: tuple[PoolCount, ...]
    batches: tuple[Batch, ...]
    undecided: int
    middle: int
    unbatched: int

    def of(self, proposal: Proposal) -> Row | None:
        return next((row for row in self.rows if row.proposal.pk == proposal.pk), None)


def desk(edition: Edition, viewer: User, what_if: WhatIf | None = None) -> Desk:
    """A constant number of queries, whatever the number of proposals."""
    asked = what_if or NOTHING_ASKED
    known = basis(edition, viewer)
    ground = overview(edition, viewer, asked.places) if asked.places else known.overview
    suggested = selection.solve(selection_problem(ground, known.decisions, known.limits, asked)).answers
    rows = tuple(
        Row(
            standing,
            known.decisions.get(standing.proposal.pk),
            _with_flag(suggested[standing.proposal.code], standing),
            known.used[key_of(standing.proposal)],
            known.limits.get(key_of(standing.proposal), 0),
            {verdict: known.reason(standing, verdict) for verdict in Verdict},
        )
        for standing in ground.standings
    )
    return Desk(
        overview=ground,
        basis=known,
        rows=rows,
        pools=tuple(_count(pool, rows) for pool in ground.pools),
        batches=tuple(open_batches(edition)),
        undecided=sum(not row.is_decided for row in rows),
        middle=sum(row.standing.is_in_middle for row in rows),
        unbatched=sum(row.decision is not None and row.decision.batch_id is None for row in rows),
    )


def _with_flag(answer: selection.Answer, standing: Standing) -> selection.Answer:
    """The suggestion goes by points; reviews that flag recruiting are said with it."""
    if not standing.recruiting or answer.cause == selection.Cause.DECIDED:
        return answer
    count = f"{standing.recruiting} of {standing.reviews} reviews"
    flag = f"{count} {'flags' if standing.recruiting == 1 else 'flag'} recruiting or sales: read them first."
    return replace(answer, why=f"{answer.why} {flag}")


def _count(pool: PlacePool, rows: Sequence[Row]) -> PoolCount:
    mine = [row for row in rows if row.standing.pool.key == pool.key]
    by_verdict = Counter(row.decision.verdict for row in mine if row.decision)
    taken = [row.proposal for row in mine if row.decision and row.decision.verdict == Verdict.ACCEPT]
    return PoolCount(
        pool,
        sum(pool.size(proposal.format) for proposal in taken),
        by_verdict[Verdict.ACCEPT],
        by_verdict[Verdict.WAITLIST],
        by_verdict[Verdict.REJECT],
        sum(row.decision is None for row in mine),
    )
