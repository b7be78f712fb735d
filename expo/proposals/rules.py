"""Who may touch a proposal: its own team on the sponsor's side, whoever runs the edition outside their wall."""

from typing import Any

import rules

from expo.accounts.rules import signed_in
from expo.editions.rules import is_cochair, runs_edition
from expo.sponsors.queries import teams_of
from expo.sponsors.rules import in_team

from . import queries
from .states import ProposalState


@rules.predicate
def walled(user: Any, proposal: Any = None) -> bool:
    """Has a conflict with this proposal."""
    return proposal is not None and queries.wall(user, proposal.edition).hides(proposal)


@rules.predicate
def is_submitted(user: Any, proposal: Any = None) -> bool:
    return proposal is not None and proposal.submitted_at is not None and proposal.state != ProposalState.DRAFT


@rules.predicate
def acts_for_a_sponsor(user: Any, edition: Any = None) -> bool:
    return edition is not None and bool(teams_of(user, edition))


chairs = signed_in & runs_edition & is_submitted & ~walled

rules.add_perm("proposals.list_own", signed_in & acts_for_a_sponsor)
rules.add_perm("proposals.create", signed_in & acts_for_a_sponsor)
rules.add_perm("proposals.view", signed_in & in_team)
rules.add_perm("proposals.edit", signed_in & in_team)
rules.add_perm("proposals.submit", signed_in & in_team)
rules.add_perm("proposals.withdraw", signed_in & in_team)
rules.add_perm("proposals.confirm", signed_in & in_team)
rules.add_perm("proposals.approve_public_text", signed_in & in_team)
rules.add_perm("proposals.chair", chairs)
rules.add_perm("proposals.declare_conflict", signed_in)
rules.add_perm("proposals.apply_verdict", signed_in & is_cochair & is_submitted & ~walled)
