"""What every template may ask about the viewer and the edition of the page."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from expo.kit.policy import allowed
from expo.kit.waiting import MenuCounts

from . import queries
from .models import Edition
from .states import RoleKind


@dataclass(frozen=True)
class Viewer:
    """The signed-in person's part in the page's edition."""

    user: Any
    is_organiser: bool = False
    is_cochair: bool = False
    is_reviewer: bool = False
    is_sponsor: bool = False


def viewer(request: HttpRequest) -> dict[str, Any]:
    """`edition`, `viewer` and `waiting` for base.html; `edition` comes from the URL and is absent elsewhere.

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
        is_sponsor=queries.is_in_a_team(user, edition),
    )
    return {"edition": edition, "viewer": viewer, "waiting": MenuCounts(user, edition)}
