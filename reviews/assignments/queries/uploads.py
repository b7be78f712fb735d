"""Tables that were taken in, for whoever may read what stands in them."""

from typing import Any

from django.db.models import Q, QuerySet

from expo.accounts.models import User
from expo.editions.models import Edition, Upload
from expo.editions.queries import roles_of
from expo.editions.states import RoleKind, UploadKind

from .lookups import edition_by_slug

MOST = 10


def uploads_of(edition: Edition, viewer: User) -> list[Upload]:
    """The latest tables. Offers are read by their sender only: the lines name proposals and conflicts."""
    return list(_readable(edition, viewer).select_related("edition", "made_by")[:MOST])


def upload_by_id(user: Any, *, edition: str, upload: int) -> Upload:
    """One table of this edition; raises Upload.DoesNotExist."""
    found = _readable(edition_by_slug(user, edition=edition), user)
    return found.select_related("edition", "made_by").get(pk=upload)


def _readable(edition: Edition, viewer: Any) -> QuerySet[Upload]:
    roles = roles_of(viewer, edition)
    own = Q(kind=UploadKind.OFFERS, made_by_id=viewer.pk) if RoleKind.COCHAIR in roles else Q(pk__in=())
    reviewers = Q(kind=UploadKind.REVIEWERS) if RoleKind.ORGANISER in roles else Q(pk__in=())
    return Upload.objects.filter(own | reviewers, edition=edition)
