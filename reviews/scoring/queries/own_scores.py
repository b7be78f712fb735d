"""A reviewer's levels beside those of the others, for them alone, once nobody can change a review any more.

What others gave must not be told apart, not even by somebody who looks twice, or who declares a conflict in between:

- Only what was first submitted before decisions first began enters. It never changes, and no review joins later.
- A proposal enters with two or more reviews by others, so that losing sight of one is never losing a single review.
- Others whose reviews this reviewer may read, on the proposals they share, could be subtracted. So enough must be left
  without them: `FEWEST` reviews by `FEWEST_PEOPLE`.
- All levels are taken together, over criteria and proposals, and shares are whole per cents.

What a conflict hides from the reviewer is left out, and counted for none of these.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from statistics import fmean
from typing import Any

from django.db.models import Min

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.states import Phase
from expo.journal.models import Entry
from expo.kit.chart_rows import ChartRow, Mark, RowChart
from expo.kit.charts import Scale, even_steps
from expo.kit.text import counted
from expo.proposals.queries.conflict_wall import hidden_by, wall
from expo.proposals.states import ProposalState
from reviews.assignments.queries.reviewer_queue import own_rows_in
from reviews.assignments.states import OPEN

from ..models import Review
from ..states import CHANGING, ReviewState

FEWEST, FEWEST_PEOPLE, FEWEST_OWN = 20, 5, 3


def own_scores(reviewer: User, edition: Edition) -> RowChart | None:
    """The chart; None while a review of theirs may still come or change, or with too few reviews. Three queries."""
    if edition.phase in (Phase.SETUP, *CHANGING):
        return None
    began = _began(edition)
    if began is None or _waits(reviewer, edition):
        return None
    mine: list[int] = []
    own, others = set[int](), defaultdict[int, list[tuple[int, list[int]]]](list)
    for proposal, person, at, content in _reviews(reviewer, edition):
        levels = list(content.get("scores", {}).values())
        if person == reviewer.pk:
            own.add(proposal)
            mine += levels
        elif at is not None and at < began:
            others[proposal].append((person, levels))
    panel = {proposal: reviews for proposal, reviews in others.items() if len(reviews) > 1}
    apart = [person for proposal, reviews in panel.items() if proposal not in own for person, _ in reviews]
    if len(own) < FEWEST_OWN or len(apart) < FEWEST or len(set(apart)) < FEWEST_PEOPLE:
        return None
    theirs = [level for reviews in panel.values() for _, levels in reviews for level in levels]
    return _chart(len(own), mine, theirs) if mine and theirs else None


def _began(edition: Edition) -> datetime | None:
    """When decisions first began."""
    moves = Entry.objects.filter(edition_id=edition.pk, fact="editions.phase_moved", data__to=Phase.DECIDE)
    began: datetime | None = moves.aggregate(at=Min("at"))["at"]
    return began


def _waits(reviewer: User, edition: Edition) -> bool:
    rows = own_rows_in(reviewer, [edition])
    return rows.filter(state__in=OPEN, proposal__state=ProposalState.SUBMITTED).exists()


def _reviews(reviewer: User, edition: Edition) -> Iterable[tuple[int, int, datetime | None, dict[str, Any]]]:
    """Of what no conflict hides from the reviewer: proposal, reviewer, when, and what it said at first."""
    rows = Review.objects.filter(assignment__edition=edition, state=ReviewState.SUBMITTED).exclude(first_content={})
    rows = rows.exclude(hidden_by([wall(reviewer, edition)], "assignment__proposal__"))
    return rows.values_list("assignment__proposal", "assignment__reviewer", "submitted_at", "first_content")


def _chart(reviews: int, mine: list[int], theirs: list[int]) -> RowChart:
    levels = range(min(*mine, *theirs), max(*mine, *theirs) + 1)
    shares = [_shares(each, levels) for each in (mine, theirs)]
    rows = [
        ChartRow(
            label=f"Level {level}",
            marks=(Mark("bar", 0, own, title=f"you: {own} %"), Mark("upright", other, title=f"the others: {other} %")),
            cells=(f"{own} %", f"{other} %"),
            tip=f"Level {level}: you {own} %, the others {other} %",
        )
        for level, own, other in zip(levels, *shares, strict=True)
    ]
    most = max(max(each) for each in shares)
    return RowChart(
        title="How often you chose each level",
        summary=f"In {counted(reviews, 'review')}, as first submitted, you chose level {fmean(mine):.1f} on average; "
        f"the other reviewers chose {fmean(theirs):.1f}.",
        heads=("Level", "You", "The others"),
        rows=tuple(rows),
        scale=Scale(0, most),
        steps=tuple((value, f"{word} %") for value, word in even_steps(most)),
        legend=(("bar", "you"), ("upright", "the other reviewers")),
    )


def _shares(values: list[int], levels: range) -> list[int]:
    counts = Counter(values)
    return [round(100 * counts[level] / len(values)) for level in levels]
