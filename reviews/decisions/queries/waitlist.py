"""The waiting list of each pool, in the order in which places go to it."""

from collections.abc import Iterable
from dataclasses import dataclass

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.states import DECIDABLE
from reviews.scoring.queries.pools import FormatPool
from reviews.scoring.queries.ranking import CalibratedScore, Ranking, ranking_of

from ..models import Decision
from ..states import Verdict
from .decision_basis import decisions_of

Place = tuple[bool, int, bool, float, str]


def place_of(position: int | None, merit: float | None, code: str) -> Place:
    """What the waiting list is sorted by: positions that chairs set, then scores, the unreviewed last; else codes."""
    return position is None, position or 0, merit is None, -(merit or 0.0), code


@dataclass(frozen=True)
class Waiting:
    """One on the waiting list, with its number in it."""

    score: CalibratedScore
    decision: Decision
    number: int

    @property
    def proposal(self) -> Proposal:
        return self.score.proposal


@dataclass(frozen=True)
class WaitingList:
    """Those of a pool with the verdict “waitlist”, released or not, in order. `is_set`: chairs have set it."""

    pool: FormatPool
    rows: tuple[Waiting, ...]
    is_set: bool
    may_move: bool


def waiting_lists(edition: Edition, viewer: User) -> list[WaitingList]:
    """Of every pool that has somebody waiting; over what the viewer sees."""
    ranking = ranking_of(edition, viewer)
    return waiting_in(ranking, decisions_of(ranking.scores).values(), may_move=not wall(viewer, edition).hides_some)


def waiting_in(ranking: Ranking, decisions: Iterable[Decision], *, may_move: bool) -> list[WaitingList]:
    """The same, from what is known already."""
    waits = {each.proposal_id: each for each in decisions if each.verdict == Verdict.WAITLIST}
    rows = [each for each in ranking.scores if each.proposal.pk in waits and each.proposal.state in DECIDABLE]
    rows.sort(key=lambda row: place_of(waits[row.proposal.pk].waitlist_position, row.merit, row.proposal.code))
    found = []
    for pool in ranking.pools:
        mine = [row for row in rows if row.pool.key == pool.key]
        if mine:
            listed = tuple(Waiting(row, waits[row.proposal.pk], number) for number, row in enumerate(mine, start=1))
            is_set = any(each.decision.waitlist_position is not None for each in listed)
            found.append(WaitingList(pool, listed, is_set, may_move))
    return found
