"""A release is public, its team previews a session; publishing one is for whoever runs the edition."""

import rules

from expo.accounts.rules import anybody, signed_in
from expo.editions.rules import runs_edition
from expo.proposals.rules import team

rules.add_perm("releases.read", anybody)
rules.add_perm("releases.preview", team)
rules.add_perm("releases.list", signed_in & runs_edition)
rules.add_perm("releases.publish", signed_in & runs_edition)
