"""What the pages of this room share."""

from typing import Any

from django.http import HttpRequest

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import by_slug
from expo.kit.errors import Invalid

REFUSED = 422
NO_VERSION = Invalid("version-missing", "The page was incomplete. Reload it and try again.")


class SignedIn(HttpRequest):
    """A request that a policy of this room let in: its user is somebody."""

    user: User


def edition_of(user: Any, *, edition: str) -> Edition:
    """The edition in the address, for a policy to judge."""
    return by_slug(edition)


def posted(request: SignedIn) -> Any:
    """What was sent, even if it is nothing; None when nothing was to be sent."""
    return request.POST if request.method == "POST" else None
