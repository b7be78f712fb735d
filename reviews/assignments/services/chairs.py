"""What a cochair does by hand, outside their own wall."""

import secrets
from collections.abc import Mapping

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Topic
from expo.journal.services import record
from expo.kit.errors import Invalid, Refused, WrongState
from expo.kit.policy import require
from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState

from ..models import Assignment
from ..queries import lookups, problem, roster
from ..states import AssignmentState
from .answers import checked_reason
from .checking import Now
from .dates import Dates
from .offers import end, hold_queue, invite, offer, tell_released
from .wanting import want


@transaction.atomic
def assign(*, by: User, proposal: Proposal, reviewer: User, tell: bool = True) -> Assignment:
    """Offer a proposal to a chosen reviewer, checked for role, conflict, load and state at once.

    Without `tell` the caller sends the mail: one for several offers.
    """
    require(by, "assignments.assign", proposal)
    edition = proposal.edition
    hold_queue(edition)
    rows = Proposal.objects.select_for_update(of=("self",), no_key=True)
    proposal = rows.select_related("edition").get(pk=proposal.pk)
    person = _fit(by, proposal, reviewer)
    made = new_offer(proposal, person, "Chosen by a cochair.")
    entry = record("assignments.offered", by=by, target=made, proposal_id=proposal.pk, data={"reviewer": person.id})
    if tell:
        invite(person.user, edition, entry, 1, made.due_at)
    return made


def new_offer(proposal: Proposal, person: roster.Person, why: str) -> Assignment:
    affinity = problem.affinities(proposal.edition, [proposal], [person]).of(proposal.pk, person.id)
    names = dict(Topic.objects.filter(edition=proposal.edition_id).values_list("id", "name"))
    made = offer(
        proposal=proposal,
        reviewer=person,
        dates=Dates.of(proposal.edition),
        affinity=affinity.value,
        why=[*affinity.sentences(names), why],
        seed=secrets.randbelow(2**31),
    )
    made.save()
    return made


@transaction.atomic
def release(*, by: User, assignment: Assignment, reason: str) -> Assignment:
    """Take a proposal out of a reviewer's queue, with a reason; runs will not offer them the same again."""
    require(by, "assignments.release", assignment)
    said = checked_reason(reason, "Say in a few words why; it stays in the journal.")
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("edition", "proposal", "reviewer")
    assignment = rows.get(pk=assignment.pk)
    if assignment.state == AssignmentState.SUBMITTED:
        raise WrongState(
            "review-submitted",
            "This review is submitted, so there is nothing to release. If it should not count, exclude it on the "
            "page with the proposal's reviews.",
        )
    entry = end(assignment, AssignmentState.RELEASED, by=by, reason=said, said=said)
    tell_released([(assignment, entry)])
    want(assignment.edition_id)
    return assignment


def _fit(by: User, proposal: Proposal, reviewer: User) -> roster.Person:
    """The reviewer, if nothing stands between; the refusal says what does."""
    people = {each.id: each for each in roster.people(proposal.edition, waiting=True)}
    person = fit_person(proposal, reviewer, people)
    now = Now.read(by, proposal.edition, {proposal.pk: proposal}, people)
    no_conflict(now, proposal, person)
    _has_room(now, proposal, person)
    no_circle(now, proposal, person)
    return person


def fit_person(proposal: Proposal, reviewer: User, people: Mapping[int, roster.Person]) -> roster.Person:
    """The reviewer as one of the edition, for a proposal that awaits review."""
    if proposal.state != ProposalState.SUBMITTED:
        raise WrongState("not-awaiting-review", "This proposal no longer awaits review. Reload the page.")
    person = people.get(reviewer.pk)
    if person is None:
        raise not_a_reviewer(reviewer)
    if not person.has_answered and lookups.settings_of(proposal.edition).only_confirmed:
        raise _no("unconfirmed", f"{reviewer} has yet to confirm the invitation, and the settings ask for that first.")
    return person


def not_a_reviewer(user: User) -> Refused:
    """What to tell somebody who gives a proposal to a person without the role."""
    return _no("not-a-reviewer", f"{user} is not a reviewer of this edition. An organiser can give the role.")


def no_conflict(now: Now, proposal: Proposal, person: roster.Person) -> None:
    """Neither a conflict nor a cochair's word stands between them."""
    pair = (proposal.pk, person.id)
    found = now.found.conflicts.get(pair)
    if found:
        raise _no("conflict", f"{person.user} has a conflict with this proposal: {found} Choose somebody else.")
    if pair in now.ruled:
        raise _no("ruled-out", f"A cochair has ruled out {person.user} for this proposal. Clear that first.")


def _has_room(now: Now, proposal: Proposal, person: roster.Person) -> None:
    """Counted over what this chair sees: a load that seems too full would tell who reviews what is hidden."""
    if person.id in now.on_it[proposal.pk]:
        raise _no("assigned-already", f"{person.user} has this proposal already.")
    takes_new(person)
    if now.load[person.id] >= person.most:
        raise _no("load-full", f"{person.user} has a full load of {person.most}. Choose somebody else, or ask them.")


def takes_new(person: roster.Person) -> None:
    if person.is_paused:
        raise _no("paused", f"{person.user} has paused and takes on nothing new. Choose somebody else, or ask them.")


def no_circle(now: Now, proposal: Proposal, person: roster.Person) -> None:
    """No two or three companies come to review each other."""
    if now.circle(proposal.pk, person.id):
        raise _no(
            "company-circle",
            f"With {person.user} on it, companies would review each other in a circle. Choose somebody else.",
        )


def _no(code: str, message: str) -> Refused:
    return Invalid(code, message, field="reviewer")
