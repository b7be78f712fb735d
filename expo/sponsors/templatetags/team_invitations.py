"""Invitations on pages of layers below: the home page of `editions` knows nothing of sponsors."""

from typing import Any

from django import template

from .. import queries
from ..models import TeamInvitation

register = template.Library()


@register.simple_tag
def invitations_to(user: Any) -> list[TeamInvitation]:
    """What waits for this person's answer."""
    return queries.invitations_to(user)


@register.simple_tag
def invitations_by_mail(user: Any) -> list[TeamInvitation]:
    """What waits for who came by a link that was mailed to them, before they are signed in."""
    return queries.invitations_by_mail(user)
