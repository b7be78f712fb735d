"""Who works on the day: cochairs and organisers, each without what their conflicts hide."""

import rules

from expo.accounts.rules import signed_in
from expo.editions.rules import runs_edition
from expo.program.rules import walled_session

rules.add_perm("onsite.view", signed_in & runs_edition)
rules.add_perm("onsite.check_in", signed_in & runs_edition & ~walled_session)
rules.add_perm("onsite.shift", signed_in & runs_edition & ~walled_session)
