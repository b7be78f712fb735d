"""What allauth tells us."""

from typing import Any

from allauth.account.signals import password_reset
from django.dispatch import receiver

from . import services
from .models import User


@receiver(password_reset, dispatch_uid="prove-address")
def prove_address(user: User, **kwargs: Any) -> None:
    """A password set by a mailed link proves the mailbox; else an invited person would have to verify twice."""
    services.prove_address(user)
