"""Who may read and change the rubric."""

import rules

from expo.accounts.rules import signed_in
from expo.editions.rules import is_cochair, is_reviewer, runs_edition

rules.add_perm("rubrics.read", signed_in & (runs_edition | is_reviewer))
rules.add_perm("rubrics.edit", signed_in & is_cochair)
