"""What a decision rests on at the moment it is made."""

from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import by_slug, holders
from expo.editions.states import RoleKind
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import conflicts_between
from reviews.scoring.models import Review, Score
from reviews.scoring.queries import Overview, Standing


def edition_by_slug(user: Any, *, edition: str) -> Edition:
    """The edition of a page; raises Edition.DoesNotExist."""
    return by_slug(edition)


def snapshot_of(proposal: Proposal, overview: Overview) -> dict[str, Any]:
    """Standing, line, scores and who was conflicted, as plain data. Reviewers stay ids of reviews."""
    standing = overview.of(proposal)
    return {
        "proposal": {"code": proposal.code, "title": proposal.title, "version": proposal.version},
        "standing": _numbers(standing) if standing else None,
        "rule": {"calibrated": overview.is_calibrated, "gate": overview.gate, "sentence": overview.sentence},
        "scores": _scores(proposal),
        "conflicted": _conflicted(proposal),
    }


def _numbers(standing: Standing) -> dict[str, Any]:
    names = ("mean", "median", "calibrated", "low", "high", "chance_above_line", "line", "spread")
    numbers = {name: _rounded(getattr(standing, name)) for name in names}
    return {
        **numbers,
        "reviews": standing.reviews,
        "expected": standing.expected,
        "recruiting": standing.recruiting,
        "pool": standing.pool.name,
        "units": standing.pool.units,
        "rank": standing.rank,
    }


def _rounded(value: float | None) -> float | None:
    """Six decimals: enough for anybody, and the same on every machine."""
    return None if value is None else round(value, 6)


def _scores(proposal: Proposal) -> list[dict[str, Any]]:
    counted = Review.objects.filter(Review.COUNTS, assignment__proposal=proposal)
    rows = Score.objects.filter(review__in=counted)
    found = rows.order_by("review_id", "criterion__position", "criterion_id")
    values = found.values_list("review_id", "criterion__slug", "level__value")
    return [{"review": review, "criterion": slug, "level": value} for review, slug, value in values]


def _conflicted(proposal: Proposal) -> list[int]:
    """Ids of the cochairs who could not take part."""
    chairs: list[User] = list(holders(proposal.edition, RoleKind.COCHAIR))
    hidden = (
        each.user
        for each in conflicts_between(chairs, proposal.edition)
        if each.sponsor == proposal.sponsor_id and each.proposal in (None, proposal.pk)
    )
    return sorted(set(hidden))
