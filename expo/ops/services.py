"""Writes of operations."""

from expo.kit import clock

from .models import Heartbeat


def beat(*, name: str = "beat") -> Heartbeat:
    """Note that this part is at work now."""
    return Heartbeat.objects.update_or_create(name=name, defaults={"at": clock.now()})[0]
