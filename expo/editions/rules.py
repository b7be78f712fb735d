"""Who may set up an edition. Predicates here are shared by all apps above."""

from typing import Any

import rules
from rules.predicates import Predicate

from expo.accounts.rules import anybody, signed_in, site_staff

from . import queries
from .models import Edition
from .states import Phase, RoleKind


def edition_of(subject: Any) -> Edition:
    """The edition a thing belongs to; an edition belongs to itself."""
    return subject if isinstance(subject, Edition) else subject.edition


def holds(kind: RoleKind) -> Predicate:
    """Predicate: holds this role in the subject's edition."""

    def test(user: Any, subject: Any = None) -> bool:
        return subject is not None and kind in queries.roles_of(user, edition_of(subject))

    predicate: Predicate = rules.predicate(test, name=f"is_{kind}")
    return predicate


is_organiser = holds(RoleKind.ORGANISER)
is_cochair = holds(RoleKind.COCHAIR)
is_reviewer = holds(RoleKind.REVIEWER)
runs_edition = is_organiser | is_cochair


@rules.predicate
def is_announced(user: Any, subject: Any = None) -> bool:
    """The edition has left its setup, so that anybody may know of it."""
    return subject is not None and edition_of(subject).phase != Phase.SETUP


@rules.predicate
def has_a_part(user: Any, subject: Any = None) -> bool:
    """Holds any role, or acts for a sponsor."""
    if subject is None:
        return False
    edition = edition_of(subject)
    return bool(queries.roles_of(user, edition) or queries.teams_of(user, edition))


rules.add_perm("editions.home", anybody)
rules.add_perm("editions.list", anybody)
rules.add_perm("editions.view", is_announced | has_a_part)
rules.add_perm("editions.create", site_staff)
rules.add_perm("editions.set_up", is_organiser)
rules.add_perm("editions.add_break", runs_edition)
rules.add_perm("editions.move_phase", runs_edition)
rules.add_perm("editions.grant_role", is_organiser)
rules.add_perm("editions.invite_reviewer", runs_edition)
rules.add_perm("editions.appoint", site_staff)
rules.add_perm("editions.signed_in", signed_in)
