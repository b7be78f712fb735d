"""What adopting a new version of a rubric does to scores, in numbers, over what the viewer may see."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import ProposalState
from reviews.assignments.models import Assignment
from reviews.assignments.states import AssignmentState
from reviews.rubrics.models import Rubric
from reviews.rubrics.queries import FormatRubric

from ..calibration import weighted_mean
from ..models import Review, Score
from ..states import CHANGING, ReviewState


@dataclass(frozen=True)
class AdoptionEffect:
    """`kept`: scores that count on; `ended`: by removed criterion, scores that no longer count.

    `rescored`: reviews whose score changes, the most by `largest` points; `incomplete`: reviews that lack a level for
    a new criterion, of which `asked` may still change, so that their reviewers are asked to add it.
    """

    reviews: int
    proposals: int
    kept: int
    ended: tuple[tuple[str, int], ...]
    new: tuple[str, ...]
    rescored: int
    largest: float
    incomplete: int
    asked: int
    drafts: int


def scored_by(edition: Edition, format_id: int | None) -> QuerySet[Proposal]:
    """The proposals that the edition's rubric, or this format's own, is for once it is adopted."""
    rows = Proposal.objects.filter(sponsor__edition=edition).alias(
        reviewed_as=Coalesce("accepted_instead_of", "format")
    )
    if format_id is not None:
        return rows.filter(reviewed_as=format_id)
    own = Rubric.objects.filter(edition=edition, format__isnull=False, adopted_at__isnull=False).values("format")
    return rows.exclude(reviewed_as__in=own)


def effect_of(edition: Edition, viewer: User, current: FormatRubric, version: FormatRubric) -> AdoptionEffect:
    """Over the proposals that the viewer may see: nothing hidden is in a number. Five queries besides the wall's."""
    format_id = version.rubric.format_id if version.rubric else None
    about = scored_by(edition, format_id).filter(pk__in=for_chairs(viewer, edition))
    reviews = list(
        Review.objects.filter(Review.COUNTS, assignment__proposal__in=about).select_related("assignment__proposal")
    )
    levels: dict[int, dict[int, int]] = defaultdict(dict)
    rows = Score.objects.filter(review__in=reviews, criterion__in=current.criteria)
    for pk, criterion, value in rows.values_list("review", "criterion", "level__value"):
        levels[pk][criterion] = value
    kept = {each.continues_id: each.pk for each in version.criteria if each.continues_id is not None}
    new = {each.pk: each.name for each in version.criteria if each.continues_id is None}
    differences = []
    for review in reviews:
        rated = levels[review.pk]
        carried = {kept[criterion]: value for criterion, value in rated.items() if criterion in kept}
        before, after = weighted_mean(rated, current.weights), weighted_mean(carried, version.weights)
        if before is not None and (after is None or abs(after - before) > 1e-9):
            differences.append(abs(after - before) if after is not None else 0.0)
    ended = [each for each in current.criteria if each.pk not in kept]
    open_still = [each for each in reviews if new and edition.phase in CHANGING and _may_change(each)]
    drafts = Review.objects.filter(state=ReviewState.DRAFT, assignment__proposal__in=about, scores__isnull=False)
    return AdoptionEffect(
        reviews=len(reviews),
        proposals=len({review.assignment.proposal_id for review in reviews}),
        kept=sum(criterion in kept for rated in levels.values() for criterion in rated),
        ended=tuple((each.name, sum(each.pk in rated for rated in levels.values())) for each in ended),
        new=tuple(new.values()),
        rescored=len(differences),
        largest=max(differences, default=0.0),
        incomplete=len(reviews) if new else 0,
        asked=len(open_still),
        drafts=drafts.distinct().count(),
    )


def _may_change(review: Review) -> bool:
    assignment: Assignment = review.assignment
    is_under_review = assignment.proposal.state == ProposalState.SUBMITTED
    return is_under_review and assignment.state == AssignmentState.SUBMITTED
