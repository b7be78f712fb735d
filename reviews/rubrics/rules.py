"""Who may read and change the rubric."""

import rules

from expo.accounts.rules import signed_in
from expo.editions.rules import has_a_part, is_announced, is_cochair, is_reviewer, runs_edition

# Sponsors read what they will be judged by as soon as the call is announced.
rules.add_perm("rubrics.read", signed_in & (runs_edition | is_reviewer | (is_announced & has_a_part)))
rules.add_perm("rubrics.edit", signed_in & is_cochair)
rules.add_perm("rubrics.practise", signed_in & is_reviewer)
