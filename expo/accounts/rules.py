"""Who may do what with an account: only its owner."""

from typing import Any

import rules


@rules.predicate
def signed_in(user: Any, subject: Any = None) -> bool:
    return bool(user.is_authenticated and user.is_active)


@rules.predicate
def anybody(user: Any, subject: Any = None) -> bool:
    return True


@rules.predicate
def site_staff(user: Any, subject: Any = None) -> bool:
    """Runs the installation; has no say inside an edition."""
    return bool(user.is_authenticated and user.is_active and user.is_staff)


rules.add_perm("accounts.edit_profile", signed_in)
rules.add_perm("accounts.manage_tokens", signed_in)
rules.add_perm("accounts.save_view", signed_in)
