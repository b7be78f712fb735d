"""What the selection is asked: the proposals a chair sees, the places, the tiers' limits, and the verdicts so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.states import PLACEABLE
from expo.sponsors.models import Entitlement
from reviews.scoring.queries import Overview, PlacePool, Standing

from .. import selection
from ..models import Decision
from ..states import Verdict


@dataclass(frozen=True)
class WhatIf:
    """A chair's question: other numbers of places, a cap per sponsor and pool, a bar below which nobody gets in."""

    places: Mapping[str, int]
    cap: int | None = None
    bar: float | None = None

    @property
    def is_asked(self) -> bool:
        return bool(self.places) or self.cap is not None or self.bar is not None


NOTHING_ASKED = WhatIf({})


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
    ground: Overview,
    decisions: Mapping[int, Decision],
    limits: Mapping[tuple[int, int], int],
    asked: WhatIf = NOTHING_ASKED,
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
            fixed=is_in(each, decisions),
        )
        for each in ground.standings
    )
    room = {pool.key: pool.units if pool.units is not None else _size(pool, items, everybody) for pool in ground.pools}
    return selection.Problem(items, room, limits, asked.cap, asked.bar)


def _size(pool: PlacePool, items: Sequence[selection.Item], most: int) -> int:
    return min(most, sum(item.size for item in items if item.pool == pool.key))


def is_in(standing: Standing, decisions: Mapping[int, Decision]) -> bool | None:
    """Whether it has a place by its decision; None: undecided."""
    if holds_a_place(standing, decisions):
        return True
    return False if standing.proposal.pk in decisions else None
