"""Who may score (the assigned reviewer) and who reads scores (cochairs, outside their wall)."""

import rules

from expo.accounts.rules import signed_in
from expo.editions.rules import is_cochair, is_reviewer
from expo.proposals.rules import is_submitted, walled
from reviews.assignments.rules import is_its_reviewer, outside_wall, own_assignment

rules.add_perm("scoring.review", signed_in & is_reviewer & own_assignment)
rules.add_perm("scoring.standings", signed_in & is_cochair)
rules.add_perm("scoring.dossier", signed_in & is_cochair & is_submitted & ~walled)
rules.add_perm("scoring.exclude_review", signed_in & is_cochair & outside_wall & ~is_its_reviewer)
