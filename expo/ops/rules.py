"""Site staff reset second factors. Probes say nothing about people; metrics need a token."""

import rules

from expo.accounts.rules import anybody, site_staff

rules.add_perm("ops.probe", anybody)
rules.add_perm("ops.read_metrics", anybody)  # the view asks for the token: a scraper has no account
rules.add_perm("ops.reset_second_factor", site_staff)
