"""The feedback a chair starts from."""

from expo.proposals.models import Proposal
from reviews.scoring.models import Review
from reviews.scoring.queries import Overview, Standing

from .. import feedback, selection
from ..states import Verdict


def draft_feedback(
    proposal: Proposal, verdict: str, overview: Overview, suggestion: selection.Answer | None = None
) -> str:
    """A draft for this verdict, from the proposal's own reviews and the band above the line of its pool."""
    standing = overview.of(proposal)
    if standing is None:
        return ""
    return feedback.draft(
        feedback.Judged(
            verdict=verdict,
            title=proposal.title,
            format=proposal.format.name,
            reviews=standing.reviews,
            parts=_parts(standing, overview),
            short=_short(standing),
            is_held_by_limit=suggestion is not None and "limit" in suggestion.why and verdict != Verdict.ACCEPT,
            comments=_comments(proposal),
        )
    )


def _short(standing: Standing) -> float | None:
    return None if standing.line is None or standing.merit is None else standing.line - standing.merit


def _parts(standing: Standing, overview: Overview) -> tuple[feedback.Part, ...]:
    band = [
        each.levels
        for each in overview.standings
        if each.pool.key == standing.pool.key and each.is_above_line and each.proposal.pk != standing.proposal.pk
    ]
    return tuple(
        feedback.Part(
            criterion.name,
            criterion.weight,
            max((level.value for level in criterion.levels.all()), default=0),
            standing.levels[criterion.pk],
            feedback.band_means(band, criterion.pk),
        )
        for criterion in overview.criteria
        if criterion.pk in standing.levels
    )


def _comments(proposal: Proposal) -> tuple[str, ...]:
    """What reviewers wrote for the sponsor, in an order that says nothing about who they are."""
    counted = Review.objects.filter(Review.COUNTS, assignment__proposal=proposal)
    return tuple(sorted(counted.exclude(for_sponsor="").values_list("for_sponsor", flat=True)))
