"""Who may build the timetable: cochairs and organisers without a conflict; teams answer about their slots."""

from typing import Any

import rules

from expo.accounts.rules import signed_in
from expo.editions.rules import runs_edition
from expo.proposals.rules import walled
from expo.sponsors.rules import in_team


@rules.predicate
def walled_session(user: Any, session: Any = None) -> bool:
    """Has a conflict with the proposal of this session or slot."""
    return session is not None and walled(user, session.proposal)


@rules.predicate
def walled_link(user: Any, link: Any = None) -> bool:
    """Has a conflict with one of the two sessions."""
    return link is not None and (walled(user, link.one) or walled(user, link.other))


rules.add_perm("program.view_timetable", signed_in & runs_edition)
rules.add_perm("program.run", signed_in & runs_edition)
rules.add_perm("program.adopt", signed_in & runs_edition)
rules.add_perm("program.block", signed_in & runs_edition)
rules.add_perm("program.step", signed_in & runs_edition)
rules.add_perm("program.shift", signed_in & runs_edition)
rules.add_perm("program.move", signed_in & runs_edition & ~walled_session)
rules.add_perm("program.place", signed_in & runs_edition & ~walled)
rules.add_perm("program.tell_slots", signed_in & runs_edition)
rules.add_perm("program.turn_down", signed_in & runs_edition & ~walled_session)
rules.add_perm("program.see_slot", signed_in & in_team)
rules.add_perm("program.answer_slot", signed_in & in_team)
rules.add_perm("program.link", signed_in & runs_edition & ~walled)
rules.add_perm("program.unlink", signed_in & runs_edition & ~walled_link)
