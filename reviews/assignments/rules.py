"""Who may run the queue (cochairs, outside their wall) and who answers an assignment (its reviewer)."""

from typing import Any

import rules

from expo.accounts.rules import signed_in
from expo.editions.rules import is_cochair, is_reviewer, runs_edition
from expo.proposals.rules import is_submitted, walled

from .models import Run
from .queries.lookups import is_known


@rules.predicate
def own_assignment(user: Any, assignment: Any = None) -> bool:
    """The reviewer's own; no conflict has arisen since, and the proposal is not a draft again."""
    if not is_its_reviewer(user, assignment):
        return False
    return is_submitted(user, assignment.proposal) and not walled(user, assignment.proposal)


@rules.predicate
def is_its_reviewer(user: Any, assignment: Any = None) -> bool:
    """Was asked to review it, whatever has happened since."""
    return assignment is not None and assignment.reviewer_id == user.pk


@rules.predicate
def own_profile(user: Any, part: Any = None) -> bool:
    """A part of the reviewer's own profile, where they still review."""
    return part is not None and part.profile.user_id == user.pk and is_reviewer(user, part.profile)


@rules.predicate
def outside_wall(user: Any, assignment: Any = None) -> bool:
    """About a proposal that the wall does not hide from this person."""
    return assignment is not None and not walled(user, assignment.proposal)


@rules.predicate
def known(user: Any, run: Any = None) -> bool:
    """Not a repair that the queue began only over what is hidden from this person."""
    return not isinstance(run, Run) or is_known(user, run)


rules.add_perm("assignments.queue", signed_in & is_reviewer)
rules.add_perm("assignments.edit_profile", signed_in & is_reviewer)
rules.add_perm("assignments.change_part", signed_in & own_profile)
rules.add_perm("assignments.bid", signed_in & is_reviewer)
rules.add_perm("assignments.answer", signed_in & is_reviewer & own_assignment)
rules.add_perm("assignments.declare_conflict", signed_in & is_reviewer & is_its_reviewer)
rules.add_perm("assignments.board", signed_in & is_cochair)
rules.add_perm("assignments.run", signed_in & is_cochair & known)
rules.add_perm("assignments.publish", signed_in & is_cochair & known)
rules.add_perm("assignments.settings", signed_in & is_cochair)
rules.add_perm("assignments.remind", signed_in & is_cochair)
rules.add_perm("assignments.repair", signed_in & is_cochair)
rules.add_perm("assignments.import", signed_in & runs_edition)
rules.add_perm("assignments.assign", signed_in & is_cochair & is_submitted & ~walled)
rules.add_perm("assignments.pair", signed_in & is_cochair & is_submitted & ~walled)
rules.add_perm("assignments.release", signed_in & is_cochair & outside_wall)
rules.add_perm("assignments.swap", signed_in & is_cochair & outside_wall)
