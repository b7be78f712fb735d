"""Who may touch a proposal: its own team on the sponsor's side, whoever runs the edition outside their wall."""

from typing import Any

import rules

from expo.accounts.rules import anybody, signed_in, site_staff
from expo.editions.queries import roles_of, teams_of
from expo.editions.rules import edition_of, is_cochair, is_organiser, runs_edition
from expo.sponsors.rules import in_team, of_sponsor

from .queries import coverage
from .queries.conflict_wall import wall
from .queries.presenters import owns
from .states import ProposalState


@rules.predicate
def walled(user: Any, proposal: Any = None) -> bool:
    """Has a conflict with this proposal."""
    return proposal is not None and wall(user, proposal.edition).hides(proposal)


@rules.predicate
def walled_off(user: Any, sponsor: Any = None) -> bool:
    """Has a conflict with this sponsor as a whole."""
    return sponsor is not None and sponsor.pk in wall(user, sponsor.edition).sponsors


@rules.predicate
def is_submitted(user: Any, proposal: Any = None) -> bool:
    return proposal is not None and proposal.submitted_at is not None and proposal.state != ProposalState.DRAFT


@rules.predicate
def acts_for_a_sponsor(user: Any, edition: Any = None) -> bool:
    return edition is not None and bool(teams_of(user, edition))


@rules.predicate
def takes_part(user: Any, subject: Any = None) -> bool:
    """Holds a role in the subject's edition, or acts for one of its sponsors."""
    edition = subject and edition_of(subject)
    return bool(edition and (roles_of(user, edition) or teams_of(user, edition)))


@rules.predicate
def is_about_somebody_else(user: Any, conflict: Any = None) -> bool:
    return conflict is not None and conflict.user_id != user.pk


@rules.predicate
def walled_off_from_it(user: Any, conflict: Any = None) -> bool:
    """Has a conflict with what this one is about: with the one proposal, or with the sponsor as a whole."""
    if conflict is None:
        return False
    return bool(walled(user, conflict.proposal) or walled_off(user, conflict.sponsor))


@rules.predicate
def lacks_an_organiser(user: Any, edition: Any = None) -> bool:
    """Some submitted proposal has no organiser without a conflict, so that nobody in the edition may know of it."""
    return edition is not None and coverage.lacks_an_organiser(edition)


chairs = signed_in & runs_edition & is_submitted & ~walled
team = signed_in & in_team


@rules.predicate
def chairs_its_proposal(user: Any, presenter: Any = None) -> bool:
    return presenter is not None and bool(chairs(user, presenter.proposal))


@rules.predicate
def speaks_for_its_proposal(user: Any, presenter: Any = None) -> bool:
    return presenter is not None and bool((team | chairs)(user, presenter.proposal))


@rules.predicate
def owns_the_address(user: Any, invitation: Any = None) -> bool:
    return invitation is not None and owns(user, invitation)


rules.add_perm("proposals.list_own", signed_in & acts_for_a_sponsor)
rules.add_perm("proposals.create", signed_in & acts_for_a_sponsor)
rules.add_perm("proposals.create_for", team)
rules.add_perm("proposals.view", team)
rules.add_perm("proposals.edit", team)
rules.add_perm("proposals.submit", team)
rules.add_perm("proposals.withdraw", team)
rules.add_perm("proposals.confirm", team)
rules.add_perm("proposals.decline", team)
rules.add_perm("proposals.approve_public_text", team)
rules.add_perm("proposals.chair", chairs)
rules.add_perm("proposals.ask_for_change", team)
rules.add_perm("proposals.answer_change", chairs)
rules.add_perm("proposals.see_changes", signed_in & runs_edition)
rules.add_perm("proposals.give_late_link", signed_in & is_organiser & ~walled_off)
rules.add_perm("proposals.revoke_late_link", of_sponsor(signed_in & is_organiser & ~walled_off))
rules.add_perm("proposals.compare", team | chairs)
rules.add_perm("proposals.set_availability", chairs)
rules.add_perm("proposals.change_presenters", team | chairs)
rules.add_perm("proposals.ask_to_restore", team)
rules.add_perm("proposals.restore", chairs)
rules.add_perm("proposals.see_office", signed_in & is_organiser)
rules.add_perm("proposals.set_office_fields", signed_in & is_organiser)
rules.add_perm("proposals.see_after", signed_in & runs_edition)
rules.add_perm("proposals.see_conflicts", signed_in & takes_part)
rules.add_perm("proposals.declare_conflict", signed_in & takes_part)
rules.add_perm("proposals.declare_for_others", signed_in & runs_edition & ~walled_off)
rules.add_perm("proposals.take_back_conflict", signed_in & runs_edition & is_about_somebody_else & ~walled_off_from_it)
rules.add_perm("proposals.apply_verdict", signed_in & is_cochair & is_submitted & ~walled)
rules.add_perm("proposals.lapse", signed_in & is_cochair & is_submitted & ~walled)
rules.add_perm("proposals.answer_claim", signed_in)
rules.add_perm("proposals.settle_claims", signed_in & runs_edition)
rules.add_perm("proposals.confirm_presenter", chairs_its_proposal)
rules.add_perm("proposals.resend_to_presenter", signed_in & speaks_for_its_proposal)
rules.add_perm("proposals.present", signed_in & owns_the_address)
rules.add_perm("proposals.open_link", anybody)
rules.add_perm("proposals.appoint", site_staff & lacks_an_organiser)
rules.add_perm("proposals.change_conflict_facts", signed_in & (is_organiser | site_staff) & ~walled_off)
rules.add_perm("proposals.decide_parents", site_staff)
