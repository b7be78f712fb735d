"""What the sponsors' room, which stands below, does to the conflict wall."""

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from expo.kit import clock
from expo.sponsors.models import TeamMember

from .models import Conflict
from .states import ConflictSource


@receiver(pre_delete, sender=TeamMember, dispatch_uid="remember-team")
def remember_team(instance: TeamMember, origin: Any, **kwargs: Any) -> None:
    """Leaving a team leaves the conflict, in the same transaction; a chair without one may take it back.

    `origin` is something else when the sponsor or the person is deleted, and the membership only with it.
    """
    if origin is not instance:
        return
    today = clock.now().astimezone(instance.sponsor.edition.zone)
    detail = f"Belonged to the team of {instance.sponsor} until {today.day} {today:%B %Y}."[:200]
    made = {"source": ConflictSource.OWN_TEAM, "detail": detail, "declared_by": instance.user}
    Conflict.objects.get_or_create(user=instance.user, sponsor=instance.sponsor, proposal=None, defaults=made)
