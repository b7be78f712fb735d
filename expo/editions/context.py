"""What every template may ask about the viewer and the edition of the page."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from expo.kit.policy import allowed
from expo.kit.waiting import MenuCounts

from . import menu, queries
from .models import Edition
from .states import Phase, RoleKind


@dataclass(frozen=True)
class Viewer:
    """The signed-in person's part in the page's edition."""

    user: Any
    is_organiser: bool = False
    is_cochair: bool = False
    is_reviewer: bool = False
    is_sponsor: bool = False

    @property
    def is_chair(self) -> bool:
        """Whether they run the edition: such people get the menu as a column."""
        return self.is_organiser or self.is_cochair

    @property
    def roles(self) -> set[str]:
        """Their parts, as the menu knows them."""
        held = {
            menu.ORGANISER: self.is_organiser,
            menu.COCHAIR: self.is_cochair,
            menu.REVIEWER: self.is_reviewer,
            menu.SPONSOR: self.is_sponsor,
        }
        return {menu.READER, *(role for role, holds in held.items() if holds)}


def viewer(request: HttpRequest) -> dict[str, Any]:
    """`edition`, `viewer`, `menu`, `waiting` and `own_editions` for base.html; only `viewer` where the URL names none.

    An error page has them too, so an edition that the viewer may not know of stays absent.
    """
    match = getattr(request, "resolver_match", None)
    slug = match.kwargs.get("edition") if match else None
    user = getattr(request, "user", None)
    if slug is None or user is None:
        return {"viewer": Viewer(user)}
    try:
        edition = queries.by_slug(slug)
    except Edition.DoesNotExist:
        return {"viewer": Viewer(user)}
    if not allowed(user, "editions.view", edition):
        return {"viewer": Viewer(user)}
    roles = queries.roles_of(user, edition)
    viewer = Viewer(
        user,
        is_organiser=RoleKind.ORGANISER in roles,
        is_cochair=RoleKind.COCHAIR in roles,
        is_reviewer=RoleKind.REVIEWER in roles,
        is_sponsor=bool(queries.teams_of(user, edition)),
    )
    view_name = match.view_name if match else ""
    return {
        "edition": edition,
        "viewer": viewer,
        "menu": SimpleLazyObject(lambda: menu.menu_of(Phase(edition.phase), viewer.roles, view_name)),
        "waiting": MenuCounts(user, edition),
        "own_editions": queries.own_editions(user),
    }
