"""Who may score (the assigned reviewer) and who reads scores (cochairs without a conflict of interest)."""

from typing import Any

import rules

from expo.accounts.rules import signed_in
from expo.editions.rules import is_cochair, is_reviewer
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.rules import is_submitted, team, walled
from reviews.assignments.rules import is_its_reviewer, outside_wall, own_assignment


@rules.predicate
def own_question(user: Any, assignment: Any = None) -> bool:
    """The reviewer's own, hidden only until they say whether they are involved."""
    return (
        assignment is not None
        and is_its_reviewer(user, assignment)
        and is_submitted(user, assignment.proposal)
        and wall(user, assignment.edition).asks(assignment.proposal)
    )


rules.add_perm("scoring.open_review", signed_in & is_reviewer & (own_assignment | own_question))
rules.add_perm("scoring.review", signed_in & is_reviewer & own_assignment)
rules.add_perm("scoring.preview", team)
rules.add_perm("scoring.standings", signed_in & is_cochair)
rules.add_perm("scoring.dossier", signed_in & is_cochair & is_submitted & ~walled)
rules.add_perm("scoring.exclude_review", signed_in & is_cochair & outside_wall & ~is_its_reviewer)
