"""What the queue does about facts from other rooms. Called once per fact, inside the reaction's transaction."""

from collections.abc import Mapping

from django.db.models import QuerySet

from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.proposals.models import Proposal
from expo.proposals.states import VERDICTS, ProposalState

from ..models import Assignment, QueueSettings
from ..queries import roster
from ..states import OPEN, AssignmentState
from .offers import end, hold_queue, tell_released
from .wanting import want

DECIDED = (*VERDICTS.values(), ProposalState.CONFIRMED)


def free_withdrawn(entry: Entry) -> None:
    """A withdrawn proposal leaves its reviewers' queues; what was submitted stays on record."""
    gone = Proposal.objects.filter(pk__in=[entry.proposal_id], state=ProposalState.WITHDRAWN)
    if _release_all_of(gone, "The proposal was withdrawn.") and entry.edition_id:
        want(entry.edition_id)  # there is room again for what else is missing


def free_decided(entry: Entry) -> None:
    """What is decided leaves the queues of those who have not submitted their review.

    The first fact of a batch does it for all of the batch, so that each reviewer gets one mail.
    """
    _release_all_of(
        Proposal.objects.filter(edition=entry.edition_id, state__in=DECIDED), "The chairs have decided on it."
    )


def _release_all_of(proposals: QuerySet[Proposal], reason: str) -> int:
    """End the open assignments of these proposals."""
    rows = Assignment.objects.filter(proposal__in=proposals, state__in=OPEN)
    return _release(dict.fromkeys(rows.values_list("pk", flat=True), reason))


def take_up(entry: Entry) -> None:
    """A proposal has arrived, or a reviewer with room: in rolling mode the two are brought together at once."""
    if entry.edition_id and QueueSettings.objects.filter(pk=entry.edition_id, is_rolling=True).exists():
        want(entry.edition_id)


def release_conflicted(entry: Entry) -> None:
    """Look at every open assignment again; facts about a person reach all editions, others only their own."""
    editions = Edition.objects.filter(assignments__state__in=OPEN, assignments__proposal__state=ProposalState.SUBMITTED)
    if entry.edition_id is not None:
        editions = editions.filter(pk=entry.edition_id)
    for edition in editions.distinct().order_by("id"):
        _check(edition)


def _check(edition: Edition) -> None:
    """Open assignments end. A submitted review stays in, so that no later fact erases it unseen; a chair decides."""
    hold_queue(edition)
    waiting = list(
        Assignment.objects.filter(
            edition=edition, state__in=OPEN, proposal__state=ProposalState.SUBMITTED
        ).select_related("proposal", "reviewer")
    )
    users = {each.reviewer_id: each.reviewer for each in waiting}
    found = roster.barriers(edition, list(users.values()), [each.proposal for each in waiting]).conflicts
    reviewers = {each.id for each in roster.people(edition, waiting=True)}
    why = {each.pk: "No longer a reviewer of this edition." for each in waiting if each.reviewer_id not in reviewers}
    why |= {each.pk: "A conflict came up." for each in waiting if (each.proposal_id, each.reviewer_id) in found}
    if _release(why):
        want(edition.pk)


def _release(why: Mapping[int, str]) -> int:
    """Release these assignments, each for its reason; one mail for each reviewer, however many it is about."""
    rows = Assignment.objects.select_for_update(of=("self",)).filter(pk__in=why, state__in=OPEN)
    found = list(rows.select_related("edition", "proposal", "reviewer").order_by("id"))
    tell_released([(each, end(each, AssignmentState.RELEASED, by=None, reason=why[each.pk])) for each in found])
    return len(found)
