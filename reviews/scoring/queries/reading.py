"""What a reviewer's page needs: the assignment, its review so far, and the next one."""

from typing import Any

from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.states import ProposalState
from reviews.assignments.models import Assignment
from reviews.assignments.states import OPEN

from ..models import Review


def assignment_by_id(user: Any, *, edition: str, assignment: int) -> Assignment:
    """An assignment of this edition, for a policy to judge; raises Assignment.DoesNotExist."""
    found = Assignment.objects.select_related(
        "edition", "reviewer", "proposal__edition", "proposal__format", "proposal__track", "proposal__sponsor__tier"
    )
    return found.prefetch_related("proposal__topics", "proposal__presenters").get(pk=assignment, edition__slug=edition)


def review_of(assignment: Assignment) -> Review | None:
    """The review with its scores, or None before the first save."""
    return Review.objects.prefetch_related("scores__level", "scores__criterion").filter(assignment=assignment).first()


def next_in_queue(user: User, edition: Edition, after: Assignment) -> Assignment | None:
    """The next open assignment in the reviewer's own order, from the top again at the end."""
    hidden = wall(user, edition)
    waiting = list(
        Assignment.objects.filter(
            reviewer=user, edition=edition, state__in=OPEN, proposal__state=ProposalState.SUBMITTED
        )
        .exclude(Q(pk=after.pk) | Q(proposal__in=hidden.proposals) | Q(proposal__sponsor__in=hidden.sponsors))
        .select_related("proposal")
        .order_by("position", "id")
    )
    here = (after.position, after.pk)
    return next((each for each in waiting if (each.position, each.pk) > here), waiting[0] if waiting else None)
