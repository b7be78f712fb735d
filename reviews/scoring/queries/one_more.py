"""Which proposals one more review would most likely move across the line, and who could write it."""

from collections import Counter
from dataclasses import dataclass

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.proposals.states import ProposalState
from reviews.assignments.models import Assignment
from reviews.assignments.queries.candidates import Candidate, candidates_of
from reviews.assignments.states import OPEN

from ..calibration import Pool, Solution
from ..one_more import Scored, one_more
from .ranking import CalibratedScore, ranking_of

#: Fewer than this in a hundred is not worth a reviewer's hour.
LEAST = 0.05
MOST_SHOWN, REVIEWERS_SHOWN = 15, 3
REVIEWS_ARRIVE = (Phase.CALL, Phase.REVIEW)


@dataclass(frozen=True)
class WorthAReview:
    """A proposal that one more review may move: `changes` is the probability, `to_come` what is already asked for."""

    score: CalibratedScore
    is_in: bool
    changes: float
    to_come: int
    reviewers: tuple[Candidate, ...]

    @property
    def now(self) -> str:
        return "in" if self.is_in else "out"


def worth_a_review(edition: Edition, viewer: User) -> list[WorthAReview]:
    """The likeliest first, over what the viewer sees, while reviews still arrive. A constant number of queries."""
    if edition.phase not in REVIEWS_ARRIVE:
        return []
    ranking = ranking_of(edition, viewer)
    scores = {str(each.proposal.pk): each for each in ranking.scores}
    found = [
        (one.changes, scores[one.code], one.is_in)
        for pool in ranking.problem.pools
        for one in one_more(pool, _scored(ranking.solution, pool), ranking.solution.noise or 0.0)
        if one.changes >= LEAST and scores[one.code].proposal.state == ProposalState.SUBMITTED
    ]
    found = sorted(found, key=lambda row: (-row[0], row[1].proposal.code))[:MOST_SHOWN]
    proposals = [score.proposal for _, score, _ in found]
    reviewers = candidates_of(edition, proposals, viewer)
    asked = Assignment.objects.filter(proposal__in=proposals, state__in=OPEN).values_list("proposal_id", flat=True)
    to_come = Counter(asked)
    return [
        WorthAReview(
            score,
            is_in,
            changes,
            to_come[score.proposal.pk],
            tuple(
                each
                for each in reviewers[score.proposal.pk]
                if not each.barrier and not each.before and not each.is_in_conflict
            )[:REVIEWERS_SHOWN],
        )
        for changes, score, is_in in found
    ]


def _scored(solution: Solution, pool: Pool) -> list[Scored]:
    """The pool's proposals that have a score."""
    known = [(code, solution.estimates[code]) for code, _ in pool.sizes if code in solution.estimates]
    return [Scored(code, each.value, each.spread or 0.0, solution.chances.get(code, 0.5)) for code, each in known]
