"""Who may score (the assigned reviewer), who reads scores (cochairs without a conflict of interest), who discusses."""

from typing import Any

import rules

from expo.accounts.rules import signed_in
from expo.editions.rules import is_cochair, is_reviewer
from expo.proposals.queries.conflict_wall import wall
from expo.proposals.rules import is_submitted, team, walled
from reviews.assignments.rules import is_its_reviewer, outside_wall, own_assignment

from .queries.discussion import own_review


@rules.predicate
def own_question(user: Any, assignment: Any = None) -> bool:
    """The reviewer's own, hidden only until they say whether they are involved."""
    return (
        assignment is not None
        and is_its_reviewer(user, assignment)
        and is_submitted(user, assignment.proposal)
        and wall(user, assignment.edition).asks(assignment.proposal)
    )


@rules.predicate
def has_reviewed(user: Any, proposal: Any = None) -> bool:
    """Has a review of it that counts."""
    return proposal is not None and own_review(user, proposal) is not None


@rules.predicate
def is_its_author(user: Any, comment: Any = None) -> bool:
    return comment is not None and comment.author_id == user.pk


@rules.predicate
def discusses_it(user: Any, comment: Any = None) -> bool:
    return comment is not None and bool(discusses(user, comment.proposal))


discusses = signed_in & is_submitted & ~walled & (is_cochair | is_reviewer & has_reviewed)
handles_review = signed_in & is_cochair & outside_wall & ~is_its_reviewer

rules.add_perm("scoring.open_review", signed_in & is_reviewer & (own_assignment | own_question))
rules.add_perm("scoring.review", signed_in & is_reviewer & own_assignment)
rules.add_perm("scoring.preview", team)
rules.add_perm("scoring.standings", signed_in & is_cochair)
rules.add_perm("scoring.one_more", signed_in & is_cochair)
rules.add_perm("scoring.dossier", signed_in & is_cochair & is_submitted & ~walled)
rules.add_perm("scoring.exclude_review", handles_review)
rules.add_perm("scoring.ask_revision", handles_review)
rules.add_perm("scoring.keep_review", signed_in & is_reviewer & own_assignment)
rules.add_perm("scoring.enter_review", handles_review)
rules.add_perm("scoring.discuss", discusses)
rules.add_perm("scoring.remove_comment", discusses_it & (is_its_author | is_cochair))
