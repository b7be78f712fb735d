"""The desk: every proposal a chair may decide, with its verdict so far and what the selection suggests."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.states import PLACEABLE, ProposalState
from expo.sponsors.models import Entitlement
from reviews.scoring.queries import Overview, PlacePool, Standing, overview

from .. import selection
from ..models import Batch, Decision
from ..states import BatchState, Verdict
from .batches import open_batches


@dataclass(frozen=True)
class Row:
    """One proposal on the desk. `accepted` of `limit`: what its sponsor has accepted of this format, and may have."""

    standing: Standing
    decision: Decision | None
    suggestion: selection.Answer
    accepted: int
    limit: int

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
        """Whether a verdict may still be given: until its release, and again from the waiting list."""
        return self.proposal.state in (ProposalState.SUBMITTED, ProposalState.WAITLISTED)


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
    rows: tuple[Row, ...]
    pools: tuple[PoolCount, ...]
    batches: tuple[Batch, ...]
    undecided: int
    middle: int
    unbatched: int

    def of(self, proposal: Proposal) -> Row | None:
        return next((row for row in self.rows if row.proposal.pk == proposal.pk), None)


@dataclass(frozen=True)
class WhatIf:
    """A chair's question: other numbers of places, a cap per sponsor and pool, a bar below which nobody gets in."""

    places: Mapping[str, int]
    cap: int | None = None
    bar: float | None = None

    @property
    def is_asked(self) -> bool:
        return bool(self.places) or self.cap is not None or self.bar is not None


def desk(edition: Edition, viewer: User, what_if: WhatIf | None = None) -> Desk:
    """A constant number of queries, whatever the number of proposals."""
    asked = what_if or WhatIf({})
    ground = overview(edition, viewer, asked.places)
    decisions = decisions_of(ground.standings)
    limits = limits_of(edition, [each.proposal for each in ground.standings])
    suggested = selection.solve(selection_problem(ground, decisions, limits, asked)).answers
    accepted = Counter(key_of(each.proposal) for each in ground.standings if holds_a_place(each, decisions))
    rows = tuple(
        Row(
            standing,
            decisions.get(standing.proposal.pk),
            suggested[standing.proposal.code],
            accepted[key_of(standing.proposal)],
            limits.get(key_of(standing.proposal), 0),
        )
        for standing in ground.standings
    )
    return Desk(
        overview=ground,
        rows=rows,
        pools=tuple(_count(pool, rows) for pool in ground.pools),
        batches=tuple(open_batches(edition)),
        undecided=sum(not row.is_decided for row in rows),
        middle=sum(row.standing.is_in_middle for row in rows),
        unbatched=sum(row.decision is not None and row.decision.batch_id is None for row in rows),
    )


def key_of(proposal: Proposal) -> tuple[int, int]:
    return proposal.sponsor_id, proposal.format_id


def decisions_of(standings: Sequence[Standing]) -> dict[int, Decision]:
    found = Decision.objects.filter(proposal__in=[each.proposal.pk for each in standings]).select_related("batch")
    return {decision.proposal_id: decision for decision in found}


def limits_of(edition: Edition, proposals: Sequence[Proposal]) -> dict[tuple[int, int], int]:
    """How many of a format a sponsor's tier may have accepted, by sponsor and format."""
    rows = Entitlement.objects.filter(tier__edition=edition).values_list("tier_id", "format_id", "may_be_accepted")
    by_tier = {(tier, format): most for tier, format, most in rows}
    return {key_of(each): by_tier.get((each.sponsor.tier_id, each.format_id), 0) for each in proposals}


def holds_a_place(standing: Standing, decisions: Mapping[int, Decision]) -> bool:
    decision = decisions.get(standing.proposal.pk)
    return standing.proposal.state in PLACEABLE or (decision is not None and decision.verdict == Verdict.ACCEPT)


def selection_problem(
    ground: Overview, decisions: Mapping[int, Decision], limits: Mapping[tuple[int, int], int], asked: WhatIf
) -> selection.Problem:
    """What is decided stays as it is; the suggestion is for the rest. A pool of unknown size has room for all."""
    everybody = 10**6
    items = tuple(
        selection.Item(
            code=each.proposal.code,
            sponsor=each.proposal.sponsor_id,
            format=each.proposal.format_id,
            pool=each.pool.key,
            size=each.pool.size(each.proposal.format),
            value=each.merit,
            fixed=_fixed(each, decisions),
        )
        for each in ground.standings
    )
    room = {pool.key: pool.units if pool.units is not None else _size(pool, items, everybody) for pool in ground.pools}
    return selection.Problem(items, room, limits, asked.cap, asked.bar)


def _size(pool: PlacePool, items: Sequence[selection.Item], most: int) -> int:
    return min(most, sum(item.size for item in items if item.pool == pool.key))


def _fixed(standing: Standing, decisions: Mapping[int, Decision]) -> bool | None:
    if holds_a_place(standing, decisions):
        return True
    return False if standing.proposal.pk in decisions else None


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
