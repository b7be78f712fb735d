"""Who reads the outbox. Editions are a higher layer, so the views that show it pass an edition as subject."""

from typing import Any

import rules

from expo.accounts.rules import signed_in


@rules.predicate
def organises(user: Any, edition: Any = None) -> bool:
    """Holds the organiser's role; asked through the edition's own rows, because `editions` is a higher layer."""
    return edition is not None and edition.roles.filter(user=user, kind="organiser").exists()


rules.add_perm("notify.outbox", signed_in & organises)
rules.add_perm("notify.resend", signed_in & organises)
