"""Who decides: cochairs without a conflict of interest."""

import rules

from expo.accounts.rules import signed_in
from expo.editions.rules import is_cochair
from expo.proposals.rules import is_submitted, walled

rules.add_perm("decisions.desk", signed_in & is_cochair)
rules.add_perm("decisions.decide", signed_in & is_cochair & is_submitted & ~walled)
rules.add_perm("decisions.release", signed_in & is_cochair)
