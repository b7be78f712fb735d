"""Probes are for everybody; they tell nothing about people. Metrics are for machines that know the token."""

import rules

from expo.accounts.rules import anybody

rules.add_perm("ops.probe", anybody)
rules.add_perm("ops.read_metrics", anybody)  # the view asks for the token: a scraper has no account
