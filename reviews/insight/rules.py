"""Who sees the overview, the slices and the audit desk."""

import rules

from expo.accounts.rules import signed_in
from expo.editions.rules import is_cochair, runs_edition

rules.add_perm("insight.desk", signed_in & runs_edition)
rules.add_perm("insight.slices", signed_in & is_cochair)
rules.add_perm("insight.audit", signed_in & runs_edition)
