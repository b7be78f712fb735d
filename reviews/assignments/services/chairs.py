"""What a cochair does by hand, outside their own wall."""

import secrets

from django.db import transaction

from expo.accounts.models import User
from expo.journal.services import record
from expo.kit.errors import Invalid, Refused, WrongState
from expo.kit.policy import require
from expo.proposals.models import Proposal
from expo.proposals.queries import behind_the_wall
from expo.proposals.states import ProposalState

from .. import queries
from ..models import Assignment
from ..states import LIVE, AssignmentState
from .answers import checked_reason
from .offers import end, hold_queue, invite, offer, tell_released


@transaction.atomic
def assign(*, by: User, proposal: Proposal, reviewer: User, tell: bool = True) -> Assignment:
    """Offer a proposal to a chosen reviewer, checked for role, conflict, load and state at once.

    Without `tell` the caller sends the mail: one for several offers.
    """
    require(by, "assignments.assign", proposal)
    edition = proposal.edition
    hold_queue(edition)
    proposal = Proposal.objects.select_for_update(of=("self",)).select_related("edition").get(pk=proposal.pk)
    person = _fit(by, proposal, reviewer)
    affinity, why = queries.affinity_words(proposal, person.topics)
    made = offer(
        proposal=proposal,
        reviewer=person.user,
        due_at=edition.reviews_due_at,
        affinity=affinity,
        why=[*why, "Chosen by a cochair."],
        seed=secrets.randbelow(2**31),
    )
    made.save()
    entry = record("assignments.offered", by=by, target=made, proposal_id=proposal.pk, data={"reviewer": person.id})
    if tell:
        invite(person.user, edition, entry, 1, edition.reviews_due_at)
    return made


@transaction.atomic
def release(*, by: User, assignment: Assignment, reason: str) -> Assignment:
    """Take a proposal out of a reviewer's queue, with a reason; runs will not offer them the same again."""
    require(by, "assignments.release", assignment)
    said = checked_reason(reason, "Say in a few words why; it stays in the journal.")
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("edition", "proposal", "reviewer")
    assignment = rows.get(pk=assignment.pk)
    entry = end(assignment, AssignmentState.RELEASED, by=by, reason=said, said=said)
    tell_released(assignment, entry)
    return assignment


def _fit(by: User, proposal: Proposal, reviewer: User) -> queries.Person:
    """The reviewer, if nothing stands between; the refusal says what does."""
    if proposal.state != ProposalState.SUBMITTED:
        raise WrongState("not-awaiting-review", "This proposal no longer awaits review. Reload the page.")
    person = next(iter(queries.people(proposal.edition, only=[reviewer.pk])), None)
    if person is None:
        raise _no("not-a-reviewer", f"{reviewer} is not a reviewer of this edition. An organiser can give the role.")
    _no_conflict(proposal, person)
    _has_room(by, proposal, person)
    return person


def _no_conflict(proposal: Proposal, person: queries.Person) -> None:
    found = queries.barriers(proposal.edition, [person.user], [proposal]).conflicts.get((proposal.pk, person.id))
    if found:
        raise _no("conflict", f"{person.user} has a conflict with this proposal: {found} Choose somebody else.")


def _has_room(by: User, proposal: Proposal, person: queries.Person) -> None:
    """Counted over what this chair sees: a load that seems too full would tell who reviews what is hidden."""
    live = Assignment.objects.filter(edition_id=proposal.edition_id, reviewer=person.user, state__in=LIVE)
    live = live.exclude(proposal__in=behind_the_wall(by, proposal.edition))
    if live.filter(proposal=proposal).exists():
        raise _no("assigned-already", f"{person.user} has this proposal already.")
    if person.is_paused:
        raise _no("paused", f"{person.user} has paused and takes on nothing new. Choose somebody else, or ask them.")
    if live.count() >= person.most:
        raise _no("load-full", f"{person.user} has a full load of {person.most}. Choose somebody else, or ask them.")


def _no(code: str, message: str) -> Refused:
    return Invalid(code, message, field="reviewer")
